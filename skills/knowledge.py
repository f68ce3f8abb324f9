"""What an executor knows: the policies and claims of its skills, joined."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from trace2skill.claims.evidence import Tier
from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import ActionPattern, Avoid, Closing, Constant, Effect, Guard, Predicate, Rule
from trace2skill.facts.templates import Vocabulary
from trace2skill.skills.model import Skill
from trace2skill.skills.policy import ArgumentUse, Policy
from trace2skill.skills.strength import hurts

_TRUSTED = frozenset({Tier.MINED, Tier.CORROBORATED, Tier.VALIDATED})


@dataclass(frozen=True)
class Knowledge:
    """Rules in the order in which they are tried, and all that is needed to follow them.

    `further` are what other skills say of actions that a better fitting skill has rules for: a second
    opinion, for a run that would else be stuck.
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
        """Join skills: an action goes by the rules of the first skill that has any for it.

        Only a careful run needs to know which effects to expect.
        """
        policies = [policy_of(skill) for skill in skills]
        rules: list[Rule] = []
        further: list[Rule] = []
        for policy in policies:
            told = {_deed(rule.then) for rule in rules}
            for rule in policy.rules:
                (further if _deed(rule.then) in told else rules).append(rule)
        last = tuple(dict.fromkeys(action for policy in policies for action in policy.last))
        rules.sort(key=lambda rule: rule.then not in last)
        trusted = [
            rule.finding.claim
            for skill in skills
            for rule in (*skill.rules, *skill.background)
            if rule.finding and rule.finding.tier in _TRUSTED and not hurts(rule.finding)
        ]
        vetoes = tuple(claim for claim in trusted if isinstance(claim, Avoid | Guard))
        effects = tuple(claim for claim in trusted if careful and isinstance(claim, Effect))
        goals = goals_of(skills[0]) if skills else ()
        readings = {reading.key: reading.by for policy in reversed(policies) for reading in policy.readings}
        further = [rule for rule in dict.fromkeys(further) if rule.then not in last and rule not in rules]
        said = chain.from_iterable(map(fact_keys, [*rules, *further, *vetoes, *effects, *goals]))
        return cls(
            rules=tuple(rules),
            further=tuple(further),
            readings=readings,
            last=last,
            uses=tuple(use for policy in policies for use in policy.uses),
            vetoes=vetoes,
            effects=effects,
            goals=goals,
            vocabulary=Vocabulary.of([*said, *readings]),
            keys=tuple(dict.fromkeys(chain.from_iterable(map(fact_keys, [*rules, *further, *goals])))),
        )

    def sources(self, pattern: ActionPattern) -> Iterator[str]:
        """The facts that the pattern's slots take their values from."""
        return fact_keys(pattern)


def goals_of(skill: Skill) -> tuple[Predicate, ...]:
    """What holds when good runs end: as the policy says, else as the skill's stop conditions say."""
    claims = [rule.finding.claim for rule in skill.rules if rule.finding and rule.finding.tier in _TRUSTED]
    closings = (claim.require for claim in claims if isinstance(claim, Closing) and claim.scope is None)
    return skill.policy.goals or tuple(closings)


def policy_of(skill: Skill) -> Policy:
    """The skill's policy; of one without, the rules it states."""
    if not skill.policy.empty:
        return skill.policy
    claims = [rule.finding.claim for rule in skill.rules if rule.finding and not hurts(rule.finding)]
    return Policy(rules=tuple(claim for claim in claims if isinstance(claim, Rule)))


def _deed(pattern: ActionPattern) -> tuple[object, ...]:
    """What is done, slots aside: the tool, who acts, the constants."""
    constants = tuple((name, value) for name, value in pattern.arguments if isinstance(value, Constant))
    return pattern.tool, pattern.actor, constants
