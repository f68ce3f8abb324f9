"""What it costs to add traces to a library.

    python -m benchmarks.increments [--sets telecom] [--count 2000] [--added 10] [--traces FOLDER]

Distils resampled traces of a set (see growth.py); then, each on a copy of that library, the same with some
more in one file, the further ones alone, and what is known already; and all of them at once into another
library. Prints a Markdown table: CPU seconds and their share of those of the first run, families mined, runs
that joined families left as they are, skills changed, and a digest of all rules with their evidence. The
names and versions of skills are left out, since they depend on what the library held before.
"""

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.footprint import footprint
from benchmarks.growth import TRACES, real_traces, write
from trace2skill.store.library import Library

HEAD = "| set | run | CPU s | share | mined | joined | changed | rules |\n|---|---|---|---|---|---|---|---|"


def main() -> None:
    """Print one line for each run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--sets", default="telecom")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--added", type=int, default=10)
    parser.add_argument("--traces", type=Path, default=TRACES)
    given = parser.parse_args()
    print(HEAD)  # noqa: T201
    for name in given.sets.split(","):
        with tempfile.TemporaryDirectory() as scratch:
            for line in lines(name, Path(scratch), given.count, given.added, given.traces):
                print(line, flush=True)  # noqa: T201


def lines(name: str, scratch: Path, count: int, added: int, traces: Path) -> Iterator[str]:
    """One row of the table for each run."""
    whole, first, new = (scratch / f"{part}.jsonl" for part in ("whole", "first", "new"))
    write(real_traces(name, traces), count + added, whole)
    kept = whole.read_bytes().splitlines(keepends=True)
    first.write_bytes(b"".join(kept[:count]))
    new.write_bytes(b"".join(kept[count:]))
    base = scratch / "base"
    full, cells = distil(first, base)
    yield f"| {name} | {count:,} | {full:.1f} | | {cells} | {rules(base)} |"
    for number, (way, path) in enumerate(
        ((f"{added:,} more", whole), (f"the {added:,} alone", new), ("nothing new", first))
    ):
        library = Path(shutil.copytree(base, scratch / str(number)))
        cpu, cells = distil(path, library)
        yield f"| {name} | {way} | {cpu:.1f} | {cpu / full:.0%} | {cells} | {rules(library)} |"
    cpu, cells = distil(whole, scratch / "once")
    yield f"| {name} | all at once | {cpu:.1f} | {cpu / full:.0%} | {cells} | {rules(scratch / 'once')} |"


def rules(library: Path) -> str:
    """A digest of the rules of every family, with their evidence."""
    with Library(library, create=False) as opened:
        skills = [stored.skill for stored in opened.skills()]
    said = sorted((skill.family, *(rule.model_dump_json() for rule in skill.rules)) for skill in skills)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:8]


def distil(path: Path, library: Path) -> tuple[float, str]:
    """The CPU seconds of the command; and as cells families mined, runs that joined, skills changed."""
    log, output = library.with_suffix(".log"), library.with_suffix(".json")
    command = [sys.executable, "-m", "trace2skill", "distill", str(path), "--library", str(library), "--json"]
    taken = footprint(command, log, output)
    if taken.status:
        sys.exit(f"failed with status {taken.status}: {' '.join(command)}\n{log.read_text()[-2000:]}")
    report = json.loads(output.read_bytes())
    changed = sum(each["operation"] != "leave" for each in report["skills"])
    return taken.cpu, f"{len(report['families'])} | {sum(report['joined'].values())} | {changed}"


if __name__ == "__main__":
    main()
