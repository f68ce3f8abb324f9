"""Do the same traces give the same skills, whoever does the work and however it was cut?

    python -m benchmarks.sameness [--sets webshop] [--count 1000] [--engines processes:1,processes:2,ray:2]
                             [--traces FOLDER]

Distils so many resampled traces of a set (see growth.py) with each engine; one half after the other into one
library; and each half into a library of its own, merged in either order. Prints for each a digest of what
the skills say, and one of all files of an export. All are to be the same, but for the export of the library
distilled twice: its skills have two versions, and files tell the version.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.growth import ENGINES, TRACES, exported, real_traces, write
from trace2skill.store.library import Library


def main() -> None:
    """Print one line for each way."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--sets", default="webshop")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--engines", default=ENGINES)
    parser.add_argument("--traces", type=Path, default=TRACES)
    given = parser.parse_args()
    print("| set | way | skills | exported |\n|---|---|---|---|")  # noqa: T201
    for name in given.sets.split(","):
        with tempfile.TemporaryDirectory() as scratch:
            whole = Path(scratch, "whole.jsonl")
            write(real_traces(name, given.traces), given.count, whole)
            for way, library in ways(whole, given.engines.split(",")):
                files = exported(library, library.with_name(f"{library.name} exported"))
                print(f"| {name} | {way} | {said(library)} | {files} |", flush=True)  # noqa: T201


def ways(whole: Path, engines: list[str]) -> Iterator[tuple[str, Path]]:
    """Every way to the skills of these traces, and the library that it leads to."""
    folder = whole.parent
    for engine in engines:
        name, _, workers = engine.partition(":")
        library = folder / f"{name}-{workers}"
        run("distill", whole, "--library", library, "--engine", name, "--workers", workers or "1")
        yield engine, library
    lines = whole.read_bytes().splitlines(keepends=True)
    halves = [folder / "first.jsonl", folder / "second.jsonl"]
    for half, part in zip(halves, (lines[::2], lines[1::2]), strict=True):
        half.write_bytes(b"".join(part))
        run("distill", half, "--library", half.with_suffix(""))
        run("distill", half, "--library", folder / "in-turn")
    yield "one half after the other", folder / "in-turn"
    sources = [half.with_suffix("") for half in halves]
    for way, order in (("merged", sources), ("merged the other way round", sources[::-1])):
        run("skills", "merge", *order, "--trust", "--library", folder / way)
        yield way, folder / way


def run(*arguments: object) -> None:
    """The command line, in a process of its own."""
    command = [sys.executable, "-m", "trace2skill", *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    if done.returncode:
        sys.exit(f"failed with status {done.returncode}: {' '.join(command)}\n{done.stderr[-2000:]}")


def said(library: Path) -> str:
    """A digest of what the skills say, whatever their versions."""
    with Library(library, create=False) as opened:
        skills = [f"{stored.skill.name} {stored.skill.hash}" for stored in opened.skills()]
    return hashlib.sha256("\n".join(skills).encode()).hexdigest()[:8]


if __name__ == "__main__":
    main()
