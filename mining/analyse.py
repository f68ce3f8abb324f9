"""One analyst over one family: propose, measure, judge, collapse what says the same."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import Field

from trace2skill.claims.evidence import Citation, Row, Summary, Tier, TraceFacts
from trace2skill.claims.measure import measure, measure_view
from trace2skill.claims.model import Avoid, Claim, Closing, Guard, Rule, canonical, claim_id
from trace2skill.claims.statistics import fdr, stratification, summarise
from trace2skill.claims.tiers import DEFAULT, raises_success, tier
from trace2skill.mining.brief import Brief, brief
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import Analyst
from trace2skill.skills.model import Finding
from trace2skill.traces.model import Frozen, Label, Trace

_MOST_CITATIONS = 5
_MOST_HYPOTHESES = 6
_REFUSAL = re.compile(r"transfer|escalate|hand_?(off|over)|human|refuse|reject|decline|deny", re.IGNORECASE)


class Rejected(Frozen):
    """A claim that was measured and found wanting, and why."""

    finding: Finding
    reason: str


class Analysis(Frozen):
    """What one analyst found in one family: findings to keep, findings rejected, all the evidence."""

    family: str
    aspect: str
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rows: tuple[Row, ...] = Field((), description="the evidence, where it was measured in memory")


def trace_facts(trace: Trace | Brief, family: str) -> TraceFacts:
    """What the statistics need to know of a trace."""
    known = trace if isinstance(trace, Brief) else brief(trace)
    return TraceFacts(
        trace=known.hash, stratum=known.stratum, family=family, source=known.source, label=known.label
    )


def analyse(analyst: Analyst, pool: Pool) -> Analysis:
    """Mine, measure and judge one aspect of a family in memory. The same pool gives the same analysis."""
    claims = {claim_id(claim): claim for claim in analyst.mine(pool)}
    facts = {trace.hash: trace_facts(trace, pool.family) for trace in pool.traces}
    rows = _measure(claims, pool)
    judged = judge(analyst, pool.family, claims.values(), rows, facts)
    return judged.model_copy(update={"rows": tuple(row for name in sorted(rows) for row in rows[name])})


def judge(
    analyst: Analyst,
    family: str,
    proposed: Iterable[Claim],
    rows: Mapping[str, Sequence[Row]],
    facts: Mapping[str, TraceFacts],
) -> Analysis:
    """Judge what an analyst proposed for a family by the rows that were measured.

    Args:
        analyst: Who proposed the claims.
        family: The family.
        proposed: The claims.
        rows: The rows of every claim, by its id, sorted by trace; read claim by claim, kept for none.
        facts: The family's traces, by hash.
    """
    claims = {claim_id(claim): claim for claim in proposed}
    by = stratification(facts)
    summaries = {name: summarise(claim, rows[name], facts, by) for name, claim in claims.items()}
    lift_p = _adjusted(summaries)
    labels = {trace: fact.label for trace, fact in facts.items()}
    findings = {
        name: _finding(analyst, family, claim, summaries[name], rows[name], labels, lift_p[name])
        for name, claim in sorted(claims.items())
    }
    kept, rejected = _judge(findings, rows, lift_p)
    return Analysis(
        family=family,
        aspect=analyst.aspect,
        findings=tuple(kept),
        rejected=tuple(rejected),
    )


def _measure(claims: Mapping[str, Claim], pool: Pool) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {name: [] for name in claims}
    for row in _rows(claims, pool):
        found[row.claim].append(row)
    return found


def _rows(claims: Mapping[str, Claim], pool: Pool) -> Iterator[Row]:
    if len(pool.views) < len(pool.traces):
        yield from measure(claims.values(), pool.traces)
    else:
        for view in pool.views:
            yield from measure_view(claims.items(), view)


def _adjusted(summaries: Mapping[str, Summary]) -> dict[str, float | None]:
    """The p of each lift that could have become significant, adjusted for how many were tested."""
    names = list(summaries)
    tested = [
        summary.lift.p if summary.lift and summary.lift.enough else None for summary in summaries.values()
    ]
    return dict(zip(names, fdr(tested), strict=True))


def _finding(  # noqa: PLR0913, PLR0917 - everything a finding is made of
    analyst: Analyst,
    family: str,
    claim: Claim,
    summary: Summary,
    rows: Sequence[Row],
    labels: Mapping[str, Label],
    lift_p: float | None,
) -> Finding:
    held = [row for row in rows if row.held]
    earned = tier(claim, summary, lift_p=lift_p)
    succeeded = any(labels[row.trace] == Label.SUCCESS for row in held)
    return Finding(
        family=family,
        aspect=analyst.aspect,
        claim=claim,
        summary=summary,
        tier=earned,
        protected=succeeded and _is_protected(claim, earned),
        stop_condition=isinstance(claim, Closing),
        held_at=_cite(held, "held_at", labels, Label.SUCCESS),
        broken_at=_cite(rows, "broken_at", labels, Label.FAILURE),
    )


def _is_protected(claim: Claim, earned: Tier) -> bool:
    """A guard with evidence, or anything about refusing and handing over."""
    if isinstance(claim, Guard) and earned == Tier.MINED:
        return True
    action = claim.then if isinstance(claim, Rule) else getattr(claim, "action", None)
    return action is not None and _REFUSAL.search(action.tool) is not None


def _cite(rows: Iterable[Row], side: str, labels: Mapping[str, Label], first: Label) -> tuple[Citation, ...]:
    """One place per trace, traces with the telling outcome first."""
    places = [
        (labels[row.trace] != first, row.trace, getattr(row, side)[0]) for row in rows if getattr(row, side)
    ]
    return tuple(Citation(trace, step) for _, trace, step in sorted(places)[:_MOST_CITATIONS])


def _judge(
    findings: Mapping[str, Finding], rows: Mapping[str, Sequence[Row]], lift_p: Mapping[str, float | None]
) -> tuple[list[Finding], list[Rejected]]:
    kept: list[Finding] = []
    rejected: list[Rejected] = []
    leaders: dict[object, Finding] = {}
    hypotheses = 0
    for name in sorted(findings, key=lambda name: _rank(findings[name])):
        finding = findings[name]
        leader = leaders.setdefault(_signature(finding, rows[name]), finding)
        reason = _wanting(finding, lift_p[name])
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
        finding.tier != Tier.MINED,
        -support.tasks,
        -support.held,
        len(canonical(finding.claim)),
        finding.id,
    )


def _signature(finding: Finding, rows: Sequence[Row]) -> object:
    """Equal for claims of one kind about one action that held and broke at the same places."""
    claim = finding.claim
    subject = claim.then if isinstance(claim, Rule) else getattr(claim, "action", None)
    places = sorted((row.trace, row.opportunities, row.held_at, row.broken_at) for row in rows)
    return claim.kind, subject, hashlib.sha256(repr(places).encode()).digest()


def _wanting(finding: Finding, lift_p: float | None) -> str:
    """Why a finding with enough data is not kept; empty for one to keep."""
    support, lift = finding.summary.support, finding.summary.lift
    if finding.tier != Tier.HYPOTHESIS:
        return ""
    if support.held == 0 and not isinstance(finding.claim, Avoid):
        return "never held"
    if lift is not None and lift_p is not None and lift_p < DEFAULT.level and not raises_success(lift):
        return "goes with failure"
    if support.tasks < DEFAULT.min_tasks or support.opportunities < DEFAULT.min_opportunities:
        return ""
    return f"enough data, but too weak: held {support.held} of {support.opportunities} times"
