"""Five ways to have skills in an agent, in one conversation that keeps changing its topic.

    python -m benchmarks.five_agents [LIBRARY]

Each agent is asked 16 messages in one thread: five tasks of the bundled telecom traces in words of their own,
follow-ups on these, and five that no skill is for, two of them of other worlds and three of telecom, so that
the topic changes with almost every message. Told right is: the skill for the task, kept at a follow-up, and
nothing for the others. Prints Markdown.

In a folder nobody looks the skills up but the client's model. What is measured there is whether the text of
the files is enough to choose by: whoever chooses has nothing but SKILL.md.
"""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from anyio.from_thread import start_blocking_portal
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import MessagesState, StateGraph

from examples.embedding.scripted import ScriptedModel
from trace2skill import Library, SkillMiddleware, distill, export_skills, guidance, import_skill

ROOT = Path(__file__).resolve().parents[1]
TRACES = ROOT / "examples" / "telecom" / "traces.jsonl"
TAG = re.compile(r'<skill-guidance name="([^"]+)"')
MMS, DATA, CALLS = "telecom-send-mms", "telecom-mobile-data", "telecom-make-receive-calls"


class Turn(NamedTuple):
    """A message, and the skill that it is about: of its own, or of the message that it follows up."""

    message: str
    skill: str = ""
    follows: bool = False


CONVERSATION = (
    Turn("I can't send picture messages any more, it keeps saying not delivered.", MMS),
    Turn("Yes, please.", MMS, follows=True),
    Turn("Bake me a cake."),
    Turn("My phone shows No Service and calls do not go through.", CALLS),
    Turn("OK, done. What now?", CALLS, follows=True),
    Turn("How many text messages are included in my plan?"),
    Turn("The mobile internet on my phone does not work when I am abroad.", DATA),
    Turn("I did that, it says airplane mode is off.", DATA, follows=True),
    Turn("Write a haiku about a broken umbrella."),
    Turn("MMS broken, pls fix", MMS),
    Turn("Thanks!", MMS, follows=True),
    Turn("Port my number out to another carrier, please."),
    Turn("Websites take forever to load over mobile data, the speed test says poor.", DATA),
    Turn("No, still the same.", DATA, follows=True),
    Turn("I want to add a second line for my daughter."),
    Turn("Nobody can ring me and I cannot ring anybody.", CALLS),
)

Told = Callable[[str], set[str]]
"""The skills that an agent is told at a message of one conversation."""


def _prompted(agent: Any, model: ScriptedModel) -> Told:  # noqa: ANN401 - agents of several libraries
    """What is in the system prompt of the agent's next call of the model."""

    def told(message: str) -> set[str]:
        agent.invoke({"messages": [HumanMessage(message)]}, {"configurable": {"thread_id": "one"}})
        said: list[AnyMessage] = model.asked[-1]
        return {name for each in said if isinstance(each, SystemMessage) for name in TAG.findall(each.text)}

    return told


def _model() -> ScriptedModel:
    return ScriptedModel(replies=[AIMessage("I see.")] * len(CONVERSATION))


@contextmanager
def langchain_agent(library: Path) -> Iterator[Told]:
    """`create_agent` with the middleware."""
    model = _model()
    middleware = [SkillMiddleware(library)]
    yield _prompted(create_agent(model, middleware=middleware, checkpointer=InMemorySaver()), model)


@contextmanager
def deep_agent(library: Path) -> Iterator[Told]:
    """`create_deep_agent` with the middleware, beside deepagents' own."""
    from deepagents import create_deep_agent

    model = _model()
    middleware = [SkillMiddleware(library)]
    yield _prompted(create_deep_agent(model, middleware=middleware, checkpointer=InMemorySaver()), model)


@contextmanager
def langgraph_node(library: Path) -> Iterator[Told]:
    """A node that asks `guidance` for each message; it has no memory of what was offered before."""
    model = _model()

    def answer(state: MessagesState) -> dict[str, Any]:
        found = guidance(state["messages"][-1].text, library)
        prompt = [SystemMessage(found.text)] if found.text else []
        return {"messages": [model.invoke([*prompt, *state["messages"]])]}

    graph = StateGraph(MessagesState).add_node("answer", answer).set_entry_point("answer")
    yield _prompted(graph.compile(checkpointer=InMemorySaver()), model)


@contextmanager
def mcp_client(library: Path) -> Iterator[Told]:
    """The official client of MCP, which reads the first it finds for each message; the server is on stdio."""
    from mcp import Client, StdioServerParameters

    command = ["-m", "trace2skill", "mcp", "--library", str(library)]
    server = StdioServerParameters(command=sys.executable, args=command, env={"PYTHONPATH": str(ROOT)})

    async def search(client: Client, message: str) -> set[str]:
        found = await client.call_tool("search_skills", {"task": message})
        return {each["name"] for each in (found.structured_content or {})["skills"][:1]}

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(server)) as client:
        yield lambda message: portal.call(search, client, message)


@contextmanager
def folder(library: Path) -> Iterator[Told]:
    """Folders where Claude Code looks, chosen from by the text of their SKILL.md alone."""
    with tempfile.TemporaryDirectory() as home:
        chooser = Path(home, "chooser")
        for path in export_skills(Path(home, "project"), library, to="claude").folders:
            alone = Path(home, "alone", path.name)
            alone.mkdir(parents=True)
            page = (path / "SKILL.md").read_text().replace("generator: trace2skill", "generator: a person")
            (alone / "SKILL.md").write_text(page)
            import_skill(alone, chooser, trust=True)
        with Library(chooser) as opened:
            yield lambda message: {each.skill for each in opened.retrieve(message).offered}


WAYS = {
    "`create_agent`, `SkillMiddleware`": langchain_agent,
    "deepagents, `SkillMiddleware`": deep_agent,
    "LangGraph node, `guidance`": langgraph_node,
    "MCP client, `search_skills`": mcp_client,
    "folder, as Claude Code reads it": folder,
}
REMEMBERS = {langchain_agent, deep_agent}
"""The ways that know of the conversation, so that a follow-up keeps what was told before."""


class Score(NamedTuple):
    """Messages told right, of each kind, and what was told wrong."""

    tasks: int
    follow_ups: int
    others: int
    wrong: list[str]


def score(way: Callable[[Path], Any], library: Path) -> Score:
    """How an agent does in the conversation; follow-ups of a way without memory are not asked."""
    right = {"task": 0, "follow-up": 0, "other": 0}
    wrong = []
    with way(library) as told:
        for turn in CONVERSATION:
            if turn.follows and way not in REMEMBERS:
                continue
            kind = "follow-up" if turn.follows else "task" if turn.skill else "other"
            found = told(turn.message)
            if found == ({turn.skill} if turn.skill else set()):
                right[kind] += 1
            else:
                wrong.append(f"{turn.message!r}: {', '.join(sorted(found)) or 'nothing'}")
    return Score(right["task"], right["follow-up"], right["other"], wrong)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        library = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(place, "library")
        if len(sys.argv) == 1:
            distill(TRACES, library=library)
        found = {name: score(way, library) for name, way in WAYS.items()}
    print("| agent | the right skill | kept at follow-ups | nothing |\n|---|---|---|---|")  # noqa: T201
    for name, each in found.items():
        kept = f"{each.follow_ups}/5" if WAYS[name] in REMEMBERS else ""
        print(f"| {name} | {each.tasks}/6 | {kept} | {each.others}/5 |")  # noqa: T201
    for name, each in found.items():
        print(*(f"- {name}: {line}" for line in each.wrong), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
