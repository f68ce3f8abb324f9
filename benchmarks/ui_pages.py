"""How long the pages of `trace2skill ui` take, and what they weigh, with large libraries.

    python -m benchmarks.ui_pages [RUNS] [SKILLS]...

A skill of RUNS runs (2,000) among SKILLS copies (1,000 and 10,000), used in 2,000 receipts. Each page is
asked for five times, the first by a server that has just been started. Times are of the clock; the
processor's beside them says how much of it was work. Prints Markdown.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from starlette.testclient import TestClient

from benchmarks.turn_times import grown
from tests.graph.errands import doors, lamps
from trace2skill import Library, distill
from trace2skill.store.receipts import receipt, usages
from trace2skill.ui.desk import Desk
from trace2skill.ui.guard import Key
from trace2skill.ui.server import application

AGAIN = 5
RECEIPTS = 2000
PORT = 8717


def filled(folder: Path, runs: int, skills: int) -> None:
    """A library with so many runs and skills, used."""
    distill(doors(runs - 8) + lamps(8), library=folder)
    grown(folder, folder, skills)
    with Library(folder) as library:
        found = [library.retrieve(task) for task in ("Open door D1.", "Light lamp L1.", "Bake me a cake.")]
        lines = (
            line
            for number in range(RECEIPTS)
            for line in usages(receipt(f"{number:032x}", found[number % 3], used=()))
        )
        library.record_usage(lines)


def addresses(folder: Path) -> Iterator[str]:
    """Every kind of page."""
    with Library(folder) as library:
        trace = library.trace_hashes()[0]
        rule = library.skill("house-doors").skill.rules[0].name
    skill = "/skills/house-doors"
    yield from ("/", "/?page=2", "/?q=open+door+D1", "/?q=bake+me+a+cake", "/use", "/verdicts", "/reviews")
    yield from (skill, f"{skill}/rules/{rule}", f"{skill}/versions", f"{skill}/transitions")
    yield from (f"{skill}/conformance", f"/traces/{trace}")


def main() -> None:
    """Measure and print."""
    runs, *sizes = list(map(int, sys.argv[1:])) or [2000]
    head = "| skills | page | kB | first, ms | later, ms | first, ms of processor |"
    print(f"{head}\n|---|---|---|---|---|---|")  # noqa: T201
    for size in sizes or [1000, 10_000]:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            filled(folder, runs, size)
            for address in addresses(folder):
                client = TestClient(
                    application(Desk(folder), PORT, Key(PORT)), base_url=f"http://127.0.0.1:{PORT}"
                )
                times, work, weight = [], 0.0, 0
                for number in range(AGAIN):
                    begun, worked = time.perf_counter(), time.process_time()
                    answer = client.get(address)
                    times.append((time.perf_counter() - begun) * 1000)
                    work = work or (time.process_time() - worked) * 1000
                    assert answer.status_code == 200, (address, answer.status_code, number)
                    weight = len(answer.content)
                later = statistics.median(times[1:])
                figures = f"{weight / 1000:.0f} | {times[0]:.0f} | {later:.0f} | {work:.0f}"
                print(f"| {size:,} | `{address}` | {figures} |", flush=True)  # noqa: T201
    print(f"\nload average {os.getloadavg()[0]:.1f}")  # noqa: T201


if __name__ == "__main__":
    main()
