"""Half against half: do rules mined on some of the tasks hold on the others?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.real_sets import MORE_SETS, SETS, findings, pools, traces_of
from trace2skill.evidence.exact import informative, odds_ratio
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.lift_tests import drawn
from trace2skill.evidence.measure import measure
from trace2skill.evidence.rows import Table, Tier
from trace2skill.mining.families import assign_families
from trace2skill.mining.pool import Pool
from trace2skill.traces.model import Label, Trace


def halves_table(folder: Path) -> Iterator[str]:
    """Rules mined on half of the tasks, tested on the other half: success with and without, within strata.

    A rule is powered when its lift there could reach significance, and telling when success differs in some
    stratum in which it held in some runs only. Estimates pool the rules of an aspect; intervals resample
    tasks, so that rules that share runs do not pass for many.
    """
    yield "| set | aspect | mined | borne out | powered: odds ratio | telling: odds ratio | tasks |"
    yield "|---|---|---|---|---|---|---|"
    for name in SETS | MORE_SETS:
        traces = traces_of(folder, name)
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        for family_pool in pools(traces):
            held_out = {each.hash for each in family_pool.traces if drawn(each.stratum, 0.5, "bench")}
            for finding in findings(Pool(family_pool.family, family_pool.traces, held_out)):
                if finding.tier != Tier.HYPOTHESIS and not finding.stop_condition:
                    found[finding.aspect].append(finding)
        for aspect, rules in sorted(found.items()):
            yield f"| {name} | {aspect} | {paired(rules, traces)} |"


def paired(rules: Sequence[Finding], traces: Sequence[Trace]) -> str:
    """The cells of one aspect."""
    lifts = [(rule, rule.held_out.lift) for rule in rules if rule.held_out and rule.held_out.lift]
    powered = cells_of([rule for rule, lift in lifts if lift.enough], traces)
    telling = cells_of([rule for rule, lift in lifts if lift.informative], traces)
    borne_out = sum(rule.tier == Tier.CORROBORATED for rule in rules)
    counts = sum(lift.enough for _, lift in lifts), sum(bool(lift.informative) for _, lift in lifts)
    both = f"{counts[0]}: {pooled(powered)} | {counts[1]}: {pooled(telling)}"
    return f"{len(rules)} | {borne_out} | {both} | {len(telling)}"


Cells = dict[tuple[str, str], Table]  # the counts of one task, by rule and stratum


def cells_of(rules: Sequence[Finding], traces: Sequence[Trace]) -> list[Cells]:
    """For each held-out task its counts."""
    families = assign_families(traces)
    unseen = {each.hash: each for each in traces if drawn(each.stratum, 0.5, "bench")}
    tasks: defaultdict[str, Cells] = defaultdict(dict)
    for rule in rules:
        by_task = rule.held_out and rule.held_out.lift and rule.held_out.lift.stratified_by == "task"
        own = [each for each in unseen.values() if families[each.hash] == rule.family]
        for row in measure([rule.claim], own):
            trace = unseen[row.trace]
            if row.opportunities and trace.outcome.label != Label.UNKNOWN:
                success = int(trace.outcome.label == Label.SUCCESS)
                cell = Table(success, 1) if row.held else Table(0, 0, success, 1)
                key = (rule.id, trace.stratum if by_task else rule.family)
                tasks[trace.stratum][key] = add(tasks[trace.stratum].get(key, Table()), cell)
    return [tasks[name] for name in sorted(tasks)]


def add(one: Table, other: Table) -> Table:
    """The sum of two tables."""
    return Table(*(a + b for a, b in zip(one, other, strict=True)))


def pooled(tasks: Sequence[Cells]) -> str:
    """The common odds ratio over the tasks, and its 95 % interval from resampling them."""
    if not tasks:
        return "-"
    draw = np.random.default_rng(0)
    draws = [common([tasks[at] for at in draw.integers(0, len(tasks), len(tasks))]) for _ in range(500)]
    low, high = np.nanquantile(draws, [0.025, 0.975], method="nearest")
    return f"{common(tasks):.2f} ({low:.2f} to {high:.2f})"


def common(tasks: Iterable[Cells]) -> float:
    """The Mantel-Haenszel odds ratio; infinite, or not a number where nothing tells."""
    strata: defaultdict[tuple[str, str], Table] = defaultdict(Table)
    for cells in tasks:
        for key, table in cells.items():
            strata[key] = add(strata[key], table)
    ratio = odds_ratio(strata.values())
    missing = float("inf") if informative(strata.values()) else float("nan")
    return missing if ratio is None else ratio
