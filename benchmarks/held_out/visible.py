"""A skill that may act on nothing but the rules it shows to a reader."""

from trace2skill.policies import knowledge
from trace2skill.skills.model import Skill


def shown(skill: Skill) -> Skill:
    """The skill with its visible rules for a policy, and no course: one that shows no rule acts on none."""
    kept = knowledge.shown(skill)
    return kept.model_copy(update={"policy": kept.policy.model_copy(update={"course": None})})
