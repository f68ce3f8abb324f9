"""τ-bench results."""

from trace2skill.traces.files import Record
from trace2skill.traces.model import Label, StepOutcome
from trace2skill.traces.readers import tau_bench

RUN = {
    "task_id": 3,
    "trial": 2,
    "reward": 0.0,
    "traj": [
        {"role": "system", "content": "policy"},
        {"role": "user", "content": "I would like to change my flight."},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "function": {"name": "find", "arguments": '{"user_id": "mia"}'}}],
        },
        {"role": "tool", "tool_call_id": "c", "name": "find", "content": "Error: user not found"},
        {"role": "user", "content": "###STOP###"},
    ],
}


def test_a_run_becomes_a_trace() -> None:
    """Arguments are parsed, errors recognised by their first word, the end marker dropped."""
    (trace,) = tau_bench.read(Record("f", "", [RUN]))
    assert (trace.id, trace.task_key, trace.domain) == ("3/2", "3", None)
    assert trace.task == "I would like to change my flight."
    assert len(trace.steps) == 2
    assert trace.steps[1].action.arguments == {"user_id": "mia"}
    assert trace.steps[1].outcome is StepOutcome.ERROR
    assert trace.outcome.label is Label.FAILURE


def test_arguments_that_are_no_object_keep_the_run() -> None:
    """The call is a step in error with the text as it was; the rest of the run is there."""
    calls = [{"id": "c", "function": {"name": "find", "arguments": "[1"}}]
    broken = {**RUN, "traj": [{"role": "assistant", "tool_calls": calls}]}
    first, second = tau_bench.read(Record("f", "", [broken, RUN]))
    (step,) = first.steps
    assert (step.action.tool, step.action.arguments) == ("find", {"unreadable": "[1"})
    assert step.outcome is StepOutcome.ERROR
    assert second.id == "3/2"


def test_recognises_by_content() -> None:
    """A list or a line of runs."""
    assert tau_bench.recognises([RUN])
    assert tau_bench.recognises(RUN)
    assert not tau_bench.recognises([{"task_id": 1}])
