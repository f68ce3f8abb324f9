"""Suites for a live model: their libraries, and pages that a reader answers by hand.

    python -m benchmarks.live library debugging --library DIR    # distil the runs of a suite
    python -m benchmarks.live pages debugging --out DIR          # a page for each arm
    python -m benchmarks.live score debugging DIR                # of the replies, ARM.reply beside ARM.md

Suites: debugging. Each is drawn by `--seed`. With an endpoint in place of a reader, the suite is one
for `trace2skill eval`, as chat.py says.
"""

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from benchmarks.live.course import Course, arms, distilled
from benchmarks.live.pages import table, write_pages

COURSES = ("debugging",)


def main() -> None:
    """Distil a library, write pages, or score replies."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.live", description=(__doc__ or "").partition("\n")[0]
    )
    does = parser.add_subparsers(dest="does", required=True)
    for name, told in (("library", "--library"), ("pages", "--out"), ("score", "folder")):
        each = does.add_parser(name)
        each.add_argument("suite", choices=COURSES)
        each.add_argument("--seed", type=int, help="draws the suite; else the one that is scored")
        where = each.add_argument(told, type=Path)
        where.required = True
    given = parser.parse_args()
    course = load(given.suite, given.seed)
    if given.does == "library":
        distilled(course.runs, given.library)
    elif given.does == "score":
        sys.stdout.write(table(course, given.folder))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            own = distilled(course.runs, Path(scratch) / "own")
            another = distilled(course.others, Path(scratch) / "another")
            write_pages(course, arms(course, own, another), given.out)


def load(name: str, seed: int | None = None) -> Course:
    """The course of that name."""
    module = import_module(f"benchmarks.live.{name}")
    found: Course = module.course() if seed is None else module.course(seed)
    return found


if __name__ == "__main__":
    main()
