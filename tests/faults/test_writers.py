"""Two writers and a reader at once, for a minute."""

import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.graph.errands import contents, doors, lamps, write
from trace2skill.graph.run import distill
from trace2skill.store.library import Library

pytestmark = pytest.mark.faults

SECONDS = 60
STEP = 4
"""Traces that a writer adds at a time."""

LEAST = 3 * STEP
"""Traces that each writer adds however slow the machine is."""


def test_nothing_is_lost_and_every_reading_is_whole(tmp_path: Path) -> None:
    """For a minute, longer where that is too short: at the end all is as if written at once."""
    library = tmp_path / "library"
    distill(write(tmp_path / "first.jsonl", doors(STEP)), library=library)
    ends = time.monotonic() + SECONDS
    made = {"doors": doors(400), "lamps": lamps(400)}
    used = {"doors": STEP, "lamps": 0}
    running: dict[str, subprocess.Popen[str]] = {}
    readings = 0
    while time.monotonic() < ends or running or min(used.values()) < LEAST:
        for name, traces in made.items():
            process = running.get(name)
            if process and process.poll() is not None:
                assert process.returncode == 0, process.stderr.read() if process.stderr else ""
                process.communicate()
                del running[name]
            if name not in running and (time.monotonic() < ends or used[name] < LEAST):
                batch = write(tmp_path / f"{name}.jsonl", traces[used[name] : used[name] + STEP])
                used[name] += STEP
                running[name] = _distil(batch, library)
        readings += _read(library)
    assert readings > 10
    assert min(used.values()) >= LEAST
    everything = [*made["doors"][: used["doors"]], *made["lamps"][: used["lamps"]]]
    distill(write(tmp_path / "all.jsonl", everything), library=tmp_path / "at-once")
    assert contents(library) == contents(tmp_path / "at-once")


def _distil(source: Path, library: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "trace2skill", "distill", str(source), "--library", str(library)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _read(library: Path) -> int:
    with Library(library, create=False) as opened:
        for stored in itertools.islice(opened.skills(), 5):
            assert stored.skill.rules
            assert len(opened.history(stored.skill.name)) >= stored.version
            list(opened.traces(stored.skill.traces[:20]))
    time.sleep(0.2)
    return 1
