"""Addresses of servers in the place of paths."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.traces.pull.serving import Served, Status, serving
from tests.traces.pull.test_langsmith import KEY, Project, trace
from trace2skill import distill

Fixture = tuple[Project, Served]


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fixture]:
    """A project with four traces, two hours apart."""
    project = Project(*(trace(name, 120 * number) for number, name in enumerate("abcd")), size=6)
    with serving(project) as served:
        monkeypatch.setenv("LANGSMITH_ENDPOINT", served.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", KEY)
        yield project, served


def test_traces_shows_what_is_pulled_and_keeps_nothing(run: Run, doors: Fixture, tmp_path: Path) -> None:
    """The pages are gone afterwards, unless a folder is named; stdout is the JSON alone."""
    result = run("traces", "langsmith://doors", "--json")
    assert json.loads(result.stdout)["intake"]["formats"] == {"langsmith": 4}
    assert "langsmith://doors: 4 new traces" in result.stderr
    assert list(tmp_path.iterdir()) == []
    run("traces", "langsmith://doors", "--keep", tmp_path / "kept")
    again = run("traces", "langsmith://doors", "--keep", tmp_path / "kept")
    assert "0 new traces" in again.stderr
    assert "4 traces from 1 file" in again.stdout


def test_distill_keeps_the_pages_in_the_library(run: Run, doors: Fixture, tmp_path: Path) -> None:
    """The second run pulls and mines what is new; --refetch pulls all."""
    project, _ = doors
    words = ("distill", "langsmith://doors", "--library", tmp_path / "library", "--json")
    first = run(*words)
    assert json.loads(first.stdout)["traces"]["new"] == 4
    assert len(list((tmp_path / "library" / "pulled").glob("langsmith-doors-*/0001-traces.jsonl"))) == 1
    project.runs += trace("e", 500)
    second = run(*words)
    assert "1 new trace" in second.stderr
    assert json.loads(second.stdout)["traces"]["new"] == 1
    assert "5 new traces" in run(*words, "--refetch").stderr


def test_forgetting_tells_where_the_pages_lie(run: Run, doors: Fixture, tmp_path: Path) -> None:
    """They hold the trace as it came; nothing is told where nothing was pulled into the library."""
    library = tmp_path / "library"
    run("distill", "langsmith://doors", "--library", library)
    forgotten = run("skills", "forget", "a-0", "--yes", "--library", library)
    assert f"{library / 'pulled'} and may hold the trace" in forgotten.stderr
    run("distill", "langsmith://doors", "--library", tmp_path / "other", "--keep", tmp_path / "kept")
    assert "pulled" not in run("skills", "forget", "a-0", "--yes", "--library", tmp_path / "other").stderr


def test_python_pulls_too(doors: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull that ends early is a warning there: the second page never comes."""
    monkeypatch.setattr("trace2skill.traces.pull.server.FIRST_WAIT", 0.0)
    doors[0].faults = [None, *[Status(0)] * 6]
    with pytest.warns(UserWarning, match="ended early"):
        first = distill("langsmith://doors", library=tmp_path)
    assert first.traces.new == 1
    assert distill("langsmith://doors", library=tmp_path).traces.new == 3


def test_a_missing_key_stops_before_any_pull(
    run: Run, doors: Fixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where it is that of the second address."""
    for name in ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    result = run("distill", "langsmith://doors", "langfuse://", "--library", tmp_path / "library")
    assert result.exit_code == 2
    assert "set LANGFUSE_PUBLIC_KEY" in result.stderr
    assert doors[1].asked == []
