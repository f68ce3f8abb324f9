"""Parquet files of bulk exports."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.traces.otel_spans import shown
from tests.traces.otel_spans import write as lines
from tests.traces.readers.test_langfuse import OBSERVATIONS, snake
from tests.traces.readers.test_langfuse import STEPS as LANGFUSE_STEPS
from tests.traces.readers.test_langsmith import ROOT, RUNS, STEPS
from trace2skill.traces.files import Record, read_records
from trace2skill.traces.problem import Scope
from trace2skill.traces.read import Intake

arrow = pytest.importorskip("pyarrow", reason="Parquet is read with the extra `parquet`")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A Parquet file of these rows."""
    from pyarrow import parquet

    parquet.write_table(arrow.Table.from_pylist(rows), path, compression="zstd")
    return path


def cells(run: dict[str, Any]) -> dict[str, Any]:
    """A run as the bulk export writes it: objects as text, times as times."""
    import json

    texts = {key: json.dumps(run[key]) for key in ("inputs", "outputs", "extra")}
    return {**run, **texts, "start_time": datetime.fromisoformat(run["start_time"]).replace(tzinfo=UTC)}


@pytest.mark.parametrize("lost", ["", "extra", "dotted_order", "status", "feedback_stats"])
def test_runs_are_read_from_a_bulk_export(tmp_path: Path, lost: str) -> None:
    """By content; columns may be missing. Feedback may be a table too."""
    rows = [{**cells(each), "feedback_stats": None} for each in RUNS]
    path = write(tmp_path / "runs.data", [{key: each[key] for key in each if key != lost} for each in rows])
    write(tmp_path / "feedback.parquet", [{"run_id": ROOT, "key": "score", "score": 1.0}])
    (trace,) = Intake(path)
    assert shown(trace) == STEPS
    assert (trace.outcome.score, trace.source.record) == (1.0, "row 1 run 1")


@pytest.mark.parametrize("other", ["parquet", "jsonl"])
def test_a_run_in_several_tables_is_one_trace(tmp_path: Path, other: str) -> None:
    """As the bulk export splits them, whichever part comes first, and in a table and a file of lines."""
    rows = [cells(each) for each in RUNS]
    write(tmp_path / "a.parquet", [rows[3], rows[1]])
    if other == "parquet":
        write(tmp_path / "b.parquet", [rows[0], rows[2]])
    else:
        lines(tmp_path / "b.jsonl", [RUNS[0], RUNS[2]])
    write(tmp_path / "scores.parquet", [{"run_id": ROOT, "trace_id": ROOT, "key": "score", "score": 1.0}])
    source = Intake(tmp_path)
    (trace,) = source
    assert (shown(trace), trace.outcome.score, source.problems) == (STEPS, 1.0, [])


def test_observations_of_langfuse_are_read_from_a_bulk_export(tmp_path: Path) -> None:
    """Columns in its other spelling, times as times."""
    rows = [snake(each) for each in OBSERVATIONS]
    times = [{**each, "start_time": datetime.fromisoformat(each["start_time"])} for each in rows]
    (trace,) = Intake(write(tmp_path / "observations.parquet", times))
    assert (trace.source.format, shown(trace)) == ("langfuse", LANGFUSE_STEPS)


def test_cells_of_every_type(tmp_path: Path) -> None:
    """Maps become objects, times text; empty cells are left out."""
    table = arrow.table(
        {
            "map": arrow.array([[("a", 1)]], arrow.map_(arrow.string(), arrow.int64())),
            "time": arrow.array([datetime(2026, 1, 2, tzinfo=UTC)]),
            "list": [[{"x": b"y"}]],
            "empty": arrow.array([None], arrow.string()),
        }
    )
    from pyarrow import parquet

    parquet.write_table(table, tmp_path / "x")
    (record,) = read_records(tmp_path / "x")
    assert isinstance(record, Record)
    assert record.value == {"map": {"a": 1}, "time": "2026-01-02T00:00:00+00:00", "list": [{"x": "y"}]}


def test_without_pyarrow_the_fix_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the extra."""
    path = write(tmp_path / "runs.parquet", [cells(each) for each in RUNS])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    source = Intake(path)
    assert list(source) == []
    assert 'pip install "trace2skill[parquet]"' in source.problems[0].fix


@pytest.mark.parametrize("keep", [4, 40, 400])
def test_a_damaged_file_is_reported(tmp_path: Path, keep: int) -> None:
    """A file that breaks off is one problem."""
    path = write(tmp_path / "runs.parquet", [cells(each) for each in RUNS])
    path.write_bytes(path.read_bytes()[:keep])
    source = Intake(path)
    assert list(source) == []
    assert [problem.scope for problem in source.problems] == [Scope.FILE]
    assert "Parquet" in source.problems[0].message
