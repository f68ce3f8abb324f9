"""Why a measured claim is no finding: what its evidence lacks."""

from collections.abc import Collection, Iterable

from trace2skill.claims.logic import includes
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
from trace2skill.claims.traversal import TASK, fact_keys, parts_of
from trace2skill.evidence.exact import fisher_p
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Table, Tier
from trace2skill.evidence.tiers import DEFAULT, adjusted, by_chance, exceeds, speaks
from trace2skill.wording.evidence import count

FEW_RUNS = 10
"""With fewer good runs no rule can be significant; rules that they agree on are kept as hypotheses. So are
those of more runs, if the conditions to choose from are too many for any to be significant
(`_beyond_reach`)."""

LIKELY = 0.35
"""The adjusted p above which a rule is rejected, not kept as a hypothesis, if there are many runs."""

MOST_BY_CHANCE = 5
"""Of conditions none of which can be significant, those that so many others would equal by chance are
rejected. Chosen on desks of benchmarks/held_out/counter that nothing is scored on."""

_LEAST_TASKS = 2


def wanting(
    finding: Finding, due: Collection[ActionPattern] = (), *, few: bool, proposed: bool = False
) -> str:
    """The reason for rejecting a finding; empty if it is kept.

    Args:
        finding: The finding.
        due: Actions that good runs do where a rule calls for them; an unconditional ban on one is rejected.
        few: Whether the pool has fewer than `FEW_RUNS` good runs.
        proposed: Whether a model proposed it, and no search through many conditions.
    """
    support = finding.summary.support
    claim = finding.claim
    if isinstance(claim, Avoid) and claim.when is None and any(includes(claim.action, each) for each in due):
        return "good runs do it where a rule calls for it"
    if (
        isinstance(claim, Rule)
        and finding.grade is None
        and not proposed
        and (few_of := _hardly_told(finding, claim))
    ):
        return few_of
    if finding.tier != Tier.HYPOTHESIS:
        return ""
    if finding.grade is not None:
        return ""
    if isinstance(claim, Rule):
        return _wanting_rule(finding, claim, few=few, proposed=proposed)
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
    return _too_weak(finding)


def _hardly_told(finding: Finding, rule: Rule) -> str:
    """Why a word of the task does not tell when an action is due; empty if it does, or other facts do too.

    Tasks hold so many words that some go with a few runs of any action: what they ask for, they ask for in
    other words.
    """
    told = finding.summary.association
    if told is None or told.hits > told.other_hits or set(fact_keys(rule.when)) != {TASK}:
        return ""
    did = count(told.hits + told.other_hits, "run")
    return f"a word of the task that {told.hits} of the {did} that did it have"


def _too_weak(finding: Finding) -> str:
    """What a claim lacks that had enough opportunities."""
    support, practice = finding.summary.support, finding.summary.practice
    held = f"held {support.held} of {support.opportunities} times"
    if isinstance(finding.claim, Avoid) and support.held == support.opportunities:
        return "no run did it, so nothing says that it harms"
    if support.held == support.opportunities:
        return f"{held}, and nothing shows what happens otherwise"
    if practice.due and practice.rate < DEFAULT.min_hold:
        return f"kept by {practice.kept} of the {practice.due} good runs in which it was due"
    return f"{held}, and runs that keep to it do not clearly end better"


def followed(findings: Iterable[Finding]) -> list[ActionPattern]:
    """The actions of the rules, of any tier, that good runs on at least two tasks keep to."""
    return [
        each.claim.then
        for each in findings
        if isinstance(each.claim, Rule)
        and each.summary.practice.tasks >= _LEAST_TASKS
        and each.summary.practice.rate >= DEFAULT.min_follow
    ]


def _is_plain(when: Predicate) -> bool:
    """Whether a condition is a single non-numeric test; with few runs others often fit by chance."""
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


def _wanting_rule(finding: Finding, rule: Rule, *, few: bool, proposed: bool) -> str:
    """The reason for rejecting a rule of tier hypothesis; empty if it lacks only the number of runs."""
    practice, association = finding.summary.practice, finding.summary.association
    beyond = not few and _beyond_reach(finding)
    equals = by_chance(finding.residual or association, finding.selection)
    few = few or beyond
    if practice.tasks < _LEAST_TASKS:
        return f"rests on {practice.tasks} of the good runs' tasks"
    if few and not proposed and not _is_plain(rule.when):
        return "too few runs for a condition of several parts, or on a single number"
    if practice.rate < DEFAULT.min_follow:
        return f"kept by {practice.kept} of the {practice.due} good runs in which it was due"
    selection = finding.selection
    if not few and equals > LIKELY:
        among = f" among {selection.among} conditions" if selection else ""
        return f"could well be chance{among}: rests on {count(practice.kept, 'run')}"
    if not few and selection and selection.stability < DEFAULT.min_stability:
        return "on most halves of the tasks another condition explains the action better"
    if beyond and equals > MOST_BY_CHANCE:
        return f"some {equals:.0f} conditions would fit as well by chance"
    left = finding.residual
    if left is not None and not exceeds(left, DEFAULT.min_association, 1.0):
        return "tells nothing that a better rule for the same action has not told"
    return ""


def _beyond_reach(finding: Finding) -> bool:
    """Whether no condition could be significant among so many candidates in so few runs.

    Not even one that parts the runs in two halves and is never wrong. What holds in all runs, or in none,
    parts none and is not meant.
    """
    association = finding.summary.association
    if association is None or not (association.trials and association.other_trials):
        return False
    runs = association.trials + association.other_trials
    p = fisher_p(Table(runs // 2, runs // 2, 0, runs - runs // 2))
    best = association.model_copy(update={"p": p})
    return adjusted(best, finding.selection) >= DEFAULT.level
