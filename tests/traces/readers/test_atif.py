"""Harbor's trajectories."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import Actor, Label, StepOutcome, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import atif

TASK = "Please fix the date parser so that it accepts leap days."


def step(source: str, message: Any = "", results: list[Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A step; its observation holds the results."""
    observed = {"observation": {"results": results}} if results is not None else {}
    return {"source": source, "message": message, **observed, **fields}


def call(identity: str, name: str = "bash_command", **arguments: Any) -> dict[str, Any]:
    """A tool call."""
    return {"tool_call_id": identity, "function_name": name, "arguments": arguments}


def trajectory(*steps: Any, **fields: Any) -> dict[str, Any]:
    """A trajectory; its steps are numbered."""
    numbered = [{"step_id": number, **each} for number, each in enumerate(steps, start=1)]
    base = {
        "schema_version": "ATIF-v1.7",
        "session_id": "s1",
        "agent": {"name": "terminus-2", "version": "2"},
    }
    return {**base, "steps": numbered, **fields}


def write(path: Path, value: Any) -> Path:
    """Write a document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1))
    return path


def read(path: Path, **options: Any) -> list[Trace]:
    """The traces under a path, without any problem."""
    intake = Intake(path, **options)
    traces = list(intake)
    assert intake.problems == []
    return traces


def tools(trace: Trace) -> list[tuple[str, str, Any]]:
    """Who called what, and what came back."""
    return [(each.actor.value, each.action.tool, each.observation) for each in trace.steps if each.action]


LOOK = step(
    "agent",
    "I look.",
    [
        {"source_call_id": "b", "content": [{"type": "text", "text": "Error: no"}]},
        {"source_call_id": "a", "content": "x"},
    ],
    reasoning_content="Look first.",
    tool_calls=[call("a", keystrokes="ls\n"), call("b", "read", path="a.py")],
    timestamp="2026-01-02T03:04:05Z",
)


def test_a_trajectory_is_a_trace(tmp_path: Path) -> None:
    """System steps at the start are the instructions; results join their calls within the step."""
    value = trajectory(
        step("system", "Be careful."),
        step("user", [{"type": "text", "text": TASK}, {"type": "image"}]),
        LOOK,
        step("agent", "", [{"content": "y"}], tool_calls=[call("a", keystrokes="cat\n")]),
        step("agent", "Done.", [{"content": "the end of the terminal"}]),
        step("system", "Out of time.", []),
        agent={
            "name": "x",
            "version": "1",
            "tool_definitions": [{"type": "function", "function": {"name": "read"}}],
        },
    )
    (trace,) = read(write(tmp_path / "trajectory.json", value))
    assert (trace.id, trace.task, trace.instructions) == ("s1", f"{TASK}\n[image]", "Be careful.")
    assert tools(trace) == [
        ("agent", "bash_command", "x"),
        ("agent", "read", "Error: no"),
        ("agent", "bash_command", "y"),
    ]
    assert [each.outcome for each in trace.steps[1:3]] == [StepOutcome.OK, StepOutcome.ERROR]
    assert trace.steps[1].group == trace.steps[2].group is not None
    assert (trace.steps[1].thought, trace.steps[1].text) == ("Look first.", "I look.")
    assert [(each.actor.value, each.text, each.observation) for each in trace.steps[4:]] == [
        ("agent", "Done.", None),
        ("environment", None, "the end of the terminal"),
        ("environment", "Out of time.", None),
    ]
    assert [tool.name for tool in trace.tools] == ["read"]


@pytest.mark.parametrize(
    ("result", "label", "origin"),
    [
        ({"verifier_result": {"rewards": {"reward": 1.0}}}, Label.SUCCESS, "result.json rewards.reward >= 1"),
        (
            {"verifier_result": {"rewards": {"reward": 0.5, "x": 1}}},
            Label.FAILURE,
            "result.json rewards.reward >= 1",
        ),
        ({"verifier_result": {"rewards": {"b": 0.2, "a": 1}}}, Label.FAILURE, "result.json rewards.b >= 1"),
        ({"verifier_result": {"reward": 1}}, Label.SUCCESS, "result.json rewards.reward >= 1"),
        ({"verifier_result": None}, Label.UNKNOWN, "no reward in result.json"),
        (
            {"verifier_result": None, "exception_info": {"exception_type": "AgentTimeoutError"}},
            Label.UNKNOWN,
            "the trial ended in an exception",
        ),
    ],
)
@pytest.mark.parametrize("place", ["agent/trajectory.json", "trajectory.json"])
def test_the_outcome_is_in_the_result_beside_it(
    tmp_path: Path, result: dict[str, Any], label: Label, origin: str, place: str
) -> None:
    """Of the trial, whose folder it may lie in; the result itself is no trace."""
    write(tmp_path / place, trajectory(step("user", TASK), LOOK))
    write(
        tmp_path / "result.json",
        {"task_name": "dates", "trial_name": "dates__x1", "source": "bench", **result},
    )
    intake = Intake(tmp_path)
    (trace,) = intake
    assert (trace.outcome.label, trace.outcome.origin) == (label, origin)
    assert (trace.id, trace.task_key, trace.domain) == ("dates__x1", "dates", "bench")
    assert (intake.problems, intake.summary.joined) == ([], 1)


def test_a_continuation_is_read_behind_what_it_continues(tmp_path: Path) -> None:
    """Steps that were copied for context are not read again; a summary's agent stands behind its step."""
    summary = {"trajectory_path": "trajectory.summarization-1-summary.json", "session_id": "s1"}
    first = trajectory(
        step("user", TASK),
        LOOK,
        step("system", "Summarised.", [{"content": None, "subagent_trajectory_ref": [summary]}]),
        continued_trajectory_ref="trajectory.cont-1.json",
    )
    more = trajectory(
        step("system", "Be careful."),
        {**step("user", TASK), "is_copied_context": True},
        step(
            "agent", "", [{"source_call_id": "a", "content": "z"}], tool_calls=[call("a", keystrokes="pwd")]
        ),
    )
    write(tmp_path / "trajectory.json", first)
    write(tmp_path / "trajectory.cont-1.json", more)
    write(
        tmp_path / summary["trajectory_path"],
        trajectory(step("user", "Sum it up."), step("agent", "So far ...")),
    )
    intake = Intake(tmp_path)
    (trace,) = intake
    assert [tool for _, tool, _ in tools(trace)] == ["bash_command", "read", "bash_command"]
    assert [each.observation for each in trace.steps if each.action] == ["x", "Error: no", "z"]
    assert [each.text for each in trace.steps if each.actor is Actor.USER] == [TASK]
    assert [each.text for each in trace.steps if each.actor is Actor.SUBAGENT] == ["So far ..."]
    assert intake.summary.joined == 2


@pytest.mark.parametrize("embedded", [True, False])
def test_sub_agents_act_inside_their_call(tmp_path: Path, embedded: bool) -> None:
    """By reference to a part of the document, or to a file."""
    child = trajectory(
        step("user", "Find it."),
        step(
            "agent",
            "",
            [{"source_call_id": "a", "content": "found"}],
            tool_calls=[call("a", "grep", q="leap")],
        ),
        trajectory_id="t2",
    )
    reference = {"trajectory_id": "t2"} if embedded else {"trajectory_path": "sub.json"}
    spawn = step(
        "agent",
        "",
        [{"source_call_id": "a", "content": "report", "subagent_trajectory_ref": [reference]}],
        tool_calls=[call("a", "delegate", prompt="Find it.")],
    )
    held = {"subagent_trajectories": [child]} if embedded else {}
    write(tmp_path / "trajectory.json", trajectory(step("user", TASK), spawn, **held))
    if not embedded:
        write(tmp_path / "sub.json", child)
    (trace,) = read(tmp_path)
    assert tools(trace) == [("agent", "delegate", "report"), ("subagent", "grep", "found")]
    assert [each.parent for each in trace.steps if each.actor is Actor.SUBAGENT] == [1]


def test_references_lead_no_further_than_the_folder(tmp_path: Path) -> None:
    """And a file is read once, whatever circle they form."""
    write(tmp_path / "secret.json", trajectory(step("agent", "secret")))
    write(
        tmp_path / "a" / "one.json", trajectory(step("user", TASK), continued_trajectory_ref="../secret.json")
    )
    (trace,) = read(tmp_path / "a")
    assert [each.text for each in trace.steps] == [TASK]
    write(tmp_path / "b" / "one.json", trajectory(step("user", TASK), continued_trajectory_ref="two.json"))
    write(
        tmp_path / "b" / "two.json", trajectory(step("agent", "More."), continued_trajectory_ref="one.json")
    )
    (trace,) = read(tmp_path / "b")
    assert [each.text for each in trace.steps] == [TASK, "More."]
    assert len(read(tmp_path)) == 3


def test_parts_alone(tmp_path: Path) -> None:
    """A continuation without its beginning is a run; a result without a trajectory is reported."""
    write(tmp_path / "trajectory.json", trajectory(step("user", TASK), continued_trajectory_ref="more.json"))
    more = write(tmp_path / "more.json", trajectory(step("agent", "More.")))
    (trace,) = read(more)
    assert [each.text for each in trace.steps] == ["More."]
    alone = write(
        tmp_path / "x" / "result.json", {"task_name": "a", "trial_name": "b", "verifier_result": {}}
    )
    intake = Intake(alone)
    assert list(intake) == []
    assert "without its trajectory" in intake.problems[0].message


def test_recognises_by_content() -> None:
    """The version names the format."""
    assert atif.recognises(trajectory())
    assert not atif.recognises({"schema_version": 1, "steps": []})
    assert not atif.recognises({"schema_version": "ATIF-v1.7"})
    assert not atif.recognises({"task_name": "a", "trial_name": "b"})
