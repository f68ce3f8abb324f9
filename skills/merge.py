"""A new skill in the place of a stored one: what the library and a person gave it stays."""

from collections.abc import Collection

from trace2skill.skills.compose import numbered
from trace2skill.skills.model import Skill
from trace2skill.skills.naming import NAME_LIMIT


def carried_over(new: Skill, old: Skill) -> Skill:
    """The new skill under the stored name, with the person's text, notes, title and trigger kept."""
    if not old.human_text:
        return new.model_copy(update={"name": old.name})
    notes = tuple(rule for rule in old.rules if rule.finding is None)
    measured = tuple(rule for rule in new.rules if rule.finding)
    kept = {
        "name": old.name,
        "title": old.title,
        "description": old.description,
        "goal": old.goal or new.goal,
        "when_to_use": old.when_to_use or new.when_to_use,
        "tags": tuple(sorted({*old.tags, *new.tags})),
        "human_text": old.human_text,
        "rules": numbered((*notes, *measured)),
    }
    return new.model_copy(update=kept)


def renamed(skill: Skill, taken: Collection[str]) -> Skill:
    """The skill under its own name, or under that name with the first number that is free."""
    if skill.name not in taken:
        return skill
    number = 2
    while _with_number(skill.name, number) in taken:
        number += 1
    return skill.model_copy(update={"name": _with_number(skill.name, number)})


def _with_number(name: str, number: int) -> str:
    tail = f"-{number}"
    return f"{name[: NAME_LIMIT - len(tail)].rstrip('-')}{tail}"
