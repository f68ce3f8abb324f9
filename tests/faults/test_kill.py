"""kill -9 at fifty random moments of a distill: the library stays whole, and can go on."""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.graph.errands import contents, doors, lamps, write
from trace2skill.graph.run import distill
from trace2skill.store.library import FILE, Library

pytestmark = pytest.mark.faults

KILLS = 50
KILLER = """
import os, signal, sys, time, warnings
from trace2skill.graph.run import distill
import trace2skill.nodes.measure, scipy.stats, tokenizers, chromadb

source, library, delay = sys.argv[1], sys.argv[2], float(sys.argv[3])
child = os.fork()
if not child:
    distill(source, library=library)
    os._exit(0)
time.sleep(delay)
os.kill(child, signal.SIGKILL)
_, status = os.waitpid(child, 0)
print("killed" if os.WIFSIGNALED(status) else "done")
"""
"""Forks after the slow imports, so that the moments fall into the work."""


def killed(source: Path, library: Path, delay: float) -> bool:
    """Distil in a process and kill it after so many seconds; whether it was still at work."""
    command = [sys.executable, "-W", "ignore", "-c", KILLER, str(source), str(library), str(delay)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.strip() == "killed"


@pytest.mark.parametrize("kill", range(KILLS))
def test_a_killed_distill_leaves_a_whole_library(tmp_path: Path, kill: int) -> None:
    """It opens, passes SQLite's check, holds the old skills or the new ones, and can go on."""
    library, source = tmp_path / "library", tmp_path / "runs.jsonl"
    distill(write(source, doors(8)), library=library)
    before = contents(library)
    write(source, doors(40) + lamps(40))
    distill(source, library=tmp_path / "undisturbed")
    after = contents(tmp_path / "undisturbed")
    killed(source, library, random.Random(kill).uniform(0.0, 2.5))

    with closing(sqlite3.connect(library / FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert contents(library) in (before, after)
    with Library(library, create=False) as opened:
        for stored in opened.skills():
            assert len(list(opened.traces(stored.skill.traces))) == len(stored.skill.traces)
    distill(source, library=library)
    assert contents(library) == after
    with Library(library, create=False) as opened:
        assert opened.search("open the door")[0].dense_rank
