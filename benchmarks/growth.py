"""How time and memory grow with the number of traces.

    python -m benchmarks.growth [--sets telecom,webshop] [--counts 1000,10000]
                           [--engines processes:1,processes:2,ray:2] [--traces FOLDER]

Real traces of a set are resampled, each with an id and a task of its own, and distilled into a fresh
library by a process of its own. Prints a Markdown table: wall time with CPU time behind it; steps a second;
the exponent of both against the point before, of the same set and engine; the peak memory in MB, of all
processes together with the largest behind it; the CPU time as a multiple of what orjson alone takes to parse
the file; a digest of the skills, which no engine changes; and the machine's load before the run, for others
slow it down.
"""

import argparse
import hashlib
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

import orjson

from benchmarks.footprint import Footprint, footprint
from trace2skill.errors import InputError
from trace2skill.traces.model import Trace, rebuild, to_json
from trace2skill.traces.read import read_traces

ROOT = Path(__file__).resolve().parents[1]
TRACES = ROOT.parent / "shared" / "traces"
ENGINES = "processes:1,processes:2,ray:2"
SETS = {
    "telecom": ("tau2/telecom_gpt-4.1.json", None),
    "retail": ("tau2/retail_gpt-4.1.json", None),
    "airline": ("tau_bench", None),
    "webshop": ("webshop_react", "webshop"),
    "scienceworld": ("scienceworld", "scienceworld"),
}

HEAD = (
    "| set | engine | traces | steps | seconds (CPU) | steps / s | exponent | peak MB (largest) "
    "| x orjson | skills | load |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


class Point(NamedTuple):
    """One run: what it was given, and what it took."""

    traces: int
    steps: int
    seconds: float
    cpu: float
    megabytes: float
    largest: float
    parsing: float
    load: float
    digest: str


def real_traces(name: str, folder: Path) -> list[Trace]:
    """The traces of a set, sorted by hash."""
    inside, mapping = SETS[name]
    mapped = ROOT / "examples" / "maps" / f"{mapping}.toml" if mapping else None
    return sorted(read_traces(folder / inside, mapping=mapped), key=lambda trace: trace.hash)


def resampled(real: Sequence[Trace]) -> Iterator[Trace]:
    """The traces over and over, each copy of the set with ids and tasks of its own."""
    for copy in count():
        for trace in real:
            yield rebuild(trace, id=f"{trace.id}~{copy}", task_key=f"{trace.stratum}~{copy}")


def write(real: Sequence[Trace], number: int, path: Path) -> int:
    """Write so many traces in our own format; the number of steps in them."""
    steps = 0
    with path.open("wb") as file:
        for trace in islice(resampled(real), number):
            file.write(to_json(trace) + b"\n")
            steps += len(trace.steps)
    return steps


def parse_alone(path: Path) -> float:
    """CPU seconds that orjson takes for the lines of the file."""
    begun = time.process_time()
    with path.open("rb") as file:
        for line in file:
            orjson.loads(line)
    return time.process_time() - begun


def distil(path: Path, engine: str, library: Path) -> Footprint:
    """What the command takes, in a process of its own."""
    name, _, workers = engine.partition(":")
    command = [sys.executable, "-m", "trace2skill", "distill", str(path), "--library", str(library)]
    command += ["--json", "--engine", name, "--workers", workers or "1"]
    errors = library.with_suffix(".log")
    taken = footprint(command, errors)
    if taken.status:
        sys.exit(f"failed with status {taken.status}: {' '.join(command)}\n{errors.read_text()[-2000:]}")
    return taken


def exported(library: Path, folder: Path) -> str:
    """A digest of every file of an export of the library."""
    command = [sys.executable, "-m", "trace2skill", "skills", "export", str(folder)]
    command += ["--library", str(library)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:8]


def measure(real: Sequence[Trace], number: int, engine: str) -> Point:
    """One point of the table."""
    with tempfile.TemporaryDirectory() as scratch:
        path, library = Path(scratch, "traces.jsonl"), Path(scratch, "library")
        steps = write(real, number, path)
        parsing = parse_alone(path)
        load = os.getloadavg()[0]
        taken = distil(path, engine, library)
        digest = exported(library, Path(scratch, "skills"))
    return Point(
        number,
        steps,
        taken.seconds,
        taken.cpu,
        taken.megabytes,
        taken.largest,
        parsing,
        load,
        digest,
    )


def line(name: str, engine: str, point: Point, before: Point | None) -> str:
    """The row of a point."""
    exponent = ""
    if before:
        times = math.log(point.traces / before.traces)
        exponent = f"{math.log(point.seconds / before.seconds) / times:.2f}"
        exponent += f" ({math.log(point.cpu / before.cpu) / times:.2f})"
    cells = [
        name,
        engine,
        f"{point.traces:,}",
        f"{point.steps:,}",
        f"{point.seconds:.1f} ({point.cpu:.1f})",
        f"{point.steps / point.seconds:,.0f}",
        exponent,
        f"{point.megabytes:,.0f} ({point.largest:,.0f})",
        f"{point.cpu / point.parsing:,.0f}",
        point.digest,
        f"{point.load:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure every point and print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--sets", default="telecom,webshop")
    parser.add_argument("--counts", default="1000,10000")
    parser.add_argument("--engines", default=ENGINES)
    parser.add_argument("--traces", type=Path, default=TRACES)
    options = parser.parse_args()
    names = options.sets.split(",")
    if unknown := sorted(set(names) - set(SETS)):
        parser.error(f"no set {unknown[0]!r}; choose from {', '.join(SETS)}")
    try:
        sets = {name: real_traces(name, options.traces) for name in names}
    except InputError as error:
        parser.error(f"{error} --traces names the folder of the sets.")
    print(HEAD)  # noqa: T201
    for name, real in sets.items():
        for engine in options.engines.split(","):
            before: Point | None = None
            for number in map(int, options.counts.split(",")):
                point = measure(real, number, engine)
                print(line(name, engine, point, before), flush=True)  # noqa: T201
                before = point


if __name__ == "__main__":
    main()
