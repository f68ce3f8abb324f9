"""A skill's rules as checks on a run: which rules bind, and whether the skill can apply to the run."""

from collections.abc import Sequence
from functools import cached_property

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Avoid,
    Constant,
    Effect,
    Guard,
    Known,
    Predicate,
    Rule,
)
from trace2skill.claims.traversal import actions_of, fact_keys, patterns_of
from trace2skill.conformance.model import Role
from trace2skill.evidence.finding import Finding, hurts
from trace2skill.evidence.rows import Tier
from trace2skill.evidence.statistics import Share, wilson
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.traces.model import Trace

MIN_HOLD = 0.5
"""The least lower end of the 95 % interval of a rule's rate with which it binds: kept more often than not.

Four of four, seven of eight or 14 of 18 reach it.
"""

_MEASURED = frozenset({Tier.MINED, Tier.CORROBORATED, Tier.VALIDATED})


class Check:
    """One measured rule of a skill, ready to check runs against.

    Attributes:
        rule: The rule.
        finding: Its finding.
        warns: Whether the rule warns of its claim, so that a run that keeps the claim breaks the rule.
        role: What breaking it counts for.
        converse: The guard that a `Rule` implies if past runs hardly ever did its action without its
            condition: the action is done only when some rule of the skill calls for it. Else None.
    """

    def __init__(self, rule: SkillRule, finding: Finding, min_hold: float, rivals: Sequence[Rule]) -> None:
        self.rule = rule
        self.finding = finding
        self.warns = hurts(finding)
        self.role = self._role(min_hold)
        self.converse = self._converse(min_hold, rivals)

    @cached_property
    def known(self) -> Share:
        """How often the rule was followed in the runs it was distilled from."""
        support = self.finding.summary.support
        held = support.opportunities - support.held if self.warns else support.held
        return Share(held, support.opportunities)

    def _role(self, min_hold: float) -> Role:
        if isinstance(self.finding.claim, Effect):
            return Role.WORLD
        if self.warns:
            return Role.BINDING
        practice = self.finding.summary.practice
        kept = Share(practice.kept, practice.due) if practice.due else self.known
        # An Avoid earns its tier by the errors of runs that broke it; that few kept it is no objection.
        steady = wilson(kept)[0] >= min_hold or isinstance(self.finding.claim, Avoid)
        return Role.BINDING if steady and self.finding.tier in _MEASURED else Role.ADVICE

    def _converse(self, min_hold: float, rivals: Sequence[Rule]) -> Guard | None:
        claim, contrast = self.finding.claim, self.finding.summary.association
        if not isinstance(claim, Rule) or self.warns or contrast is None:
            return None
        occasions = Share(contrast.hits, contrast.hits + contrast.other_hits)
        sure = wilson(occasions)[0] >= min_hold and contrast.other_trials > 0
        if self.finding.tier not in _MEASURED or not sure:
            return None
        calling = [rival.when for rival in rivals if _can_coincide(rival.then, claim.then)]
        return Guard(action=claim.then, require=AnyOf(parts=tuple(calling)), scope=_all_known(calling))


def checks(skill: Skill, min_hold: float) -> list[Check]:
    """The checks of a skill's measured rules; notes rest on no claim and cannot be checked."""
    measured = [(rule, rule.finding) for rule in (*skill.rules, *skill.background) if rule.finding]
    rivals = [f.claim for _, f in measured if isinstance(f.claim, Rule) and not hurts(f)]
    return [Check(rule, finding, min_hold, rivals) for rule, finding in measured]


def _all_known(conditions: Sequence[Predicate]) -> AllOf:
    keys = sorted({key for condition in conditions for key in fact_keys(condition)})
    return AllOf(parts=tuple(Known(key=key) for key in keys))


def _can_coincide(one: ActionPattern, other: ActionPattern) -> bool:
    """Whether a single step could match both patterns."""
    if one.tool != other.tool or (one.actor and other.actor and one.actor != other.actor):
        return False
    others = dict(other.arguments)
    for name, value in one.arguments:
        rival = others.get(name)
        if isinstance(value, Constant) and isinstance(rival, Constant) and value != rival:
            return False
    return True


def foreign(skill: Skill, rules: Sequence[Check], trace: Trace, family: str | None) -> str:
    """Why the skill cannot apply to the run, before any rule is checked; empty if it can.

    Args:
        skill: The skill.
        rules: Its measured rules.
        trace: The run.
        family: The run's task family, if known.
    """
    if family and family != skill.family:
        return f"a run of the task family {family}"
    if skill.domain and trace.domain and trace.domain != skill.domain:
        return f"a run of the domain {trace.domain}"
    acts = any(actions_of(rule.finding.claim) for rule in rules)
    named = {action.tool for rule in rules for action in patterns_of(rule.finding.claim)}
    used = {step.action.tool for step in trace.steps if step.action}
    return "uses none of the skill's tools" if acts and "*" not in named and not named & used else ""
