"""The artifacts of a run: what is laid down is picked up again, and goes when the run ends."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.graph.errands import doors
from trace2skill.claims.model import ActionPattern, Sequence
from trace2skill.mining.analyse import analyse
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.nodes.artifacts import Artifacts


def claim(*tools: str) -> Sequence:
    """Tools one after the other."""
    return Sequence(actions=tuple(ActionPattern(tool=tool) for tool in tools))


@pytest.mark.parametrize("analyst", ROSTER, ids=lambda analyst: analyst.name)
def test_an_analysis_comes_back_equal(tmp_path: Path, analyst: Analyst) -> None:
    """Claims, numbers and citations survive the way over the file."""
    analysis = analyse(analyst, Pool("doors", doors()))
    artifacts = Artifacts(tmp_path, "run")
    artifacts.put_analysis("doors", analyst.name, analysis)
    assert artifacts.analysis("doors", analyst.name) == analysis


def test_keys_and_runs_are_apart(tmp_path: Path) -> None:
    """Any text is a key, the parts of a key do not run together, and the last one put stays."""
    artifacts = Artifacts(tmp_path, "run")
    artifacts.put_claims("../a", "b", [claim("one", "two")])
    artifacts.put_claims("../a/b", "", [claim("two", "three")])
    artifacts.put_claims("../a", "b", [claim("three", "four")])
    assert artifacts.claims("../a", "b") == (claim("three", "four"),)
    assert artifacts.claims("../a/b", "") == (claim("two", "three"),)
    assert artifacts.claims("b", "") == ()
    assert Artifacts(tmp_path, "other").claims("../a", "b") == ()


def test_what_a_run_may_lack_is_none_or_empty(tmp_path: Path) -> None:
    """A run without a model or a review, and before the decision lists."""
    artifacts = Artifacts(tmp_path, "run")
    assert (artifacts.policy("doors"), artifacts.reviewed(), artifacts.reading("doors", 0, ["rules"])) == (
        None,
        None,
        None,
    )
    assert (artifacts.notes("doors"), artifacts.dropped("doors", 0)) == ((), ())


def test_clearing_takes_the_own_run_and_what_is_old(tmp_path: Path) -> None:
    """Another run at work keeps its artifacts; one killed eight days ago does not."""
    for run in ("own", "other", "killed"):
        Artifacts(tmp_path, run).put_claims("doors", "rules", [claim("go", "stop")])
    long_ago = time.time() - 8 * 24 * 3600
    os.utime(tmp_path / "work" / "killed", (long_ago, long_ago))
    Artifacts(tmp_path, "own").clear()
    assert [folder.name for folder in (tmp_path / "work").iterdir()] == ["other"]


def test_runs_that_end_at_once_do_not_trip_over_each_other(tmp_path: Path) -> None:
    """Each looks for what was left behind while the others remove theirs."""

    def one(number: int) -> None:
        artifacts = Artifacts(tmp_path, f"run{number}")
        artifacts.put_claims("doors", "rules", [claim("go", "stop")])
        artifacts.clear()

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(one, range(600)))
    assert list((tmp_path / "work").iterdir()) == []
