"""What is handed to distill, and what happens when that fails."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.collector.posting import collecting, post, request, span, tool
from trace2skill.collector.batches import BatchLog
from trace2skill.collector.handover import ATTEMPTS, Handover, read_traces
from trace2skill.collector.quiet_runs import Conversation
from trace2skill.errors import LibraryError
from trace2skill.traces.model import Label


def kept(out: Path, *requests: Any, name: str = "spans-1.jsonl") -> Path:
    """A file of requests."""
    out.mkdir(exist_ok=True)
    (out / name).write_text("".join(json.dumps(each) + "\n" for each in requests))
    return out / name


def conversation(*files: Path, runs: tuple[int, ...]) -> Conversation:
    """One with these traces."""
    return Conversation({f"{run:032x}" for run in runs}, set(files))


def test_only_what_is_quiet_is_read(tmp_path: Path) -> None:
    """From all the files that hold it, as one trace that knows where it came from."""
    first = kept(tmp_path, request(tool(1, "look"), tool(2)), request(tool(3)))
    second = kept(tmp_path, request(tool(2), tool(1, "open", 2)), name="spans-2.jsonl")
    (trace,) = read_traces([conversation(first, second, runs=(1,))], [first, second])
    assert trace.id == f"{1:032x}"
    assert [step.action.tool for step in trace.steps if step.action] == ["look", "open"]
    assert trace.source.path == str(first)


def test_log_records_come_with_the_spans_of_their_runs(tmp_path: Path) -> None:
    """Also from another file; those of other runs stay."""
    call = span(1, gen_ai__operation__name="chat")
    first = kept(tmp_path, request(call))
    second = kept(tmp_path, logged(1, "Please open the door."), logged(2, "Stay."), name="spans-2.jsonl")
    (trace,) = read_traces([conversation(first, second, runs=(1,))], [first, second])
    assert [step.text for step in trace.steps] == ["Please open the door."]


def logged(run: int, said: str) -> dict[str, Any]:
    """A request with a log record of the first span of a run: what its user said."""
    named = {"traceId": f"{run:032x}", "spanId": f"{1:016x}", "eventName": "gen_ai.user.message"}
    body = {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": said}}]}}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [{**named, "body": body}]}]}]}


def test_scores_beside_the_files_decide(tmp_path: Path) -> None:
    """As for `distill` of the folder."""
    file = kept(tmp_path, request(tool(1)))
    score = {"traceId": f"{1:032x}", "name": "success", "dataType": "BOOLEAN", "value": 1}
    (tmp_path / "scores.jsonl").write_text(json.dumps(score))
    (trace,) = read_traces([conversation(file, runs=(1,))], [file])
    assert trace.outcome.label is Label.SUCCESS


def test_spans_of_no_agent_are_not_distilled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service's other traces."""
    told, _ = handed_over(tmp_path, monkeypatch, request(span(1)), rounds=1)
    assert told == []


def test_a_failure_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked library does not stop anything; after the last attempt the command to type is named."""
    told, asked = handed_over(tmp_path, monkeypatch, request(tool(1)), rounds=ATTEMPTS)
    assert asked == [[f"{1:032x}"]] * ATTEMPTS
    assert [line.split(":")[0] for line in told] == ["error"] * ATTEMPTS
    assert all("it is locked" in line for line in told)
    assert f"trace2skill distill {tmp_path / 'out'} --library {tmp_path / 'library'}" in told[-1]


def test_a_defect_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a secret that its message may quote."""
    error = KeyError("password=hunter2hunter2")
    told, asked = handed_over(tmp_path, monkeypatch, request(tool(1)), rounds=1, error=error)
    assert len(asked) == 1
    assert "KeyError" in told[0]
    assert "hunter2" not in told[0]


def test_after_a_restart_the_folder_is_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that an earlier collector has kept, together with those that come now."""
    with collecting(tmp_path / "out") as collector:
        assert post(collector, request(tool(1)))[0] == 200
    _, asked = handed_over(tmp_path, monkeypatch, request(tool(2)), rounds=1)
    assert asked == [[f"{1:032x}", f"{2:032x}"]]


def handed_over(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: Any,
    *,
    rounds: int,
    error: Exception | None = None,
) -> tuple[list[str], list[list[str]]]:
    """What is told, and the traces that `distill` is asked for, when that raises an error each time."""
    told: list[str] = []
    asked: list[list[str]] = []

    def distill(traces: Any, **settings: Any) -> None:
        assert settings == {"library": tmp_path / "library"}
        asked.append(sorted(trace.id for trace in traces))
        raise error or LibraryError("it is locked")

    monkeypatch.setattr("trace2skill.graph.run.distill", distill)
    kept(tmp_path / "out", given, name="spans-9.jsonl")
    log = BatchLog(tmp_path / "out", 1000)
    handover = Handover(log, tmp_path / "library", 0.02, told.append)
    handover.start()
    ends = time.monotonic() + 20
    while time.monotonic() < ends and len(told) < rounds and not (rounds == 1 and _over(handover)):
        time.sleep(0.01)
    handover.stop()
    return told, asked


def _over(handover: Handover) -> bool:
    """Whether what the folder holds was seen, and taken."""
    return bool(handover._runs._quiet) and not handover._runs._active
