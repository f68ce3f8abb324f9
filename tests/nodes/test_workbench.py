"""The workbench: what is laid down is picked up again, and goes when the run ends."""

import os
import time
from pathlib import Path

import pytest

from tests.graph.errands import doors
from trace2skill.mining.analyse import analyse
from trace2skill.mining.judge import Analysis
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.workbench import Workbench
from trace2skill.traces.model import Frozen


class Note(Frozen):
    """A small body."""

    text: str


@pytest.mark.parametrize("analyst", ROSTER, ids=lambda analyst: analyst.name)
def test_an_analysis_comes_back_equal(tmp_path: Path, analyst: Analyst) -> None:
    """Claims, numbers and citations survive the way over the file."""
    analysis = analyse(analyst, Pool("doors", doors()))
    bench = Workbench(tmp_path, "run")
    bench.put(analysis, "doors", analyst.name)
    assert bench.get(Analysis, "doors", analyst.name) == analysis


def test_keys_and_runs_are_apart(tmp_path: Path) -> None:
    """Any text is a key, and the parts of a key do not run together."""
    bench = Workbench(tmp_path, "run")
    bench.put(Note(text="one"), "../a", "b")
    bench.put(Note(text="two"), "../a/b")
    bench.put(Note(text="three"), "../a", "b")
    assert [bench.get(Note, "../a", "b").text, bench.get(Note, "../a/b").text] == ["three", "two"]
    assert bench.find(Note, "b") is None
    assert Workbench(tmp_path, "other").find(Note, "../a", "b") is None


def test_clearing_takes_the_own_run_and_what_is_old(tmp_path: Path) -> None:
    """Another run at work keeps its bench; one killed eight days ago does not."""
    for run in ("own", "other", "killed"):
        Workbench(tmp_path, run).put(Note(text=run), "key")
    long_ago = time.time() - 8 * 24 * 3600
    os.utime(tmp_path / "work" / "killed", (long_ago, long_ago))
    Workbench(tmp_path, "own").clear()
    assert [folder.name for folder in (tmp_path / "work").iterdir()] == ["other"]
