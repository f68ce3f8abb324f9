"""What Gemini CLI prints for programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import Actor, Label, StepOutcome
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import gemini_stream


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event."""
    return {"type": kind, "timestamp": "2026-11-01T00:00:00.000Z", **fields}


ASKED = event("message", role="user", content="Please run the tests of this project.")
CALL = event("tool_use", tool_name="run_shell_command", tool_id="t1", parameters={"command": "pytest -q"})
EVENTS = [
    event("init", session_id="s1", model="gemini"),
    ASKED,
    event("message", role="assistant", content="I run ", delta=True),
    event("message", role="assistant", content="them.", delta=True),
    CALL,
    event("tool_use", tool_name="read_file", tool_id="t2", parameters={"path": "x"}),
    event(
        "tool_result", tool_id="t2", status="error", error={"type": "NOT_FOUND", "message": "no such file"}
    ),
    event("tool_result", tool_id="t1", status="success", output="2 passed in 0.10s"),
    event("message", role="assistant", content="All pass.", delta=True),
    event("result", status="success", stats={"total_tokens": 5}),
]


def read(folder: Path, *lines: Any) -> Intake:
    """A pass over a file of these lines."""
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    (folder / "out.jsonl").write_text(text)
    return Intake(folder)


def test_what_is_printed_is_a_session(tmp_path: Path) -> None:
    """Pieces of a message are one, results join their calls; a rule tells the outcome."""
    source = read(tmp_path, *EVENTS)
    (trace,) = source
    assert (source.problems, trace.source.format, trace.id) == ([], "gemini-cli-headless", "s1")
    assert trace.task == "Please run the tests of this project."
    assert [(step.actor, step.text, step.action and step.action.tool) for step in trace.steps] == [
        (Actor.USER, "Please run the tests of this project.", None),
        (Actor.AGENT, "I run them.", None),
        (Actor.AGENT, None, "run_shell_command"),
        (Actor.AGENT, None, "read_file"),
        (Actor.AGENT, "All pass.", None),
    ]
    assert [(step.observation, step.outcome) for step in trace.steps[2:4]] == [
        ("2 passed in 0.10s", StepOutcome.OK),
        ("no such file", StepOutcome.ERROR),
    ]
    assert (trace.outcome.label, trace.outcome.origin) == (Label.SUCCESS, "rule tests: pytest passed")


def test_several_runs_in_a_file_are_several_traces(tmp_path: Path) -> None:
    """One that the program ended with an error is a failure; lines that are no events are told."""
    failed = [
        {**EVENTS[0], "session_id": "s2"},
        ASKED,
        event("result", status="error", error={"message": "x"}),
    ]
    source = read(tmp_path, EVENTS[0], ASKED, CALL, "YOLO mode is on.", *failed)
    first, second = source
    assert (first.id, first.steps[-1].observation, first.outcome.label) == ("s1", None, Label.UNKNOWN)
    assert (second.id, second.outcome.label, second.outcome.origin) == ("s2", Label.FAILURE, "result.status")
    assert [problem.record for problem in source.problems] == ["line 4"]


def test_a_run_without_a_message_is_told(tmp_path: Path) -> None:
    """Not passed over."""
    source = read(tmp_path, EVENTS[0], EVENTS[-1])
    assert list(source) == []
    assert "hold no message and no call" in source.problems[0].message


@pytest.mark.parametrize(
    ("sample", "known"),
    [
        (EVENTS[0], True),
        (CALL, True),
        (EVENTS[6], True),
        (ASKED, False),
        ({"type": "tool_use", "id": "x", "name": "look", "input": {}}, False),
        ({"type": "result", "status": "success"}, False),
        ([EVENTS[0]], False),
    ],
)
def test_it_is_known_by_what_only_it_has(sample: Any, known: bool) -> None:
    """Messages, results and Anthropic's calls are others' as well."""
    assert gemini_stream.recognises(sample) is known
