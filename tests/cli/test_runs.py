"""`trace2skill runs` and `distill --resume`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.graph.errands import contents, doors, write
from tests.graph.killing import killed
from trace2skill.graph.run import distill


def test_runs_are_listed(run: Run, library: Path) -> None:
    """Newest first: when, how it stands, what became of it."""
    result = run("runs", "--library", library)
    assert result.exit_code == 0
    rows = [line for line in result.stdout.splitlines() if "finished" in line]
    assert len(rows) == 2
    assert "house-doors" in rows[0]
    assert "add house-doors, add house-lamps" in result.stdout


def test_runs_as_json(run: Run, library: Path) -> None:
    """The whole records."""
    records = json.loads(run("runs", "--library", library, "--json").stdout)
    assert [record["state"] for record in records] == ["finished", "finished"]
    assert {record["traces"] for record in records} == {8, 14}


def test_a_waiting_run_says_about_what(run: Run, runs: Path, tmp_path: Path) -> None:
    """And a failed one why."""
    run("distill", runs, "--library", tmp_path / "library", "--review")
    result = run("runs", "--library", tmp_path / "library")
    assert "waiting for review" in result.stdout
    assert "asks about house-doors, house-lamps" in result.stdout


def test_a_killed_run_is_listed_and_resumed(run: Run, tmp_path: Path) -> None:
    """By its id or as the latest; the report is that of the whole run."""
    source, library = write(tmp_path / "runs.jsonl", doors()), tmp_path / "library"
    assert killed(source, [("4", library)]) == [True]
    assert "stopped, can be resumed" in run("runs", "--library", library).stdout
    name = json.loads(run("runs", "--library", library, "--json").stdout)[0]["id"]
    result = run("distill", "--resume", name, "--library", library)
    assert result.exit_code == 0
    assert "8 traces read, 8 new" in result.stdout
    distill(source, library=tmp_path / "whole")
    assert contents(library) == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("distill", "--resume"), 4, "no run that is"),
        (("distill", "--resume", "ghost"), 4, "no run ghost"),
        (("distill", "--resume", "a", "b"), 2, "one run's id"),
        (("distill",), 2, "give PATH"),
    ],
)
def test_mistakes(run: Run, library: Path, words: tuple[str, ...], code: int, message: str) -> None:
    """One message each, and its exit code."""
    result = run(*words, "--library", library)
    assert (result.exit_code, message in result.stderr) == (code, True)


def test_no_library(run: Run, tmp_path: Path) -> None:
    """Nothing is made by looking."""
    assert run("runs", "--library", tmp_path / "ghost").exit_code == 4
    assert list(tmp_path.iterdir()) == []
