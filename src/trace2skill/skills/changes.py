"""What good runs changed, and in how many of them the rules of a skill account for all of it."""

from collections import Counter
from collections.abc import Iterable, Sequence

from trace2skill.claims.model import ActionPattern, Claim, Constant, Milestones, Rule
from trace2skill.claims.model import Sequence as Chain
from trace2skill.claims.traversal import actions_of
from trace2skill.evidence.policy import Policy
from trace2skill.facts.read_only import is_read_only
from trace2skill.skills.model import Changes, RunChanges, Skill, SkillRule
from trace2skill.traces.model import Label, Step, Trace

_ENOUGH_RUNS = 10
_NEARLY_ALL = 0.9


def changes_of(traces: Iterable[Trace], policy: Policy, rules: Sequence[SkillRule]) -> Changes:
    """What the successful runs changed, by the actions of the policy and the rules.

    A change is a call of a tool whose name does not say that it only reads. Runs that a model judged do not
    count. Of a call that is none of these actions nothing is kept but that there was one.
    """
    actions = dict.fromkeys(rule.then for rule in policy.rules)
    actions |= dict.fromkeys(
        action for rule in rules if rule.finding for action in _asked(rule.finding.claim)
    )
    known = tuple(action for action in actions if not is_read_only(action.tool))
    counted: Counter[tuple[tuple[int, ...], ...]] = Counter()
    for trace in traces:
        if trace.outcome.label is Label.SUCCESS and not trace.outcome.judged:
            counted[tuple(sorted({_places(step, known) for step in trace.steps if _changes(step)}))] += 1
    runs = tuple(RunChanges(done=done, runs=number) for done, number in sorted(counted.items()))
    return Changes(actions=known, runs=runs)


def nothing_else(skill: Skill) -> tuple[int, int] | None:
    """Of how many good runs the rules account for every change, and how many there are.

    None if these are not nearly all, or too few to tell.
    """
    asked = {action for rule in skill.rules if rule.finding for action in _asked(rule.finding.claim)}
    told = {at for at, action in enumerate(skill.changes.actions) if action in asked}
    total = sum(each.runs for each in skill.changes.runs)
    kept = sum(each.runs for each in skill.changes.runs if all(told & set(one) for one in each.done))
    return (kept, total) if total >= _ENOUGH_RUNS and kept >= _NEARLY_ALL * total else None


def _asked(claim: Claim) -> tuple[ActionPattern, ...]:
    return actions_of(claim) if isinstance(claim, Rule | Chain | Milestones) else ()


def _changes(step: Step) -> bool:
    return step.action is not None and not is_read_only(step.action.tool)


def _places(step: Step, known: Sequence[ActionPattern]) -> tuple[int, ...]:
    return tuple(at for at, pattern in enumerate(known) if _fits(step, pattern))


def _fits(step: Step, pattern: ActionPattern) -> bool:
    if step.action is None or step.action.tool != pattern.tool or pattern.actor not in {None, step.actor}:
        return False
    fixed = ((name, fit.value) for name, fit in pattern.arguments if isinstance(fit, Constant))
    return all(step.action.arguments.get(name) == value for name, value in fixed)
