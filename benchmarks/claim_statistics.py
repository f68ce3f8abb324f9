"""Do the numbers stand up? Measured on real traces and on planted ones, every draw seeded.

    python -m benchmarks.claim_statistics [FOLDER] [--shuffles N] [--planted N] [--only sets,power,...]

Four tables in Markdown: what is tested and found on each set; what is found when outcomes are shuffled
within strata and everything is mined again (by chance alone, about one shuffle in ten may yield a claim);
how often a planted cause is found; and whether rules mined on half of the tasks hold on the other half.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.halves import add, halves_table
from benchmarks.planted import power_table
from benchmarks.real_sets import ROOT, SETS, findings, pools, traces_of
from benchmarks.shuffles import shuffle_table
from trace2skill.claims.model import ActionPattern, Avoid
from trace2skill.evidence.exact import fisher_p, odds_ratio, stratified_p
from trace2skill.evidence.measure import measure
from trace2skill.evidence.rows import Table
from trace2skill.evidence.statistics import FDR_LEVEL, LEVEL, summarise
from trace2skill.mining.families import assign_families
from trace2skill.mining.lifts import family_tests
from trace2skill.mining.pool import trace_facts
from trace2skill.traces.model import Label


def main() -> None:
    """Measure what was asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT.parent / "shared" / "traces")
    parser.add_argument("--shuffles", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2, help="processes that shuffle")
    parser.add_argument("--planted", type=int, default=40)
    parser.add_argument("--only", default="sets,shuffles,power,halves")
    given = parser.parse_args()
    if not given.folder.is_dir():
        sys.exit(f"{given.folder}: no such folder. Name the folder that holds tau_bench and tau2.")
    wanted = given.only.split(",")
    if "sets" in wanted:
        show(sets_table(given.folder))
        show(transfer_table(given.folder))
    if "shuffles" in wanted:
        show(shuffle_table(given.folder, given.shuffles, given.workers))
    if "power" in wanted:
        show(power_table(given.planted))
    if "halves" in wanted:
        show(halves_table(given.folder))


def show(lines: Iterable[str]) -> None:
    """Print one table, and a blank line after it."""
    for line in lines:
        print(line, flush=True)  # noqa: T201
    print()  # noqa: T201


def sets_table(folder: Path) -> Iterator[str]:
    """Candidates, trace sets tested, and how many are significant: pooled, within strata, adjusted."""
    yield "| set | runs | tasks | candidates with a lift | tested | pooled p < .05 | p < .05 | q < .1 |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in SETS:
        traces = traces_of(folder, name)
        counts = np.zeros(5, dtype=int)
        for pool in pools(traces):
            found = [each for each in findings(pool) if each.summary.lift and not each.stop_condition]
            lifts = [each.summary.lift for each in found if each.summary.lift]
            results = family_tests(pool).results.values()
            counts += [
                len(found),
                len(results),
                sum((lift.pooled_p or 1) < LEVEL for lift in lifts),
                sum(test.p < LEVEL for test in results),
                sum(test.q < FDR_LEVEL for test in results),
            ]
        tasks = len({trace.stratum for trace in traces})
        yield f"| {name} | {len(traces)} | {tasks} | {' | '.join(map(str, counts))} |"


def transfer_table(folder: Path) -> Iterator[str]:
    """Handing over to a human on telecom: what pooling says, each family, and all families together."""
    traces = traces_of(folder, "telecom")
    families = assign_families(traces)
    facts = {trace.hash: trace_facts(trace, families[trace.hash]) for trace in traces}
    claim = Avoid(action=ActionPattern(tool="transfer_to_human_agents"))
    rows = list(measure([claim], traces))
    yield "| transfers on telecom | success with | without | odds ratio | p |"
    yield "|---|---|---|---|---|"
    tables: defaultdict[str, Table] = defaultdict(Table)
    for row in rows:
        fact = facts[row.trace]
        success = int(fact.label == Label.SUCCESS)
        cell = Table(success, 1) if not row.held else Table(0, 0, success, 1)
        tables[fact.family] = add(tables[fact.family], cell)
    total = dict(sorted(tables.items()))
    for name, table in total.items():
        yield line(name, table, odds_ratio([table]), fisher_p(table))
    pooled = Table(*np.sum(list(total.values()), axis=0).tolist())
    yield line("pooled (descriptive)", pooled, odds_ratio([pooled]), fisher_p(pooled))
    yield line("within family", pooled, odds_ratio(total.values()), stratified_p(total.values()))
    lift = summarise(claim, rows, facts, "family").lift
    if lift:
        yield f"\nReported as reversed between families: {'yes' if lift.reversed else 'no'}."


def line(name: str, table: Table, ratio: float | None, p: float | None) -> str:
    """One line about a table."""
    odds = "infinite" if ratio is None else f"{ratio:.2f}"
    return (
        f"| {name} | {table.hits}/{table.trials} | {table.other_hits}/{table.other_trials} "
        f"| {odds} | {p or 1:.4f} |"
    )


if __name__ == "__main__":
    main()
