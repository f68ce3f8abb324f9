"""What an executor knows: the policies and claims of its skills, vetoes on calls, and expected effects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Closing,
    Constant,
    Effect,
    Guard,
    Known,
    Predicate,
    Rule,
)
from trace2skill.claims.traversal import actions_of, fact_keys, hears
from trace2skill.claims.view import View
from trace2skill.evidence.finding import hurts
from trace2skill.evidence.policy import ArgumentUse, Policy
from trace2skill.evidence.rows import Tier
from trace2skill.facts.templates import Vocabulary
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Action, Actor, Step
from trace2skill.wording.claims import sentence

_TRUSTED = frozenset({Tier.MINED, Tier.CORROBORATED, Tier.VALIDATED})


@dataclass(frozen=True)
class Knowledge:
    """Rules in the order in which they are tried, and all that is needed to follow them.

    `further` holds the rules of later skills for actions that an earlier skill has rules for. They are used
    only by a run that would otherwise be stuck.
    """

    rules: tuple[Rule, ...]
    further: tuple[Rule, ...]
    readings: Mapping[str, ActionPattern]
    last: tuple[ActionPattern, ...]
    uses: tuple[ArgumentUse, ...]
    vetoes: tuple[Avoid | Guard, ...]
    effects: tuple[Effect, ...]
    goals: tuple[Predicate, ...]
    vocabulary: Vocabulary
    keys: tuple[str, ...]

    @classmethod
    def of(cls, skills: Sequence[Skill], *, careful: bool = False) -> "Knowledge":
        """Join skills: for each action, the rules of the first skill that has any are used.

        Expected effects are collected only for a careful run.
        """
        policies = [policy_of(skill) for skill in skills]
        rules: list[Rule] = []
        further: list[Rule] = []
        for policy in policies:
            covered = {_act(rule.then) for rule in rules}
            for rule in policy.rules:
                (further if _act(rule.then) in covered else rules).append(rule)
        last = tuple(dict.fromkeys(action for policy in policies for action in policy.last))
        rules.sort(key=lambda rule: rule.then not in last)
        trusted = [
            rule.finding.claim
            for skill in skills
            for rule in (*skill.rules, *skill.background)
            if rule.finding and rule.finding.tier in _TRUSTED and not hurts(rule.finding)
        ]
        vetoes = tuple(claim for claim in trusted if isinstance(claim, Avoid | Guard) and not _heard(claim))
        effects = tuple(claim for claim in trusted if careful and isinstance(claim, Effect))
        goals = goals_of(skills[0]) if skills else ()
        readings = {reading.key: reading.by for policy in reversed(policies) for reading in policy.readings}
        further = [rule for rule in dict.fromkeys(further) if rule.then not in last and rule not in rules]
        mentioned = chain.from_iterable(map(fact_keys, [*rules, *further, *vetoes, *effects, *goals]))
        return cls(
            rules=tuple(rules),
            further=tuple(further),
            readings=readings,
            last=last,
            uses=tuple(use for policy in policies for use in policy.uses),
            vetoes=vetoes,
            effects=effects,
            goals=goals,
            vocabulary=Vocabulary.of([*mentioned, *readings]),
            keys=tuple(dict.fromkeys(chain.from_iterable(map(fact_keys, [*rules, *further, *goals])))),
        )

    def sources(self, pattern: ActionPattern) -> Iterator[str]:
        """The facts that the pattern's slots take their values from."""
        return fact_keys(pattern)


def _heard(claim: Avoid | Guard) -> bool:
    """Whether it asks for what a user says: an executor talks to nobody, and asks by `needs_approval`."""
    return isinstance(claim, Guard) and hears(claim.require)


def goals_of(skill: Skill) -> tuple[Predicate, ...]:
    """What holds when good runs end: the policy's goals, else the skill's trusted stop conditions."""
    claims = [rule.finding.claim for rule in skill.rules if rule.finding and rule.finding.tier in _TRUSTED]
    closings = (claim.require for claim in claims if isinstance(claim, Closing) and claim.scope is None)
    return skill.policy.goals or tuple(closings)


def policy_of(skill: Skill) -> Policy:
    """The skill's policy; if it has none, a policy of the rules that it states."""
    if not skill.policy.empty:
        return skill.policy
    claims = [rule.finding.claim for rule in skill.rules if rule.finding and not hurts(rule.finding)]
    return Policy(rules=tuple(claim for claim in claims if isinstance(claim, Rule)))


def visible_rules(skill: Skill) -> tuple[Rule, ...]:
    """What a reader is told to do when, in the order in which it stands there."""
    claims = (rule.finding.claim for rule in skill.rules if rule.finding)
    return tuple(dict.fromkeys(claim for claim in claims if isinstance(claim, Rule)))


def shown(skill: Skill) -> Skill:
    """The skill with its visible rules for a decision list; what rests on too few runs is not acted on.

    How facts are read, what holds when good runs end, what ends a run, the course and how arguments looked
    is kept: these tell how to follow a rule.
    """
    policy = skill.policy.model_copy(update={"rules": visible_rules(skill)})
    return skill.model_copy(update={"policy": policy})


def agreed_tools(skill: Skill) -> frozenset[str]:
    """The tools that good runs call only once the user has agreed."""
    claims = (rule.finding.claim for rule in skill.rules if rule.finding and rule.finding.tier in _TRUSTED)
    return frozenset(
        action.tool
        for claim in claims
        if isinstance(claim, Guard) and hears(claim.require)
        for action in actions_of(claim)
    )


def _act(pattern: ActionPattern) -> tuple[object, ...]:
    """What an action is without its slots: the tool, who acts, the constants."""
    constants = tuple((name, value) for name, value in pattern.arguments if isinstance(value, Constant))
    return pattern.tool, pattern.actor, constants


def veto(knowledge: Knowledge, view: View, actor: Actor, action: Action) -> str:
    """Why the call must not be made now; empty if nothing forbids it.

    A guard that only requires a fact to be known is no veto, since all readable facts were read before.
    """
    if not knowledge.vetoes:
        return ""
    step = Step(index=view.length, actor=actor, action=action)
    trace = view.trace.model_copy(update={"steps": (*view.trace.steps, step)})
    tried = View(trace, belief=view.belief)
    now = view.length
    for claim in knowledge.vetoes:
        if not any(tried.matches(action)[now] for action in actions_of(claim)):
            continue
        if isinstance(claim, Avoid):
            if claim.when is None or tried.truth(claim.when)[now]:
                return "a pitfall"
            continue
        if isinstance(claim.require, Known) or (claim.scope and not tried.truth(claim.scope)[now]):
            continue
        if not tried.truth(claim.require)[now]:
            return "a guard is not met"
    return ""


class _Expected(NamedTuple):
    effect: Effect
    step: int


class ExpectedEffects:
    """Effects of past actions that no reading has confirmed or contradicted yet."""

    def __init__(self, effects: tuple[Effect, ...]) -> None:
        self._effects = effects
        self._open: list[_Expected] = []

    @property
    def keys(self) -> Iterator[str]:
        """The facts that would show whether the open effects came about."""
        yield from dict.fromkeys(key for each in self._open for key in fact_keys(each.effect.after))

    def take_in(self, view: View) -> str:
        """Add the effects to expect of the newest step, and check the open ones against what it shows.

        Returns:
            The first effect that did not come about, in words; empty if none is contradicted.
        """
        newest = view.length - 1
        self._open += [
            _Expected(effect, newest)
            for effect in self._effects
            if view.matches(effect.action)[newest]
            and (effect.before is None or view.truth(effect.before)[newest])
        ]
        shown = [each for each in self._open if _is_read(view, each)]
        self._open = [each for each in self._open if each not in shown]
        failed = (each for each in shown if not view.truth(each.effect.after)[-1])
        return next((f"expected otherwise: {sentence(each.effect)}" for each in failed), "")


def _is_read(view: View, expected: _Expected) -> bool:
    """Whether all facts of the effect were read at the action's step or later."""
    return all(_last_read(view, key) >= expected.step for key in fact_keys(expected.effect.after))


def _last_read(view: View, key: str) -> int:
    return max(
        (reading.step for found in view.belief.timeline(key).values() for reading in found), default=-1
    )
