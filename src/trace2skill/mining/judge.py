"""Judges an analyst's proposals for one family by their measured rows: findings to keep, and rejections."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from pydantic import Field

from trace2skill.claims.model import (
    Claim,
    Guard,
    Rule,
    canonical,
    claim_id,
)
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Citation, Contrast, Grade, Row, Summary, Tier, TraceFacts
from trace2skill.evidence.statistics import stratification, summarise, worth_imitating
from trace2skill.evidence.tiers import (
    DEFAULT,
    UNCHOSEN,
    RuleBasis,
    adjusted,
    corroborates,
    tier,
)
from trace2skill.mining.grading import UNGRADED, Graded, Strata, grade_by_outcome, is_habit
from trace2skill.mining.lifts import is_stop_condition
from trace2skill.mining.pool_summary import PoolSummary, RowTester
from trace2skill.mining.roster import Analyst
from trace2skill.mining.wanting import FEW_RUNS, followed, wanting
from trace2skill.traces.model import Frozen, Label

_MOST_CITATIONS = 5
_MOST_HYPOTHESES = 6
_MOST_HABITS = 3
_REFUSAL = re.compile(r"transfer|escalate|hand_?(off|over)|human|refuse|reject|decline|deny", re.IGNORECASE)


class Rejected(Frozen):
    """A measured claim that was rejected, with the reason."""

    finding: Finding
    reason: str


class Analysis(Frozen):
    """The result of one analyst on one family: findings kept and findings rejected."""

    family: str
    aspect: str
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rows: tuple[Row, ...] = Field((), description="the evidence, where it was measured in memory")


class Proposed(NamedTuple):
    """The claims that one analyst proposes for a family, and the summary of the pool they are from.

    `shown` has, for each claim that a model proposed, the tasks whose runs the model was shown.
    """

    analyst: Analyst
    family: str
    claims: Sequence[Claim]
    pool_summary: PoolSummary
    shown: Mapping[str, Strata] = MappingProxyType({})


def judge(
    proposed: Proposed,
    rows: Mapping[str, Sequence[Row]],
    facts: Mapping[str, TraceFacts],
    beside: Mapping[str, TraceFacts] | None = None,
) -> Analysis:
    """Judge an analyst's proposals by their rows; the result is deterministic.

    Args:
        proposed: The claims.
        rows: The rows by claim id, sorted by trace. They are read claim by claim, so a lazy mapping will do.
        facts: The facts of the family's traces by hash, including held-out ones.
        beside: The facts of the traces of neighbouring families by hash; rules are measured on them too.
    """
    court = _Judge(proposed, facts, beside or {}, rows)
    claims = {claim_id(claim): claim for claim in proposed.claims}
    judged = [court.judged(claims[name], rows[name]) for name in sorted(claims)]
    kept, rejected = _sorted_out(judged, frozenset(proposed.shown), few=court.few)
    return Analysis(
        family=proposed.family,
        aspect=proposed.analyst.aspect,
        findings=tuple(kept),
        rejected=tuple(rejected),
    )


class _Judged(NamedTuple):
    """A finding, and a signature that is equal for findings with the same evidence."""

    finding: Finding
    signature: object


class _Judge:
    """Turns one analyst's measured claims into findings."""

    def __init__(
        self,
        proposed: Proposed,
        facts: Mapping[str, TraceFacts],
        beside: Mapping[str, TraceFacts],
        rows: Mapping[str, Sequence[Row]],
    ) -> None:
        self._aspect = proposed.analyst.aspect
        self._family = proposed.family
        self._rows = rows
        self._facts = {name: fact for name, fact in facts.items() if not fact.held_out}
        self._unseen = {name: fact for name, fact in facts.items() if fact.held_out}
        self._wide = {**beside, **self._facts}
        self._by = stratification(self._facts)
        self._by_wide = stratification(self._wide)
        self._tester = RowTester(proposed.pool_summary, self._facts, self._by)
        self._selections = dict(proposed.pool_summary.listed)
        worth = worth_imitating(self._wide)
        self.few = sum(fact.label == worth for fact in self._wide.values()) < FEW_RUNS
        self._claims = {claim_id(claim): claim for claim in proposed.claims}
        self._then = {name: claim.then for name, claim in self._claims.items() if isinstance(claim, Rule)}
        listed = map(self._claims.get, self._selections)
        self._calls_for = [claim for claim in listed if isinstance(claim, Rule)]
        self._graded = self._grades(proposed.shown)

    def _grades(self, shown: Mapping[str, Strata]) -> dict[str, Graded]:
        """The grades of a model's proposals; rules are graded on the neighbours' runs too."""
        rules = {name: tasks for name, tasks in shown.items() if name in self._then}
        others = {name: tasks for name, tasks in shown.items() if name not in self._then}
        wide, own = {**self._wide, **self._unseen}, {**self._facts, **self._unseen}
        return grade_by_outcome(self._claims, self._rows, wide, rules, self._by_wide) | grade_by_outcome(
            self._claims, self._rows, own, others, self._by
        )

    def judged(self, claim: Claim, rows: Sequence[Row]) -> _Judged:
        """The finding of a claim, from its rows on mined and on held-out tasks."""
        facts = self._wide if isinstance(claim, Rule) else self._facts
        seen = [row for row in rows if row.trace in facts]
        unseen = [row for row in rows if row.trace in self._unseen]
        return _Judged(self._finding(claim, seen, unseen, facts), _signature(claim, seen))

    def _finding(
        self, claim: Claim, rows: Sequence[Row], unseen: Sequence[Row], facts: Mapping[str, TraceFacts]
    ) -> Finding:
        stops = is_stop_condition(claim)
        test = None if stops else self._tester.test(claim, self._tester.codes(rows))
        by = self._by_wide if isinstance(claim, Rule) else self._by
        summary = summarise(claim, rows, facts, by)
        held_out = summarise(claim, unseen, self._unseen) if self._unseen else None
        choice = self._choice(claim, rows)
        earned = self._tier(claim, summary, held_out, test.q if test else None, choice)
        graded = self._graded.get(claim_id(claim), UNGRADED)
        if earned is not Tier.HYPOTHESIS or claim_id(claim) not in self._graded:
            graded = UNGRADED
        elif graded.grade is Grade.SEPARATING:
            earned = Tier.MINED
        elif graded.grade is None and is_habit(claim, summary, self._calls_for):
            graded = graded._replace(grade=Grade.HABIT)
        held = [row for row in rows if row.held]
        labels = {row.trace: facts[row.trace].label for row in rows}
        succeeded = any(labels[row.trace] == Label.SUCCESS for row in held)
        return Finding(
            family=self._family,
            aspect=self._aspect,
            claim=claim,
            summary=summary,
            tier=earned,
            test=graded.test or test,
            held_out=held_out,
            selection=choice.selection,
            residual=choice.residual,
            protected=succeeded and _is_protected(claim, earned),
            stop_condition=stops,
            grade=graded.grade,
            outcome=graded.outcome,
            held_at=_cite(held, "held_at", labels, Label.SUCCESS),
            broken_at=_cite(rows, "broken_at", labels, Label.FAILURE),
        )

    def _choice(self, claim: Claim, rows: Sequence[Row]) -> RuleBasis:
        """How a rule of the decision list was chosen, and its residual association.

        The residual excludes the runs in which a better rule for the same action was due, and those in which
        a lesser rule was due that is significant itself on its own residual: a run explained by one rule is
        no evidence for or against another.
        """
        name = claim_id(claim)
        if not isinstance(claim, Rule) or name not in self._selections:
            return UNCHOSEN
        siblings = [other for other in self._selections if self._then.get(other) == claim.then]
        place = siblings.index(name)
        told = [*siblings[:place], *(each for each in siblings[place + 1 :] if self._stands(each, siblings))]
        return RuleBasis(self._selections[name], self._left(claim, rows, told) if told else None)

    def _stands(self, name: str, siblings: Sequence[str]) -> bool:
        """Whether a rule is significant among the runs in which no better rule for its action was due."""
        left = self._left(self._claims[name], self._rows[name], siblings[: siblings.index(name)])
        return adjusted(left, self._selections[name]) < DEFAULT.level

    def _left(self, claim: Claim, rows: Sequence[Row], told: Sequence[str]) -> Contrast | None:
        """The association of a claim over the runs in which none of the claims `told` was due."""
        out = {row.trace for other in told for row in self._rows[other] if row.opportunities}
        facts = {trace: fact for trace, fact in self._wide.items() if trace not in out}
        return summarise(claim, [row for row in rows if row.trace in facts], facts, self._by).association

    def _tier(
        self, claim: Claim, summary: Summary, held_out: Summary | None, q: float | None, choice: RuleBasis
    ) -> Tier:
        earned = tier(claim, summary, q=q, choice=choice)
        if earned == Tier.MINED and held_out is not None and corroborates(claim, held_out, q=q):
            return Tier.CORROBORATED
        return earned


def _is_protected(claim: Claim, earned: Tier) -> bool:
    """Whether the claim is a guard, or about refusing or handing over, and better than a hypothesis."""
    if earned == Tier.HYPOTHESIS:
        return False
    action = claim.then if isinstance(claim, Rule) else getattr(claim, "action", None)
    return isinstance(claim, Guard) or (action is not None and _REFUSAL.search(action.tool) is not None)


def _cite(rows: Iterable[Row], side: str, labels: Mapping[str, Label], first: Label) -> tuple[Citation, ...]:
    """At most `_MOST_CITATIONS` citations, one per trace, traces with outcome `first` first."""
    places = [
        (labels[row.trace] != first, row.trace, getattr(row, side)[0]) for row in rows if getattr(row, side)
    ]
    return tuple(Citation(trace, step) for _, trace, step in sorted(places)[:_MOST_CITATIONS])


def _sorted_out(
    judged: Iterable[_Judged], proposed: Collection[str], *, few: bool
) -> tuple[list[Finding], list[Rejected]]:
    kept: list[Finding] = []
    rejected: list[Rejected] = []
    leaders: dict[object, Finding] = {}
    hypotheses: Counter[Grade | None] = Counter()
    judged = list(judged)
    due = followed(each.finding for each in judged)
    for finding, signature in sorted(judged, key=lambda each: _rank(each.finding)):
        leader = leaders.setdefault(signature, finding)
        reason = wanting(finding, due, few=few, proposed=finding.id in proposed)
        if leader is not finding:
            reason = f"rests on the same evidence as {leader.id}"
        elif not reason and finding.tier == Tier.HYPOTHESIS:
            hypotheses[finding.grade] += 1
            most = _MOST_HABITS if finding.grade is Grade.HABIT else _MOST_HYPOTHESES
            reason = "more hypotheses than a reader can use" if hypotheses[finding.grade] > most else ""
        if reason:
            rejected.append(Rejected(finding=finding, reason=reason))
        else:
            kept.append(finding)
    return kept, rejected


def _rank(finding: Finding) -> tuple[object, ...]:
    """Sort key: strongest support first, then the shortest claim."""
    support = finding.summary.support
    return (
        finding.tier == Tier.HYPOTHESIS,
        finding.tier != Tier.CORROBORATED,
        -support.tasks,
        -support.held,
        len(canonical(finding.claim)),
        finding.id,
    )


def _signature(claim: Claim, rows: Sequence[Row]) -> object:
    """A value that is equal for claims of the same kind and action held and broken at the same steps."""
    subject = claim.then if isinstance(claim, Rule) else getattr(claim, "action", None)
    places = sorted((row.trace, row.opportunities, row.held_at, row.broken_at) for row in rows)
    return claim.kind, subject, hashlib.sha256(repr(places).encode()).digest()
