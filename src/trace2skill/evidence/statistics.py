"""Summarises the rows of a claim: support, practice, contrasts, lift; intervals and tests of proportions."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Literal, NamedTuple

from trace2skill.claims.model import Claim
from trace2skill.evidence.exact import (
    fisher_p,
    informative,
    odds_ratio,
    odds_ratio_interval,
    smallest_p,
    strata_needed,
    stratified_p,
)
from trace2skill.evidence.rows import Contrast, Lift, Practice, Row, Summary, Support, Table, TraceFacts
from trace2skill.traces.model import Label

Stratification = Literal["task", "family"]

LEVEL = 0.05
"""Significance level of contrasts."""

FDR_LEVEL = 0.1
"""False discovery rate: the adjusted p below which a tested lift is significant."""

LABELLED = frozenset({Label.SUCCESS, Label.FAILURE, Label.PARTIAL})
"""The known outcomes."""

_OF_GOOD_RUNS = frozenset({"rule", "guard"})
"""Kinds whose association is computed over good runs only, because they state what good runs do."""

_KEPT_ALWAYS = frozenset({"guard"})
"""Kinds that a run keeps to only if they hold at every opportunity in it."""

_WITHOUT_LIFT = frozenset({"effect"})
"""Kinds without lift: an effect is a property of the world, not a choice of the run."""


def summarise(
    claim: Claim,
    rows: Sequence[Row],
    facts: Mapping[str, TraceFacts],
    stratified_by: Stratification | None = None,
) -> Summary:
    """Compute the summary of a claim from its rows.

    Args:
        claim: The claim; its kind decides which statistics apply (docs/evidence.md).
        rows: Rows of this claim. A trace counts once; rows of traces outside the pool are ignored.
        facts: The pool: the facts of each trace, by trace hash.
        stratified_by: `stratification(facts)`, if known already; computed if None.
    """
    pool = {row.trace: row for row in rows if row.trace in facts}.values()
    due = [row for row in pool if row.opportunities > 0]
    lift = None
    if claim.kind not in _WITHOUT_LIFT:
        lift = _lift(due, facts, stratified_by or stratification(facts))
    worth = worth_imitating(facts)
    associated = (row for row in pool if claim.kind not in _OF_GOOD_RUNS or facts[row.trace].label == worth)
    return Summary(
        support=_support(due, facts),
        practice=_practice(due, facts, worth, always=claim.kind in _KEPT_ALWAYS),
        association=contrast(row.association for row in associated),
        step_effect=contrast(row.step_effect for row in pool),
        lift=lift,
    )


def outcome_contrast(
    claim: Claim, rows: Sequence[Row], facts: Mapping[str, TraceFacts], by: Stratification
) -> Contrast | None:
    """Success of the runs that keep to a claim where it is due, and of those that do not.

    `hits` of `trials` runs that keep to it succeed, `other_hits` of `other_trials` others. p is the exact one
    within tasks if these were run more than once, else Fisher's over all runs; runs that a model judged are
    compared with each other alone. Runs of unknown outcome do not count, nor do unfinished ones, except for
    what is asked at the end of a run. None if no run is left.
    """
    closing = claim.kind == "closing"
    strata: defaultdict[str, list[Table]] = defaultdict(list)
    for row in rows:
        fact = facts.get(row.trace)
        if not (fact and row.opportunities and (fact.label in LABELLED if closing else fact.telling)):
            continue
        kept = row.held == row.opportunities if claim.kind in _KEPT_ALWAYS else row.held > 0
        success = int(fact.label == Label.SUCCESS)
        counts = Table(success, 1, 0, 0) if kept else Table(0, 0, success, 1)
        strata[apart(fact.stratum if by == "task" else "", fact)].append(counts)
    if not strata:
        return None
    tables = [_total(strata[name]) for name in sorted(strata)]
    total = _total(tables)
    return Contrast(**total._asdict(), ratio=_rate_ratio(total), p=stratified_p(tables))


def worth_imitating(facts: Mapping[str, TraceFacts]) -> Label:
    """The label of good runs: success, or unknown if no run is labelled."""
    return Label.SUCCESS if any(fact.label in LABELLED for fact in facts.values()) else Label.UNKNOWN


def stratum(fact: TraceFacts, by: Stratification) -> str:
    """The name of a run's stratum: its task or family, `apart` from the others if a model judged it."""
    return apart(fact.stratum if by == "task" else fact.family, fact)


def apart(name: str, fact: TraceFacts) -> str:
    """The name of a stratum; another one for runs that a model judged.

    Outcomes that two kinds of judges told are never compared with each other, as where two raters score.
    """
    return f"{name}\x1fjudged" if fact.judged else name


def _practice(due: Sequence[Row], facts: Mapping[str, TraceFacts], worth: Label, *, always: bool) -> Practice:
    practice = _kept_to(due, facts, worth, always=always)
    judged = _kept_to([row for row in due if facts[row.trace].judged], facts, worth, always=always)
    return practice.model_copy(update={"judged": judged}) if judged.outcomes else practice


def _kept_to(due: Sequence[Row], facts: Mapping[str, TraceFacts], worth: Label, *, always: bool) -> Practice:
    good = [row for row in due if facts[row.trace].label == worth]
    failed = [row for row in due if facts[row.trace].label in LABELLED - {Label.SUCCESS}]
    keep = {row.trace for row in due if (row.held == row.opportunities if always else row.held)}
    kept = [row for row in good if row.trace in keep]
    return Practice(
        due=len(good),
        kept=len(kept),
        tasks=len({facts[row.trace].stratum for row in kept}),
        failed_due=len(failed),
        failed_kept=sum(row.trace in keep for row in failed),
    )


def stratification(facts: Mapping[str, TraceFacts]) -> Stratification:
    """Whether strata are tasks or families.

    Tasks, if at least half of the labelled traces are on tasks that were run more than once; otherwise most
    task strata would be uninformative.
    """
    runs = Counter(stratum(fact, "task") for fact in facts.values() if fact.label in LABELLED)
    repeated = sum(count for count in runs.values() if count > 1)
    return "task" if repeated and 2 * repeated >= runs.total() else "family"


def contrast(tables: Iterable[Table]) -> Contrast | None:
    """Sum the counts of all runs into one contrast; None if there are no trials on either side.

    The ratio of the rates is None if the condition has no trials, or if the other side has no hits (it is
    infinite or undefined). p is that of Fisher's exact test, two-sided, over runs.
    """
    table = _total(tables)
    if not (table.trials or table.other_trials):
        return None
    return Contrast(**table._asdict(), ratio=_rate_ratio(table), p=fisher_p(table))


def fdr(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values for false-discovery control (Benjamini and Hochberg, 1995); None stays None."""
    known = [p for p in p_values if p is not None]
    if not known:
        return [None] * len(p_values)
    from scipy.stats import false_discovery_control

    adjusted = iter(false_discovery_control(known).tolist())
    return [None if p is None else next(adjusted) for p in p_values]


def _support(rows: Sequence[Row], facts: Mapping[str, TraceFacts]) -> Support:
    """Opportunities and holds over all rows; distinct traces, tasks and sources in which the claim held."""
    held_in = [facts[row.trace] for row in rows if row.held > 0]
    due_sources = len({facts[row.trace].source for row in rows})
    return Support(
        opportunities=sum(row.opportunities for row in rows),
        held=sum(row.held for row in rows),
        due=len(rows),
        traces=len(held_in),
        tasks=len({fact.stratum for fact in held_in}),
        sources=len({fact.source for fact in held_in}),
        due_sources=due_sources if due_sources > 1 else 0,
    )


def _lift(rows: Sequence[Row], facts: Mapping[str, TraceFacts], by: Stratification) -> Lift | None:
    """The lift over traces with an opportunity; a trace is exposed if the claim held in it at least once."""
    runs = [(row, facts[row.trace]) for row in rows if facts[row.trace].telling]
    if not runs:
        return None
    strata: defaultdict[str, list[Table]] = defaultdict(list)
    for row, fact in runs:
        success = int(fact.label == Label.SUCCESS)
        counts = Table(success, 1, 0, 0) if row.held > 0 else Table(0, 0, success, 1)
        strata[stratum(fact, by)].append(counts)
    tables = [_total(strata[name]) for name in sorted(strata)]
    pooled = _total(tables)
    enough = smallest_p(tables) < LEVEL
    directions = [_direction(table) for table in informative(tables)]
    significant = {_direction(table) for table in informative(tables) if (fisher_p(table) or 1.0) < LEVEL}
    low, high = odds_ratio_interval(tables) or (None, None)
    return Lift(
        with_success=pooled.hits,
        with_total=pooled.trials,
        without_success=pooled.other_hits,
        without_total=pooled.other_trials,
        stratified_by=by,
        informative=len(directions),
        favouring=directions.count(1),
        opposing=directions.count(-1),
        reversed=significant >= {1, -1},
        odds_ratio=odds_ratio(tables),
        low=low,
        high=high,
        p=stratified_p(tables),
        pooled_p=fisher_p(pooled),
        enough=enough,
        needed=None if enough else strata_needed(tables, LEVEL),
        judged=sum(fact.judged for _, fact in runs),
    )


def _direction(table: Table) -> int:
    """1 if the exposed runs succeed more often than the others, -1 if less often, 0 if equally often."""
    hits, trials, other_hits, other_trials = table
    difference = hits * other_trials - other_hits * trials
    return (difference > 0) - (difference < 0)


def _total(tables: Iterable[Table]) -> Table:
    return Table(*(sum(column) for column in zip(Table(), *tables, strict=True)))


def _rate_ratio(table: Table) -> float | None:
    hits, trials, other_hits, other_trials = table
    return hits * other_trials / (trials * other_hits) if trials and other_hits else None


class Share(NamedTuple):
    """A proportion: hits among trials."""

    hits: int = 0
    trials: int = 0

    @property
    def rate(self) -> float:
        """Hits per trial; 0 without trials."""
        return self.hits / self.trials if self.trials else 0.0


def wilson(share: Share, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson, 1927); (0, 1) without trials."""
    if not share.trials:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, weight = share.rate, z * z / share.trials
    half = math.sqrt(weight * (rate * (1 - rate) + weight / 4))
    centre = rate + weight / 2
    return max(0.0, (centre - half) / (1 + weight)), min(1.0, (centre + half) / (1 + weight))


@lru_cache(maxsize=1 << 12)
def fall_p(earlier: Share, later: Share) -> float | None:
    """One-sided p of Fisher's exact test for a lower later proportion; None if either has no trials."""
    if not (earlier.trials and later.trials):
        return None
    from scipy.stats import fisher_exact

    table = [[later.hits, later.trials - later.hits], [earlier.hits, earlier.trials - earlier.hits]]
    return float(fisher_exact(table, alternative="less")[1])


def could_fall(earlier: int, later: int, level: float = LEVEL) -> bool:
    """Whether these numbers of trials could show a significant fall: the extreme case is from all to none."""
    p = fall_p(Share(earlier, earlier), Share(0, later))
    return p is not None and p < level
