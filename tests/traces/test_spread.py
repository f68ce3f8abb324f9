"""Runs whose spans lie in several files are one trace each."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from tests.traces.otel_spans import answered, asked, model, root, said, shown, tool, write
from trace2skill.traces import spread
from trace2skill.traces.read import Intake

USER = said("user", "Please open the old red door.")
ASKED = asked(("a", "look"))
STEPS = [
    ("user", "Please open the old red door.", None),
    ("agent", "look", "a door"),
    ("agent", "It is open.", None),
]


def run(number: int) -> list[dict[str, Any]]:
    """The spans of a run, in the order in which they end."""
    spans = [
        model("m1", 1, [USER], [ASKED]),
        tool("s1", 2, "look", "a door", "a"),
        model("m2", 3, [USER, ASKED, answered("a", "a door")], [said("assistant", "It is open.")]),
        root(),
    ]
    return [{**each, "context": {**each["context"], "trace_id": f"{number:032x}"}} for each in spans]


def test_a_run_that_lies_in_several_files_is_one_trace(tmp_path: Path) -> None:
    """It comes with the last of them; others are not waited for."""
    one, two, three = run(1), run(2), run(3)
    write(tmp_path / "a.jsonl", [*one[:2], *two])
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(write(tmp_path / "b", one[2:3]).read_bytes()))
    (tmp_path / "b").unlink()
    write(tmp_path / "c.jsonl", [one[3], *three])
    source = Intake(tmp_path)
    traces = list(source)
    assert [trace.id[-1] for trace in traces] == ["2", "1", "3"]
    assert all(shown(trace) == STEPS for trace in traces)
    assert traces[1].source.path.endswith("a.jsonl")
    assert (source.problems, source.summary.dropped) == ([], {})


def test_the_same_spans_in_two_files_count_once(tmp_path: Path) -> None:
    """Exports overlap."""
    write(tmp_path / "a.jsonl", run(1))
    write(tmp_path / "b.jsonl", run(1)[1:])
    (trace,) = Intake(tmp_path)
    assert shown(trace) == STEPS


def test_what_is_kept_is_bounded_and_what_comes_early_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run begun first comes as it is; its outermost span, which is left, is a run of its own."""
    monkeypatch.setattr(spread, "KEPT", 5)
    one, two = run(1), run(2)
    write(tmp_path / "a.jsonl", [*one[:2], *two[:3], one[2]])
    write(tmp_path / "b.jsonl", [two[3], one[3]])
    source = Intake(tmp_path)
    assert [(trace.id[-1], shown(trace)) for trace in source] == [("1", STEPS), ("2", STEPS)]
    early = {"runs that were not kept until their last file": 1, "runs without a model or a tool": 1}
    assert source.summary.dropped == {"opentelemetry": early}


def test_a_last_file_that_cannot_be_read_loses_no_run(tmp_path: Path) -> None:
    """What is there comes at the end."""
    write(tmp_path / "a.jsonl", run(1)[:3])
    (tmp_path / "b.txt").write_text(f'some words and "trace_id": "{1:032x}"\n')
    source = Intake(tmp_path)
    (trace,) = source
    assert shown(trace) == STEPS
    assert [problem.path for problem in source.problems] == [str(tmp_path / "b.txt")]


def test_the_order_of_files_changes_nothing(tmp_path: Path) -> None:
    """The later half may have the earlier name."""
    write(tmp_path / "z.jsonl", run(1)[:2])
    write(tmp_path / "a.jsonl", run(1)[2:])
    (trace,) = Intake(tmp_path)
    assert shown(trace) == STEPS
