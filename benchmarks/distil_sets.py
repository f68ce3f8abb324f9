"""Distil each set of real traces beside the checkout and say what came of it.

    python -m benchmarks.distil_sets [FOLDER]

One fresh library and process per set. Prints a Markdown table: traces, skills, rules by tier, wall time in
seconds, that as a ratio to the fastest set, and peak memory in MB.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SETS = {
    "tau2": None,
    "tau_bench": None,
    "webshop_react": "webshop",
    "scienceworld": "scienceworld",
    "textworldexpress": "textworldexpress",
}


class Measured(NamedTuple):
    """One run of the command."""

    report: dict[str, Any]
    seconds: float
    megabytes: float


def distil(source: Path, mapping: str | None, library: Path) -> Measured:
    """Run the command in a process of its own and wait for it, with its peak memory."""
    command = [
        sys.executable,
        "-m",
        "trace2skill",
        "distill",
        str(source),
        "--library",
        str(library),
        "--json",
    ]
    if mapping:
        command += ["--map", str(ROOT / "examples" / "maps" / f"{mapping}.toml")]
    output = library.with_suffix(".json")
    begun = time.perf_counter()
    with output.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command
        _, _, usage = os.wait4(process.pid, 0)
    return Measured(json.loads(output.read_bytes()), time.perf_counter() - begun, usage.ru_maxrss / 1024)


def main() -> None:
    """Measure every set and print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "traces"
    if not folder.is_dir():
        sys.exit(f"{folder}: no such folder. Name the folder that holds {', '.join(SETS)}.")
    with tempfile.TemporaryDirectory() as scratch:
        rows = {name: distil(folder / name, mapping, Path(scratch) / name) for name, mapping in SETS.items()}
    fastest = min(row.seconds for row in rows.values())
    print("| set | traces | rejected | skills | rules by tier | seconds | x fastest | peak MB |")  # noqa: T201
    print("|---|---|---|---|---|---|---|---|")  # noqa: T201
    for name, row in rows.items():
        print(f"| {name} | {line(row, fastest)} |")  # noqa: T201


def line(row: Measured, fastest: float) -> str:
    """The cells of one set."""
    report = row.report
    tiers: dict[str, int] = {}
    for skill in report["skills"]:
        for tier, count in skill["rules"].items():
            tiers[tier] = tiers.get(tier, 0) + count
    cells = [
        str(report["traces"]["read"]),
        str(report["traces"]["rejected"]),
        str(len(report["skills"])),
        ", ".join(f"{count} {tier}" for tier, count in sorted(tiers.items())),
        f"{row.seconds:.1f}",
        f"{row.seconds / fastest:.1f}",
        f"{row.megabytes:.0f}",
    ]
    return " | ".join(cells)


if __name__ == "__main__":
    main()
