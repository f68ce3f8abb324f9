"""kill -9 at twenty random moments, then resume: the skills of an undisturbed run."""

import random
from pathlib import Path

import pytest

from tests.graph.errands import doors, exported, lamps, write
from tests.graph.killing import killed
from trace2skill.graph.run import distill, resume_run
from trace2skill.store.runs import UNFINISHED, runs

pytestmark = pytest.mark.faults

KILLS = 20


@pytest.mark.parametrize("kill", range(KILLS))
def test_a_killed_run_goes_on(tmp_path: Path, kill: int) -> None:
    """Wherever it was, it comes to the same export, byte for byte."""
    moments = random.Random(kill)
    source, library = write(tmp_path / "runs.jsonl", doors(60) + lamps(60)), tmp_path / "library"
    distill(source, library=tmp_path / "whole")
    killed(source, [(f"t{moments.uniform(0.0, 2.5):.2f}", library)])
    if (library / "runs").is_dir() and any(run.state in UNFINISHED for run in runs(library)):
        resume_run(library)
    else:  # killed before anything was written, or not killed at all
        distill(source, library=library)
    assert exported(library, tmp_path / "resumed") == exported(tmp_path / "whole", tmp_path / "wanted")
    assert list((library / "work").iterdir()) == []
    assert not list((library / "runs").rglob("*.sqlite3*"))
