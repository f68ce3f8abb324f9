"""Mutated input is read or reported, never a crash."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trace2skill.traces.read import Intake
from trace2skill.traces.redact import redact

CHAT = [
    {"role": "user", "content": "please look up my order"},
    {
        "role": "assistant",
        "tool_calls": [{"id": "1", "function": {"name": "find", "arguments": '{"id": 1}'}}],
    },
    {"role": "tool", "tool_call_id": "1", "content": '{"password": "hunter2", "n": 1}'},
]
TAU2_CALL = {"id": "1", "name": "find", "arguments": {"id": 1}, "requestor": "assistant"}
TAU2 = {
    "info": {"environment_info": {"domain_name": "shop"}},
    "tasks": [],
    "simulations": [
        {
            "id": "s",
            "task_id": "t",
            "reward_info": {"reward": 1.0},
            "messages": [
                {"role": "user", "content": "hello ###STOP###", "timestamp": "2025-08-01T16:24:03"},
                {"role": "assistant", "content": None, "tool_calls": [TAU2_CALL]},
                {"role": "tool", "id": "1", "content": "no", "error": True},
            ],
        }
    ],
}
OWN = {
    "schema_version": 1,
    "id": "a",
    "steps": [{"index": 0, "action": {"tool": "x", "arguments": {"y": [1]}}}],
}
TAU = [{"task_id": 0, "trial": 1, "reward": 0.0, "traj": CHAT}]
BLOCKS = [
    CHAT[0],
    {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "find", "input": {"id": 1}}]},
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "1", "content": "no", "is_error": True}],
    },
]
ITEMS = {
    "input": "please look up my order",
    "output": [
        {"type": "function_call", "call_id": "1", "name": "find", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": "no"},
    ],
}
LANGCHAIN = [
    {"type": "human", "data": {"content": "please look up my order"}},
    {"type": "ai", "data": {"content": "", "tool_calls": [{"name": "find", "args": {}, "id": "1"}]}},
    {"type": "tool", "data": {"content": "no", "tool_call_id": "1"}},
]
SEEDS = [
    json.dumps(seed).encode() for seed in (CHAT, {"messages": CHAT}, TAU2, TAU, OWN, BLOCKS, ITEMS, LANGCHAIN)
]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)


def read_bytes(content: bytes) -> None:
    """Read and redact a file of these bytes; something must come of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(content)
        intake = Intake(path)
        traces = [redact(trace)[0] for trace in intake]
        assert traces or intake.problems or content.strip() in (b"[]",) or b'"simulations"' in content


@settings(max_examples=60)
@given(
    seed=st.sampled_from(SEEDS),
    place=st.integers(0, 10_000),
    junk=st.binary(max_size=4),
    cut=st.integers(0, 6),
)
def test_mutated_bytes(seed: Any, place: int, junk: bytes, cut: int) -> None:
    """Bytes replaced anywhere in a file of any format."""
    at = place % len(seed)
    read_bytes(seed[:at] + junk + seed[at + cut :])


def replaced(value: Any, position: int, new: Any) -> tuple[Any, int]:
    """Replace the value at a position of a preorder walk; returns the value and the positions left."""
    if position == 0:
        return new, -1
    position -= 1
    if isinstance(value, dict | list):
        copy = dict(value) if isinstance(value, dict) else list(value)
        for key in list(copy) if isinstance(copy, dict) else range(len(copy)):
            if position < 0:
                break
            copy[key], position = replaced(copy[key], position, new)
        return copy, position
    return value, position


@settings(max_examples=60)
@given(seed=st.sampled_from([CHAT, TAU2, TAU, OWN]), position=st.integers(1, 30), new=values)
def test_mutated_values(seed: Any, position: int, new: Any) -> None:
    """A value of any type where another was expected."""
    read_bytes(json.dumps(replaced(seed, position, new)[0]).encode())
