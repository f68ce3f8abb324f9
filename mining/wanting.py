"""What a finding short of its tier lacks: whether it stays as a hypothesis or goes, and why."""

from collections.abc import Collection, Iterable

from trace2skill.claims.evidence import Tier
from trace2skill.claims.keys import TASK
from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Compare,
    Constant,
    FactTerm,
    Milestones,
    Predicate,
    Rule,
)
from trace2skill.claims.tiers import DEFAULT, adjusted, exceeds, speaks
from trace2skill.skills.anatomy import parts_of
from trace2skill.skills.finding import Finding
from trace2skill.skills.logic import includes

FEW_RUNS = 10
"""With fewer good runs no rule can be told from chance; what they agree on is shown as a hypothesis."""

LIKELY = 0.2
"""The adjusted p above which a rule on many runs is not even worth a try."""

_LEAST_TASKS = 2


def wanting(finding: Finding, due: Collection[ActionPattern] = (), *, few: bool) -> str:
    """Why a finding is not kept; empty for one to keep.

    Args:
        finding: What was found.
        due: Actions that good runs do where a rule calls for them; to forbid them altogether is wrong.
        few: Whether the pool has few good runs.
    """
    support = finding.summary.support
    claim = finding.claim
    if isinstance(claim, Avoid) and claim.when is None and any(includes(claim.action, each) for each in due):
        return "good runs do it where a rule calls for it"
    if finding.tier != Tier.HYPOTHESIS:
        return ""
    if isinstance(claim, Rule):
        return _wanting_rule(finding, claim, few=few)
    if support.held == 0 and not isinstance(claim, Avoid):
        return "never held"
    if speaks(finding.summary.lift, finding.q) is False:
        return "goes with failure"
    practice = finding.summary.practice
    agreed = isinstance(claim, Milestones) and practice.rate >= DEFAULT.min_hold
    if few and agreed and practice.tasks >= _LEAST_TASKS:
        return ""
    if support.tasks < DEFAULT.min_tasks or support.opportunities < DEFAULT.min_opportunities:
        return ""
    return f"enough data, but too weak: held {support.held} of {support.opportunities} times"


def followed(findings: Iterable[Finding]) -> list[ActionPattern]:
    """What good runs on several tasks do where a rule calls for it, whatever its tier."""
    return [
        each.claim.then
        for each in findings
        if isinstance(each.claim, Rule)
        and each.summary.practice.tasks >= _LEAST_TASKS
        and each.summary.practice.rate >= DEFAULT.min_follow
    ]


def _is_plain(when: Predicate) -> bool:
    """Whether a condition asks for one thing: with few runs many conditions on several fit by chance."""
    parts = [part for part in parts_of(when) if not _names_entity(part)]
    number = any(
        isinstance(part, Compare)
        and isinstance(part.right, Constant)
        and isinstance(part.right.value, int | float)
        and not isinstance(part.right.value, bool)
        and isinstance(part.left, FactTerm)
        for part in parts
    )
    return len(parts) == 1 and not number


def _names_entity(part: Predicate) -> bool:
    return isinstance(part, Compare) and isinstance(part.right, FactTerm) and part.right.key == TASK


def _wanting_rule(finding: Finding, rule: Rule, *, few: bool) -> str:
    """A rule short of its tier is kept as a hypothesis where only the number of runs speaks against it."""
    practice, association = finding.summary.practice, finding.summary.association
    if practice.tasks < _LEAST_TASKS:
        return f"rests on {practice.tasks} of the good runs' tasks"
    if few and not _is_plain(rule.when):
        return "too few runs for a condition of several parts, or on a single number"
    if practice.rate < DEFAULT.min_follow:
        return f"kept by {practice.kept} of the {practice.due} good runs in which it was due"
    chance = adjusted(finding.residual or association, finding.selection)
    selection = finding.selection
    if not few and chance > LIKELY:
        among = f" among {selection.among} conditions" if selection else ""
        return f"could well be chance{among}: rests on {practice.kept} runs"
    if not few and selection and selection.stability < DEFAULT.min_stability:
        return "on most halves of the tasks another condition explains the action better"
    left = finding.residual
    if left is not None and not exceeds(left, DEFAULT.min_association, 1.0):
        return "tells nothing that a better rule for the same action has not told"
    return ""
