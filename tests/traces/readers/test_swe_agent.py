"""Trajectories of SWE-agent and mini-SWE-agent."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import Actor, Label, StepOutcome, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import mini_swe_agent, swe_agent

TASK = "Please fix the date parser so that it accepts leap days."


def read(path: Path, value: Any) -> Trace:
    """The one trace of a document, without any problem."""
    path.write_text(json.dumps(value))
    intake = Intake(path)
    (trace,) = intake
    assert intake.problems == []
    return trace


def tools(trace: Trace) -> list[tuple[str, Any, Any]]:
    """What was called with what, and what came back."""
    return [
        (step.action.tool, step.action.arguments, step.observation) for step in trace.steps if step.action
    ]


def system(text: str) -> dict[str, Any]:
    """A message of SWE-agent's history."""
    return {"role": "system", "content": text, "agent": "main"}


def test_a_trajectory_with_commands_in_text(tmp_path: Path) -> None:
    """SWE-agent's own commands are tools, other lines are bash; a demonstration is not what was asked."""
    trajectory = [
        {"action": "open a.py\n", "observation": "[File: a.py]", "thought": "Look.", "state": "{}"},
        {
            "action": "edit 4:4\nx = 1\nend_of_edit\n",
            "observation": "Your proposed edit has introduced new syntax errors",
        },
        {"action": "pytest -q\n", "observation": "2 passed in 0.01s\n", "response": "Test.", "state": {}},
        {"action": "", "observation": "Your output could not be parsed.", "thought": "Hm."},
        {"action": "submit\n", "observation": "diff"},
    ]
    history = [
        system("Be careful."),
        {"role": "user", "content": "Here is a demonstration", "is_demo": True, "agent": "main"},
        {"role": "user", "content": TASK, "agent": "main"},
    ]
    value = {
        "trajectory": trajectory,
        "history": history,
        "info": {"exit_status": "submitted", "submission": "d"},
    }
    trace = read(tmp_path / "org__repo-1.traj", value)
    assert (trace.id, trace.task, trace.instructions) == ("org__repo-1", TASK, "Be careful.")
    assert tools(trace) == [
        ("open", {"text": "a.py"}, "[File: a.py]"),
        ("edit", {"text": "4:4\nx = 1\nend_of_edit"}, "Your proposed edit has introduced new syntax errors"),
        ("bash", {"command": "pytest -q"}, "2 passed in 0.01s\n"),
        ("submit", {}, "diff"),
    ]
    assert [step.outcome.value for step in trace.steps if step.action] == ["ok", "error", "ok", "ok"]
    complaint = trace.steps[5]
    assert (complaint.actor, complaint.text, complaint.observation) == (
        Actor.ENVIRONMENT,
        None,
        "Your output could not be parsed.",
    )
    assert trace.outcome.origin == "rule tests: pytest passed"


def called(identity: str, name: str, **arguments: Any) -> dict[str, Any]:
    """A tool call of the history."""
    return {
        "id": identity,
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(arguments)},
    }


def test_arguments_come_from_the_history(tmp_path: Path) -> None:
    """Joined by the action; ids that repeat do no harm. A history alone is read too."""
    history = [
        system("Be careful."),
        {"role": "user", "content": TASK, "agent": "main"},
        {
            "role": "assistant",
            "content": "Look.",
            "thought": "Look.",
            "action": "open a.py",
            "tool_calls": [called("x", "open", path="a.py", line=3)],
            "agent": "main",
        },
        {"role": "tool", "content": "[File: a.py]", "tool_call_ids": ["x"], "agent": "main"},
        {
            "role": "assistant",
            "content": "Go.",
            "action": "ls",
            "tool_calls": [called("x", "bash", command="ls")],
            "agent": "main",
        },
        {"role": "tool", "content": "a.py", "tool_call_ids": ["x"], "agent": "main"},
    ]
    expected = [("open", {"path": "a.py", "line": 3}, "[File: a.py]"), ("bash", {"command": "ls"}, "a.py")]
    assert tools(read(tmp_path / "a.traj", {"history": history})) == expected
    trajectory = [
        {"action": "open a.py", "observation": "[File: a.py]", "thought": "Look."},
        {"action": "ls", "observation": "a.py", "thought": "Go."},
    ]
    trace = read(tmp_path / "b.traj", {"trajectory": trajectory, "history": history})
    assert tools(trace) == expected
    assert [step.thought for step in trace.steps] == [None, "Look.", "Go."]


@pytest.mark.parametrize(
    ("info", "label"),
    [
        ({"exit_status": "submitted", "submission": "diff"}, Label.UNKNOWN),
        ({"exit_status": "submitted (exit_cost)", "submission": "diff"}, Label.UNKNOWN),
        ({"exit_status": "exit_context", "submission": None}, Label.FAILURE),
        ({}, Label.UNKNOWN),
    ],
)
def test_submitting_is_no_success(tmp_path: Path, info: Any, label: Label) -> None:
    """But a run that ended without a submission failed."""
    step = {"action": "ls", "observation": "a.py", "thought": "Look."}
    history = [{"role": "user", "content": TASK, "agent": "main"}]
    assert (
        read(tmp_path / "a.traj", {"trajectory": [step], "history": history, "info": info}).outcome.label
        is label
    )


def mini(text: str, role: str = "assistant", **extra: Any) -> dict[str, Any]:
    """A message of mini-SWE-agent."""
    return {"role": role, "content": text, **({"extra": extra} if extra else {})}


def test_mini_swe_agent_1(tmp_path: Path) -> None:
    """A list of messages; the command stands in a code block, the return code in the answer."""
    messages = [
        mini("Be careful.", "system"),
        mini(TASK, "user"),
        mini("Look first.\n\n```mswea_bash_command\nls\n```"),
        mini("<returncode>2</returncode>\n<output>\nno\n</output>", "user"),
        mini("I forgot the command."),
        mini("Please always provide EXACTLY ONE action.", "user"),
        mini("Test.\n\n```bash\npytest\n```"),
        mini("<returncode>0</returncode>\n<output>\n</output>", "user"),
    ]
    trace = read(tmp_path / "org__repo-1.traj.json", messages)
    assert (trace.id, trace.task, trace.instructions) == ("org__repo-1", TASK, "Be careful.")
    assert [(tool, arguments) for tool, arguments, _ in tools(trace)] == [
        ("bash", {"command": "ls"}),
        ("bash", {"command": "pytest"}),
    ]
    assert [step.outcome.value for step in trace.steps if step.action] == ["error", "ok"]
    assert trace.steps[1].thought == "Look first."
    assert [step.actor.value for step in trace.steps] == ["user", "agent", "agent", "environment", "agent"]
    assert trace.outcome.origin == "rule exit code: test passed"


def test_mini_swe_agent_2(tmp_path: Path) -> None:
    """An object; parsed actions, tool calls, or items of the Responses API."""
    item = {"type": "function_call", "call_id": "c", "name": "bash", "arguments": '{"command": "cat a"}'}
    value = {
        "trajectory_format": "mini-swe-agent-1.1",
        "info": {"exit_status": "LimitsExceeded", "submission": ""},
        "messages": [
            mini(TASK, "user"),
            mini("Look.\n```bash\nls\n```", actions=[{"command": "ls"}], timestamp=1706000000.0),
            mini("a.py", "user", returncode=0, timestamp=1706000001.0),
            {**mini("Go.", actions=[]), "tool_calls": [called("b", "bash", command="grep x a.py")]},
            {**mini("", "tool", returncode=1), "tool_call_id": "b"},
            {"object": "response", "output": [item], "extra": {"actions": [{"command": "cat a"}]}},
            {"type": "function_call_output", "call_id": "c", "output": "text", "extra": {"returncode": 0}},
            mini("", "exit", exit_status="LimitsExceeded", submission=""),
        ],
    }
    trace = read(tmp_path / "a.traj.json", value)
    assert [arguments["command"] for _, arguments, _ in tools(trace)] == ["ls", "grep x a.py", "cat a"]
    assert [observation for _, _, observation in tools(trace)] == [
        {"output": "a.py", "exit_code": 0},
        {"output": "", "exit_code": 1},
        {"output": "text", "exit_code": 0},
    ]
    assert {step.outcome for step in trace.steps if step.action} == {StepOutcome.OK}
    assert (trace.outcome.label, trace.outcome.origin) == (
        Label.FAILURE,
        "info.exit_status without a submission",
    )
    assert trace.steps[1].time is not None


def test_recognises_by_content() -> None:
    """Chats and other trajectories are left to their readers."""
    assert not mini_swe_agent.recognises([mini(TASK, "user"), mini("Done.")])
    assert not mini_swe_agent.recognises({"messages": [mini(TASK, "user")]})
    assert not swe_agent.recognises({"trajectory": [{"action": "run", "observation": "", "source": "agent"}]})
    assert not swe_agent.recognises({"history": [{"role": "user", "content": "hello"}]})
    assert not swe_agent.recognises({"trajectory": "x", "history": 3})


REAL = {
    "demonstrations__function_calling_simple": ("swe-agent", 6, 5, 5, 5, 0),
    "github_issue": ("mini-swe-agent", 11, 10, 10, 10, 2),
    "gpt4__swe-agent__test-repo__default_from_url__t-0.00__p-0.95__swe-agent__test-repo-i1": (
        "swe-agent",
        6,
        5,
        4,
        5,
        0,
    ),
    "replay__marshmallow-code__marshmallow-1867__function_calling__marshmallow-code__marshmallow-1867": (
        "swe-agent",
        12,
        11,
        18,
        11,
        1,
    ),
}


def test_real_trajectories(shared_traces: Path) -> None:
    """Counted by hand in each file: steps, calls, arguments, observations, errors; none tells an outcome."""
    intake = Intake(shared_traces / "swe_agent")
    counted = {}
    for trace in intake:
        calls = [step.action for step in trace.steps if step.action]
        counted[trace.id] = (
            trace.source.format,
            len(trace.steps),
            len(calls),
            sum(len(call.arguments) for call in calls),
            sum(step.observation is not None for step in trace.steps),
            sum(step.outcome is StepOutcome.ERROR for step in trace.steps),
        )
        assert trace.outcome.label is Label.UNKNOWN
    assert counted == REAL
    assert intake.problems == []
