"""Mending a skill: what is objected to is put right where code can, else left out."""

import re
from collections.abc import Sequence

from trace2skill.skills.compose import numbered
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.naming import DESCRIPTION_LIMIT, slug
from trace2skill.skills.objections import Objection, ObjectionKind
from trace2skill.skills.parameters import parameters
from trace2skill.skills.planted import without_planted
from trace2skill.skills.size import size
from trace2skill.skills.strength import strength
from trace2skill.skills.wording import statement

_REWORDABLE = {
    ObjectionKind.NUMBER,
    ObjectionKind.INSTANCE,
    ObjectionKind.SECRET,
    ObjectionKind.PLANTED,
    ObjectionKind.WORDING,
}
_TOKENS_OVER = re.compile(r"(\d+) too many")


def revise(skill: Skill, objections: Sequence[Objection]) -> Skill:
    """The skill with every objection answered; the same skill when there is none.

    A rule whose text went beyond its claim gets the claim's own sentence; a rule that still fails then, or
    fails for another reason, is left out, and so are the weakest ones of a skill that is too long. A call
    that changes anything removes a rule, an example or a fault, so that critique and revision come to an
    end; when nothing is left to remove the skill comes back as it was.
    """
    against: dict[str, set[ObjectionKind]] = {}
    for objection in objections:
        if objection.rule is not None:
            against.setdefault(objection.rule, set()).add(objection.kind)
    rules = [mended for rule in skill.rules if (mended := _mended(rule, against.get(rule.name, set())))]
    revised = skill.model_copy(update={"rules": tuple(rules)})
    for objection in objections:
        if objection.rule is None:
            revised = _mend_whole(revised, objection, size(skill))
    return settled(skill, revised)


def _mended(rule: SkillRule, kinds: set[ObjectionKind]) -> SkillRule | None:
    if not kinds:
        return rule
    if rule.finding and kinds <= _REWORDABLE and rule.text != statement(rule.finding):
        return rule.model_copy(update={"text": statement(rule.finding)})
    return None


def _mend_whole(skill: Skill, objection: Objection, tokens: int) -> Skill:
    match objection.kind:
        case ObjectionKind.SIZE:
            return _shortened(skill, objection.message, tokens)
        case ObjectionKind.PLANTED:
            return without_planted(skill)
        case ObjectionKind.SECRET:
            return _without_secrets(skill)
        case ObjectionKind.NAME:
            return skill.model_copy(update={"name": _new_name(skill)})
        case ObjectionKind.DESCRIPTION:
            text = re.sub(r"[<>]", "", skill.description).strip() or skill.title or skill.name
            cut = text if len(text) <= DESCRIPTION_LIMIT else f"{text[: DESCRIPTION_LIMIT - 1].rstrip()}…"
            return skill.model_copy(update={"description": cut})
        case _:
            return skill


def _shortened(skill: Skill, message: str, tokens: int) -> Skill:
    """Without the weakest rules until the surplus is gone, protected ones last; then without the example."""
    surplus = _TOKENS_OVER.search(message)
    target = tokens - (int(surplus[1]) if surplus else 1)
    measured = [rule for rule in skill.rules if rule.finding]
    for rule in sorted(measured, key=_weakness, reverse=True):
        if size(skill) <= target:
            return skill
        skill = skill.model_copy(update={"rules": tuple(one for one in skill.rules if one is not rule)})
    if size(skill) <= target:
        return skill
    return skill.model_copy(update={"example": (), "example_task": ""})


def _weakness(rule: SkillRule) -> tuple[bool, int, float, str]:
    assert rule.finding
    return strength(rule.finding)


def _without_secrets(skill: Skill) -> Skill:
    """The example goes, and whatever else held one: free text outside rules is only there for the reader."""
    blank = {"example": (), "example_task": "", "goal": "", "when_to_use": "", "tags": ()}
    if not (skill.example or skill.example_task):
        blank |= {"description": skill.name.replace("-", " "), "title": skill.name.replace("-", " ")}
    return skill.model_copy(update=blank)


def _new_name(skill: Skill) -> str:
    """A valid name; the description's words where the name was valid but gave a task away."""
    valid = slug(skill.name)
    return valid if valid and valid != skill.name else slug(f"{skill.domain} {skill.title} skill") or "skill"


def settled(before: Skill, after: Skill) -> Skill:
    """Rules numbered without gaps and parameters of the rules that are left; unchanged where no rule went."""
    if len(after.rules) == len(before.rules):
        return after
    claims = [rule.finding.claim for rule in after.rules if rule.finding]
    needed = {parameter.name for parameter in parameters(claims)}
    kept = tuple(parameter for parameter in after.parameters if parameter.name in needed)
    return after.model_copy(update={"rules": numbered(after.rules), "parameters": kept})
