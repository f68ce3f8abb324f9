"""Events of OpenHands, in both releases."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import Actor, Label, StepOutcome, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import openhands

TASK = "Please fix the date parser so that it accepts leap days."


def action(identity: int, name: str, source: str = "agent", **args: Any) -> dict[str, Any]:
    """An action of the first release."""
    return {
        "id": identity,
        "timestamp": "2025-01-02T03:04:05",
        "source": source,
        "action": name,
        "args": args,
    }


def observation(identity: int, cause: int, name: str, content: str = "", **fields: Any) -> dict[str, Any]:
    """An observation of the first release."""
    base = {"id": identity, "timestamp": "2025-01-02T03:04:06", "source": "agent", "cause": cause}
    return {**base, "observation": name, "content": content, "extras": {}, **fields}


def read(path: Path) -> list[Trace]:
    """The traces under a path, without any problem."""
    intake = Intake(path)
    traces = list(intake)
    assert intake.problems == []
    return traces


def tools(trace: Trace) -> list[tuple[str, str, Any]]:
    """Who called what, and what came back."""
    return [(step.actor.value, step.action.tool, step.observation) for step in trace.steps if step.action]


LS = '{"command": "ls"}'
MADE = {
    "function_name": "execute_bash",
    "tool_call_id": "c",
    "model_response": {
        "choices": [
            {
                "message": {
                    "tool_calls": [
                        {"id": "c", "function": {"name": "execute_bash", "arguments": '{"command": "ls"}'}}
                    ]
                }
            }
        ]
    },
}
FIRST = [
    action(
        0, "system", content="Be careful.", tools=[{"type": "function", "function": {"name": "execute_bash"}}]
    ),
    action(1, "message", "user", content=TASK),
    action(2, "recall", query="x"),
    observation(3, 2, "recall", "nothing"),
    {**action(4, "run", command="ls", thought="Look first.", hidden=False), "tool_call_metadata": MADE},
    observation(5, 4, "run", "no", extras={"metadata": {"exit_code": 2}}),
    action(6, "edit", path="a.py", command="str_replace", old_str="a", security_risk="low"),
    observation(7, 6, "edit", "ok"),
    action(8, "think", thought="Test it."),
    observation(9, 8, "think", "Your thought has been logged."),
    action(10, "run", command="pytest"),
    observation(11, 10, "run", "2 passed in 0.01s\n[The command completed with exit code 0.]"),
    observation(12, 99, "error", "something else"),
    {"id": 13, "source": "environment", "observation": "agent_state_changed", "content": "", "extras": {}},
]


def test_actions_and_observations(tmp_path: Path) -> None:
    """Joined by their cause; the call is the model's own where the event keeps it; no bookkeeping."""
    path = tmp_path / "run.json"
    path.write_text(json.dumps(FIRST, indent=1))
    (trace,) = read(path)
    assert (trace.id, trace.task, trace.instructions) == ("run", TASK, "Be careful.")
    assert tools(trace) == [
        ("agent", "execute_bash", {"output": "no", "exit_code": 2}),
        ("agent", "edit", "ok"),
        ("agent", "run", "2 passed in 0.01s\n[The command completed with exit code 0.]"),
    ]
    assert [step.outcome.value for step in trace.steps if step.action] == ["error", "ok", "ok"]
    assert [step.action.arguments for step in trace.steps if step.action][:2] == [
        {"command": "ls"},
        {"path": "a.py", "command": "str_replace", "old_str": "a"},
    ]
    assert [step.thought for step in trace.steps if step.thought] == ["Look first.", "Test it."]
    assert (trace.steps[-1].actor, trace.steps[-1].observation) == (Actor.ENVIRONMENT, "something else")
    assert [tool.name for tool in trace.tools] == ["execute_bash"]
    assert trace.outcome.origin == "rule tests: pytest passed"


def test_delegated_work_lies_inside_the_delegation(tmp_path: Path) -> None:
    """Until its observation."""
    events = [
        action(1, "message", "user", content=TASK),
        action(2, "delegate", agent="Browser", inputs={"task": "look"}),
        action(3, "run", command="ls"),
        observation(4, 3, "run", "a.py"),
        observation(5, 2, "delegate", "found"),
        action(6, "finish", final_thought="Done."),
    ]
    path = tmp_path / "run.json"
    path.write_text(json.dumps(events))
    (trace,) = read(path)
    assert tools(trace) == [
        ("agent", "delegate", "found"),
        ("subagent", "run", "a.py"),
        ("agent", "finish", None),
    ]
    assert [step.parent for step in trace.steps] == [None, None, 1, None]


@pytest.mark.parametrize("shape", ["lines", "files", "pairs", "history"])
def test_places_of_events(tmp_path: Path, shape: str) -> None:
    """One to a line, one to a file, in pairs, in an evaluation's output."""
    folder = tmp_path / "session-1" / "events"
    folder.mkdir(parents=True)
    if shape == "files":
        for event in FIRST:
            (folder / f"{event['id']}.json").write_text(json.dumps(event))
    elif shape == "lines":
        (folder / "log.jsonl").write_text("\n".join(map(json.dumps, FIRST)))
    else:
        pairs: list[Any] = [FIRST[at : at + 2] for at in range(0, len(FIRST), 2)]
        run = {"instance_id": "org__repo-1", "history": pairs if shape == "pairs" else FIRST}
        (folder / "output.jsonl").write_text(json.dumps(run) + "\n" + json.dumps({**run, "instance_id": "b"}))
    traces = read(tmp_path)
    assert {"files": ["session-1"], "lines": ["log"]}.get(shape, ["org__repo-1", "b"]) == [
        each.id for each in traces
    ]
    assert {len(trace.steps) for trace in traces} == {6}


@pytest.mark.parametrize(
    ("fields", "label", "origin"),
    [
        ({"report": {"resolved": True}}, Label.SUCCESS, "report.resolved"),
        ({"test_result": {"report": {"resolved": False}}}, Label.FAILURE, "test_result.resolved"),
        ({"resolved": True}, Label.SUCCESS, "resolved"),
        ({"polarity": "negative"}, Label.FAILURE, "rule feedback: a rating given with the session"),
        ({"test_result": {"git_patch": "x"}}, Label.SUCCESS, "rule tests: pytest passed"),
    ],
)
def test_outcomes(tmp_path: Path, fields: dict[str, Any], label: Label, origin: str) -> None:
    """An evaluation's verdict, a person's rating, else the rules."""
    path = tmp_path / "output.json"
    path.write_text(json.dumps({"instance_id": "a", "history": FIRST, **fields}))
    (trace,) = read(path)
    assert (trace.outcome.label, trace.outcome.origin) == (label, origin)


def event(kind: str, identity: str, source: str = "agent", **fields: Any) -> dict[str, Any]:
    """An event of the second release."""
    return {"kind": kind, "id": identity, "source": source, "timestamp": "2026-01-02T03:04:05", **fields}


def acted(identity: str, command: str, response: str, thought: str = "") -> dict[str, Any]:
    """A call of the second release."""
    return event(
        "ActionEvent",
        identity,
        tool_name="terminal",
        tool_call_id=f"call {identity}",
        tool_call={
            "id": f"call {identity}",
            "name": "terminal",
            "arguments": json.dumps({"command": command}),
        },
        action={"kind": "TerminalAction", "command": command},
        llm_response_id=response,
        thought=[{"type": "text", "text": thought}] if thought else [],
    )


def answered(identity: str, text: str, **fields: Any) -> dict[str, Any]:
    """An observation of the second release."""
    told = {"kind": "TerminalObservation", "content": [{"type": "text", "text": text}], **fields}
    return event(
        "ObservationEvent",
        f"o{identity}",
        "environment",
        action_id=identity,
        tool_call_id=f"call {identity}",
        observation=told,
    )


def test_events_of_a_kind(tmp_path: Path) -> None:
    """Calls of one answer of the model are parallel; errors and refusals are what came back."""
    events = [
        event(
            "SystemPromptEvent",
            "0",
            system_prompt={"type": "text", "text": "Be careful."},
            tools=[{"name": "terminal"}],
        ),
        event(
            "MessageEvent",
            "1",
            "user",
            llm_message={"role": "user", "content": [{"type": "text", "text": TASK}]},
        ),
        event("ConversationStateUpdateEvent", "2", "environment", key="x", value=1),
        acted("3", "ls", "r1", "Look first."),
        acted("4", "pytest", "r1"),
        answered("4", "bad", exit_code=1),
        answered("3", "a.py", exit_code=0),
        acted("5", "rm a.py", "r2"),
        event(
            "UserRejectObservation",
            "6",
            "environment",
            action_id="5",
            tool_call_id="call 5",
            rejection_reason="No!",
        ),
        event("AgentErrorEvent", "7", tool_name="x", tool_call_id="gone", error="no such tool"),
        event("PauseEvent", "8", "user"),
    ]
    folder = tmp_path / "c1" / "events"
    folder.mkdir(parents=True)
    for number, each in enumerate(events):
        (folder / f"event-{number:05d}-ab{number}.json").write_text(json.dumps(each))
    (trace,) = read(tmp_path)
    assert (trace.id, trace.task, trace.instructions) == ("c1", TASK, "Be careful.")
    assert tools(trace) == [
        ("agent", "terminal", {"output": "a.py", "exit_code": 0}),
        ("agent", "terminal", {"output": "bad", "exit_code": 1}),
        ("agent", "terminal", "No!"),
    ]
    assert trace.steps[1].group == trace.steps[2].group is not None
    assert trace.steps[1].thought == "Look first."
    assert [step.outcome for step in trace.steps[1:]] == [StepOutcome.OK] + [StepOutcome.ERROR] * 3
    assert (trace.steps[4].actor, trace.steps[4].observation) == (Actor.ENVIRONMENT, "no such tool")
    assert trace.outcome.origin == "rule exit code: test failed"


def test_recognises_by_content() -> None:
    """Events; no trajectory of another agent, no chat."""
    assert openhands.recognises(FIRST[1])
    assert openhands.recognises({"history": FIRST})
    assert not openhands.recognises({"history": [{"role": "user", "content": "x", "agent": "main"}]})
    assert not openhands.recognises({"trajectory": [{"action": "ls", "observation": "x"}]})
    assert not openhands.recognises({"action": "run", "args": {}})
    assert not openhands.recognises([])


def test_a_damaged_first_event_costs_that_event(tmp_path: Path) -> None:
    """The run begins with the next one; lines of another kind are reported."""
    for event in FIRST[1:4]:
        (tmp_path / f"{event['id']}.json").write_text(json.dumps(event))
    (tmp_path / "0.json").write_text('{"id": 0')
    intake = Intake(tmp_path)
    (trace,) = intake
    assert trace.task == TASK
    assert [Path(problem.path).name for problem in intake.problems] == ["0.json"]
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(map(json.dumps, [*FIRST[1:4], {"note": 1}])))
    intake = Intake(path)
    assert len(list(intake)) == 1
    assert [problem.record for problem in intake.problems] == ["line 4"]
