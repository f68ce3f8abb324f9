"""The middleware in real agents: what the model reads, what the caller gets, with any library."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from examples.embedding.scripted import ScriptedModel
from tests.integrations.shelf import MMS_TASK, REFUND_TASK
from trace2skill import SkillMiddleware
from trace2skill.errors import SettingError
from trace2skill.store.embeddings import WordLlamaEmbedder
from trace2skill.store.library import Library


@tool
def ping() -> str:
    """Answer pong."""
    return "pong"


CALL = AIMessage("", tool_calls=[{"name": "ping", "args": {}, "id": "1"}])


def model(*replies: AIMessage | str) -> ScriptedModel:
    """A model that replies so, or "Done." to everything."""
    said = [AIMessage(reply) if isinstance(reply, str) else reply for reply in replies]
    return ScriptedModel(replies=said or [AIMessage("Done.")] * 9)


def ask(agent: Any, *texts: str, thread: str = "1") -> dict[str, Any]:
    """Put messages to an agent."""
    config = {"configurable": {"thread_id": thread}}
    answered: dict[str, Any] = agent.invoke({"messages": [HumanMessage(text) for text in texts]}, config)
    return answered


def prompts(scripted: ScriptedModel) -> list[str]:
    """The system prompt of each call, empty where there was none."""
    return [
        str(messages[0].text) if isinstance(messages[0], SystemMessage) else "" for messages in scripted.asked
    ]


def skills(result: dict[str, Any]) -> list[str]:
    """The skills on the receipt."""
    return [offer["skill"] for offer in result["skill_receipt"]["offered"]]


def test_the_guidance_is_a_block_of_the_system_message(folder: Path) -> None:
    """The caller's own prompt comes first and stays as it was; a blank line parts the two."""
    scripted = model()
    agent = create_agent(scripted, system_prompt="You help.", middleware=[SkillMiddleware(folder)])
    ask(agent, MMS_TASK)
    own, block = scripted.asked[0][0].content
    assert own == {"type": "text", "text": "You help."}
    assert block["type"] == "text"
    assert block["text"].startswith('\n\n<skill-guidance name="send-picture-messages">')


def test_an_agent_without_a_prompt_gets_the_guidance_alone(folder: Path) -> None:
    """No blank line before nothing."""
    scripted = model()
    ask(create_agent(scripted, middleware=[SkillMiddleware(folder)]), MMS_TASK)
    assert prompts(scripted)[0].startswith("<skill-guidance")


def test_blocks_of_the_prompt_keep_what_they_carry(folder: Path) -> None:
    """A provider's marks on the caller's blocks, such as cache control, survive."""
    marked = {"type": "text", "text": "You help.", "cache_control": {"type": "ephemeral"}}
    scripted = model()
    prompt = SystemMessage([marked])
    ask(create_agent(scripted, system_prompt=prompt, middleware=[SkillMiddleware(folder)]), MMS_TASK)
    assert scripted.asked[0][0].content[0] == marked


def test_the_receipt_is_in_the_output_and_the_rest_is_not(folder: Path) -> None:
    """The caller sees what was offered; the middleware's own state stays inside."""
    result = ask(create_agent(model(), middleware=[SkillMiddleware(folder)]), MMS_TASK)
    assert set(result) == {"messages", "skill_receipt"}
    assert skills(result) == ["send-picture-messages"]


def test_the_asynchronous_agent_does_the_same(folder: Path) -> None:
    """Same prompt, same receipt, the receipt's id aside."""
    one, other = model(), model()
    middleware = SkillMiddleware(folder)
    result = ask(create_agent(one, middleware=[middleware]), MMS_TASK)
    agent = create_agent(other, middleware=[middleware])
    awaited = asyncio.run(agent.ainvoke({"messages": [HumanMessage(MMS_TASK)]}))
    assert prompts(one) == prompts(other)
    assert skills(awaited) == skills(result)


class Watched(WordLlamaEmbedder):
    """The default embedding, which remembers the threads that it was asked in."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def embed(self, texts: list[str]) -> list[list[float]]:
        """As ever."""
        self.threads.add(threading.get_ident())
        return super().embed(texts)


def test_the_event_loop_is_not_blocked(folder: Path) -> None:
    """Looking up happens in another thread than the loop's."""
    embedder = Watched()
    agent = create_agent(model(), middleware=[SkillMiddleware(folder, embedding=embedder)])
    asyncio.run(agent.ainvoke({"messages": [HumanMessage(MMS_TASK)]}))
    assert embedder.threads
    assert threading.get_ident() not in embedder.threads


def test_every_call_of_a_run_gets_the_guidance_of_one_lookup(folder: Path) -> None:
    """The task does not change while tools are called: one receipt, the same prompt throughout."""
    scripted = model(CALL, CALL, "Done.")
    ask(create_agent(scripted, tools=[ping], middleware=[SkillMiddleware(folder)]), MMS_TASK)
    assert len(set(prompts(scripted))) == 1
    assert "skill-guidance" in prompts(scripted)[0]
    with Library(folder) as library:
        assert [line.event for line in library.usage()] == ["offered", "used"]


def test_a_new_message_is_looked_up(folder: Path) -> None:
    """A conversation that turns to something else gets the skill for that."""
    scripted = model()
    agent = create_agent(scripted, middleware=[SkillMiddleware(folder)], checkpointer=InMemorySaver())
    ask(agent, MMS_TASK)
    assert skills(ask(agent, REFUND_TASK)) == ["refund-cancelled-flight"]
    assert "send-picture-messages" not in prompts(scripted)[1]


def test_a_message_that_nothing_fits_leaves_the_guidance_in_force(folder: Path) -> None:
    """`Yes, please` continues the task before it, under the receipt of that task."""
    scripted = model()
    agent = create_agent(scripted, middleware=[SkillMiddleware(folder)], checkpointer=InMemorySaver())
    first = ask(agent, MMS_TASK)
    assert ask(agent, "Yes, please.")["skill_receipt"] == first["skill_receipt"]
    assert prompts(scripted)[0] == prompts(scripted)[1]


def test_a_message_that_leaves_the_topic_ends_the_guidance(folder: Path) -> None:
    """Its receipt says that nothing was offered; back on the topic, the skill is there again."""
    scripted = model()
    agent = create_agent(scripted, middleware=[SkillMiddleware(folder)], checkpointer=InMemorySaver())
    ask(agent, MMS_TASK)
    assert ask(agent, "Could you bake me a chocolate cake?")["skill_receipt"]["offered"] == []
    assert "send-picture-messages" not in prompts(scripted)[1]
    assert skills(ask(agent, MMS_TASK)) == ["send-picture-messages"]


def test_conversations_do_not_share_guidance(folder: Path) -> None:
    """One middleware serves many threads."""
    agent = create_agent(model(), middleware=[SkillMiddleware(folder)], checkpointer=InMemorySaver())
    assert skills(ask(agent, MMS_TASK, thread="1")) == ["send-picture-messages"]
    assert ask(agent, "Yes, please.", thread="2")["skill_receipt"]["offered"] == []


class Interjection(AgentMiddleware[AgentState[Any], Any, Any]):
    """Another middleware, through which the user says something else in the middle of a run."""

    def before_model(self, state: AgentState[Any], runtime: Any) -> dict[str, Any] | None:
        """Once, after the first tool call."""
        said = [message for message in state["messages"] if isinstance(message, HumanMessage)]
        late = len(state["messages"]) > 2 and len(said) == 1
        return {"messages": [HumanMessage(REFUND_TASK)]} if late else None


def test_a_message_that_comes_during_the_run_is_looked_up(folder: Path) -> None:
    """The next model call has its guidance, and the output its receipt."""
    scripted = model(CALL, CALL, "Done.")
    middleware = [SkillMiddleware(folder), Interjection()]
    result = ask(create_agent(scripted, tools=[ping], middleware=middleware), MMS_TASK)
    assert "refund-cancelled-flight" in prompts(scripted)[1]
    assert prompts(scripted)[1] == prompts(scripted)[2]
    assert skills(result) == ["refund-cancelled-flight"]


def test_many_agents_at_once_share_a_middleware(folder: Path) -> None:
    """Each has its own receipt, and every receipt is in the record."""
    agent = create_agent(
        ScriptedModel(replies=[AIMessage("Done.")] * 20), middleware=[SkillMiddleware(folder)]
    )

    async def all_at_once() -> list[dict[str, Any]]:
        asked = {"messages": [HumanMessage(MMS_TASK)]}
        return await asyncio.gather(*(agent.ainvoke(asked) for _ in range(20)))

    receipts = [result["skill_receipt"] for result in asyncio.run(all_at_once())]
    with Library(folder) as library:
        recorded = {line.receipt for line in library.usage()}
    assert len({receipt["id"] for receipt in receipts}) == 20
    assert {receipt["id"] for receipt in receipts} == recorded


def absent(folder: Path) -> None:
    """No library at all."""
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


def empty(folder: Path) -> None:
    """A library without skills."""
    with Library(folder) as library:
        for stored in library.skills():
            library.remove(stored.skill.name)


def corrupt(folder: Path) -> None:
    """Every page overwritten."""
    file = folder / "library.sqlite3"
    file.write_bytes(b"\xff" * file.stat().st_size)


@pytest.mark.parametrize("condition", [absent, empty, corrupt])
def test_an_agent_answers_without_a_library(folder: Path, condition: Callable[[Path], None]) -> None:
    """Its prompt is untouched, its answer there, and the receipt says why no skill was offered."""
    condition(folder)
    scripted = model("I answer.")
    agent = create_agent(scripted, system_prompt="You help.", middleware=[SkillMiddleware(folder)])
    result = ask(agent, MMS_TASK)
    assert result["messages"][-1].text == "I answer."
    assert prompts(scripted) == ["You help."]
    assert result["skill_receipt"]["offered"] == []
    assert result["skill_receipt"]["reason"]


def test_an_agent_answers_while_the_library_is_written(folder: Path) -> None:
    """Another writer keeps neither the skill out of the prompt nor the receipt out of the record."""
    middleware = SkillMiddleware(folder)
    scripted = model("I answer.")
    writer = sqlite3.connect(folder / "library.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    result = ask(create_agent(scripted, middleware=[middleware]), MMS_TASK)
    writer.close()
    assert result["messages"][-1].text == "I answer."
    assert skills(result) == ["send-picture-messages"]
    assert result["skill_receipt"]["recorded"]


def test_a_failed_lookup_is_tried_again_at_the_next_run(tmp_path: Path, folder: Path) -> None:
    """A library that appears is used, though the message is the same."""
    later = tmp_path / "later"
    agent = create_agent(model(), middleware=[SkillMiddleware(later)], checkpointer=InMemorySaver())
    assert ask(agent, MMS_TASK)["skill_receipt"]["generation"] is None
    folder.rename(later)
    assert skills(ask(agent, MMS_TASK)) == ["send-picture-messages"]


def test_an_unknown_embedding_is_refused_at_once() -> None:
    """A mistake in the program shows when the agent is built, not in a log."""
    with pytest.raises(SettingError, match="unknown embedding"):
        SkillMiddleware(embedding="nonsense")
