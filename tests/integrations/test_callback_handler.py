"""The callback handler on real agents, graphs and chains: what is in the file afterwards."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import FakeListLLM, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolCall
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from tests.integrations.doors import SECRET, TASK, call, kick, look, open_
from tests.scripted_agent import Scripted
from trace2skill import TraceCallbackHandler, TraceRecorder, distill, read_traces
from trace2skill.errors import InputError
from trace2skill.traces.model import Actor, Label, StepOutcome, Trace


@tool
def ask_owner(door: str) -> str:
    """Ask the owner of a door."""
    return str(interrupt(door))


@tool
async def knock(door: str) -> str:
    """Knock at a door, on the event loop."""
    await asyncio.sleep(0)
    return f"nobody opens {door}"


TOOLS = [look, open_, kick, ask_owner]


def agent(*replies: AIMessage | str, middleware: Any = (), tools: Any = TOOLS) -> Any:
    """An agent that follows a script."""
    said = [AIMessage(each) if isinstance(each, str) else each for each in replies]
    memory = InMemorySaver()
    return create_agent(Scripted(said=said), tools, middleware=list(middleware), checkpointer=memory)


def config(handler: TraceCallbackHandler, **more: Any) -> Any:
    """The handler, on the one thread."""
    return {"callbacks": [handler], "configurable": {"thread_id": "1"}, **more}


GIVEN: Any = {"messages": [("user", TASK)]}


@pytest.fixture
def handler(tmp_path: Path) -> TraceCallbackHandler:
    """One with a file that is still to be made; what goes wrong in it is raised, not logged."""
    made = TraceCallbackHandler(tmp_path / "runs.jsonl", domain="house")
    made.raise_error = True
    return made


def traces(handler: TraceCallbackHandler) -> list[Trace]:
    """What the file holds; nothing is left of runs that are over, on the disk or in memory."""
    assert handler._open == {}
    assert list(handler.unfinished.glob("*")) == []
    return list(read_traces(handler.path))


def told(trace: Trace) -> list[tuple[Any, ...]]:
    """The steps in short."""
    return [(step.actor.value, step.text, step.action and step.action.tool) for step in trace.steps]


LOOKED = [("user", TASK, None), ("agent", None, "look"), ("agent", "It is locked.", None)]


def test_both_recorders_capture_the_same_trace(handler: TraceCallbackHandler, tmp_path: Path) -> None:
    """Step for step, with the tools on offer, from one run with parallel calls, thoughts and an error."""
    recorder = TraceRecorder(tmp_path / "other.jsonl", domain="house")
    thought = {"type": "reasoning", "reasoning": "It may be locked."}
    first = AIMessage([thought, {"type": "text", "text": "I look."}], tool_calls=call("look").tool_calls)
    said = (first, call("look", "open"), "It is locked.")
    result = agent(*said, middleware=[recorder]).invoke(GIVEN, config(handler))
    (ours,) = traces(handler)
    (other,) = read_traces(recorder.path)
    plain = [
        [step.model_copy(update={"group": bool(step.group)}) for step in each.steps] for each in (ours, other)
    ]
    assert plain[0] == plain[1]
    assert (ours.task, ours.tools, ours.domain) == (other.task, other.tools, "house")
    assert (other.id, ours.steps[1].thought) == (result["trace_id"], "It may be locked.")
    assert ours.steps[3].outcome is StepOutcome.ERROR


@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream", "astream_events"])
def test_a_run_is_recorded_however_it_is_asked(handler: TraceCallbackHandler, how: str) -> None:
    """Synchronous, awaited, streamed; under the id that the caller chose."""
    run_id = uuid.uuid4()
    asked, given = agent(call("look"), "It is locked."), config(handler, run_id=run_id)

    async def awaited() -> None:
        if how == "ainvoke":
            await asked.ainvoke(GIVEN, given)
        elif how == "astream":
            async for _ in asked.astream(GIVEN, given, stream_mode="messages"):
                pass
        else:
            async for _ in asked.astream_events(GIVEN, given, version="v2"):
                pass

    if how.startswith("a"):
        asyncio.run(awaited())
    else:
        list(asked.stream(GIVEN, given)) if how == "stream" else asked.invoke(GIVEN, given)
    (trace,) = traces(handler)
    assert (told(trace), trace.id) == (LOOKED, str(run_id))


def test_an_awaited_run_is_written_off_the_event_loop(
    handler: TraceCallbackHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is touched on the thread of the loop."""
    writers: set[int] = set()
    written = handler._log._written
    monkeypatch.setattr(
        handler._log, "_written", lambda *given: writers.add(threading.get_ident()) or written(*given)
    )
    asyncio.run(agent(call("knock"), "Nobody.", tools=[knock]).ainvoke(GIVEN, config(handler)))
    assert writers
    assert threading.get_ident() not in writers
    assert [name for _, _, name in told(traces(handler)[0])] == [None, "knock", None]


def test_runs_at_once_do_not_mix(handler: TraceCallbackHandler) -> None:
    """Twenty, awaited together, on threads of their own."""

    async def all_of_them() -> None:
        asked = agent(call("look", "open"), "It is locked.")
        await asyncio.gather(
            *(
                asked.ainvoke(
                    {"messages": [("user", f"Please open the door number {number}.")]},
                    {"callbacks": [handler], "configurable": {"thread_id": str(number)}},
                )
                for number in range(20)
            )
        )

    asyncio.run(all_of_them())
    found = traces(handler)
    assert sorted(trace.task for trace in found) == sorted(
        f"Please open the door number {number}." for number in range(20)
    )
    assert {tuple(name for _, _, name in told(trace)) for trace in found} == {(None, "look", "open", None)}


def test_a_thread_is_recorded_run_by_run(handler: TraceCallbackHandler) -> None:
    """The second trace begins with the second message, the same words too."""
    talking = agent("Hello.", call("look"), "It is locked.", "Hello.")
    for text in ("Good morning to you, dear agent.", TASK, "Good morning to you, dear agent."):
        talking.invoke({"messages": [("user", text)]}, config(handler))
    first, second, third = traces(handler)
    assert [step.text for step in first.steps] == ["Good morning to you, dear agent.", "Hello."]
    assert told(second) == LOOKED
    assert [step.text for step in third.steps] == ["Good morning to you, dear agent.", "Hello."]


def test_what_sub_agents_do_is_in_the_call_that_started_them(handler: TraceCallbackHandler) -> None:
    """Two at work at once, each with a tool of its own."""

    @tool
    def research(topic: str) -> str:
        """Have a topic looked into."""
        said = [call("look", door=topic), AIMessage(f"The {topic} is old.")]
        answer = create_agent(Scripted(said=said), [look]).invoke(
            {"messages": [("user", f"Look at the {topic}.")]}
        )
        return str(answer["messages"][-1].text)

    calls = [ToolCall(name="research", args={"topic": each}, id=each) for each in ("door", "wall")]
    lead = agent(AIMessage("", tool_calls=calls), "Both are old.", tools=[research])
    lead.invoke(GIVEN, config(handler))
    (trace,) = traces(handler)
    assert [step.actor for step in trace.steps].count(Actor.SUBAGENT) == 4
    for topic in ("door", "wall"):
        (parent,) = (
            step.index for step in trace.steps if step.action and step.action.arguments == {"topic": topic}
        )
        inside = [step for step in trace.steps if step.parent == parent]
        assert [step.action.arguments if step.action else step.text for step in inside] == [
            {"door": topic},
            f"The {topic} is old.",
        ]


def test_deep_agents_are_recorded(handler: TraceCallbackHandler) -> None:
    """Their sub-agents and files, whose tools return commands and no messages."""
    create_deep_agent = pytest.importorskip("deepagents").create_deep_agent
    calls = [
        ToolCall(name="task", args={"description": "Look at D1.", "subagent_type": "looker"}, id="t1"),
        ToolCall(name="write_file", args={"file_path": "/a.txt", "content": "locked"}, id="w1"),
    ]
    looker: Any = {"name": "looker", "description": "Looks.", "system_prompt": "You look.", "tools": [look]}
    looker["model"] = Scripted(said=[call("look"), AIMessage("D1 is locked.")])
    lead = Scripted(said=[AIMessage("", tool_calls=calls), AIMessage("It is locked.")])
    deep = create_deep_agent(model=lead, tools=[look], subagents=[looker], system_prompt="You lead.")
    deep.invoke(GIVEN, config(handler))
    (trace,) = traces(handler)
    assert [(step.actor.value, step.action and step.action.tool, step.parent) for step in trace.steps] == [
        ("user", None, None),
        ("agent", "task", None),
        ("agent", "write_file", None),
        ("subagent", "look", 1),
        ("subagent", None, 1),
        ("agent", None, None),
    ]
    assert trace.steps[1].observation == "D1 is locked."
    assert "/a.txt" in str(trace.steps[2].observation)
    assert str(trace.instructions).startswith("You lead.")


def test_a_run_that_is_cancelled_is_recorded(handler: TraceCallbackHandler) -> None:
    """As far as it went, in the middle of a tool."""

    async def cancelled() -> None:
        begun = asyncio.Event()

        @tool
        async def wait(door: str) -> str:
            """Wait at a door."""
            begun.set()
            await asyncio.sleep(600)
            return door

        waiting = agent(call("look"), call("wait"), tools=[look, wait])
        task = asyncio.create_task(waiting.ainvoke(GIVEN, config(handler)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    (trace,) = traces(handler)
    assert told(trace) == [*LOOKED[:2], ("agent", None, "wait")]
    assert "CancelledError" in str(trace.steps[-1].observation)


@pytest.mark.parametrize("awaited", [False, True])
def test_a_run_that_raised_is_recorded_as_far_as_it_went(
    handler: TraceCallbackHandler, awaited: bool
) -> None:
    """By a tool, and by the model; the caller gets the exception, the file no secret of it."""
    for replies, error in ((call("look"), call("kick")), RuntimeError), ((call("look"),), IndexError):
        doomed = agent(*replies)
        with pytest.raises(error):
            asyncio.run(doomed.ainvoke(GIVEN, config(handler))) if awaited else doomed.invoke(
                GIVEN, config(handler)
            )
    kicked, silent = traces(handler)
    assert [name for _, _, name in told(kicked)] == [None, "look", "kick"]
    assert kicked.steps[-1].outcome is StepOutcome.ERROR
    assert str(kicked.steps[-1].observation).startswith("RuntimeError: D1 has fallen on <secret:")
    assert told(silent) == LOOKED[:2]
    assert SECRET not in handler.path.read_text()


def test_a_run_that_waits_for_a_person_is_recorded_once(handler: TraceCallbackHandler) -> None:
    """When it has gone on to its end; until then it is among the unfinished."""
    waiting = agent(call("look"), call("ask_owner"), "You may go in.")
    waiting.invoke(GIVEN, config(handler))
    assert not handler.path.exists()
    (half,) = read_traces(handler.unfinished)
    assert told(half) == [*LOOKED[:2], ("agent", None, "ask_owner")]
    assert (half.steps[-1].observation, half.steps[-1].outcome) == (None, StepOutcome.UNKNOWN)
    waiting.invoke(Command(resume="yes"), config(handler))
    (trace,) = traces(handler)
    assert told(trace) == [*told(half), ("agent", "You may go in.", None)]
    assert trace.steps[2].observation == "yes"


def test_a_break_before_a_tool_is_no_end(handler: TraceCallbackHandler) -> None:
    """A run that goes on with nothing is the one that was left, and told once."""
    said = [call("look"), AIMessage("It is locked.")]
    asked = create_agent(Scripted(said=said), TOOLS, checkpointer=InMemorySaver(), interrupt_before=["tools"])
    asked.invoke(GIVEN, config(handler))
    asked.invoke(None, config(handler))
    (trace,) = traces(handler)
    assert told(trace) == LOOKED


def test_a_result_that_the_caller_brings_goes_on(handler: TraceCallbackHandler) -> None:
    """The model asked for a tool that the caller runs: one trace, of both calls of the model."""
    model = Scripted(said=[call("look"), AIMessage("It is locked.")]).bind_tools([look])
    about: Any = {"callbacks": [handler], "metadata": {"thread_id": "1"}}
    asked: list[Any] = [HumanMessage(TASK)]
    asked.append(model.invoke(asked, about))
    asked.append(look.invoke(asked[-1].tool_calls[0]))
    model.invoke(asked, about)
    (trace,) = traces(handler)
    assert told(trace) == LOOKED
    assert trace.steps[1].observation == {"door_id": "D1", "status": "locked"}


def test_an_interrupt_that_a_tool_answers_itself_is_no_end(handler: TraceCallbackHandler) -> None:
    """An agent inside is interrupted and goes on within the run."""

    @tool
    def delegate(door: str) -> str:
        """Have somebody ask the owner."""
        inner = create_agent(
            Scripted(said=[call("ask_owner"), AIMessage("I may.")]), TOOLS, checkpointer=InMemorySaver()
        )
        own: Any = {"configurable": {"thread_id": f"inside {door}"}}
        inner.invoke({"messages": [("user", "Ask the owner.")]}, own)
        return str(inner.invoke(Command(resume="yes"), own)["messages"][-1].text)

    lead = create_agent(Scripted(said=[call("delegate"), AIMessage("I may go in.")]), [delegate])
    lead.invoke(GIVEN, config(handler))
    (trace,) = traces(handler)
    assert [step.text for step in trace.steps if step.parent is None] == [TASK, None, "I may go in."]
    assert trace.steps[1].observation == "I may."


def test_a_handler_that_is_named_twice_records_once(handler: TraceCallbackHandler) -> None:
    """By the agent and by the call."""
    agent(call("look"), "It is locked.").with_config({"callbacks": [handler]}).invoke(GIVEN, config(handler))
    (trace,) = traces(handler)
    assert told(trace) == LOOKED


def test_a_stream_that_nobody_reads_to_its_end(handler: TraceCallbackHandler) -> None:
    """What had come is recorded; of a model's answer the part that was seen."""
    stream = agent(call("look"), "It is locked.").stream(GIVEN, config(handler))
    next(stream)
    stream.close()
    model = GenericFakeChatModel(messages=iter([AIMessage("It is locked")]))
    said = model.stream(TASK, {"callbacks": [handler]})
    next(said)
    said.close()
    first, second = traces(handler)
    assert told(first) == LOOKED[:2]
    assert [step.text for step in second.steps] == [TASK, "It"]


def test_any_runnable_is_recorded(handler: TraceCallbackHandler) -> None:
    """A chain with a prompt, a model of plain text, a graph whose nodes call tools and models themselves."""
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Be brief."), ("human", "Say how {thing} is today.")]
    )
    chain = (prompt | Scripted(said=[AIMessage("Fine.")])).with_config({"callbacks": [handler]})
    chain.invoke({"thing": "the old door"})
    FakeListLLM(responses=["Well."]).invoke("How is the old door today?", {"callbacks": [handler]})

    def node(state: MessagesState) -> MessagesState:
        seen = look.invoke({"door": "D7"})
        said = Scripted(said=[AIMessage(f"It is {seen['status']}.")]).invoke(state["messages"])
        return {"messages": [said]}

    graph = StateGraph(MessagesState).add_node("node", node).add_edge(START, "node").compile()
    graph.invoke(GIVEN, {"callbacks": [handler]})
    RunnableLambda(lambda given: given).invoke("nothing to tell", {"callbacks": [handler]})
    briefly, plain, by_hand = traces(handler)
    assert (briefly.instructions, briefly.task) == ("Be brief.", "Say how the old door is today.")
    assert [step.text for step in briefly.steps] == ["Say how the old door is today.", "Fine."]
    assert [step.text for step in plain.steps] == ["How is the old door today?", "Well."]
    assert sorted(told(by_hand), key=str) == sorted(
        [("user", TASK, None), ("agent", None, "look"), ("agent", "It is locked.", None)], key=str
    )


def test_arguments_that_are_no_json_are_kept(handler: TraceCallbackHandler) -> None:
    """As text; the call counts as failed."""
    wrong: Any = {"name": "look", "args": "{door", "id": "w", "error": "no JSON", "type": "invalid_tool_call"}
    agent(AIMessage("", invalid_tool_calls=[wrong])).invoke(GIVEN, config(handler))
    step = traces(handler)[0].steps[1]
    assert step.action is not None
    assert (step.action.arguments, step.outcome) == ({"unreadable": "{door"}, StepOutcome.ERROR)


KILLED = """
import sys
from langchain_core.tools import tool
from tests.integrations.test_callback_handler import GIVEN, agent, call, config, look
from trace2skill import TraceCallbackHandler, TraceRecorder

@tool
def wait(door: str) -> str:
    "Wait for ever."
    import time
    time.sleep(600)
    return ""

handler = TraceCallbackHandler(sys.argv[1])
agent(call("look"), "Done.").invoke(GIVEN, config(handler))
recorder = TraceRecorder(sys.argv[2])
middleware = [recorder]
agent(call("look"), call("wait"), tools=[look, wait], middleware=middleware).invoke(GIVEN, config(handler))
"""


def test_what_was_recorded_before_a_kill_can_be_read(tmp_path: Path) -> None:
    """By both recorders: the run that was over, and the one under way as far as it went."""
    paths = [tmp_path / "handler.jsonl", tmp_path / "recorder.jsonl"]
    process = subprocess.Popen([sys.executable, "-c", KILLED, *map(str, paths)])
    try:
        kept = [path.with_suffix(".unfinished") for path in paths]
        until = time.monotonic() + 30
        while time.monotonic() < until and not all(_calls(each) == ["look", "wait"] for each in kept):
            time.sleep(0.1)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert [_calls(each) for each in kept] == [["look", "wait"]] * 2
    (whole,) = read_traces(paths[0])
    assert [step.action.tool for step in whole.steps if step.action] == ["look"]
    half, other = (next(iter(read_traces(each))) for each in kept)
    assert (half.steps, half.task) == (other.steps, TASK)


def _calls(folder: Path) -> list[str]:
    with contextlib.suppress(InputError):
        return [step.action.tool for trace in read_traces(folder) for step in trace.steps if step.action]
    return []


def test_a_costly_run_is_put_aside_a_little_later(
    handler: TraceCallbackHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it takes a fifth of the time at most; the last state is not lost while the agent waits."""
    monkeypatch.setattr("trace2skill.integrations.trace_log.SHARE", 1e9)
    timers: list[Any] = []
    made = threading.Timer

    def timer(wait: float, *given: Any) -> threading.Timer:
        timers.append(wait)
        return made(0.01, *given)

    monkeypatch.setattr("trace2skill.integrations.trace_log.threading.Timer", timer)
    agent(call("look"), call("ask_owner")).invoke(GIVEN, config(handler))
    until = time.monotonic() + 10
    while time.monotonic() < until and _calls(handler.unfinished) != ["look", "ask_owner"]:
        time.sleep(0.02)
    assert _calls(handler.unfinished) == ["look", "ask_owner"]
    assert timers


def test_a_file_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The agent answers all the same, and is warned of the run at most twice."""
    (tmp_path / "file").write_text("no folder")
    handler = TraceCallbackHandler(tmp_path / "file" / "runs.jsonl")
    with caplog.at_level(logging.WARNING):
        result = agent(call("look"), call("open"), "Done.").invoke(GIVEN, config(handler))
    assert result["messages"][-1].text == "Done."
    assert [record.message.partition(" is not in ")[1] for record in caplog.records] == [" is not in "] * 2


def test_what_came_of_a_run_is_explicit_feedback(handler: TraceCallbackHandler) -> None:
    """By the run's id or its thread, as truth value, score and reason; secrets do not reach the file."""
    asked = agent(call("look"), "It is locked.")
    ids = [uuid.uuid4() for _ in range(4)]
    for number, run_id in enumerate(ids):
        given = {"callbacks": [handler], "run_id": run_id, "configurable": {"thread_id": number}}
        asked.invoke(GIVEN, given)
    handler.record_outcome(ids[0], success=True, reason="it opened")
    handler.record_outcome(str(ids[1]), success=False, score=0.2, reason=f"it fell on {SECRET}")
    handler.record_outcome(thread_id=2, score=0.4)
    told = {trace.id: trace.outcome for trace in read_traces(handler.path, outcomes=handler.outcomes)}
    found = [told[str(each)] for each in ids]
    assert [(each.label, each.score, each.origin) for each in found] == [
        (Label.SUCCESS, None, "explicit feedback"),
        (Label.FAILURE, 0.2, "explicit feedback"),
        (Label.FAILURE, 0.4, "explicit feedback score >= 1"),
        (Label.UNKNOWN, None, "in the file of outcomes, if anywhere"),
    ]
    assert found[1].failed_checks[0].startswith("it fell on <secret:")
    assert found[0].failed_checks == ()
    assert SECRET not in handler.outcomes.read_text()
    for wrong in ({}, {"run_id": 1}, {"success": True}, {"thread_id": "elsewhere", "success": True}):
        with pytest.raises(InputError):
            handler.record_outcome(**wrong)


def test_what_was_recorded_can_be_distilled(handler: TraceCallbackHandler, tmp_path: Path) -> None:
    """With the outcomes noted afterwards."""
    for number in range(4):
        for names in (("look", "open"), ("open",)):
            run_id = uuid.uuid4()
            asked = agent(*(call(name, door=f"D{number}") for name in names), "Done.")
            given = {"messages": [HumanMessage(f"Please open the door D{number}.")]}
            asked.invoke(given, config(handler, run_id=run_id))
            handler.record_outcome(run_id, success="look" in names)
    report = distill(handler.path, library=tmp_path / "library", outcomes=handler.outcomes)
    assert report.succeeded
    assert [skill.name for skill in report.skills] == ["house"]
