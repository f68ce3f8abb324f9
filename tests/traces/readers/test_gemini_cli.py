"""Chats of Gemini CLI."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import Actor, StepOutcome, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import gemini_cli

TASK = "Please fix the date parser so that it accepts leap days."
META = {
    "sessionId": "0a1b2c3d-1",
    "projectHash": "h",
    "startTime": "2026-07-01T10:00:00.000Z",
    "kind": "main",
}


def returned(name: str, **response: Any) -> list[Any]:
    """The result of a call."""
    return [{"functionResponse": {"id": "x", "name": name, "response": response}}]


def call(identity: str, name: str, result: Any, status: str = "success", **args: Any) -> dict[str, Any]:
    """A call with what came back."""
    return {"id": identity, "name": name, "args": args, "result": result, "status": status}


def asks(identity: str, text: Any) -> dict[str, Any]:
    """A message of the user."""
    return {"id": identity, "timestamp": "2026-07-01T10:00:01.000Z", "type": "user", "content": text}


def acts(identity: str, text: str, *calls: Any, **fields: Any) -> dict[str, Any]:
    """A message of the agent."""
    base = {"id": identity, "timestamp": "2026-07-01T10:00:02.000Z", "type": "gemini", "content": text}
    return {**base, "toolCalls": list(calls), **fields}


LOOK = acts(
    "g1",
    "I look.",
    call("a", "read_file", returned("read_file", output="text"), path="a.py"),
    call("b", "run_shell_command", returned("x", output="Output: no\nExit Code: 2"), command="ls"),
    call("c", "run_shell_command", None, "cancelled", command="rm"),
    thoughts=[{"subject": "Plan", "description": "Look first.", "timestamp": "x"}],
)


def write(path: Path, records: list[Any]) -> Path:
    """Write lines, or, to a `.json`, the one document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(records[0], indent=2) if path.suffix == ".json" else "\n".join(map(json.dumps, records))
    )
    return path


def read(path: Path) -> list[Trace]:
    """The traces under a path, without any problem."""
    intake = Intake(path)
    traces = list(intake)
    assert intake.problems == []
    return traces


def tools(trace: Trace) -> list[tuple[str, str, Any]]:
    """Who called what, and what came back."""
    return [(step.actor.value, step.action.tool, step.observation) for step in trace.steps if step.action]


@pytest.mark.parametrize("shape", ["session.json", "session.jsonl"])
def test_a_session_is_a_trace(tmp_path: Path, shape: str) -> None:
    """As a document, or in lines of which a later one may replace an earlier."""
    messages = [asks("u0", "<session_context>today</session_context>"), asks("u1", [{"text": TASK}]), LOOK]
    records: list[Any] = [{**META, "messages": messages}]
    if shape.endswith("l"):
        records = [META, *messages[:2], acts("g1", "I lo"), LOOK, {"$set": {"lastUpdated": "x"}}]
    (trace,) = read(write(tmp_path / shape, records))
    assert (trace.id, trace.task) == ("0a1b2c3d-1", TASK)
    assert tools(trace) == [
        ("agent", "read_file", "text"),
        ("agent", "run_shell_command", "Output: no\nExit Code: 2"),
        ("agent", "run_shell_command", ""),
    ]
    assert [step.outcome.value for step in trace.steps if step.action] == ["ok", "error", "error"]
    assert (trace.steps[1].thought, trace.steps[1].text) == ("Plan: Look first.", "I look.")
    assert len({step.group for step in trace.steps[1:]}) == 1
    assert trace.outcome.origin == "rule abandoned: interrupted by the user"


def test_what_was_taken_back_is_a_trace_of_its_own(tmp_path: Path) -> None:
    """From the message on that was rewound to; `$set` may replace all messages."""
    tests = call("d", "run_shell_command", returned("x", output="2 passed in 0.01s"), command="pytest")
    lines = [
        META,
        asks("u1", TASK),
        LOOK,
        asks("u2", "Use a regular expression instead, please."),
        {"$rewindTo": "g1"},
        acts("g2", "", tests),
        {"id": "e", "type": "error", "content": "Quota exceeded"},
        {"id": "i", "type": "info", "content": "Update available"},
    ]
    session, left = read(write(tmp_path / "session.jsonl", lines))
    assert tools(session) == [("agent", "run_shell_command", "2 passed in 0.01s")]
    assert (session.steps[-1].actor, session.steps[-1].text) == (Actor.ENVIRONMENT, "Quota exceeded")
    assert session.outcome.origin == "rule tests: pytest passed"
    assert (left.id, len(tools(left))) == ("0a1b2c3d-1/taken-back-1", 3)
    replaced = [*lines, {"$set": {"messages": [asks("u9", "Something else entirely, please.")]}}]
    session, _ = read(write(tmp_path / "session.jsonl", replaced))
    assert [step.text for step in session.steps] == ["Something else entirely, please."]


def test_a_sub_agents_chat_is_read_with_its_session(tmp_path: Path) -> None:
    """Whose call names it; alone, it is a session of its own."""
    spawned = {
        **call("s", "investigate", returned("x", output="report"), objective="Find it."),
        "agentId": "sub-1",
    }
    write(tmp_path / "session-2026-0a1b2c3d.jsonl", [META, asks("u1", TASK), acts("g1", "", spawned)])
    grep = call("g", "grep", returned("grep", output="found"), pattern="leap")
    meta = {**META, "sessionId": "sub-1", "kind": "subagent", "directories": ["/home/ann/shop"]}
    path = write(tmp_path / "0a1b2c3d-1" / "sub-1.jsonl", [meta, asks("u", "Find it."), acts("h", "", grep)])
    intake = Intake(tmp_path)
    (trace,) = intake
    assert tools(trace) == [("agent", "investigate", "report"), ("subagent", "grep", "found")]
    assert [step.parent for step in trace.steps] == [None, None, 1]
    assert intake.summary.joined == 1
    (alone,) = read(path)
    assert (alone.id, alone.domain) == ("sub-1", "shop")


def test_a_document_and_the_lines_that_replaced_it(tmp_path: Path) -> None:
    """Are one session."""
    write(tmp_path / "session.json", [{**META, "messages": [asks("u1", TASK)]}])
    write(tmp_path / "session.jsonl", [META, asks("u1", TASK), LOOK])
    intake = Intake(tmp_path)
    (trace,) = intake
    assert len(tools(trace)) == 3
    assert intake.summary.joined == 1


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_saved_history(tmp_path: Path, wrapped: bool) -> None:
    """A list of contents: results join their calls by name where there is no id."""
    contents = [
        {
            "role": "user",
            "parts": [{"text": "This is the Gemini CLI. We are setting up the context for our chat."}],
        },
        {"role": "user", "parts": [{"text": TASK}]},
        {
            "role": "model",
            "parts": [
                {"text": "Look first.", "thought": True},
                {"functionCall": {"name": "ls", "args": {"p": "."}}},
            ],
        },
        {
            "role": "user",
            "parts": [{"functionResponse": {"name": "ls", "response": {"error": "no such folder"}}}],
        },
        {"role": "model", "parts": [{"text": "Done."}]},
    ]
    value: Any = {"history": contents} if wrapped else contents
    (trace,) = read(write(tmp_path / "checkpoint.json", [value]))
    assert tools(trace) == [("agent", "ls", "no such folder")]
    assert [(step.text, step.thought) for step in trace.steps] == [
        (TASK, None),
        (None, "Look first."),
        ("Done.", None),
    ]
    assert trace.steps[1].outcome is StepOutcome.ERROR


def test_recognises_by_content() -> None:
    """Sessions, their lines, contents with parts; no chat."""
    assert gemini_cli.recognises(META)
    assert gemini_cli.recognises(acts("g", "x"))
    assert not gemini_cli.recognises([{"role": "user", "content": "x"}])
    assert not gemini_cli.recognises({"sessionId": "s", "uuid": "u"})
    assert not gemini_cli.recognises([])
