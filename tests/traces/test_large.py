"""Files too large to hold: documents are read item by item, and runs of spans wait on disk."""

import gzip
import json
from pathlib import Path

import pytest

from tests.traces.otel_spans import read as read_values
from tests.traces.readers.test_otel import SPANS, otlp
from trace2skill.traces import documents, span_reader
from trace2skill.traces.model import Trace
from trace2skill.traces.read import Intake

CHAT = {
    "messages": [{"role": "user", "content": "Is the lamp lit?"}, {"role": "assistant", "content": "Yes."}]
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is a large one, and nothing stays in memory."""
    monkeypatch.setattr(documents, "LARGE", 1)
    monkeypatch.setattr(documents, "PACKED", 1)
    monkeypatch.setattr(documents, "SPANS", 2)
    monkeypatch.setattr(span_reader, "MOST_HELD", 1)


def taken(path: Path) -> tuple[list[Trace], list[str]]:
    """The traces of a file, and what was reported."""
    source = Intake([path])
    return list(source), [str(each) for each in source.problems]


def alike(traces: list[Trace]) -> list[str]:
    """What is in traces, without where they were read from."""
    return [trace.model_dump_json(exclude={"source"}) for trace in traces]


def runs(count: int) -> list[dict[str, object]]:
    """The spans of so many runs, those of all runs in turn."""
    return [
        {**span, "traceId": f"{number:032x}"}
        for span in otlp(SPANS)["resourceSpans"][0]["scopeSpans"][0]["spans"]
        for number in range(count)
    ]


def document(spans: list[dict[str, object]]) -> dict[str, object]:
    """OTLP with these spans in three groups."""
    groups = [{"resource": {}, "scopeSpans": [{"spans": spans[start::3]}]} for start in range(3)]
    return {"resourceSpans": groups}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("pack", [False, True])
def test_a_large_document_is_read_like_a_small_one(tmp_path: Path, indent: int | None, pack: bool) -> None:
    """On one line or indented, plain or compressed."""
    whole = document(runs(4))
    text = json.dumps(whole, indent=indent).encode()
    path = tmp_path / "spans.json"
    path.write_bytes(gzip.compress(text) if pack else text)
    traces, problems = taken(path)
    expected = [each for each in read_values([whole])[0] if isinstance(each, Trace)]
    assert len(traces) == 4
    assert sorted(alike(traces)) == sorted(alike(expected))
    assert problems == []


def test_a_large_list_is_read_item_by_item(tmp_path: Path) -> None:
    """Each with its place; what cannot be used is reported, and so is a list that breaks off."""
    path = tmp_path / "chats.json"
    text = json.dumps(
        [CHAT, {**CHAT, "messages": [{"role": "user", "content": "And now?"}]}, {"messages": 3}]
    )
    path.write_text(text)
    traces, problems = taken(path)
    assert [trace.source.record for trace in traces] == ["[0]", "[1]"]
    assert len(problems) == 1
    path.write_text(text[:-20])
    _, problems = taken(path)
    assert "not valid JSON" in problems[-1]
    assert "most of what stands before this place was read" in problems[-1]


def test_lines_are_lines_whatever_their_size(tmp_path: Path) -> None:
    """A file of lines that each hold a value is no document."""
    path = tmp_path / "chats.jsonl"
    path.write_text(json.dumps(CHAT) + "\n" + json.dumps({**CHAT, "id": "b"}) + "\n")
    traces, problems = taken(path)
    assert [trace.source.record for trace in traces] == ["line 1", "line 2"]
    assert problems == []


def test_runs_that_wait_on_disk_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order of their spans; those of a thread are still joined."""
    path = tmp_path / "spans.jsonl"
    lines = [*(otlp([span]) for span in SPANS), document(runs(3))]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    aside, _ = taken(path)
    monkeypatch.setattr(span_reader, "MOST_HELD", 1 << 30)
    held, _ = taken(path)
    assert alike(aside) == alike(held)
    assert len(aside) >= 3
