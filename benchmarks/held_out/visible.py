"""A skill that may act on nothing but the rules it shows to a reader."""

from trace2skill.claims.model import Rule
from trace2skill.evidence.policy import Policy
from trace2skill.skills.model import Skill


def visible_rules(skill: Skill) -> tuple[Rule, ...]:
    """What a reader is told to do when, in the order in which it stands there."""
    claims = (rule.finding.claim for rule in skill.rules if rule.finding)
    return tuple(dict.fromkeys(claim for claim in claims if isinstance(claim, Rule)))


def shown(skill: Skill) -> Skill:
    """The skill with its visible rules for a policy.

    How facts are read, what holds when good runs end, what ends a run and how arguments looked is kept:
    these tell how to follow a rule, and none of them asks for an action. A skill that shows no rule acts on
    none.
    """
    kept = skill.policy
    policy = Policy(
        rules=visible_rules(skill),
        readings=kept.readings,
        goals=kept.goals,
        last=kept.last,
        uses=kept.uses,
        traces=kept.traces,
    )
    return skill.model_copy(update={"policy": policy})
