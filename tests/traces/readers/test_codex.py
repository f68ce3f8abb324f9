"""Codex rollouts, and what `codex exec --json` prints."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard

from trace2skill.traces.model import Actor, StepOutcome, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import codex, codex_exec

ASKED = "Please make the date parser accept leap days."
THREAD = "019f029d-5a71-71b0-ac3b-09e8d3e068a3"
CHILD = "019f029d-5a71-71b0-ac3b-0000000000aa"


def row(kind: str, **payload: Any) -> dict[str, Any]:
    """A row of a rollout."""
    return {"timestamp": "2026-01-02T03:04:05.000Z", "type": kind, "payload": payload}


def item(kind: str, **payload: Any) -> dict[str, Any]:
    """A response item."""
    return row("response_item", **{"type": kind, **payload})


def says(role: str, text: str) -> dict[str, Any]:
    """A message."""
    kind = "output_text" if role == "assistant" else "input_text"
    return item("message", role=role, content=[{"type": kind, "text": text}])


def call(identity: str, name: str = "exec_command", **arguments: Any) -> dict[str, Any]:
    """A function call."""
    return item("function_call", name=name, arguments=json.dumps(arguments), call_id=identity)


def answer(identity: str, output: Any, kind: str = "function_call_output") -> dict[str, Any]:
    """What came back for a call."""
    return item(kind, call_id=identity, output=output)


META = row("session_meta", id=THREAD, cwd="/home/ann/shop", originator="codex_cli_rs", source="cli")


def write(path: Path, rows: list[Any]) -> Path:
    """Write rows as lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)))
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


def test_a_rollout_is_a_trace(tmp_path: Path) -> None:
    """Events repeat items, reasoning may be encrypted; edits, shells and searches are calls."""
    rows = [
        META,
        row("event_msg", type="user_message", message=ASKED),
        says("user", "<environment_context>cwd</environment_context>"),
        says("user", ASKED),
        item("reasoning", summary=[], encrypted_content="gAAAA"),
        item("reasoning", summary=[{"type": "summary_text", "text": "Look first."}]),
        says("assistant", "I look."),
        row("event_msg", type="agent_message", message="I look."),
        call("a", cmd="grep -r leap"),
        call("b", cmd="ls"),
        answer("a", '{"output": "", "metadata": {"exit_code": 1}}'),
        answer("b", "Exit code: 2\nWall time: 1 seconds\nOutput:\nno"),
        item("custom_tool_call", name="apply_patch", input="*** Begin Patch", call_id="c"),
        answer("c", [{"type": "output_text", "text": "Done!"}], "custom_tool_call_output"),
        item("local_shell_call", call_id="d", action={"type": "exec", "command": ["bash", "-lc", "pytest"]}),
        answer("d", {"content": "1 passed in 0.10s", "success": True}),
        item("web_search_call", status="completed", action={"type": "search", "query": "leap"}),
        row("token_count", total=3),
    ]
    (trace,) = read(write(tmp_path / "r.jsonl", rows))
    assert (trace.id, trace.task, trace.domain, trace.source.format) == (THREAD, ASKED, "shop", "codex")
    assert [(step.action.tool, step.outcome.value) for step in trace.steps if step.action] == [
        ("exec_command", "ok"),
        ("exec_command", "error"),
        ("apply_patch", "ok"),
        ("local_shell", "ok"),
        ("web_search", "unknown"),
    ]
    assert (trace.steps[1].thought, trace.steps[1].text) == ("Look first.", "I look.")
    assert trace.steps[1].group == trace.steps[2].group is not None
    assert trace.steps[3].action is not None
    assert trace.steps[3].action.arguments == {"input": "*** Begin Patch"}
    assert trace.outcome.origin == "rule tests: pytest passed"


def test_instructions_may_be_objects(tmp_path: Path) -> None:
    """And come from several places; each is kept once. Tools are kept too."""
    meta = row(
        "session_meta",
        id=THREAD,
        base_instructions={"text": "Be careful."},
        dynamic_tools=[
            {"name": "lookup", "description": "Look up", "inputSchema": {"type": "object"}},
            "broken",
        ],
    )
    turn = row("turn_context", cwd="/w/shop", user_instructions="Use tabs.")
    rows = [
        meta,
        turn,
        turn,
        says("developer", "Sandboxed."),
        says("user", "# AGENTS.md instructions\nTest it."),
    ]
    (trace,) = read(write(tmp_path / "r.jsonl", [*rows, says("user", ASKED)]))
    assert (
        trace.instructions == "Be careful.\n\nUse tabs.\n\nSandboxed.\n\n# AGENTS.md instructions\nTest it."
    )
    assert [(tool.name, tool.parameters) for tool in trace.tools] == [("lookup", {"type": "object"})]
    assert [step.text for step in trace.steps] == [ASKED]


def test_of_a_file_and_its_compressed_copy_one_is_read(tmp_path: Path) -> None:
    """The plain one, which may have been written on; a compressed one alone is read."""
    rows = [META, says("user", ASKED), call("a", cmd="ls")]
    path = write(tmp_path / "r.jsonl", [*rows, answer("a", "b.py")])
    packed = tmp_path / "r.jsonl.zst"
    packed.write_bytes(zstandard.compress("\n".join(map(json.dumps, rows)).encode()))
    intake = Intake(tmp_path)
    (trace,) = intake
    assert tools(trace) == [("agent", "exec_command", "b.py")]
    assert (intake.summary.joined, intake.problems) == (1, [])
    path.write_text("")
    (trace,) = Intake(tmp_path)
    assert tools(trace) == [("agent", "exec_command", None)]
    path.unlink()
    (trace,) = read(packed)
    assert tools(trace) == [("agent", "exec_command", None)]


def test_turns_that_were_rolled_back_are_a_trace_of_their_own(tmp_path: Path) -> None:
    """And no part of the session."""
    rows = [
        META,
        says("user", ASKED),
        call("a", cmd="ls"),
        says("user", "Use the other parser instead."),
        call("b", cmd="cat"),
        row("event_msg", type="thread_rolled_back", num_turns=1),
        says("user", "Use a regular expression instead."),
        call("c", cmd="sed"),
    ]
    session, left = read(write(tmp_path / "r.jsonl", rows))
    assert [step.action.arguments["cmd"] for step in session.steps if step.action] == ["ls", "sed"]
    assert [step.action.arguments["cmd"] for step in left.steps if step.action] == ["cat"]
    assert (left.id, left.task) == (f"{THREAD}/rolled-back-1", "Use the other parser instead.")


def test_an_interrupted_session(tmp_path: Path) -> None:
    """A call without a result, and the mark of the interruption, which nobody said."""
    rows = [
        META,
        says("user", ASKED),
        call("a", cmd="ls"),
        row("event_msg", type="turn_aborted", reason="interrupted"),
        says("user", "<turn_aborted>The user interrupted.</turn_aborted>"),
    ]
    (trace,) = read(write(tmp_path / "r.jsonl", rows))
    assert trace.outcome.origin == "rule abandoned: interrupted by the user"
    assert [step.text for step in trace.steps if step.text] == [ASKED]
    again = [*rows, says("user", "Go on, please."), says("assistant", "Done.")]
    (trace,) = read(write(tmp_path / "r.jsonl", again))
    assert trace.outcome.origin == "no rule decides"


def test_a_sub_agents_rollout_is_read_with_its_parent(tmp_path: Path) -> None:
    """Which names it in what came back; alone, it is a session of its own."""
    spawned = {"subagent": {"thread_spawn": {"parent_thread_id": THREAD, "depth": 1}}}
    child = [
        row("session_meta", id=CHILD, cwd="/w/shop", source=spawned),
        says("user", "Find leap days."),
        call("g", cmd="grep leap"),
        answer("g", "found"),
    ]
    parent = [
        META,
        says("user", ASKED),
        call("s", "spawn_agent", message="Find leap days."),
        answer("s", json.dumps({"agent_id": CHILD})),
        says("assistant", "Done."),
    ]
    path = write(tmp_path / "02" / f"rollout-2-{CHILD}.jsonl", child)
    write(tmp_path / "01" / f"rollout-1-{THREAD}.jsonl", parent)
    intake = Intake(tmp_path)
    (trace,) = intake
    assert tools(trace) == [
        ("agent", "spawn_agent", {"agent_id": CHILD}),
        ("subagent", "exec_command", "found"),
    ]
    assert [step.parent for step in trace.steps if step.actor is Actor.SUBAGENT] == [1]
    assert intake.summary.joined == 1
    (alone,) = read(path)
    assert (alone.id, alone.task) == (CHILD, "Find leap days.")


def test_an_early_release_and_a_session_of_events_alone(tmp_path: Path) -> None:
    """Items stood bare in lines; where no item says anything, the events do."""
    first = {"id": THREAD, "timestamp": "2025-06-01T00:00:00Z", "instructions": None}
    rows = [first, says("user", ASKED)["payload"], call("a", cmd="ls")["payload"], {"record_type": "state"}]
    (trace,) = read(write(tmp_path / "old.jsonl", rows))
    assert (trace.id, tools(trace)) == (THREAD, [("agent", "exec_command", None)])
    asked = row("event_msg", type="user_message", message=ASKED)
    failed = row("event_msg", type="error", message="no credit")
    (trace,) = read(write(tmp_path / "events.jsonl", [META, asked, failed]))
    assert [step.text for step in trace.steps] == [ASKED, "no credit"]


def test_what_an_editor_adds_is_not_what_the_user_asked(tmp_path: Path) -> None:
    """The open files stand before the request."""
    text = f"# Context from my IDE setup:\n\n## Active file: a.py\n\n## My request for Codex:\n{ASKED}\n"
    (trace,) = read(write(tmp_path / "r.jsonl", [META, says("user", text)]))
    assert trace.task == ASKED


def test_programs_sessions_and_unreadable_arguments(tmp_path: Path) -> None:
    """`codex exec` is told apart; arguments that are no JSON cost the outcome of their step."""
    meta = row("session_meta", id=THREAD, originator="codex_exec", source="exec")
    bad = item("function_call", name="exec_command", arguments="{broken", call_id="a")
    (trace,) = read(write(tmp_path / "r.jsonl", [meta, says("user", ASKED), bad]))
    assert trace.source.format == "codex-headless"
    assert trace.steps[1].outcome is StepOutcome.ERROR


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event of `codex exec --json`."""
    return {"type": kind, **fields}


def test_what_codex_exec_prints(tmp_path: Path) -> None:
    """Items that were started and completed are one call; the numbers begin anew when a thread is resumed."""
    ran = {"id": "item_1", "type": "command_execution", "command": "bash -lc 'pytest -q'"}
    rows = [
        event("thread.started", thread_id="t"),
        event("turn.started"),
        event("item.completed", item={"id": "item_0", "type": "reasoning", "text": "Test first."}),
        event(
            "item.started", item={**ran, "aggregated_output": "", "exit_code": None, "status": "in_progress"}
        ),
        event(
            "item.completed",
            item={**ran, "aggregated_output": "1 failed in 0.10s", "exit_code": 1, "status": "failed"},
        ),
        event("thread.started", thread_id="t"),
        event(
            "item.completed",
            item={
                "id": "item_1",
                "type": "file_change",
                "changes": [{"path": "a.py", "kind": "update"}],
                "status": "completed",
            },
        ),
        event(
            "item.completed",
            item={
                "id": "item_2",
                "type": "mcp_tool_call",
                "server": "docs",
                "tool": "find",
                "arguments": {"q": "leap"},
                "result": None,
                "error": {"message": "no such page"},
                "status": "failed",
            },
        ),
        event("item.started", item={"id": "item_3", "type": "web_search", "query": "leap"}),
        event("item.completed", item={"id": "item_4", "type": "agent_message", "text": "Done."}),
        event("turn.completed", usage={}),
    ]
    (trace,) = read(write(tmp_path / "out.jsonl", rows))
    assert (trace.id, trace.task, trace.source.format) == ("t", "", "codex-exec")
    assert tools(trace) == [
        ("agent", "command_execution", {"output": "1 failed in 0.10s", "exit_code": 1}),
        ("agent", "file_change", "completed"),
        ("agent", "mcp__docs__find", "no such page"),
        ("agent", "web_search", None),
    ]
    assert [step.outcome.value for step in trace.steps] == ["error", "ok", "error", "unknown", "unknown"]
    assert trace.steps[0].thought == "Test first."
    assert trace.outcome.origin == "no rule decides"
    failed = [*rows[:5], event("turn.failed", error={"message": "no credit"})]
    (trace,) = read(write(tmp_path / "out.jsonl", failed))
    assert (trace.outcome.origin, trace.steps[-1].text) == ("turn.failed", "no credit")


def test_recognises_by_content() -> None:
    """Rows and events; no items of the Responses API, no chat."""
    assert codex.recognises(META)
    assert not codex.recognises({"type": "function_call", "name": "x"})
    assert not codex.recognises({"type": "session_meta"})
    assert codex_exec.recognises({"type": "turn.started"})
    assert codex_exec.recognises({"type": "item.completed", "item": {}})
    assert not codex_exec.recognises({"type": "item.completed"})
    assert not codex_exec.recognises([{"type": "turn.started"}])


def test_a_real_rollout(shared_traces: Path) -> None:
    """Counted by hand: a request, a thought, three calls with an argument and a result each, an answer."""
    (trace,) = read(shared_traces / "codex")
    assert len(trace.steps) == 5
    assert tools(trace) == [
        ("agent", "exec_command", "./alpha.txt\n./beta.txt"),
        ("agent", "apply_patch", "Done!"),
        ("agent", "mcp__synthetic__lookup", {"status": "ok"}),
    ]
    assert [len(step.action.arguments) for step in trace.steps if step.action] == [1, 1, 1]
    assert trace.steps[1].thought == "I will inspect the synthetic directory."
    assert "ENCRYPTED" not in trace.model_dump_json()
    assert (trace.task, trace.domain) == ("List the synthetic files.", "synthetic-project")


PEAK = """
import resource, sys, threading
from trace2skill.traces.read import Intake
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(trace,) = Intake(sys.argv[1])
print(len(trace.steps), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.heavy
def test_a_file_of_repeated_compaction_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """200 MB, of which the conversation is the smallest part."""
    path = tmp_path / "r.jsonl"
    turn = [says("user", ASKED), call("a", cmd="ls"), answer("a", "x" * 2000)]
    history = [each["payload"] for each in turn] * 400
    compacted = json.dumps(row("compacted", message="", replacement_history=history))
    with path.open("w") as file:
        file.write(json.dumps(META) + "\n")
        while file.tell() < 200 << 20:
            file.writelines(json.dumps(each) + "\n" for each in turn)
            file.write(compacted + "\n")
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    steps, peak = map(int, done.stdout.split())
    assert steps == 2 * path.read_bytes().count(b'"type": "compacted"')
    assert peak < 60
