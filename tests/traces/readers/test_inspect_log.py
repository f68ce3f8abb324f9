"""Inspect's evaluation logs."""

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
import zstandard

from trace2skill.traces.model import Label, StepOutcome, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.readers import inspect_log

HEADER = {"version": 2, "status": "success", "eval": {"task": "shop", "eval_id": "e"}}


def sample(**fields: Any) -> dict[str, Any]:
    """A sample with two parallel calls, one of which failed."""
    calls = [
        {"id": "a", "function": "bash", "arguments": {"cmd": "ls"}, "type": "function"},
        {"id": "b", "function": "bash", "arguments": {"cmd": "cat", "flag": 1}, "type": "function"},
    ]
    return {
        "id": 7,
        "epoch": 1,
        "input": "attachment://0a",
        "messages": [
            {"role": "system", "content": "Be careful."},
            {"role": "user", "content": "attachment://0a", "source": "input"},
            {
                "role": "assistant",
                "content": [
                    {"type": "reasoning", "reasoning": "Look first."},
                    {"type": "text", "text": "I look."},
                ],
                "tool_calls": calls,
            },
            {
                "role": "tool",
                "tool_call_id": "b",
                "content": "",
                "error": {"type": "timeout", "message": "timed out"},
            },
            {
                "role": "tool",
                "tool_call_id": "a",
                "function": "bash",
                "content": "Error is the name of this file",
            },
        ],
        "scores": {"check": {"value": "C", "explanation": "it calls cancel_order(7)"}},
        "events": [
            {"event": "span_begin"},
            {
                "event": "model",
                "tools": [{"name": "bash", "description": "attachment://0b", "parameters": {}}],
            },
        ],
        "attachments": {"0a": "Please cancel my order 7, it is late.", "0b": "Run a command"},
        **fields,
    }


def pack(path: Path, members: dict[str, Any], *, zstd: bool = False) -> Path:
    """Write an archive. As zipfile writes no zstd, such members are stored, then renamed to method 93."""
    sizes: dict[bytes, tuple[int, int]] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED if zstd else zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            sizes[name.encode()] = (zlib.crc32(content), len(content))
            archive.writestr(name, zstandard.compress(content) if zstd else content)
    if not zstd:
        return path
    data = bytearray(path.read_bytes())
    for magic, at, name_at in ((b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)):
        start = data.find(magic)
        while start >= 0:
            length = int.from_bytes(data[start + name_at - 4 : start + name_at - 2], "little")
            length = length or int.from_bytes(data[start + 28 : start + 30], "little")
            name = next(each for each in sizes if data[start + name_at :].startswith(each))
            crc, size = sizes[name]
            data[start + at : start + at + 2] = struct.pack("<H", 93)
            data[start + at + 6 : start + at + 10] = struct.pack("<I", crc)
            data[start + at + 14 : start + at + 18] = struct.pack("<I", size)
            start = data.find(magic, start + 4)
    path.write_bytes(data)
    return path


def read(path: Path, **options: Any) -> list[Trace]:
    """The traces under a path, without any problem."""
    intake = Intake(path, **options)
    traces = list(intake)
    assert intake.problems == []
    return traces


def document(path: Path, *samples: Any) -> Path:
    """Write a log as one document."""
    path.write_text(json.dumps({**HEADER, "samples": list(samples)}, indent=1))
    return path


def test_a_sample_is_a_trace(tmp_path: Path) -> None:
    """Texts stored apart are put back; an error is what the message says it is."""
    (trace,) = read(document(tmp_path / "log.json", sample()))
    assert (trace.id, trace.task_key, trace.domain) == ("7/1", "shop/7", "shop")
    assert (trace.task, trace.instructions) == ("Please cancel my order 7, it is late.", "Be careful.")
    assert [(step.action.tool, len(step.action.arguments)) for step in trace.steps if step.action] == [
        ("bash", 1),
        ("bash", 2),
    ]
    assert [step.observation for step in trace.steps[1:]] == ["Error is the name of this file", "timed out"]
    assert [step.outcome for step in trace.steps[1:]] == [StepOutcome.OK, StepOutcome.ERROR]
    assert (trace.steps[1].thought, trace.steps[1].text) == ("Look first.", "I look.")
    assert [(tool.name, tool.description) for tool in trace.tools] == [("bash", "Run a command")]
    assert "cancel_order" not in trace.model_dump_json()


@pytest.mark.parametrize(
    ("scores", "options", "label", "origin"),
    [
        ({"a": {"value": "C"}}, {}, Label.SUCCESS, "scores.a >= 1"),
        ({"a": {"value": "I"}}, {}, Label.FAILURE, "scores.a >= 1"),
        ({"a": {"value": "P"}}, {}, Label.PARTIAL, "scores.a is P"),
        ({"a": {"value": 0.7}}, {}, Label.FAILURE, "scores.a >= 1"),
        ({"a": {"value": 0.7}}, {"success_at": 0.5}, Label.SUCCESS, "scores.a >= 0.5"),
        ({"a": {"value": "P"}}, {"success_at": 0.5}, Label.SUCCESS, "scores.a >= 0.5"),
        ({"a": {"value": True}}, {}, Label.SUCCESS, "scores.a >= 1"),
        ({"a": {"value": {"x": 1, "y": 1}}}, {}, Label.SUCCESS, "scores.a.x >= 1"),
        ({"a": {"value": "C"}, "b": {"value": "I"}}, {}, Label.UNKNOWN, "scores disagree: a, b"),
        ({"a": {"value": "a long answer"}}, {}, Label.UNKNOWN, "no scores.a"),
        (None, {}, Label.UNKNOWN, "no scores"),
    ],
)
def test_scores(tmp_path: Path, scores: Any, options: dict[str, Any], label: Label, origin: str) -> None:
    """Letters, numbers, several in one; scorers that disagree decide nothing."""
    (trace,) = read(document(tmp_path / "log.json", sample(scores=scores)), **options)
    assert (trace.outcome.label, trace.outcome.origin) == (label, origin)


def test_a_sample_that_crashed(tmp_path: Path) -> None:
    """Its error is named; that is neither success nor failure."""
    (trace,) = read(document(tmp_path / "log.json", sample(scores=None, error={"message": "x"})))
    assert (trace.outcome.label, trace.outcome.origin) == (Label.UNKNOWN, "the sample ended in an error")


@pytest.mark.parametrize("zstd", [False, True], ids=["deflate", "zstd"])
@pytest.mark.parametrize("header", ["header.json", "_journal/start.json"])
def test_archives(tmp_path: Path, zstd: bool, header: str) -> None:
    """The header may stand last, and may be missing where the run was killed."""
    members = {"samples/7_epoch_1.json": sample(), "samples/8_epoch_1.json": sample(id=8), header: HEADER}
    traces = read(pack(tmp_path / "log.eval", members, zstd=zstd))
    assert [(trace.id, trace.source.record) for trace in traces] == [
        ("7/1", "samples/7_epoch_1.json"),
        ("8/1", "samples/8_epoch_1.json"),
    ]
    assert [len(trace.steps) for trace in traces] == [3, 3]


@pytest.mark.parametrize("zstd", [False, True], ids=["deflate", "zstd"])
def test_a_damaged_sample_costs_that_sample(tmp_path: Path, zstd: bool) -> None:
    """It is named, and the others are read."""
    members = {"samples/1.json": sample(), "samples/2.json": sample(id=8), "header.json": HEADER}
    path = pack(tmp_path / "log.eval", members, zstd=zstd)
    data = bytearray(path.read_bytes())
    at = data.find(b"samples/1.json") + len("samples/1.json")
    data[at + 20 : at + 60] = bytes(40)
    path.write_bytes(data)
    intake = Intake(path)
    (trace,) = intake
    assert trace.id == "8/1"
    assert [problem.record for problem in intake.problems] == ["samples/1.json"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"notes.txt": b"hello"}, "the file is a ZIP archive"),
        ({"header.json": HEADER}, "the log holds no sample"),
        ({"header.json": b"{", "samples/1.json": sample()}, "not valid JSON"),
    ],
)
def test_other_archives(tmp_path: Path, members: dict[str, Any], message: str) -> None:
    """Are told for what they are."""
    intake = Intake(pack(tmp_path / "x.zip", members))
    assert list(intake) == []
    assert message in " ".join(map(str, intake.problems))


def test_broken_samples_are_reported(tmp_path: Path) -> None:
    """By their place; a log that was never run holds none."""
    intake = Intake(document(tmp_path / "log.json", {"id": 1}, sample(), 3))
    assert len(list(intake)) == 1
    assert [problem.record for problem in intake.problems] == ["samples [0]", "samples [2]"]
    assert not inspect_log.recognises({"eval": {"task": "x"}})
    assert not inspect_log.recognises({"eval": "x", "version": 2})


def test_real_logs(shared_traces: Path) -> None:
    """By hand: 4 samples of a question and an answer, 1 of a question that was never answered."""
    folder = shared_traces / "inspect"
    traces = read(folder)
    assert [len(trace.steps) for trace in traces] == [1, 2, 2, 2, 2]
    assert not [step for trace in traces for step in trace.steps if step.action]
    told = [(trace.outcome.label.value, trace.outcome.origin) for trace in traces]
    assert told[0] == ("failure", "scores.telecom_scorer >= 1")
    assert told[1:] == [("success", "scores.model_graded_fact >= 1")] * 3 + [("success", "scores.match >= 1")]
    assert [len(trace.tools) for trace in traces] == [30, 0, 0, 0, 0]
    assert traces[1].task == "How do I prevent SQL Injection attacks?"
