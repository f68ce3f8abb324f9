"""The recorder in real agents: what is in the file afterwards, and what becomes of it."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from examples.embedding.scripted import ScriptedModel
from tests.integrations.doors import SECRET, TASK, call, kick, look, open_
from trace2skill import SkillMiddleware, TraceRecorder, distill, read_traces
from trace2skill.errors import InputError
from trace2skill.traces.model import Actor, Label, Step, StepOutcome, Trace


def agent(recorder: TraceRecorder, *replies: AIMessage | str, before: Any = (), after: Any = ()) -> Any:
    """An agent that follows a script."""
    said = [AIMessage(each) if isinstance(each, str) else each for each in replies]
    middleware = [*before, recorder, *after]
    memory = InMemorySaver()
    return create_agent(
        ScriptedModel(replies=said), [look, open_, kick], middleware=middleware, checkpointer=memory
    )


def ask(asked: Any, text: str = TASK) -> dict[str, Any]:
    """Put a message to an agent, on its one thread."""
    answered: dict[str, Any] = asked.invoke({"messages": [HumanMessage(text)]}, THREAD)
    return answered


THREAD = {"configurable": {"thread_id": "1"}}


@pytest.fixture
def recorder(tmp_path: Path) -> TraceRecorder:
    """One with a file that is still to be made."""
    return TraceRecorder(tmp_path / "runs.jsonl", domain="house")


def traces(recorder: TraceRecorder) -> list[Trace]:
    """What the file holds."""
    return list(read_traces(str(recorder.path)))


def told(step: Step) -> tuple[Any, ...]:
    """The step in short."""
    return step.actor, step.text, step.action and step.action.tool, step.observation, step.outcome


def test_a_run_is_a_trace(recorder: TraceRecorder) -> None:
    """Task, words, calls with their results, and the tools on offer; the caller gets the trace's id."""
    result = ask(agent(recorder, call("look"), call("open"), "It is locked."))
    (trace,) = traces(recorder)
    assert (trace.id, trace.task, trace.domain) == (result["trace_id"], TASK, "house")
    unknown = StepOutcome.UNKNOWN
    assert [told(step) for step in trace.steps] == [
        (Actor.USER, TASK, None, None, unknown),
        (Actor.AGENT, None, "look", {"door_id": "D1", "status": "locked"}, StepOutcome.OK),
        (Actor.AGENT, None, "open", "Error: D1 is locked", StepOutcome.ERROR),
        (Actor.AGENT, "It is locked.", None, None, unknown),
    ]
    assert [each.name for each in trace.tools] == ["look", "open", "kick"]
    assert trace.tools[0].parameters["required"] == ["door"]


def test_the_system_prompt_is_kept(recorder: TraceRecorder) -> None:
    """As what the agent was told, not what middleware behind the recorder adds to it."""
    model = ScriptedModel(replies=[AIMessage("done")])
    asked = create_agent(model, [look], system_prompt="Be kind to doors.", middleware=[recorder])
    asked.invoke({"messages": [HumanMessage(TASK)]})
    (trace,) = traces(recorder)
    assert trace.instructions == "Be kind to doors."


def test_the_state_of_the_recorder_stays_inside(recorder: TraceRecorder) -> None:
    """The output has the id alone."""
    assert set(ask(agent(recorder, "No."))) == {"messages", "trace_id"}


def test_calls_at_once_share_a_group(recorder: TraceRecorder) -> None:
    """Each has its own result."""
    ask(agent(recorder, call("look", "open"), "Done."))
    steps = [step for step in traces(recorder)[0].steps if step.action]
    assert steps[0].group == steps[1].group is not None
    assert [step.outcome for step in steps] == [StepOutcome.OK, StepOutcome.ERROR]


def test_a_thread_is_recorded_run_by_run(recorder: TraceRecorder) -> None:
    """The second trace begins with the second message."""
    talking = agent(recorder, "Hello.", call("look"), "It is locked.")
    ask(talking, "Good morning to you, dear agent.")
    ask(talking)
    first, second = traces(recorder)
    assert first.task == "Good morning to you, dear agent."
    assert [step.text for step in second.steps] == [TASK, None, "It is locked."]


def test_the_asynchronous_agent_is_recorded_alike(recorder: TraceRecorder, tmp_path: Path) -> None:
    """Step for step."""
    other = TraceRecorder(tmp_path / "other.jsonl")
    ask(agent(recorder, call("look"), "Done."))
    asyncio.run(agent(other, call("look"), "Done.").ainvoke({"messages": [("user", TASK)]}, THREAD))
    assert traces(recorder)[0].steps == traces(other)[0].steps


@pytest.mark.parametrize("awaited", [False, True])
def test_a_run_that_a_tool_ends_is_recorded(recorder: TraceRecorder, awaited: bool) -> None:
    """As far as it went, the exception as the call's result; the caller still gets the exception."""
    doomed = agent(recorder, call("look"), call("kick"))
    given = {"messages": [HumanMessage(TASK)]}
    with pytest.raises(RuntimeError, match="has fallen"):
        asyncio.run(doomed.ainvoke(given, THREAD)) if awaited else doomed.invoke(given, THREAD)
    (trace,) = traces(recorder)
    assert [step.action.tool for step in trace.steps if step.action] == ["look", "kick"]
    assert trace.steps[-1].outcome == StepOutcome.ERROR
    assert str(trace.steps[-1].observation).startswith("RuntimeError: D1 has fallen")


@pytest.mark.parametrize("awaited", [False, True])
def test_a_run_that_the_model_ends_is_recorded(recorder: TraceRecorder, awaited: bool) -> None:
    """What was done before the model failed."""
    doomed = agent(recorder, call("look"))
    given = {"messages": [HumanMessage(TASK)]}
    with pytest.raises(IndexError):
        asyncio.run(doomed.ainvoke(given, THREAD)) if awaited else doomed.invoke(given, THREAD)
    assert [step.action.tool for step in traces(recorder)[0].steps if step.action] == ["look"]


def test_a_run_that_waits_for_a_person_is_not_over(recorder: TraceRecorder) -> None:
    """It is recorded once, when it has gone on to its end."""
    from langgraph.types import Command

    asking = HumanInTheLoopMiddleware(interrupt_on={"look": True})
    waiting = agent(recorder, call("look"), "It is locked.", after=[asking])
    ask(waiting)
    assert not recorder.path.exists()
    waiting.invoke(Command(resume={"decisions": [{"type": "approve"}]}), THREAD)
    (trace,) = traces(recorder)
    assert [step.action.tool for step in trace.steps if step.action] == ["look"]


def test_secrets_do_not_reach_the_file(recorder: TraceRecorder) -> None:
    """Neither the user's nor those of an exception."""
    with pytest.raises(RuntimeError):
        ask(agent(recorder, call("kick")), f"Please open the door with {SECRET} now.")
    assert SECRET not in recorder.path.read_text()
    assert "<secret:" in traces(recorder)[0].task


def test_a_file_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The agent answers all the same; whoever reports an outcome is told."""
    (tmp_path / "file").write_text("no folder")
    recorder = TraceRecorder(tmp_path / "file" / "runs.jsonl")
    with caplog.at_level(logging.WARNING, "trace2skill"):
        result = ask(agent(recorder, "Done."))
    assert result["messages"][-1].text == "Done."
    assert "is not in" in caplog.text
    with pytest.raises(InputError, match="Check its path"):
        recorder.outcome("1", success=True)


@pytest.mark.parametrize("awaited", [False, True])
def test_what_came_of_a_thread_is_that_of_its_last_run(recorder: TraceRecorder, awaited: bool) -> None:
    """With a score and a reason, as explicit feedback."""
    asked = agent(recorder, "Hello.", call("look"), "It is locked.")
    for text in ("Good morning to you, dear agent.", TASK):
        given = {"messages": [HumanMessage(text)]}
        asyncio.run(asked.ainvoke(given, THREAD)) if awaited else asked.invoke(given, THREAD)
    recorder.record_outcome(thread_id="1", score=0.5, reason="it is still locked")
    first, second = read_traces(str(recorder.path), outcomes=recorder.outcomes)
    assert first.outcome.label is Label.UNKNOWN
    assert (second.outcome.label, second.outcome.score) == (Label.FAILURE, 0.5)
    assert second.outcome.origin == "explicit feedback score >= 1"
    assert second.outcome.failed_checks == ("it is still locked",)


def test_nothing_is_left_of_runs_that_are_over(recorder: TraceRecorder) -> None:
    """Among the unfinished; one that was under way is there as far as it went."""
    ask(agent(recorder, call("look"), "It is locked."))
    assert list(recorder.unfinished.glob("*")) == []
    seen: list[list[str]] = []

    @tool
    def peek(door: str) -> str:
        """Look at what is recorded meanwhile."""
        seen.extend(
            [step.action.tool for step in trace.steps if step.action]
            for trace in read_traces(recorder.unfinished)
        )
        return door

    model = ScriptedModel(replies=[call("peek"), AIMessage("Done.")])
    create_agent(model, [peek], middleware=[recorder]).invoke({"messages": [HumanMessage(TASK)]})
    assert seen == [["peek"]]


def test_what_was_recorded_can_be_distilled(recorder: TraceRecorder, tmp_path: Path) -> None:
    """With the outcomes noted afterwards; the skill then guides the next run."""
    for number in range(4):
        for names in (("look", "open"), ("open",)):
            calls = [call(name, door=f"D{number}") for name in names]
            result = ask(agent(recorder, *calls, "Done."), f"Please open the door D{number}.")
            recorder.outcome(result["trace_id"], success="look" in names)
    labelled = list(read_traces(str(recorder.path), outcomes=recorder.outcomes))
    assert [trace.outcome.label for trace in labelled] == [Label.SUCCESS, Label.FAILURE] * 4
    library = tmp_path / "library"
    report = distill(recorder.path, library=library, outcomes=recorder.outcomes)
    assert report.succeeded
    result = ask(agent(recorder, "Done.", after=[SkillMiddleware(library)]), "Please open the door D9.")
    assert [offer["skill"] for offer in result["skill_receipt"]["offered"]] == ["house"]
