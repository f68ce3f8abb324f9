"""What a killed run with a model pays twice.

    python -m benchmarks.model_kills [--kills 20]

A run of about 200 calls is killed with SIGKILL at a random moment between its first request and its last
reply, and resumed. A call is repeated beyond those in flight if its answer lay in the call cache when the run
was killed, or its reply had gone out whole a second before. The skills exported at the end are compared, byte
for byte, with those of an undisturbed run.
"""

import argparse
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from benchmarks.model_runs import exchanges, scripted_model, tau_bench

DELAY, CONCURRENCY, SEED, RECORDS = 0.25, "8", 20, 24
SETTLED = 1.0
"""Seconds after a reply in which its answer was surely kept."""

ENVIRONMENT = {"TRACE2SKILL_MAX_CONCURRENCY": CONCURRENCY, "PYTHONWARNINGS": "ignore"}
DRIVER = """
from functools import partial
from trace2skill.cli.main import main
from trace2skill.graph import run
run.DistillSettings = partial(run.DistillSettings, batch_tokens=700, tokens_per_run=10**6)
main()
"""
"""The command, with batches so small that it takes hundreds of calls."""


class Killed(NamedTuple):
    """What became of one killed run."""

    after: float
    asked: int
    kept: int
    asked_again: int
    beyond: int
    settled_again: int
    same: bool


def command(given: list[str], library: Path, url: str) -> list[str]:
    """Distil by the server at this address."""
    asking = ["--model", "openai:m", "--base-url", url, "--library", str(library)]
    return [sys.executable, "-c", DRIVER, "distill", *given, *asking]


def resumed(library: Path) -> list[str]:
    """Go on with the run that was killed."""
    return [sys.executable, "-m", "trace2skill", "distill", "--resume", "--library", str(library)]


def started(words: list[str], log: Path) -> subprocess.Popen[bytes]:
    """The run as a process of its own."""
    with log.open("ab") as sink:
        environment = {**os.environ, **ENVIRONMENT}
        return subprocess.Popen(words, stdout=sink, stderr=sink, env=environment)  # noqa: S603 - our own


def exported(library: Path, folder: Path) -> str:
    """A hash of every file of `skills export`."""
    words = [sys.executable, "-m", "trace2skill", "skills", "export", str(folder), "--library", str(library)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    whole = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def undisturbed(given: list[str], folder: Path) -> tuple[str, float, int]:
    """The export of a run that nobody kills, the seconds that it asks for, and its calls."""
    with scripted_model(folder / "log", DELAY) as url:
        process = started(command(given, folder / "library", url), folder / "output")
        if process.wait():
            sys.exit((folder / "output").read_text())
    log = exchanges(folder / "log")
    seconds = max(each.replied or 0.0 for each in log) - log[0].asked
    return exported(folder / "library", folder / "skills"), seconds, len(log)


def killed(given: list[str], folder: Path, after: float, wanted: str) -> Killed:
    """Kill a run so many seconds after its first request, go on, and compare."""
    library, log = folder / "library", folder / "log"
    with scripted_model(log, DELAY) as url:
        process = started(command(given, library, url), folder / "output")
        while not log.exists() or not log.stat().st_size:
            time.sleep(0.02)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        at = time.time()
        process.wait()
        time.sleep(2 * DELAY)  # the server notices that nobody takes its last replies
        before = exchanges(log)
        kept = answers_kept(library)
        if started(resumed(library), folder / "output").wait():
            sys.exit((folder / "output").read_text())
    later = {each.hash for each in exchanges(log)[len(before) :]}
    again = [each for each in before if each.hash in later]
    in_flight = len(before) - kept
    settled = [each for each in again if each.whole and (each.replied or at) < at - SETTLED]
    same = exported(library, folder / "skills") == wanted
    beyond = max(0, len(again) - in_flight)
    return Killed(after, len(before), kept, len(again), beyond, len(settled), same)


def answers_kept(library: Path) -> int:
    """How many answers lie in the call cache."""
    with closing(sqlite3.connect(library / "calls.sqlite3")) as cache:
        return int(cache.execute("SELECT count(*) FROM calls").fetchone()[0])


def main() -> None:
    """Kill and compare, so many times."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=20)
    chosen = random.Random(SEED)  # noqa: S311 - moments, not secrets
    kills = options.parse_args().kills
    with tempfile.TemporaryDirectory() as scratch:
        given = tau_bench(Path(scratch), RECORDS)
        (whole := Path(scratch) / "whole").mkdir()
        wanted, seconds, calls = undisturbed(given, whole)
        print(f"undisturbed: {calls} calls in {seconds:.1f} s", flush=True)  # noqa: T201
        print("| killed after, s | asked | kept | asked again | beyond those in flight | same skills |")  # noqa: T201
        print("|---|---|---|---|---|---|")  # noqa: T201
        for number in range(kills):
            (folder := Path(scratch) / str(number)).mkdir()
            found = killed(given, folder, chosen.uniform(0, seconds), wanted)
            beyond = f"{found.beyond} ({found.settled_again} long answered)"
            cells = [f"{found.after:.1f}", found.asked, found.kept, found.asked_again, beyond, found.same]
            print(f"| {' | '.join(map(str, cells))} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
