"""Steps out of spans: order, links, and messages that every model call repeats."""

import random
from datetime import UTC, datetime
from typing import Any

from tests.traces.otel_spans import answered, asked, model, one, read, root, said, shown, span, tool
from trace2skill.traces.judgements import Judging
from trace2skill.traces.model import StepOutcome
from trace2skill.traces.problem import Scope
from trace2skill.traces.spans import Span, in_order

USER = said("user", "Please open the old red door.")
SYSTEM = said("system", "You open doors.")
HISTORY = [
    SYSTEM,
    USER,
    asked(("a", "look")),
    answered("a", "a door"),
    asked(("b", "open")),
    answered("b", "ok"),
]
RUN = [
    root(),
    model("m1", 1, HISTORY[:2], [HISTORY[2]]),
    tool("s1", 2, "look", "a door", "a"),
    model("m2", 3, HISTORY[:4], [HISTORY[4]]),
    tool("s2", 4, "open", "ok", "b"),
    model("m3", 5, HISTORY, [said("assistant", "It is open.")]),
]
STEPS = [
    ("user", "Please open the old red door.", None),
    ("agent", "look", "a door"),
    ("agent", "open", "ok"),
    ("agent", "It is open.", None),
]


def test_a_repeated_history_makes_no_step_twice() -> None:
    """Three model calls repeat the conversation; each message and each call is there once."""
    trace = one(RUN)
    assert shown(trace) == STEPS
    assert trace.task == "Please open the old red door."
    assert trace.instructions == "You open doors."
    assert [step.outcome for step in trace.steps[1:3]] == [StepOutcome.OK, StepOutcome.OK]


def test_the_order_of_spans_in_the_file_does_not_matter() -> None:
    """Exporters write spans as they end, and collectors in any order."""
    mixed = list(RUN)
    for seed in range(5):
        random.Random(seed).shuffle(mixed)
        assert one(mixed).hash == one(RUN).hash


def test_model_calls_without_messages_leave_the_tools() -> None:
    """What tools were given and returned is recorded; what was said is not."""
    silent = [each for each in RUN if not each["name"].startswith("m")]
    silent.insert(1, span("m1", 1, gen_ai__operation__name="chat"))
    (trace,), problems, dropped = read(silent)
    assert shown(trace) == [("agent", "look", "a door"), ("agent", "open", "ok")]
    assert trace.steps[0].action.arguments == {"x": 1}
    assert (problems, dropped) == ([], {"model calls without recorded messages": 1})


def test_missing_tool_spans_leave_what_the_model_was_told() -> None:
    """Results are in the next history."""
    assert shown(one(each for each in RUN if not each["name"].startswith("s"))) == STEPS


def test_a_run_that_broke_off_keeps_its_last_call() -> None:
    """A call without a result has no observation, and nobody says how it went."""
    trace = one(RUN[:4])
    assert shown(trace) == [*STEPS[:2], ("agent", "open", None)]
    assert trace.steps[-1].outcome is StepOutcome.UNKNOWN


def test_parallel_calls_share_a_group_and_get_their_own_results() -> None:
    """The tool that ends first may have been asked for last."""
    asks = asked(("a", "look"), ("b", "listen"), text="Both.")
    lines = [
        root(),
        model("m1", 1, [USER], [asks]),
        tool("s1", 2, "look", "a door", "a"),
        tool("s2", 1.5, "listen", "steps", "b"),
        model(
            "m2", 3, [USER, asks, answered("b", "steps"), answered("a", "a door")], [said("assistant", "Hm.")]
        ),
    ]
    trace = one(lines)
    assert shown(trace)[1:] == [
        ("agent", "look", "a door"),
        ("agent", "listen", "steps"),
        ("agent", "Hm.", None),
    ]
    first, second = trace.steps[1:3]
    assert first.group == second.group is not None
    assert (first.text, second.text) == ("Both.", None)


def test_equal_calls_without_ids_are_answered_in_order() -> None:
    """Two calls of one tool with the same arguments; the model is told nothing of ids."""
    asks = asked(("", "look"), ("", "look"))
    lines = [
        root(),
        model("m1", 1, [USER], [asks]),
        tool("s1", 2, "look", "one"),
        tool("s2", 3, "look", "two"),
    ]
    assert shown(one(lines))[1:] == [("agent", "look", "one"), ("agent", "look", "two")]


def test_the_same_words_twice_are_two_steps() -> None:
    """A user who says the same again said it twice; a model call that failed repeats nothing."""
    again = said("user", "Go on, please do it.")
    ok = said("assistant", "Done.")
    lines = [
        root(),
        model("m1", 1, [again], [ok]),
        model("m2", 2, [again, ok, again], None, error="overloaded"),
        model("m3", 3, [again, ok, again], [ok]),
    ]
    (trace,), _, dropped = read(lines)
    assert [step.text for step in trace.steps] == ["Go on, please do it.", "Done."] * 2
    assert dropped == {"failed model calls": 1}


def test_a_trimmed_history_repeats_nothing() -> None:
    """The window has lost the beginning; what follows the model's own last words is new."""
    lines = [
        *RUN[:5],
        model("m3", 5, [HISTORY[4], HISTORY[5], said("user", "And now?")], [said("assistant", "It is.")]),
    ]
    assert shown(one(lines)) == [*STEPS[:3], ("user", "And now?", None), ("agent", "It is.", None)]


def test_a_tool_tried_twice_at_one_call_is_one_step() -> None:
    """The program tried again; what the model asked for once has the last attempt's result."""
    lines = [*RUN[:2], tool("s0", 1.5, "look", call="a", error="timeout"), *RUN[2:3]]
    (trace,), _, dropped = read(lines)
    assert shown(trace)[1:] == [("agent", "look", "a door")]
    assert trace.steps[1].outcome is StepOutcome.OK
    assert dropped == {"earlier attempts of a tool at one call": 1}


def test_a_failed_tool_shows_its_error() -> None:
    """By the status of its span, where it returned nothing."""
    trace = one([*RUN[:2], tool("s1", 2, "look", call="a", error="TimeoutError: too late")])
    assert shown(trace)[-1] == ("agent", "look", "TimeoutError: too late")
    assert trace.steps[-1].outcome is StepOutcome.ERROR


def subagent(parent: str, call: str, at: float) -> list[dict[str, Any]]:
    """The spans of a sub-agent that a tool runs: one model call, one tool, one more model call."""
    prompt = said("user", f"Look behind the door, {call}.")
    own = asked((f"{call}-1", "peek"))
    return [
        model(f"{call}m1", at, [prompt], [own], parent=parent),
        tool(f"{call}s1", at + 0.1, "peek", f"{call} saw it", f"{call}-1", parent=parent),
        model(
            f"{call}m2",
            at + 0.2,
            [prompt, own, answered(f"{call}-1", f"{call} saw it")],
            [said("assistant", f"{call} ok")],
            parent=parent,
        ),
    ]


def test_sub_agents_keep_their_own_conversations() -> None:
    """Two run at once in the tool `task`; their steps name the call that started them."""
    asks = asked(("a", "task"), ("b", "task"))
    lines = [
        root(),
        model("m1", 1, [USER], [asks]),
        tool("s1", 2, "task", "a ok", "a"),
        tool("s2", 2.01, "task", "b ok", "b"),
        *subagent("s1", "a", 3),
        *subagent("s2", "b", 3.05),
        model(
            "m2", 9, [USER, asks, answered("a", "a ok"), answered("b", "b ok")], [said("assistant", "Done.")]
        ),
    ]
    (trace,), _, dropped = read(lines)
    assert [
        (step.actor.value, step.action.tool if step.action else step.text, step.parent)
        for step in trace.steps
    ] == [
        ("user", "Please open the old red door.", None),
        ("agent", "task", None),
        ("agent", "task", None),
        ("subagent", "peek", 1),
        ("subagent", "peek", 2),
        ("subagent", "a ok", 1),
        ("subagent", "b ok", 2),
        ("agent", "Done.", None),
    ]
    assert [step.observation for step in trace.steps if step.action] == [
        "a ok",
        "b ok",
        "a saw it",
        "b saw it",
    ]
    assert trace.task == "Please open the old red door."
    assert dropped == {"prompts of sub-agents": 2}


def test_a_sub_agent_on_a_clock_that_is_behind_still_follows_its_call() -> None:
    """Its host says that it began before it was asked."""
    asks = asked(("a", "task"))
    early = [{**each, "start_time": RUN[0]["start_time"]} for each in subagent("s1", "a", 0)[:2]]
    trace = one([root(), model("m1", 1, [USER], [asks]), tool("s1", 2, "task", "a ok", "a"), *early])
    assert [(step.actor.value, step.action and step.action.tool, step.parent) for step in trace.steps] == [
        ("user", None, None),
        ("agent", "task", None),
        ("subagent", "peek", 1),
    ]


def test_a_sub_agents_tools_and_messages_are_its_own() -> None:
    """The agent's span repeats what its model calls say; its tools are not offered to the main agent."""
    offered = {"gen_ai__tool__definitions": [{"name": "peek"}]}
    inside = subagent("s1", "a", 3)
    kept = {key.replace(".", "__"): value for key, value in inside[0]["attributes"].items()}
    agent = span("a1", 2.5, "s1", **{**kept, "gen_ai__operation__name": "invoke_agent", **offered})
    for each in inside:
        each["parent_id"] = "a1"
    asks = asked(("a", "task"))
    begun = [root(), model("m1", 1, [USER], [asks]), tool("s1", 2, "task", "a ok", "a")]
    trace = one([*begun, agent, *inside])
    assert shown(trace)[1:] == [
        ("agent", "task", "a ok"),
        ("subagent", "peek", "a saw it"),
        ("subagent", "a ok", None),
    ]
    assert trace.tools == ()


def test_an_agent_inside_an_agent_needs_no_tool() -> None:
    """With a conversation of its own it is a sub-agent; its prompt and its span's messages are no steps."""
    prompt = said("user", "Look behind the door, helper.")
    talk = {
        "gen_ai__input__messages": [prompt],
        "gen_ai__output__messages": [said("assistant", "Nothing there.")],
    }
    lines = [
        root(),
        model("m1", 1, [USER], [said("assistant", "I ask the helper.")]),
        span("a1", 2, gen_ai__operation__name="invoke_agent", **talk),
        model("m2", 3, [prompt], [said("assistant", "Nothing there.")], parent="a1"),
        model("m3", 4, [USER, said("assistant", "I ask the helper.")], [said("assistant", "It is empty.")]),
    ]
    (trace,), _, dropped = read(lines)
    assert [(step.actor.value, step.text) for step in trace.steps] == [
        ("user", "Please open the old red door."),
        ("agent", "I ask the helper."),
        ("subagent", "Nothing there."),
        ("agent", "It is empty."),
    ]
    assert dropped == {"prompts of sub-agents": 1}


def test_calls_without_ids_are_told_by_their_arguments() -> None:
    """The tools ran in the other order."""
    asks = asked(("", "look"), ("", "look"))
    asks["parts"][1]["arguments"] = {"x": 2}
    second_ = tool("s1", 2, "look", "two", gen_ai__tool__call__arguments='{"x": 2}')
    trace = one([root(), model("m1", 1, [USER], [asks]), second_, tool("s2", 3, "look", "one")])
    assert [(step.action.arguments["x"], step.observation) for step in trace.steps[1:]] == [
        (1, "one"),
        (2, "two"),
    ]


def test_a_tool_with_another_calls_id_is_not_the_answer() -> None:
    """Two ids that differ are two calls, though tool and arguments are the same."""
    trace = one([*RUN[:2], tool("s9", 2, "look", "other", "z")])
    assert shown(trace)[1:] == [("agent", "look", None), ("agent", "look", "other")]


def test_a_result_whose_call_was_lost_belongs_to_the_tools_span() -> None:
    """The model's reply is not recorded; the next history holds the result, the tool's span the call."""
    history = [USER, answered("a", "a door")]
    lines = [
        root(),
        model("m1", 1, [USER], None),
        tool("s1", 2, "look", "raw", "a"),
        model("m2", 3, history, None),
    ]
    assert shown(one(lines))[1:] == [("agent", "look", "a door")]
    without = [each for each in lines if each["name"] != "s1"]
    assert shown(one(without))[1:] == [("environment", None, "a door")]


def test_spans_in_order() -> None:
    """By their beginning; of two that began together the outer first; without one, where it was written."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    later = datetime(2026, 1, 2, tzinfo=UTC)
    inner, outer = Span("i", "t", "o", start=begin), Span("o", "t", start=begin)
    last, unknown = Span("l", "t", "o", start=later), Span("u", "t", "o")
    assert [each.id for each in in_order([last, unknown, inner, outer])] == ["o", "i", "l", "u"]


def test_a_tool_recorded_by_client_and_server_is_one_call() -> None:
    """A span of the same tool inside it is the other side of the same call."""
    lines = [*RUN[:2], tool("s1", 2, "look", "a door", "a"), tool("s2", 2.1, "look", "a door", parent="s1")]
    (trace,), _, dropped = read(lines)
    assert shown(trace) == STEPS[:2]
    assert dropped == {"tool calls recorded twice": 1}


def test_a_model_call_recorded_by_two_layers_is_one() -> None:
    """The framework's span holds that of the client library."""
    inner = model("m1b", 1.1, HISTORY[:2], [HISTORY[2]], parent="m1")
    (trace,), _, dropped = read([*RUN, inner])
    assert shown(trace) == STEPS
    assert dropped == {"model calls recorded twice": 1}


def second(trace: str, at: float, history: list[Any]) -> list[dict[str, Any]]:
    """A run of the conversation `c` with one model call."""
    thread = {"gen_ai__conversation__id": "c"}
    return [
        root(f"r{trace}", at, trace=trace, **thread),
        model(
            f"m{trace}",
            at + 1,
            history,
            [said("assistant", f"answer {trace}")],
            trace=trace,
            parent=f"r{trace}",
        ),
    ]


def test_runs_that_carry_a_thread_on_are_one_trace() -> None:
    """The second repeats what the first said; a third under the same id begins anew, and is its own."""
    first = second("1", 0, [USER])
    more = second("2", 10, [USER, said("assistant", "answer 1"), said("user", "And the window?")])
    anew = second("3", 20, [said("user", "Something else, from the start.")])
    traces, _, _ = read([*anew, *more, *first])
    assert [(trace.id, [step.text for step in trace.steps]) for trace in traces] == [
        ("1", ["Please open the old red door.", "answer 1", "And the window?", "answer 2"]),
        ("3", ["Something else, from the start.", "answer 3"]),
    ]


def test_runs_may_be_traces_of_their_own() -> None:
    """Then each has only its own steps, and its own request is the task."""
    lines = [
        *second("1", 0, [USER]),
        *second("2", 10, [USER, said("assistant", "answer 1"), said("user", "And the window over there?")]),
    ]
    traces, _, _ = read(lines, judging=Judging(unit="run"))
    assert [(trace.id, trace.task, [step.text for step in trace.steps]) for trace in traces] == [
        ("1", "Please open the old red door.", ["Please open the old red door.", "answer 1"]),
        ("2", "And the window over there?", ["And the window over there?", "answer 2"]),
    ]


def test_a_circle_of_parents_is_read() -> None:
    """No span is the outermost; nothing hangs."""
    lines = [span("a", 1, "b"), span("b", 2, "a"), tool("s1", 3, "look", "a door", parent="a")]
    assert shown(one(lines)) == [("agent", "look", "a door")]


def test_a_run_without_content_is_reported() -> None:
    """With the fix, and not as a trace of nothing."""
    traces, (problem,), _ = read([root(), span("m1", 1, gen_ai__operation__name="chat")])
    assert traces == []
    assert "no message is recorded in its 1 model calls" in problem.message
    assert "instrumentation" in problem.fix


def test_runs_of_no_agent_are_counted() -> None:
    """A service's other traces lie in the same export; a file of nothing else is a problem."""
    served = [span("a", 1, None, trace="u", http__method="GET"), span("b", 2, "a", trace="u")]
    traces, problems, dropped = read([*served, *RUN])
    assert (len(traces), problems) == (1, [])
    assert dropped == {"runs without a model or a tool": 1, "spans of kind span": 1}
    _, (problem,), _ = read(served)
    assert (problem.scope, problem.message) == (Scope.FILE, "none of its spans is of a model or a tool")
