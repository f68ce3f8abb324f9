"""Words the evidence of a finding as one line."""

import math

from trace2skill.claims.model import Avoid, Claim, Closing, Milestones, Rule
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Contrast, Grade, Lift, Support, Tier
from trace2skill.evidence.statistics import LEVEL

_ASSOCIATED = {
    "effect": ("comes true in {} runs that do it", "in {} after other actions"),
    "sequence": ("goes on like this in {} runs that begin it", "in {} of the others"),
    "guard": ("so in {} good runs that do it", "in {} at other calls"),
    "rule": ("done in {} good runs when so", "in {} when known to be otherwise"),
}
"""Wordings of the two rates of an association, by kind of claim (docs/evidence.md)."""


def numbers(finding: Finding) -> str:
    """The evidence of a finding in one line: support, association, errors, success, who judged, caveats."""
    summary = finding.summary
    parts = [_support(finding.claim, summary.support)]
    if summary.support.opportunities:
        parts.append(_association(finding.claim, summary.association))
        parts.append(_errors(summary.step_effect))
        parts.append(_lift(finding))
        parts.append(judged(finding))
        parts.append(_graded(finding))
        parts.append(_caveat(finding))
        parts.append(_unseen(finding))
    return "; ".join(part for part in parts if part)


def _support(claim: Claim, support: Support) -> str:
    if not support.opportunities:
        return "no trace had the opportunity yet"
    ground = f"on {count(support.tasks, 'task')}"
    if support.due_sources > support.sources:
        ground += f" from {support.sources} of {count(support.due_sources, 'source')}"
    elif support.sources > 1:
        ground += f" from {count(support.sources, 'source')}"
    if isinstance(claim, Avoid | Milestones | Closing):
        verb = "avoided" if isinstance(claim, Avoid) else "held"
        return f"{verb} in {support.held} of {count(support.opportunities, 'trace')} {ground}"
    opportunities = count(support.opportunities, "time")
    return f"held {support.held} of {opportunities} in {count(support.traces, 'trace')} {ground}"


def _association(claim: Claim, contrast: Contrast | None) -> str:
    if contrast is None or not contrast.trials or not contrast.other_trials:
        return ""
    with_it, without = _ASSOCIATED[claim.kind]
    rate = with_it.format(f"{contrast.hits}/{contrast.trials}")
    other = without.format(f"{contrast.other_hits}/{contrast.other_trials}")
    ratio = contrast.ratio if contrast.ratio and math.isfinite(contrast.ratio) else None
    detail = [f"{decimal(ratio)}x as often"] if ratio else []
    detail += [p_value(contrast.p)] if contrast.p is not None else []
    return f"{rate}, {other}" + (f" ({', '.join(detail)})" if detail else "")


def _errors(contrast: Contrast | None) -> str:
    if contrast is None or not contrast.trials:
        return ""
    if not contrast.hits and not contrast.other_hits:
        return ""
    line = f"errs {contrast.hits}/{contrast.trials} so"
    if contrast.other_trials:
        line += f", {contrast.other_hits}/{contrast.other_trials} otherwise"
    return f"{line} ({p_value(contrast.p)})" if contrast.p is not None and contrast.other_trials else line


def _lift(finding: Finding) -> str:
    claim, lift = finding.claim, finding.summary.lift
    if lift is None or not lift.with_total + lift.without_total:
        return ""
    done, otherwise = ("when avoided", "when done") if isinstance(claim, Avoid) else ("with it", "without")
    kept = f"{lift.with_success}/{lift.with_total} {done}"
    left = f"{lift.without_success}/{lift.without_total} {otherwise}"
    if not lift.without_total:
        return f"success {kept}, never {otherwise}, so nothing to compare"
    if not lift.with_total:
        return f"success {left}, never {done}, so nothing to compare"
    return f"success {kept}, {left}{_verdict(finding, lift)}"


def judged(finding: Finding) -> str:
    """How many of the outcomes that it rests on a model judged; empty if none."""
    practice = finding.summary.practice
    if practice.judged is None:
        return ""
    return f"{practice.judged.outcomes} of {count(practice.outcomes, 'outcome')} judged by a model"


def _verdict(finding: Finding, lift: Lift) -> str:
    if finding.stop_condition:
        return ", a stop condition: it tells the end, and is no cause"
    if lift.enough and lift.p is not None:
        odds = "infinite" if lift.odds_ratio is None else decimal(lift.odds_ratio)
        within = f"Mantel-Haenszel odds ratio {odds}, {p_value(lift.p)}, within {lift.stratified_by}"
        return f" ({within}{_tested(finding)}){_disagreement(lift)}"
    needed = f" of about {lift.needed} needed" if lift.needed is not None else ""
    ground = f"{lift.informative} informative{needed}"
    verdict = f"too few {_strata(lift)} to say whether it changes the outcome ({ground})"
    return f", {verdict}{_disagreement(lift)}"


def _tested(finding: Finding) -> str:
    test = finding.test
    if test is None:
        return "; not tested"
    q = p_value(test.q).replace("p", "q", 1)
    on = f" on {count(test.tasks, 'other task')}" if test.preselected else ""
    return f"; {q} among {test.among} tested{on}"


def _disagreement(lift: Lift) -> str:
    if lift.reversed:
        return f"; it goes with success in some {_strata(lift)} and with failure in others"
    if lift.pooled_p is None:
        return ""
    pooled = f"pooled {p_value(lift.pooled_p)}"
    apart = lift.pooled_p < LEVEL
    if apart and (not lift.enough or lift.p is None):
        return f"; {pooled} may only reflect which {lift.stratified_by} it was"
    if apart and lift.p is not None and lift.p >= LEVEL:
        return f"; {pooled} mostly reflects which {lift.stratified_by} it was"
    if not apart and lift.enough and lift.p is not None and lift.p < LEVEL:
        return f"; {pooled} hides it, {_strata(lift)} differ in difficulty"
    return ""


def _graded(finding: Finding) -> str:
    """How a model's proposal was judged by outcome."""
    match finding.grade:
        case Grade.SEPARATING:
            return "proposed by a model and borne out on tasks whose runs it was not shown"
        case Grade.EXPLORATORY:
            return "proposed by a model from these very runs, so exploratory"
        case Grade.HABIT:
            return "proposed by a model; a habit of good runs, no run shows what happens otherwise"
        case _:
            return ""


def _caveat(finding: Finding) -> str:
    practice = finding.summary.practice
    if finding.tier is not Tier.HYPOTHESIS or finding.grade or not isinstance(finding.claim, Rule):
        return ""
    ground = f"{count(practice.kept, 'run')} on {count(practice.tasks, 'task')}"
    return f"too few runs to tell it from chance: {ground}"


def _unseen(finding: Finding) -> str:
    """The evidence on held-out tasks, with the verdict first."""
    if finding.held_out is None or finding.tier is Tier.HYPOTHESIS:
        return ""
    parts = [_support(finding.claim, finding.held_out.support)]
    if finding.held_out.support.opportunities:
        parts.append(_association(finding.claim, finding.held_out.association))
    verdict = "borne out" if finding.tier is not Tier.MINED else "not borne out"
    return f"{verdict} on unseen tasks: {', '.join(part for part in parts if part)}"


def _strata(lift: Lift) -> str:
    return {"task": "tasks", "family": "families"}.get(lift.stratified_by, f"{lift.stratified_by} groups")


def count(number: int, noun: str) -> str:
    """A count with its noun: "1 task", "7 tasks"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def decimal(value: float) -> str:
    """Two significant digits below 100, whole numbers above; "infinite" for infinity."""
    if math.isinf(value):
        return "infinite"
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}"


def p_value(p: float) -> str:
    """A p-value in APA style: "p = .003", "p < .0001"."""
    if p < 0.0001:
        return "p < .0001"
    for digits, bound in ((2, 0.1), (3, 0.001), (4, 0.0001)):
        if p >= bound:
            shown = f"{p:.{digits}f}"
            return "p = 1" if float(shown) == 1 else f"p = {shown.rstrip('0').removeprefix('0')}"
    return "p < .0001"
