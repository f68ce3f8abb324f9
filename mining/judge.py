"""Judging what one analyst proposed for one family: by the rows measured, without a look at a trace."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pydantic import Field

from trace2skill.claims.evidence import Citation, Row, Summary, Tier, TraceFacts
from trace2skill.claims.model import Avoid, Claim, Guard, Rule, canonical, claim_id
from trace2skill.claims.statistics import stratification, summarise
from trace2skill.claims.tiers import DEFAULT, corroborates, rarely_done, speaks, tier
from trace2skill.mining.bearings import Bearings, Touchstone
from trace2skill.mining.roster import Analyst
from trace2skill.skills.model import Finding
from trace2skill.traces.model import Frozen, Label

_MOST_CITATIONS = 5
_MOST_HYPOTHESES = 6
_REFUSAL = re.compile(r"transfer|escalate|hand_?(off|over)|human|refuse|reject|decline|deny", re.IGNORECASE)


class Rejected(Frozen):
    """A claim that was measured and found wanting, and why."""

    finding: Finding
    reason: str


class Analysis(Frozen):
    """What one analyst found in one family: findings to keep, findings rejected."""

    family: str
    aspect: str
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rows: tuple[Row, ...] = Field((), description="the evidence, where it was measured in memory")


class Proposed(NamedTuple):
    """What one analyst proposes for a family, and what must be known of the pool it was mined from."""

    analyst: Analyst
    family: str
    claims: Sequence[Claim]
    bearings: Bearings


def judge(proposed: Proposed, rows: Mapping[str, Sequence[Row]], facts: Mapping[str, TraceFacts]) -> Analysis:
    """Judge what an analyst proposed by the rows that were measured; equal input, equal analysis.

    Args:
        proposed: The claims.
        rows: The rows of every claim, by its id, sorted by trace; read claim by claim, kept for none.
        facts: The family's traces by hash, those held out among them.
    """
    court = _Judge(proposed, facts)
    claims = {claim_id(claim): claim for claim in proposed.claims}
    judged = [court.judged(claims[name], rows[name]) for name in sorted(claims)]
    kept, rejected = _sorted_out(judged)
    return Analysis(
        family=proposed.family,
        aspect=proposed.analyst.aspect,
        findings=tuple(kept),
        rejected=tuple(rejected),
    )


class _Judged(NamedTuple):
    """A finding and what tells whether another one rests on the same evidence."""

    finding: Finding
    signature: object


class _Judge:
    """Makes findings of one analyst's measured claims."""

    def __init__(self, proposed: Proposed, facts: Mapping[str, TraceFacts]) -> None:
        self._aspect = proposed.analyst.aspect
        self._family = proposed.family
        self._facts = {name: fact for name, fact in facts.items() if not fact.held_out}
        self._unseen = {name: fact for name, fact in facts.items() if fact.held_out}
        self._by = stratification(self._facts)
        self._stone = Touchstone(proposed.bearings, self._facts, self._by)
        self._labels = {name: fact.label for name, fact in self._facts.items()}

    def judged(self, claim: Claim, rows: Sequence[Row]) -> _Judged:
        """The claim with all that is derived from its rows, on the tasks mined and on those held out."""
        seen = [row for row in rows if row.trace in self._facts]
        unseen = [row for row in rows if row.trace in self._unseen]
        return _Judged(self._finding(claim, seen, unseen), _signature(claim, seen))

    def _finding(self, claim: Claim, rows: Sequence[Row], unseen: Sequence[Row]) -> Finding:
        codes = self._stone.codes(rows)
        stops = self._stone.is_stop_condition(claim, codes)
        test = None if stops else self._stone.test(claim, codes)
        summary = summarise(claim, rows, self._facts, self._by)
        held_out = summarise(claim, unseen, self._unseen) if self._unseen else None
        earned = self._tier(claim, summary, held_out, test.q if test else None)
        held = [row for row in rows if row.held]
        succeeded = any(self._labels[row.trace] == Label.SUCCESS for row in held)
        return Finding(
            family=self._family,
            aspect=self._aspect,
            claim=claim,
            summary=summary,
            tier=earned,
            test=test,
            held_out=held_out,
            protected=succeeded and _is_protected(claim, earned),
            stop_condition=stops,
            held_at=_cite(held, "held_at", self._labels, Label.SUCCESS),
            broken_at=_cite(rows, "broken_at", self._labels, Label.FAILURE),
        )

    def _tier(self, claim: Claim, summary: Summary, held_out: Summary | None, q: float | None) -> Tier:
        earned = tier(claim, summary, q=q)
        if earned == Tier.MINED and held_out is not None and corroborates(claim, held_out, q=q):
            return Tier.CORROBORATED
        return earned


def _is_protected(claim: Claim, earned: Tier) -> bool:
    """A guard with evidence, or anything about refusing and handing over."""
    if isinstance(claim, Guard) and earned != Tier.HYPOTHESIS:
        return True
    action = claim.then if isinstance(claim, Rule) else getattr(claim, "action", None)
    return action is not None and _REFUSAL.search(action.tool) is not None


def _cite(rows: Iterable[Row], side: str, labels: Mapping[str, Label], first: Label) -> tuple[Citation, ...]:
    """One place per trace, traces with the telling outcome first."""
    places = [
        (labels[row.trace] != first, row.trace, getattr(row, side)[0]) for row in rows if getattr(row, side)
    ]
    return tuple(Citation(trace, step) for _, trace, step in sorted(places)[:_MOST_CITATIONS])


def _sorted_out(judged: Iterable[_Judged]) -> tuple[list[Finding], list[Rejected]]:
    kept: list[Finding] = []
    rejected: list[Rejected] = []
    leaders: dict[object, Finding] = {}
    hypotheses = 0
    for finding, signature in sorted(judged, key=lambda each: _rank(each.finding)):
        leader = leaders.setdefault(signature, finding)
        reason = _wanting(finding)
        if leader is not finding:
            reason = f"rests on the same evidence as {leader.id}"
        elif not reason and finding.tier == Tier.HYPOTHESIS:
            hypotheses += 1
            reason = "more hypotheses than a reader can use" if hypotheses > _MOST_HYPOTHESES else ""
        if reason:
            rejected.append(Rejected(finding=finding, reason=reason))
        else:
            kept.append(finding)
    return kept, rejected


def _rank(finding: Finding) -> tuple[object, ...]:
    """The best founded first; of equals the simplest."""
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
    """Equal for claims of one kind about one action that held and broke at the same places."""
    subject = claim.then if isinstance(claim, Rule) else getattr(claim, "action", None)
    places = sorted((row.trace, row.opportunities, row.held_at, row.broken_at) for row in rows)
    return claim.kind, subject, hashlib.sha256(repr(places).encode()).digest()


def _wanting(finding: Finding) -> str:
    """Why a finding with enough data is not kept; empty for one to keep."""
    support = finding.summary.support
    if finding.tier != Tier.HYPOTHESIS or rarely_done(finding.claim, finding.summary):
        return ""
    if support.held == 0 and not isinstance(finding.claim, Avoid):
        return "never held"
    if speaks(finding.summary.lift, finding.q) is False:
        return "goes with failure"
    if support.tasks < DEFAULT.min_tasks or support.opportunities < DEFAULT.min_opportunities:
        return ""
    return f"enough data, but too weak: held {support.held} of {support.opportunities} times"
