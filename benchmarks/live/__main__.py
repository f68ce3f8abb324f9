"""Suites for a live model: runs to distil from, and pages that a reader answers by hand.

    python -m benchmarks.live runs debugging --out FILE          # to distil from; then, with any settings,
    trace2skill distill FILE --library DIR
    python -m benchmarks.live pages debugging --out DIR          # a page for each arm
    python -m benchmarks.live score debugging DIR                # of the replies, ARM.reply beside ARM.md

Suites: airline, bfcl, debugging, maths, retail, telecom. Each is drawn by `--seed`. The skill is distilled
without a model unless `--library` names another library. With an endpoint in place of a reader,
`benchmarks.live.SUITE:suite` is a suite for `trace2skill eval`, as chat.py says.
"""

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from benchmarks.live.course import Course, arms, distilled
from benchmarks.live.pages import table, write_pages
from trace2skill.traces.model import to_json

COURSES = ("airline", "bfcl", "debugging", "maths", "retail", "telecom")


def main() -> None:
    """Write runs, write pages, or score replies."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.live", description=(__doc__ or "").partition("\n")[0]
    )
    does = parser.add_subparsers(dest="does", required=True)
    for name in ("runs", "pages", "score"):
        each = does.add_parser(name)
        each.add_argument("suite", choices=COURSES)
        each.add_argument("--seed", type=int, help="draws the suite; else the one that is scored")
        if name == "score":
            each.add_argument("folder", type=Path)
        else:
            each.add_argument("--out", type=Path, required=True)
        if name == "pages":
            each.add_argument("--library", type=Path, help="whose skills are given")
    given = parser.parse_args()
    course = load(given.suite, given.seed)
    if given.does == "runs":
        given.out.write_bytes(b"".join(to_json(each) + b"\n" for each in course.runs))
    elif given.does == "score":
        sys.stdout.write(table(course, given.folder))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            own = given.library or distilled(course.runs, Path(scratch) / "own")
            another = distilled(course.others, Path(scratch) / "another")
            write_pages(course, arms(course, own, another), given.out)


def load(name: str, seed: int | None = None) -> Course:
    """The course of that name."""
    module = import_module(f"benchmarks.live.{name}")
    found: Course = module.course() if seed is None else module.course(seed)
    return found


if __name__ == "__main__":
    main()
