"""The solve graph, driven as a graph: retrieve, inject or abstain, solve, receipt."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from tests.graph.house import TASK, UNRELATED, furnish, kick, knock, look, unlock
from tests.graph.scripted import ScriptedModel, call, scripted
from trace2skill.graph.solve import build, graph
from trace2skill.nodes.solve_state import SolveContext, close_guides
from trace2skill.store.folder import FILE
from trace2skill.store.library import Library


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a library about doors and lamps."""
    yield furnish(tmp_path_factory.mktemp("house") / "library")
    close_guides()


def run(
    house: Path, model: ScriptedModel | None = None, *tools: Any, task: Any = TASK, **settings: Any
) -> Any:
    """The output for a task."""
    context = SolveContext(library=str(house), **settings)
    return build(model, tools).compile().invoke({"task": task}, context=context)


def test_without_a_model_the_run_ends_with_guidance_and_receipt(house: Path) -> None:
    """Offline, in Studio: it says that no model is configured. The output is plain JSON."""
    output = run(house)
    assert output["stopped"] == "no model is configured"
    assert output["guidance"].startswith('<skill-guidance name="house-doors">')
    assert [offer["skill"] for offer in output["receipt"]["offered"]] == ["house-doors"]
    assert (output["receipt"]["used"], output["receipt"]["model"]) == ([], None)
    assert json.loads(json.dumps(output)) == output


def test_the_model_works_with_tools_under_the_guidance(house: Path) -> None:
    """The guidance stands in the system message, the task alone in the user's."""
    model = scripted(call("look", door="D9"), call("unlock", door="D9"), "Door D9 is open.")
    output = run(house, model, look, unlock)
    assert (output["answer"], output["stopped"]) == ("Door D9 is open.", "finished")
    system, human = model.asked[0]
    assert isinstance(system, SystemMessage)
    assert isinstance(human, HumanMessage)
    assert output["guidance"] in system.text
    assert human.text == TASK
    assert "door D9 is unlocked" in [message.text for message in model.asked[2]]


def test_a_task_of_another_kind_is_solved_without_guidance(house: Path) -> None:
    """The receipt says from what it abstained and why."""
    model = scripted("The sea, the sea.")
    output = run(house, model, task=UNRELATED)
    assert output["answer"] == "The sea, the sea."
    assert "skill-guidance" not in model.asked[0][0].text
    assert output["receipt"]["abstained"]
    assert output["receipt"]["reason"].startswith("nothing is near")


def test_the_receipt_is_in_the_usage_record(house: Path) -> None:
    """What was offered, and that a model was given it."""
    receipt = run(house, scripted("done"))["receipt"]
    assert receipt["recorded"]
    assert receipt["used"] == ["house-doors"]
    with Library(house) as library:
        lines = [line for line in library.usage() if line.receipt == receipt["id"]]
    assert [line.event for line in lines] == ["offered", "used"]
    assert {(line.skill, line.version) for line in lines} == {("house-doors", 1)}


def test_recording_can_be_off(house: Path) -> None:
    """The receipt says so."""
    receipt = run(house, record=False)["receipt"]
    assert (receipt["recorded"], receipt["note"]) == (False, "recording is off")


@pytest.mark.parametrize(
    ("task", "says"),
    [("", "the task is empty"), ("  ", "the task is empty"), (5, '{"task": '), (None, '{"task": ')],
)
def test_bad_input_comes_back_in_the_output(house: Path, task: Any, says: str) -> None:
    """With what is wrong, or what to type instead."""
    output = run(house, task=task)
    assert [error["error"] for error in output["errors"]] == ["InputError"]
    assert says in output["errors"][0]["message"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("nonsense", "give PROVIDER:MODEL"),
        ("openai:gpt-4.1-mini", "OPENAI_API_KEY"),
        ("anthropic:claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
        ("perplexity:sonar", "not installed"),
    ],
)
def test_a_model_that_cannot_be_had_leaves_guidance_and_receipt(
    house: Path, monkeypatch: pytest.MonkeyPatch, model: str, message: str
) -> None:
    """The mistake names the fix."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    output = run(house, model=model)
    assert message in output["errors"][0]["message"]
    assert output["stopped"] == "the model failed"
    assert output["guidance"]
    assert (output["receipt"]["recorded"], output["receipt"]["used"]) == (True, [])


def test_a_library_that_cannot_be_used_does_not_stop_the_task(tmp_path: Path) -> None:
    """Absent or damaged: the model answers, the receipt says what is wrong."""
    assert "no library in" in run(tmp_path / "ghost", scripted("done"))["receipt"]["reason"]
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    output = run(tmp_path, scripted("done"))
    assert output["answer"] == "done"
    assert "is not a library" in output["receipt"]["reason"]
    assert output["receipt"]["note"] == "the library could not be read"
    assert not (tmp_path / "ghost").exists()


def test_a_chat_is_solved_message_by_message(house: Path) -> None:
    """The last message is the task; each is in the conversation once."""
    model = scripted("Which door?", "Done.")
    chat = build(model).compile(checkpointer=InMemorySaver())
    config: RunnableConfig = {"configurable": {"thread_id": "1"}}
    settings = SolveContext(library=str(house))
    first = chat.invoke({"messages": [HumanMessage("Open a locked door.")]}, config, context=settings)
    assert first["receipt"]["offered"][0]["skill"] == "house-doors"
    given: Any = {"messages": [{"role": "user", "content": "Door D9."}]}
    assert chat.invoke(given, config, context=settings)["answer"] == "Done."
    said = [message.text for message in chat.get_state(config).values["messages"]]
    assert said == ["Open a locked door.", "Which door?", "Door D9.", "Done."]


def test_a_model_that_never_ends_is_stopped(house: Path) -> None:
    """After the steps it was given."""
    model = scripted(call("look", door="D9"))
    output = run(house, model, look, max_steps=3)
    assert (output["stopped"], output["answer"], len(model.asked)) == ("out of steps", "", 3)


def test_a_tool_without_a_synchronous_form_works(house: Path) -> None:
    """Also when the caller's thread has a running loop."""
    model = scripted(call("knock", door="D9"), "nobody")

    async def inside_a_loop() -> Any:
        return run(house, model, knock)

    assert asyncio.run(inside_a_loop())["answer"] == "nobody"
    assert "nobody answers at D9" in [message.text for message in model.asked[1]]


def test_a_thread_keeps_its_conversation(house: Path) -> None:
    """The second task comes after the first one's answer; its guidance is its own."""
    model = scripted("The door is open.", "The lamp is lit.")
    app = build(model).compile(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "t"}}
    context = SolveContext(library=str(house))
    app.invoke({"task": TASK}, thread, context=context)
    output = app.invoke({"task": "Light lamp L9."}, thread, context=context)
    assert [message.text for message in model.asked[1]][1:] == [TASK, "The door is open.", "Light lamp L9."]
    assert output["receipt"]["used"] == ["house-lamps"]
    bad = app.invoke({"task": ""}, thread, context=context)
    assert (bad["answer"], bad["receipt"]) == ("", {})


def test_guidance_follows_the_task_of_the_thread(house: Path) -> None:
    """`Yes, please` keeps the offer of the task before it; another request does not."""
    app = build(scripted("Shall I?", "Done.", "A cake?")).compile(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "t"}}
    context = SolveContext(library=str(house))
    first = app.invoke({"task": TASK}, thread, context=context)
    kept = app.invoke({"task": "Yes, please."}, thread, context=context)
    assert kept["guidance"] == first["guidance"] != ""
    assert kept["receipt"]["used"] == first["receipt"]["used"]
    left = app.invoke({"task": "Could you bake me a chocolate cake?"}, thread, context=context)
    assert (left["guidance"], left["receipt"]["offered"]) == ("", [])


def test_progress_is_streamed_stage_by_stage(house: Path) -> None:
    """Also asynchronously, as the server runs it."""
    context = SolveContext(library=str(house))

    async def stages() -> list[str]:
        events = graph.astream({"task": TASK}, context=context, stream_mode="custom")
        return [event["stage"] async for event in events]

    assert asyncio.run(stages()) == ["retrieve", "inject", "solve", "receipt"]


class TestByActions:
    """A model without tool calls chooses its actions as JSON objects."""

    def test_it_acts_until_it_finishes(self, house: Path) -> None:
        """Each reply under a schema; observations come fenced; guidance as always."""
        model = scripted(
            '{"action": "look", "arguments": {"door": "D9"}}',
            '```json\n{"action": "finish", "answer": "It is locked."}\n```',
        )
        output = run(house, model, look, tool_calls=False)
        assert (output["answer"], output["stopped"]) == ("It is locked.", "finished")
        assert output["guidance"] in model.asked[0][0].text
        assert model.asked[1][-1].text == "look returned:\n```\ndoor D9 is locked\n```"
        schema = model.options[0]["response_format"]["json_schema"]["schema"]
        assert [choice["properties"]["action"]["const"] for choice in schema["anyOf"]] == ["look", "finish"]
        assert schema["anyOf"][0]["properties"]["arguments"]["properties"]["door"]["maxLength"]

    @pytest.mark.parametrize(
        ("reply", "told"),
        [
            ("I would look first.", "Nothing was done"),
            ('{"action": "ghost"}', "one of finish, kick, knock, look"),
            ('{"action": "look", "arguments": {}}', "Error: "),
            ('{"action": "kick", "arguments": {"door": "D9"}}', "Error: door D9 does not budge"),
            ('{"action": "knock", "arguments": {"door": "D9"}}', "nobody answers at D9"),
        ],
    )
    def test_it_is_told_what_came_of_an_action(self, house: Path, reply: str, told: str) -> None:
        """A reply that is no action and a tool that fails cost a step, no more."""
        model = scripted(reply, '{"action": "finish", "answer": "done"}')
        assert run(house, model, look, knock, kick, tool_calls=False)["answer"] == "done"
        assert told in model.asked[1][-1].text

    def test_it_is_stopped_after_its_steps(self, house: Path) -> None:
        """Whatever it says."""
        model = scripted("hm")
        output = run(house, model, tool_calls=False, max_steps=2)
        assert (output["stopped"], len(model.asked)) == ("out of steps", 2)
