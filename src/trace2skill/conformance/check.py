"""Conformance: which runs followed a skill, which deviated and where, and whether that changes over time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain

from trace2skill.claims.traversal import fact_keys
from trace2skill.claims.view import View
from trace2skill.conformance.checks import MIN_HOLD, Check, checks, foreign
from trace2skill.conformance.deviations import Checked, check, deviation
from trace2skill.conformance.model import (
    Conformance,
    Departure,
    Drift,
    Rate,
    Role,
    RuleConformance,
    RuleCount,
    TraceConformance,
    Verdict,
)
from trace2skill.evidence.statistics import LEVEL, Share, could_fall, fall_p, fdr, wilson
from trace2skill.facts.templates import Vocabulary
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.traces.model import Trace


def in_time(traces: Sequence[Trace]) -> tuple[list[Trace], bool]:
    """The traces by the time of their first step, and True; if any has no time, as given, and False."""
    starts = [_start(trace) for trace in traces]
    known = [start for start in starts if start is not None]
    if len(known) < len(traces):
        return list(traces), False
    order = sorted(range(len(traces)), key=lambda number: (known[number], traces[number].hash))
    return [traces[number] for number in order], True


def drift(followed: Sequence[bool], *, by_time: bool) -> Drift:
    """Compare the later half of the runs with the earlier half, the middle one counting as later.

    Args:
        followed: For each run to which the skill applies, in order, whether it followed the skill.
        by_time: Whether the order is by time.

    Returns:
        The rates and a verdict: `stale` if the later half follows significantly less (Fisher's exact test,
        one-sided, p < .05); `too few runs` if not even a fall from all to none would be significant, which is
        so with fewer than seven runs.
    """
    middle = len(followed) // 2
    earlier, later = _overall(followed[:middle]), _overall(followed[middle:])
    p = fall_p(earlier, later)
    stale = p is not None and p < LEVEL
    enough = could_fall(earlier.trials, later.trials)
    return Drift(
        ordered_by="time" if by_time else "order given",
        overall=rate(_overall(followed)),
        earlier=rate(earlier),
        later=rate(later),
        p=p,
        verdict="stale" if stale else "steady" if enough else "too few runs",
    )


def rate(share: Share) -> Rate:
    """A share with its 95 % Wilson interval."""
    low, high = wilson(share)
    return Rate(hits=share.hits, trials=share.trials, low=low, high=high)


def _overall(followed: Sequence[bool]) -> Share:
    return Share(sum(followed), len(followed))


def _start(trace: Trace) -> datetime | None:
    """The earliest time of any step, or None; a time without a zone is taken as UTC."""
    times = [step.time for step in trace.steps if step.time]
    return min((time if time.tzinfo else time.replace(tzinfo=UTC) for time in times), default=None)


def conform(
    skill: Skill,
    traces: Iterable[Trace],
    *,
    families: Mapping[str, str] | None = None,
    min_hold: float = MIN_HOLD,
) -> Conformance:
    """Check runs against a skill. The result has the runs sorted by time if all have times, else as given.

    A run *deviated* if it broke a binding rule anywhere, and *followed* if a binding rule had an opportunity
    and none was broken. The skill is *not applicable* to a run of another task family or domain, to one that
    uses none of its tools, and to one in which no binding rule had an opportunity.

    A rule binds if its tier is `mined` or better and the 95 % interval of the rate at which good runs kept it
    lies above `min_hold`, or if it warns. Likewise the action of a measured `Rule` must not be done when its
    condition is known not to hold, if the interval of the share of occasions on which past runs did it with
    the condition lies above `min_hold`.

    Args:
        skill: The skill.
        traces: The runs, redacted in the same way as those that the skill was distilled from.
        families: The task family of runs by trace hash; overrides the family that a trace states.
        min_hold: The least lower end of the interval with which a rule binds.
    """
    rules = checks(skill, min_hold)
    vocabulary = Vocabulary.of(chain.from_iterable(fact_keys(rule.finding.claim) for rule in rules))
    ordered, by_time = in_time(list(traces))
    known = {trace.hash: trace.family for trace in ordered} | dict(families or {})
    found: list[TraceConformance] = []
    counted: list[list[Checked]] = []
    for trace in ordered:
        if reason := foreign(skill, rules, trace, known[trace.hash]):
            found.append(_not_applicable(trace, reason))
            continue
        view = View(trace, vocabulary)
        results = [check(rule, view) for rule in rules]
        found.append(_judged(rules, results, view))
        if found[-1].verdict is not Verdict.NOT_APPLICABLE:
            counted.append(results)
    verdicts = [one.verdict for one in found if one.verdict is not Verdict.NOT_APPLICABLE]
    return Conformance(
        skill=skill.name,
        skill_hash=skill.hash,
        min_hold=min_hold,
        traces=tuple(found),
        rules=_by_rule(skill, rules, counted),
        drift=drift([verdict is Verdict.FOLLOWED for verdict in verdicts], by_time=by_time),
    )


def _not_applicable(trace: Trace, reason: str) -> TraceConformance:
    return TraceConformance(
        trace=trace.hash,
        id=trace.id,
        verdict=Verdict.NOT_APPLICABLE,
        reason=reason,
        steps=len(trace.steps),
    )


def _judged(rules: Sequence[Check], results: Sequence[Checked], view: View) -> TraceConformance:
    deviations = [
        deviation(rule, place, view)
        for rule, result in zip(rules, results, strict=True)
        for place in result.places
        if rule.role is Role.BINDING or place.kind is Departure.UNCALLED
    ]
    due = any(
        result.followed + result.broken
        for rule, result in zip(rules, results, strict=True)
        if rule.role is Role.BINDING
    )
    if not (deviations or due):
        return _not_applicable(view.trace, "no rule had an opportunity")
    return TraceConformance(
        trace=view.trace.hash,
        id=view.trace.id,
        verdict=Verdict.DEVIATED if deviations else Verdict.FOLLOWED,
        steps=view.length,
        rules=tuple(
            RuleCount(
                rule=rule.rule.name, followed=result.followed, broken=result.broken, uncalled=result.uncalled
            )
            for rule, result in zip(rules, results, strict=True)
        ),
        deviations=tuple(sorted(deviations, key=lambda one: (one.step, one.until, one.rule))),
        surprises=tuple(surprise for result in results for surprise in result.surprises),
        order=tuple(result.order for result in results if result.order),
    )


def _by_rule(
    skill: Skill, rules: Sequence[Check], counted: Sequence[Sequence[Checked]]
) -> tuple[RuleConformance, ...]:
    """Each rule of the skill over the runs to which the skill applies, in the skill's order."""
    columns = [[results[number] for results in counted] for number in range(len(rules))]
    now = [_share(column) for column in columns]
    falls = fdr([fall_p(rule.known, share) for rule, share in zip(rules, now, strict=True)])
    measured = {
        rule.rule.name: _rule(rule, column, share, p)
        for rule, column, share, p in zip(rules, columns, now, falls, strict=True)
    }
    return tuple(measured.get(rule.name) or _note(rule) for rule in skill.rules)


def _rule(rule: Check, column: Sequence[Checked], now: Share, p: float | None) -> RuleConformance:
    broken = sum(one.broken + one.uncalled > 0 for one in column)
    followed = sum(one.followed > 0 and not one.broken + one.uncalled for one in column)
    return RuleConformance(
        rule=rule.rule.name,
        text=rule.rule.text,
        role=rule.role,
        tier=rule.rule.tier,
        known=rate(rule.known),
        now=rate(now),
        p=p,
        weaker=p is not None and p < LEVEL,
        uncalled=sum(one.uncalled for one in column),
        traces_followed=followed,
        traces_broken=broken,
        traces_idle=len(column) - followed - broken,
    )


def _note(rule: SkillRule) -> RuleConformance:
    return RuleConformance(rule=rule.name, text=rule.text, role=Role.NOTE, tier=rule.tier)


def _share(column: Sequence[Checked]) -> Share:
    followed = sum(one.followed for one in column)
    return Share(followed, followed + sum(one.broken for one in column))
