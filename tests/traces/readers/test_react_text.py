"""ReAct transcripts."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import StepOutcome, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import react_text

TEXT = """\x1b[1m> Entering new AgentExecutor chain...\x1b[0m
Question: Which year was the bridge of Rialto finished?
Thought: I should look it up.
It is in Venice.
Action: Wiki Search
Action Input: {"query": "Rialto", "n": 2}
Observation: The bridge was
finished in 1591.
Thought: And the lookup.
Action: lookup
Action Input: "year"
Observation: Error: no such page
Thought: I know it now.
Final Answer: 1591
> Finished chain.
"""


def read(path: Path) -> list[Trace]:
    """The traces under a path, without any problem."""
    intake = Intake(path)
    traces = list(intake)
    assert intake.problems == []
    return traces


def write(path: Path, text: str) -> Path:
    """Write a file."""
    path.write_text(text)
    return path


def tools(trace: Trace) -> list[tuple[str, Any, Any]]:
    """What was called with what, and what came back."""
    return [
        (step.action.tool, step.action.arguments, step.observation) for step in trace.steps if step.action
    ]


CALLS = [
    ("Wiki Search", {"query": "Rialto", "n": 2}, "The bridge was\nfinished in 1591."),
    ("lookup", {"input": "year"}, "Error: no such page"),
]


@pytest.mark.parametrize("packed", [False, True])
def test_a_text_file_is_a_run(tmp_path: Path, packed: bool) -> None:
    """Parts may have several lines; colours and the program's chatter are left out."""
    path = tmp_path / "log.txt"
    path.write_bytes(gzip.compress(TEXT.encode()) if packed else TEXT.encode())
    (trace,) = read(path)
    assert (trace.task, trace.source.format, trace.source.record) == (
        "Which year was the bridge of Rialto finished?",
        "react-text",
        "line 2",
    )
    assert tools(trace) == CALLS
    assert [step.thought for step in trace.steps] == [
        None,
        "I should look it up.\nIt is in Venice.",
        "And the lookup.",
        "I know it now.",
        None,
    ]
    assert trace.steps[-1].text == "1591"
    assert [step.outcome for step in trace.steps if step.action] == [StepOutcome.OK, StepOutcome.ERROR]


def test_each_question_begins_a_run(tmp_path: Path) -> None:
    """Numbered marks are marks; an action that nothing answered has no observation."""
    text = """Question: Who built it?
Thought 1: Look.
Act 1: Search[Rialto bridge]
Obs 1: Antonio da Ponte
Act 2: Finish[da Ponte]
Question: And when?
**Thought:** Look again.
Action: search("Rialto")
Thought: It hangs.
"""
    first, second = read(write(tmp_path / "log.txt", text))
    assert tools(first) == [
        ("search", {"input": "Rialto bridge"}, "Antonio da Ponte"),
        ("finish", {"input": "da Ponte"}, None),
    ]
    assert tools(second) == [("search", {"input": '"Rialto"'}, None)]
    assert (first.task, second.task, second.source.record) == ("Who built it?", "And when?", "line 6")
    assert first.id != second.id


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ('Action: {"action": "search", "action_input": {"q": 1}}', ("search", {"q": 1})),
        ('Action:\n```json\n{"action": "search", "action_input": "x"}\n```', ("search", {"input": "x"})),
        ('Action: `search`\nAction Input: ```json\n{"q": 1}\n```', ("search", {"q": 1})),
        ("Action: search\nAction Input:", ("search", {})),
        ("Action: look around", ("look", {"text": "around"})),
    ],
)
def test_how_actions_are_written(tmp_path: Path, action: str, expected: Any) -> None:
    """Name and input, a blob of both, a plain command."""
    (trace,) = read(write(tmp_path / "log.txt", f"Thought: Look.\n{action}\nObservation: ok\n"))
    assert tools(trace) == [(*expected, "ok")]


@pytest.mark.parametrize("shape", ["object", "list", "lines"])
def test_a_field_of_a_record(tmp_path: Path, shape: str) -> None:
    """Whatever its name; the task may stand beside it."""
    body = TEXT.split("\n", 2)[2]
    records = [{"id": name, "input": "Which year was it finished?", "log": body} for name in ("a", "b")]
    text = {"object": json.dumps(records[0], indent=1), "list": json.dumps(records)}.get(shape)
    traces = read(write(tmp_path / "log.json", text or "\n".join(map(json.dumps, records))))
    assert [trace.id for trace in traces] == (["a"] if shape == "object" else ["a", "b"])
    assert {trace.task for trace in traces} == {"Which year was it finished?"}
    assert [tools(trace) for trace in traces] == [CALLS] * len(traces)


def test_a_chat_whose_agent_writes_actions(tmp_path: Path) -> None:
    """What the user's side answers is the observation; a chat with tool calls is left to its reader."""
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Use this format:\nThought: ...\nAction: ...\nAction Input: ..."},
        {"role": "user", "content": "Which year was the bridge finished?"},
        {"role": "assistant", "content": 'Thought: Look.\nAction: search\nAction Input: {"q": "Rialto"}'},
        {"role": "user", "content": "Observation: 1591"},
        {"role": "assistant", "content": "Thought: Again.\nAction: lookup\nAction Input: year"},
        {"role": "user", "content": "nothing"},
        {"role": "assistant", "content": "Final Answer: 1591"},
    ]
    (trace,) = read(write(tmp_path / "chat.json", json.dumps({"messages": messages})))
    assert tools(trace) == [("search", {"q": "Rialto"}, 1591), ("lookup", {"input": "year"}, "nothing")]
    assert trace.task == "Which year was the bridge finished?"
    assert str(trace.instructions).startswith("Use this format")
    plain = [*messages[:2], {"role": "assistant", "content": "It was 1591."}]
    (trace,) = read(write(tmp_path / "chat.json", json.dumps(plain)))
    assert trace.source.format == "openai-chat"


def test_what_is_no_transcript(tmp_path: Path) -> None:
    """Prose that mentions a thought, records with a structure of their own."""
    assert not react_text.fits_text(["Thought: hm", "and no more"])
    assert not react_text.recognises({"schema_version": 1, "task": TEXT, "steps": []})
    assert not react_text.recognises({"prompt": TEXT, "steps": [{"action": "look"}]})
    intake = Intake(write(tmp_path / "notes.md", "# Notes\n\nAction: none\n"))
    assert list(intake) == []
    assert "no reader recognises" in intake.problems[0].message
