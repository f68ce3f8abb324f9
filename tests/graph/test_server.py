"""Both graphs behind the real `langgraph dev`, driven as a client drives them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.chat_server import chat_server
from tests.graph.errands import doors, lamps
from tests.graph.server import serving
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace, rebuild

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        find_spec("langgraph_cli") is None or find_spec("langgraph_api") is None,
        reason="needs the group `server`: pip install --group server",
    ),
]
TASK = {"task": "Open door D9."}


class Served(NamedTuple):
    """A client, its server's library, and a way to wait for what it does."""

    url: str
    library: Path

    def ask(self, question: Callable[[Any], Awaitable[Any]]) -> Any:
        """What comes of a question to a new client."""
        from langgraph_sdk import get_client

        async def asked() -> Any:
            async with get_client(url=self.url) as client:
                return await question(client)

        return asyncio.run(asked())

    def run(self, graph: str, given: Any, thread: str | None = None, **settings: Any) -> Any:
        """The output of one run."""
        context = {"library": str(self.library), **settings}
        return self.ask(lambda client: client.runs.wait(thread, graph, input=given, context=context))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose library was distilled through it, from inline traces."""
    folder = tmp_path_factory.mktemp("server")
    with serving(folder) as url:
        here = Served(url, folder / "library")
        traces = [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors() + lamps()]
        output = here.run("distill", {"traces": traces})
        assert [skill["name"] for skill in output["skills"]] == ["house-doors", "house-lamps"]
        yield here


def test_events_are_streamed(served: Served) -> None:
    """Stage by stage, and the output last."""

    async def stream(client: Any) -> list[Any]:
        context = {"library": str(served.library)}
        modes = ["custom", "values"]
        parts = client.runs.stream(None, "solve", input=TASK, context=context, stream_mode=modes)
        return [part async for part in parts]

    parts = served.ask(stream)
    stages = [part.data["stage"] for part in parts if part.event == "custom"]
    assert stages == ["retrieve", "inject", "solve", "receipt"]
    assert parts[-1].data["receipt"]["offered"][0]["skill"] == "house-doors"


def test_a_thread_is_resumed(served: Served, tmp_path: Path) -> None:
    """The operator's model sees the first task and its answer before the second."""
    with (
        chat_server({"content": "The door is open."}, {"content": "The lamp is lit."}) as chat,
        serving(tmp_path, TRACE2SKILL_MODEL="openai:m", TRACE2SKILL_BASE_URL=chat.url) as url,
    ):
        other = Served(url, served.library)
        thread = other.ask(lambda client: client.threads.create())["thread_id"]
        other.run("solve", TASK, thread)
        output = other.run("solve", {"task": "Light lamp L9."}, thread)
    told = [message["content"] for message in chat.asked[1]["messages"]]
    assert told[1:] == ["Open door D9.", "The door is open.", "Light lamp L9."]
    assert output["receipt"]["used"] == ["house-lamps"]


@pytest.mark.parametrize(
    ("graph", "given", "settings", "message"),
    [
        ("solve", {}, {}, "give a task"),
        ("solve", {"task": 5}, {}, "give a task"),
        ("solve", TASK, {"model": "openai:m"}, "TRACE2SKILL_MODEL"),
        ("solve", TASK, {"base_url": "http://evil.example"}, "TRACE2SKILL_BASE_URL"),
        ("solve", TASK, {"library": "/ghost"}, "TRACE2SKILL_ROOTS"),
        ("solve", TASK, {"k": "three"}, "the setting k cannot be used"),
        ("distill", {"paths": ["/ghost"]}, {"budget": "many"}, "the setting budget cannot be used"),
        ("distill", {"paths": ["/ghost"]}, {"libary": "x"}, "no setting 'libary', the nearest is 'library'"),
        ("solve", TASK, {"modle": "openai:m"}, "no setting 'modle', the nearest is 'model'"),
        ("distill", {"paths": [1]}, {}, "paths is a list of texts"),
        ("distill", {}, {}, "give either paths, traces, messages or libraries"),
        ("distill", {"paths": ["/ghost"]}, {}, "TRACE2SKILL_ROOTS"),
        ("distill", {"paths": ["ghost"]}, {}, "no such file"),
    ],
)
def test_bad_input_comes_back_in_the_output(
    served: Served, graph: str, given: Any, settings: Any, message: str
) -> None:
    """No internal error: the words that mend it."""
    assert message in served.run(graph, given, **settings)["errors"][0]["message"]


def test_twenty_runs_at_once(served: Served) -> None:
    """Each gets its own receipt, recorded; the server stays responsive meanwhile."""

    async def many(client: Any) -> tuple[list[Any], float]:
        context = {"library": str(served.library)}
        runs = [
            asyncio.create_task(client.runs.wait(None, "solve", input=TASK, context=context))
            for _ in range(20)
        ]
        slowest = 0.0
        while not all(run.done() for run in runs):
            begun = time.perf_counter()
            await client.assistants.count()
            slowest = max(slowest, time.perf_counter() - begun)
            await asyncio.sleep(0.05)
        return [run.result() for run in runs], slowest

    outputs, slowest = served.ask(many)
    assert {output["receipt"]["offered"][0]["skill"] for output in outputs} == {"house-doors"}
    assert len({output["receipt"]["id"] for output in outputs}) == 20
    assert all(output["receipt"]["recorded"] for output in outputs)
    assert slowest < 5


def test_a_review_is_answered_over_the_wire(served: Served) -> None:
    """The run stops with its question; a bad answer is asked again, a good one is saved."""
    thread = served.ask(lambda client: client.threads.create())["thread_id"]
    library = served.library.with_name("reviewed")
    traces = [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors()]
    settings = {"library": str(library), "review": True}
    served.run("distill", {"traces": traces}, thread, **settings)

    def question() -> Any:
        state = served.ask(lambda client: client.threads.get_state(thread))
        return state["tasks"][0]["interrupts"][0]["value"]

    def answer(value: Any) -> Any:
        command = {"resume": value}
        return served.ask(
            lambda client: client.runs.wait(thread, "distill", command=command, context=settings)
        )

    assert [each["args"]["skill"] for each in question()["action_requests"]] == ["house-doors"]
    assert '"decision": "accept"' in question()["instruction"]
    answer({"house-doors": "perhaps"})
    assert "accept, edit or reject" in question()["action_requests"][0]["description"]
    output = answer({"house-doors": {"decision": "edit", "title": "Open sesame"}})
    assert [skill["name"] for skill in output["skills"]] == ["house-doors"]
    with Library(library, create=False) as opened:
        assert opened.skill("house-doors").skill.title == "Open sesame"


@pytest.mark.parametrize(
    ("answer", "again", "saved"),
    [
        ("reject", {}, []),
        ("reject", {"review": False, "library": "elsewhere"}, []),
        ("rejct", {}, []),
        ("accept", {}, ["house-doors"]),
    ],
)
def test_a_resume_needs_no_context(
    served: Served, tmp_path: Path, answer: str, again: dict[str, Any], saved: list[str]
) -> None:
    """The settings are those that the run was started with; what is no answer saves nothing."""
    thread = served.ask(lambda client: client.threads.create())["thread_id"]
    traces = [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors()]
    served.run("distill", {"traces": traces}, thread, library=str(tmp_path), review=True)
    command = {"resume": answer}
    served.ask(lambda client: client.runs.wait(thread, "distill", command=command, context=again or None))
    with Library(tmp_path, create=False) as opened:
        assert [stored.skill.name for stored in opened.skills()] == saved
    assert not (served.library.parent / "elsewhere").exists()


def test_twelve_reviews_at_once_on_one_library(served: Served, tmp_path: Path) -> None:
    """Each run is asked about its own skill, answered at once with the others, and nothing is lost."""
    library = tmp_path / "library"

    async def one(client: Any, number: int) -> tuple[str, list[str]]:
        thread = (await client.threads.create())["thread_id"]
        traces = [each.model_dump(mode="json", exclude_defaults=True) for each in _shelves(number)]
        context = {"library": str(library), "review": True}
        await client.runs.wait(thread, "distill", input={"traces": traces}, context=context)
        while True:
            state = await client.threads.get_state(thread)
            asked = [each["value"] for task in state["tasks"] for each in task["interrupts"]]
            if not asked:
                assert "skills" in state["values"], state["values"].get("errors")
                return str(number), [each["name"] for each in state["values"]["skills"]]
            answer = "reject" if number % 3 == 0 else "accept"
            await client.runs.wait(thread, "distill", command={"resume": answer})

    async def all_of_them(client: Any) -> list[tuple[str, list[str]]]:
        return await asyncio.gather(*(one(client, number) for number in range(12)))

    answered = served.ask(all_of_them)
    assert len(answered) == 12
    with Library(library, create=False) as opened:
        kept = {each.skill.family for each in opened.skills()}
        hashes = opened.trace_hashes()
    assert kept == {f"house/shelf{number}" for number in range(12) if number % 3}
    assert set(hashes) >= {each.hash for number in range(12) if number % 3 for each in _shelves(number)}


def _shelves(number: int) -> list[Trace]:
    """The doors' runs, as another family of the house."""
    return [rebuild(each, id=f"{number}-{each.id}", family=f"house/shelf{number}") for each in doors()]


def test_a_review_goes_on_in_a_new_process(tmp_path: Path) -> None:
    """The server is stopped at the question and started again: the same question, and no context."""
    folder = tmp_path / "home"
    folder.mkdir()
    library = folder / "library"
    traces = [trace.model_dump(mode="json", exclude_defaults=True) for trace in doors() + lamps()]
    with serving(folder, keep=True) as url:
        first = Served(url, library)
        thread = first.ask(lambda client: client.threads.create())["thread_id"]
        first.run("distill", {"traces": traces}, thread, review=True)
        before = _questions(first, thread)
    assert [each["args"]["skill"] for each in before] == ["house-doors", "house-lamps"]
    answer = {"house-doors": {"decision": "edit", "title": "Open sesame"}, "house-lamps": "reject"}
    with serving(folder) as url:
        second = Served(url, library)
        assert _questions(second, thread) == before
        output = second.ask(lambda client: client.runs.wait(thread, "distill", command={"resume": answer}))
    assert [skill["name"] for skill in output["skills"]] == ["house-doors"]
    with Library(library, create=False) as opened:
        assert {each.skill.name: each.skill.title for each in opened.skills()} == {
            "house-doors": "Open sesame"
        }


def _questions(served: Served, thread: str) -> list[Any]:
    state = served.ask(lambda client: client.threads.get_state(thread))
    return list(state["tasks"][0]["interrupts"][0]["value"]["action_requests"])


def test_the_settings_make_a_form(served: Served) -> None:
    """Every setting of both graphs has a description and a default."""

    async def schemas(client: Any) -> list[Any]:
        assistants = await client.assistants.search()
        return [await client.assistants.get_schemas(each["assistant_id"]) for each in assistants]

    found = served.ask(schemas)
    assert {each["graph_id"] for each in found} == {"distill", "solve"}
    for schema in found:
        fields = schema["context_schema"]["properties"]
        assert {name for name, field in fields.items() if "default" not in field} == set()
        assert {name for name, field in fields.items() if not field.get("description")} == set()
