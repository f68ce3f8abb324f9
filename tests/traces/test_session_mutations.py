"""Session logs that were cut, lost keys, or hold values of another type: read or reported, never a crash."""

import json
import random
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.traces.test_fuzz import SEEDS as RECORDS
from tests.traces.test_mutations import FORMATS
from trace2skill.traces.read import READERS, Intake
from trace2skill.traces.readers import langgraph
from trace2skill.traces.redact import redact
from trace2skill.traces.session_readers import SESSION_READERS

TEXT = [{"type": "text", "text": "Please fix the date parser."}]
SHELL = {"command": "pytest -q"}
CLAUDE = [
    {"type": "summary", "summary": "x", "leafUuid": "u"},
    {
        "type": "user",
        "uuid": "1",
        "parentUuid": None,
        "sessionId": "s",
        "cwd": "/w/a",
        "message": {"content": TEXT},
    },
    {
        "type": "assistant",
        "uuid": "2",
        "parentUuid": "1",
        "sessionId": "s",
        "message": {
            "id": "m",
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "tool_use", "id": "a", "name": "Task", "input": {"prompt": "look"}},
            ],
        },
    },
    {"type": "user", "uuid": "3", "isSidechain": True, "sessionId": "s", "message": {"content": "look"}},
    {
        "type": "user",
        "uuid": "4",
        "parentUuid": "2",
        "sessionId": "s",
        "toolUseResult": {"agentId": "x"},
        "message": {
            "content": [{"type": "tool_result", "tool_use_id": "a", "content": TEXT, "is_error": True}]
        },
    },
]
CODEX = [
    {
        "type": "session_meta",
        "payload": {"id": "t", "cwd": "/w/a", "base_instructions": {"text": "x"}, "source": "cli"},
    },
    {"type": "response_item", "payload": {"type": "message", "role": "user", "content": TEXT}},
    {"type": "response_item", "payload": {"type": "reasoning", "summary": TEXT}},
    {
        "type": "response_item",
        "payload": {"type": "function_call", "name": "shell", "arguments": '{"cmd": "ls"}', "call_id": "a"},
    },
    {
        "type": "response_item",
        "payload": {
            "type": "function_call_output",
            "call_id": "a",
            "output": {"content": "ok", "success": True},
        },
    },
    {"type": "event_msg", "payload": {"type": "thread_rolled_back", "num_turns": 1}},
]
GEMINI_STREAM = [
    {"type": "init", "session_id": "s", "model": "m", "timestamp": "2026-11-01T00:00:00Z"},
    {"type": "message", "role": "user", "content": "Please fix the date parser."},
    {"type": "message", "role": "assistant", "content": "hm", "delta": True},
    {"type": "tool_use", "tool_name": "run_shell_command", "tool_id": "a", "parameters": SHELL},
    {
        "type": "tool_result",
        "tool_id": "a",
        "status": "success",
        "output": "1 failed",
        "error": {"message": "x"},
    },
    {"type": "result", "status": "error"},
]
EXEC = [
    {"type": "thread.started", "thread_id": "t"},
    {"type": "item.completed", "item": {"id": "1", "type": "reasoning", "text": "hm"}},
    {
        "type": "item.completed",
        "item": {
            "id": "2",
            "type": "command_execution",
            "aggregated_output": "1 passed in 0.1s",
            "exit_code": 0,
            **SHELL,
        },
    },
    {"type": "turn.failed", "error": {"message": "no"}},
]
ATIF = {
    "schema_version": "ATIF-v1.7",
    "session_id": "s",
    "agent": {"tool_definitions": [{"function": {"name": "x"}}]},
    "continued_trajectory_ref": "more.json",
    "subagent_trajectories": [{"trajectory_id": "t", "steps": [{"source": "agent", "message": "x"}]}],
    "steps": [
        {"source": "user", "message": TEXT},
        {
            "source": "agent",
            "message": "",
            "tool_calls": [{"tool_call_id": "a", "function_name": "bash", "arguments": SHELL}],
            "observation": {
                "results": [
                    {
                        "source_call_id": "a",
                        "content": "ok",
                        "subagent_trajectory_ref": [{"trajectory_id": "t"}],
                    }
                ]
            },
        },
    ],
}
SWE = {
    "trajectory": [{"action": "open a.py", "observation": "text", "thought": "hm", "state": "{}"}],
    "history": [
        {"role": "user", "content": "fix it", "agent": "main"},
        {
            "role": "assistant",
            "action": "open a.py",
            "tool_calls": [{"function": {"name": "open", "arguments": "{}"}}],
        },
    ],
    "info": {"exit_status": "submitted"},
}
MINI = {
    "trajectory_format": "mini-swe-agent-1.1",
    "info": {"exit_status": "x"},
    "messages": [
        {"role": "user", "content": "fix it"},
        {"role": "assistant", "content": "```bash\nls\n```", "extra": {"actions": [{"command": "ls"}]}},
        {"role": "user", "content": "<returncode>0</returncode>", "extra": {"returncode": 0}},
    ],
}
HANDS = [
    {
        "id": 1,
        "source": "user",
        "action": "message",
        "args": {"content": "fix it"},
        "timestamp": "2025-01-01T00:00:00",
    },
    {"id": 2, "source": "agent", "action": "run", "args": SHELL, "tool_call_metadata": {"tool_call_id": "x"}},
    {
        "id": 3,
        "source": "agent",
        "observation": "run",
        "cause": 2,
        "content": "ok",
        "extras": {"metadata": {"exit_code": 0}},
    },
    {
        "kind": "ActionEvent",
        "id": "4",
        "source": "agent",
        "timestamp": "2026-01-01",
        "tool_name": "x",
        "tool_call_id": "c",
        "tool_call": {"name": "x", "arguments": "{}"},
        "thought": TEXT,
    },
    {
        "kind": "ObservationEvent",
        "id": "5",
        "source": "environment",
        "timestamp": "2026-01-01",
        "tool_call_id": "c",
        "observation": {"content": TEXT, "exit_code": 1},
    },
]
INSPECT = {
    "version": 2,
    "eval": {"task": "x"},
    "samples": [
        {
            "id": 1,
            "epoch": 1,
            "input": "x",
            "messages": [
                {"role": "user", "content": "attachment://0a"},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"id": "a", "function": "f", "arguments": {}}],
                },
                {"role": "tool", "tool_call_id": "a", "content": "ok", "error": {"message": "no"}},
            ],
            "scores": {"a": {"value": "C"}},
            "events": [{"event": "model", "tools": [{"name": "f"}]}],
            "attachments": {"0a": "fix it"},
        }
    ],
}
GEMINI = [
    {"sessionId": "s", "projectHash": "h", "directories": ["/w/a"]},
    {"id": "1", "type": "user", "content": TEXT},
    {
        "id": "2",
        "type": "gemini",
        "content": "x",
        "thoughts": [{"subject": "a"}],
        "toolCalls": [
            {
                "id": "a",
                "name": "run_shell_command",
                "args": SHELL,
                "status": "success",
                "agentId": "g",
                "result": [{"functionResponse": {"name": "x", "response": {"output": "ok"}}}],
            }
        ],
    },
    {"$rewindTo": "2"},
]
REACT = [
    {"id": "a", "log": 'Question: why\nThought: hm\nAction: find\nAction Input: {"q": 1}\nObservation: x'}
]
SEEDS = {
    "claude": CLAUDE,
    "codex": CODEX,
    "exec": EXEC,
    "gemini stream": GEMINI_STREAM,
    "atif": ATIF,
    "swe": SWE,
    "mini": MINI,
    "hands": HANDS,
    "inspect": INSPECT,
    "gemini": GEMINI,
    "react": REACT,
}
JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    1e300,
    "",
    "x",
    [],
    {},
    [[]],
    [None],
    {"a": None},
    [{"a": [1]}],
    "\0",
    "../x",
    "x" * 300,
    {"type": 3},
]
ROUNDS = 45


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a value with each of its keys."""
    found = []
    todo = [value]
    while todo:
        here = todo.pop()
        if isinstance(here, dict | list):
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            found += [(here, key) for key in keys]
            todo += [here[key] for key in keys]
    return found


def mutated(seed: Any, random: random.Random) -> bytes:
    """The seed with values deleted, replaced, swapped or cut."""
    value = deepcopy(seed)
    for _ in range(random.randint(1, 3)):
        container, key = random.choice(places(value) or [([0], 0)])
        other, there = random.choice(places(value) or [([0], 0)])
        match random.randint(0, 2):
            case 0:
                del container[key]
            case 1:
                container[key] = deepcopy(random.choice(JUNK))
            case _:
                container[key], other[there] = deepcopy(other[there]), deepcopy(container[key])
    lines = isinstance(value, list) and random.random() < 0.8
    text = "\n".join(map(json.dumps, value)) if lines else json.dumps(value, indent=random.choice([None, 1]))
    data = text.encode()
    return data[: random.randrange(len(data) + 1)] if random.random() < 0.25 else data


@pytest.mark.parametrize("name", SEEDS)
def test_mutated_logs_are_read_or_reported(tmp_path: Path, name: str) -> None:
    """Every mutation gives traces or a problem, and traces can be redacted. The seed is read whole."""
    path = tmp_path / "log.json"
    seed = SEEDS[name]
    path.write_text("\n".join(map(json.dumps, seed)) if isinstance(seed, list) else json.dumps(seed))
    whole = Intake(path)
    assert [step.action for trace in whole for step in trace.steps if step.action]
    assert whole.problems == []
    dice = random.Random(name)
    for number in range(ROUNDS):
        data = mutated(seed, dice)
        path.write_bytes(data)
        intake = Intake(path)
        traces = [redact(trace)[0] for trace in intake]
        assert traces or intake.problems or intake.summary.joined, (number, data)


def test_every_format_is_mutated() -> None:
    """Here, or among the spans and the records of whole runs: each reader knows one of the seeds."""
    seeds = [*SEEDS.values(), *(seed for _, seed in FORMATS.values()), *map(json.loads, RECORDS)]
    samples = [each for seed in seeds for each in (seed, *(seed if isinstance(seed, list) else ()))]
    databases = {langgraph.NAME}  # tests/traces/readers/test_langgraph.py damages files of these
    for reader in (each for each in (*SESSION_READERS, *READERS) if each.NAME not in databases):
        assert any(reader.recognises(sample) for sample in samples), reader.NAME


@pytest.mark.parametrize("depth", [100, 400, 900])
def test_values_that_are_nested_deeply(tmp_path: Path, depth: int) -> None:
    """Cost the record, at most."""
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep]
    for name, seed in SEEDS.items():
        value = deepcopy(seed)
        for container, key in places(value)[-8:]:
            container[key] = "DEEP"
        text = json.dumps(value).replace('"DEEP"', "[" * depth + "]" * depth)
        (tmp_path / f"{name}.json").write_text(text)
    intake = Intake(tmp_path)
    assert list(intake) or intake.problems
