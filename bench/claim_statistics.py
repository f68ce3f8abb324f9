"""Do the numbers stand up? Measured on real traces and on planted ones, every draw seeded.

    python bench/claim_statistics.py [FOLDER] [--shuffles N] [--planted N] [--only sets,shuffles,power,halves]

Four tables in Markdown: what is tested and found on each set; what is found when outcomes are shuffled
within tasks (by chance alone, about one shuffle in ten may yield a claim); how often a planted cause is
found; and whether rules mined on half of the tasks hold on the other half.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from planted import TRIALS, planted

from trace2skill.claims.evidence import Table, Tier
from trace2skill.claims.exact import fisher_p, informative, odds_ratio, stratified_p
from trace2skill.claims.measure import measure
from trace2skill.claims.model import ActionPattern, Avoid, Claim
from trace2skill.claims.split import drawn
from trace2skill.claims.statistics import FDR_LEVEL, LEVEL, summarise
from trace2skill.mining.analyse import analyse
from trace2skill.mining.bearings import Touchstone, bearings
from trace2skill.mining.facts import trace_facts
from trace2skill.mining.families import assign_families
from trace2skill.mining.lifts import family_tests
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER
from trace2skill.skills.model import Finding
from trace2skill.traces.model import Label, Outcome, Trace
from trace2skill.traces.read import read_traces

ROOT = Path(__file__).resolve().parents[1]
SETS = {"airline": "tau_bench", "telecom": "tau2/telecom_gpt-4.1.json", "bundled telecom": None}
MORE_SETS = {"webshop": "webshop_react", "retail": "tau2/retail_gpt-4.1.json"}  # for halves only


def main() -> None:
    """Measure what was asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT.parent / "shared" / "traces")
    parser.add_argument("--shuffles", type=int, default=100)
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
        show(shuffle_table(given.folder, given.shuffles))
    if "power" in wanted:
        show(power_table(given.planted))
    if "halves" in wanted:
        show(halves_table(given.folder))


def show(lines: Iterable[str]) -> None:
    """Print one table, and a blank line after it."""
    for line in lines:
        print(line, flush=True)  # noqa: T201
    print()  # noqa: T201


def traces_of(folder: Path, name: str) -> list[Trace]:
    """The traces of one set."""
    source = (SETS | MORE_SETS)[name]
    if source is None:
        return list(read_traces(ROOT / "examples" / "telecom" / "traces.jsonl"))
    mapping = ROOT / "examples" / "maps" / "webshop.toml" if name == "webshop" else None
    return list(read_traces(folder / source, mapping=mapping))


def pools(traces: Sequence[Trace]) -> Iterator[Pool]:
    """One pool for each family."""
    families = assign_families(traces)
    for family in sorted(set(families.values())):
        yield Pool(family, [trace for trace in traces if families[trace.hash] == family])


def findings(pool: Pool) -> list[Finding]:
    """Everything that was measured in a family, kept or not."""
    analyses = [analyse(analyst, pool) for analyst in ROSTER]
    kept = [finding for analysis in analyses for finding in analysis.findings]
    return kept + [each.finding for analysis in analyses for each in analysis.rejected]


# --- what is found on each set


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


# --- shuffled outcomes


def shuffle_table(folder: Path, shuffles: int) -> Iterator[str]:
    """Outcomes shuffled within tasks, mining rerun each time: how many shuffles yield any claim."""
    yield f"| outcomes shuffled within tasks | shuffles | any lift at q < {FDR_LEVEL} | trace sets tested |"
    yield "|---|---|---|---|"
    traces = traces_of(folder, "airline")
    yielding, tested = 0, []
    for seed in range(shuffles):
        results = [family_tests(pool).results.values() for pool in pools(shuffled(traces, seed))]
        yielding += any(test.q < FDR_LEVEL for found in results for test in found)
        tested.append(sum(map(len, results)))
    spread = f"median {np.median(tested):.0f}, {min(tested)} to {max(tested)}"
    yield f"| airline | {shuffles} | {yielding} | {spread} |"


def shuffled(traces: Sequence[Trace], seed: int) -> list[Trace]:
    """The same runs with the outcomes of each task dealt out anew."""
    draw = np.random.default_rng(seed)
    runs: defaultdict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        runs[trace.stratum].append(trace)
    result = []
    for task in sorted(runs):
        order = draw.permutation(len(runs[task]))
        outcomes = [runs[task][at].outcome for at in order]
        result += [rebuilt(trace, outcome) for trace, outcome in zip(runs[task], outcomes, strict=True)]
    return result


def rebuilt(trace: Trace, outcome: Outcome) -> Trace:
    """The trace with another outcome, and therefore another hash."""
    return Trace.model_validate(
        {name: getattr(trace, name) for name in Trace.model_fields} | {"outcome": outcome}
    )


# --- planted causes


def power_table(pools_each: int) -> Iterator[str]:
    """How often a cause with an odds ratio of ten is found, among things that do not matter."""
    yield "| planted, odds ratio 10 | pools | found at q < .1 | false among those found | trace sets tested |"
    yield "|---|---|---|---|---|"
    for tasks in (25, 50):
        hits, false, tested = 0, [], []
        for seed in range(pools_each):
            runs = planted(tasks, seed)
            pool = Pool("planted", runs)
            tests = family_tests(pool)
            chosen = [claim for claims in tests.chosen.values() for claim in claims]
            found = ["cause" in str(claim) for claim in chosen if _q(pool, claim) < FDR_LEVEL]
            hits += any(found)
            false.append(found.count(False) / max(1, len(found)))
            tested.append(len(tests.results))
        rates = f"{hits / pools_each:.2f} | {np.mean(false):.2f} | median {np.median(tested):.0f}"
        yield f"| {tasks} tasks of {TRIALS} runs | {pools_each} | {rates} |"
    yield "\nSimulated for 20 preselected claims, 25 and 50 tasks: .78 and .98."


def _q(pool: Pool, claim: Claim) -> float:
    facts = {trace.hash: trace_facts(trace, pool.family) for trace in pool.traces}
    stone = Touchstone(bearings(pool), facts, pool.stratified_by)
    test = stone.test(claim, stone.codes(list(measure([claim], pool.traces))))
    return test.q if test else 1.0


# --- half against half


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


if __name__ == "__main__":
    main()
