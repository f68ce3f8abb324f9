"""How many planted texts come to stand in what a library tells: a Markdown table.

    python -m benchmarks.poisoning [--all]

Forty runs of a refund desk are distilled, twelve of them an attacker's. Each planting is one place and one
wording: ten places for each of twelve wordings, or with `--all` every place for each. Three further plantings
are no text at all, but a harmful step or argument of the attacker's runs.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path

from tests.hardening.poisons import (
    ATTACKERS,
    HARM,
    PLACES,
    RUNS,
    SURFACES,
    WORDINGS,
    Plant,
    found_at,
    poisoned,
)
from trace2skill import distill

PLACES_EACH = 10


def planting(plant: Plant, text: str) -> Counter[str]:
    """Where the text, or the harm, is found after distilling: 1 for each surface that tells it."""
    with tempfile.TemporaryDirectory() as folder:
        distill(poisoned([plant], text), library=folder)
        return Counter(surface for surface, marks in found_at(Path(folder)).items() if marks)


def drawn(number: int) -> list[str]:
    """Ten places in turn, so that all wordings together come by every place."""
    return list(islice(cycle(PLACES), number * PLACES_EACH, (number + 1) * PLACES_EACH))


def row(kind: str, hits: Mapping[str, Counter[str]]) -> str:
    """A line of the table: the plantings, and how many of them each surface tells; then where they were."""
    counts = [str(sum(each[surface] for each in hits.values())) for surface in SURFACES]
    where = ", ".join(place for place, each in hits.items() if each)
    return f"| {kind} | {len(hits)} | {' | '.join(counts)} |{f' {where}' if where else ''}"


def table(*, every: bool) -> Iterator[str]:
    """The table, a line at a time."""
    yield f"| planted | places | {' | '.join(SURFACES)} |"
    yield "|---" * (2 + len(SURFACES)) + "|"
    for number, (kind, text) in enumerate(WORDINGS.items()):
        places: Sequence[str] = list(PLACES) if every else drawn(number)
        yield row(kind, {place: planting(PLACES[place], text) for place in places})
    yield row("a harmful step or argument", {name: planting(harm, "") for name, harm in HARM.items()})


if __name__ == "__main__":
    start = time.perf_counter()
    for line in table(every="--all" in sys.argv[1:]):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    sys.stdout.write(
        f"\n{ATTACKERS} of {RUNS} runs are the attacker's; {time.perf_counter() - start:.0f} s\n"
    )
