"""One analyst over one family: propose, measure, judge, collapse what says the same."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from trace2skill.claims.evidence import Citation, Row, Summary, Tier
from trace2skill.claims.measure import measure, measure_view
from trace2skill.claims.model import Avoid, Claim, Effect, Guard, Rule, canonical, claim_id
from trace2skill.claims.statistics import stratification, summarise
from trace2skill.claims.tiers import DEFAULT, corroborates, rarely_done, speaks, tier
from trace2skill.mining.facts import trace_facts
from trace2skill.mining.lifts import LiftTests, lift_tests
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER, Analyst
from trace2skill.mining.tautologies import Tautologies
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
    """What one analyst found in one family: findings to keep, findings rejected, all the evidence."""

    family: str
    aspect: str
    findings: tuple[Finding, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rows: tuple[Row, ...] = ()


def analyse(analyst: Analyst, pool: Pool, roster: Sequence[Analyst] = ROSTER) -> Analysis:
    """Mine, measure and judge one aspect of a family. The same pool and roster give the same analysis.

    Lifts are tested once for the family, over all analysts of the roster; whatever was tested is measured.
    """
    tests = family_tests(pool, roster)
    proposed = [*analyst.mine(pool), *tests.chosen.get(analyst.name, ())]
    claims = {claim_id(claim): claim for claim in proposed}
    rows = _measure(claims, pool)
    unseen = _by_claim(claims, measure(claims.values(), pool.held_out) if pool.held_out else ())
    judge = _Judge(analyst, pool, tests)
    findings = {
        name: judge.finding(claim, rows[name], unseen[name]) for name, claim in sorted(claims.items())
    }
    kept, rejected = _judge(findings, rows)
    return Analysis(
        family=pool.family,
        aspect=analyst.aspect,
        findings=tuple(kept),
        rejected=tuple(rejected),
        rows=tuple(row for name in sorted(rows) for row in (*rows[name], *unseen[name])),
    )


def family_tests(pool: Pool, roster: Sequence[Analyst] = ROSTER) -> LiftTests:
    """The lift tests of the pool's family: made once, whichever analyst asks first."""
    return pool.derived((LiftTests, tuple(roster)), lambda: lift_tests(pool, roster))


def _measure(claims: Mapping[str, Claim], pool: Pool) -> dict[str, list[Row]]:
    return _by_claim(claims, _rows(claims, pool))


def _by_claim(claims: Iterable[str], rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {name: [] for name in claims}
    for row in rows:
        found[row.claim].append(row)
    return found


def _rows(claims: Mapping[str, Claim], pool: Pool) -> Iterator[Row]:
    if len(pool.views) < len(pool.traces):
        yield from measure(claims.values(), pool.traces)
    else:
        for view in pool.views:
            yield from measure_view(claims.items(), view)


class _Judge:
    """Makes findings of one analyst's measured claims."""

    def __init__(self, analyst: Analyst, pool: Pool, tests: LiftTests) -> None:
        self._analyst = analyst
        self._family = pool.family
        self._tests = tests
        self._stops = Tautologies(pool)
        self._facts = {trace.hash: trace_facts(trace, pool.family) for trace in pool.traces}
        self._unseen = {trace.hash: trace_facts(trace, pool.family, held_out=True) for trace in pool.held_out}
        self._by = stratification(self._facts)
        self._labels = {trace.hash: trace.outcome.label for trace in pool.traces}

    def finding(self, claim: Claim, rows: Sequence[Row], unseen: Sequence[Row]) -> Finding:
        """The claim with all that is derived from its rows, on the tasks mined and on those held out."""
        stops = self._stops.is_stop_condition(claim)
        test = None if stops or isinstance(claim, Effect) else self._tests.of(rows)
        summary = summarise(claim, rows, self._facts, self._by)
        held_out = summarise(claim, unseen, self._unseen) if self._unseen else None
        earned = self._tier(claim, summary, held_out, test.q if test else None)
        held = [row for row in rows if row.held]
        succeeded = any(self._labels[row.trace] == Label.SUCCESS for row in held)
        return Finding(
            family=self._family,
            aspect=self._analyst.aspect,
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


def _judge(
    findings: Mapping[str, Finding], rows: Mapping[str, Sequence[Row]]
) -> tuple[list[Finding], list[Rejected]]:
    kept: list[Finding] = []
    rejected: list[Rejected] = []
    leaders: dict[object, Finding] = {}
    hypotheses = 0
    for name in sorted(findings, key=lambda name: _rank(findings[name])):
        finding = findings[name]
        leader = leaders.setdefault(_signature(finding, rows[name]), finding)
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


def _signature(finding: Finding, rows: Sequence[Row]) -> object:
    """Equal for claims of one kind about one action that held and broke at the same places."""
    claim = finding.claim
    subject = claim.then if isinstance(claim, Rule) else getattr(claim, "action", None)
    places: dict[str, object] = defaultdict(tuple)
    for row in rows:
        places[row.trace] = (row.opportunities, row.held_at, row.broken_at)
    return claim.kind, subject, tuple(sorted(places.items()))


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
