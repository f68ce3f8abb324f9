"""How many planted texts come to stand in what a library tells: a Markdown table.

    python -m benchmarks.poisoning [--all]

Forty runs of a refund desk are distilled, twelve of them an attacker's. Each planting is one place and one
wording: ten places for each of twelve wordings, or with `--all` every place for each. Three further plantings
are no text at all, but a harmful step or argument of the attacker's runs.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from tests.hardening.poisons import HARM, PLACES, WORDINGS, Plant, found, poisoned
from trace2skill import distill

PLACES_EACH = 10


def planting(plant: Plant, text: str) -> bool:
    """Whether anything of the text, or of the harm, is found after distilling."""
    with tempfile.TemporaryDirectory() as folder:
        distill(poisoned([plant], text), library=folder)
        return bool(found(Path(folder)))


def drawn(number: int) -> list[str]:
    """Ten places in turn, so that all wordings together come by every place."""
    return list(islice(cycle(PLACES), number * PLACES_EACH, (number + 1) * PLACES_EACH))


def table(*, every: bool) -> Iterator[str]:
    """The table, a line at a time."""
    yield "| planted | places | found |"
    yield "|---|---|---|"
    for number, (kind, text) in enumerate(WORDINGS.items()):
        places: Sequence[str] = list(PLACES) if every else drawn(number)
        hits = [place for place in places if planting(PLACES[place], text)]
        yield f"| {kind} | {len(places)} | {', '.join(hits) or 0} |"
    hits = [name for name, harm in HARM.items() if planting(harm, "")]
    yield f"| a harmful step or argument | {len(HARM)} | {', '.join(hits) or 0} |"


if __name__ == "__main__":
    start = time.perf_counter()
    for line in table(every="--all" in sys.argv[1:]):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    sys.stdout.write(f"\n{time.perf_counter() - start:.0f} s\n")
