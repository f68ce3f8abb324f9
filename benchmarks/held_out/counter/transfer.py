"""What skills of a desk carry over: by number of runs, share of failed ones, kind of issue, and analyst.

    python -m benchmarks.held_out.counter.transfer traces|failed|families|analysts [--desks 6]

Skills act without a model (the executor), by all that they hold and by their visible rules alone, on tickets
that no run is about. Each desk is drawn by another seed. Intervals are exact over tickets (Clopper and
Pearson), as though those of a desk were independent; beside them stand the lowest and the highest desk.
Differences are paired by ticket, against what each study names first.

- `traces`: 74 to 5 good runs.
- `failed`: of 48 runs none, a quarter or half failed; distilled from all, or from the good ones alone.
- `families`: 48 good runs on all kinds of issue, or on one; settled on each kind.
- `analysts`: 48 runs, a quarter failed, without one analyst in turn.
"""

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from benchmarks.held_out.counter.convention import Convention, draw
from benchmarks.held_out.counter.course import KINDS, asked, bad, good, shown
from benchmarks.held_out.counter.execution import RULES, executed
from benchmarks.held_out.paired import paired, rate
from trace2skill.graph.run import distill
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.traces.model import Label, Trace

SIZES = (74, 40, 20, 10, 5)
RUNS = 48
ASKED = 48
Found = dict[tuple[str, str, str], list[list[bool]]]
"""Which tickets are settled, a list for each desk: by way, what is asked, and kind of rules."""


class Way(NamedTuple):
    """One row of a study: what is distilled and by whom; `apart` if each kind of issue is asked apart."""

    name: str
    runs: Sequence[Trace]
    roster: Sequence[Analyst] = ROSTER
    apart: bool = False


def traces(convention: Convention) -> Iterator[Way]:
    """By number of runs; smaller samples are parts of larger ones."""
    runs = good(convention, shown(convention, max(SIZES)))
    for size in SIZES:
        yield Way(f"{size} runs", runs[:size])


def failed(convention: Convention) -> Iterator[Way]:
    """By share of failed runs, with them and without them."""
    for every in (0, 4, 2):
        runs = mixed(convention, RUNS, every)
        share = f"{100 // every if every else 0} % failed"
        yield Way(share, runs)
        if every:
            yield Way(f"{share}, the good ones alone", [r for r in runs if r.outcome.label is Label.SUCCESS])


def families(convention: Convention) -> Iterator[Way]:
    """By kind of issue that was shown, and kind that is asked; each kind has the faults of those before."""
    tickets = shown(convention, KINDS * RUNS)
    yield Way("all kinds", good(convention, tickets[:RUNS]), apart=True)
    for kind in range(KINDS):
        of = good(convention, [each for each in tickets if each.kind == kind])
        yield Way(f"kind {kind + 1}", of, apart=True)


def analysts(convention: Convention) -> Iterator[Way]:
    """By the analysts that take part."""
    runs = mixed(convention, RUNS, 4)
    yield Way("all", runs)
    for left_out in ROSTER:
        roster = [each for each in ROSTER if each is not left_out]
        yield Way(f"without {left_out.name}", runs, roster=roster)


def mixed(convention: Convention, count: int, every: int) -> list[Trace]:
    """Runs on so many tickets of which every so-manyth failed; none if it is 0."""
    runs = good(convention, shown(convention, count))
    for at, ticket in enumerate(shown(convention, count)):
        if every and at % every == every - 1:
            runs[at] = bad(convention, ticket)
    return runs


STUDIES = {each.__name__: each for each in (traces, failed, families, analysts)}


def main() -> None:
    """Run one study and print its table; on stderr the table so far, after each desk."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.held_out.counter.transfer")
    parser.add_argument("study", choices=STUDIES)
    parser.add_argument("--desks", type=int, default=6, metavar="N", help="desks (%(default)s)")
    parser.add_argument("--seed", type=int, default=20, help="of the first desk (%(default)s)")
    chosen = parser.parse_args()
    found: Found = defaultdict(list)
    for seed in range(chosen.seed, chosen.seed + chosen.desks):
        convention = draw(seed)
        for way in STUDIES[chosen.study](convention):
            measure(convention, way, found)
        sys.stderr.write(f"desk {seed}\n{table(found)}\n")
    sys.stdout.write(table(found))


def measure(convention: Convention, way: Way, found: Found) -> None:
    """Distil, and add which tickets are settled, by both kinds of rules."""
    tickets = asked(convention, ASKED)
    kinds = [[kind] for kind in range(KINDS)] if way.apart else [list(range(KINDS))]
    with tempfile.TemporaryDirectory() as folder:
        distill(way.runs, library=folder, roster=way.roster)
        for rules in RULES:
            for of in kinds:
                name = f"kind {of[0] + 1}" if way.apart else "all kinds"
                some = [each for each in tickets if each.kind in of]
                found[way.name, name, rules].append(executed(convention, folder, some, rules))


def table(found: Found) -> str:
    """A row for each way: tickets settled, the range over desks, and the difference to the first way."""
    lines = ["| distilled from | asked | rules | settled | lowest to highest desk | against the first |"]
    lines.append("|---" * 6 + "|")
    first = next(iter(found))[0]
    for way, of, rules in sorted(found, key=lambda row: (RULES.index(row[2]), row[1])):
        shares = [sum(each) / len(each) for each in found[way, of, rules]]
        hits, other = list(chain(*found[way, of, rules])), list(chain(*found[first, of, rules]))
        against = paired(hits, other) if way != first else ""
        spread = f"{min(shares):.2f} to {max(shares):.2f}"
        lines.append(f"| {way} | {of} | {rules} | {rate(hits)} | {spread} | {against} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
