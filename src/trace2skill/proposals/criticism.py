"""Criticism: a model reads a draft and objects; code decides what an objection can do."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trace2skill.llm.question import Question
from trace2skill.prompts.load import prompt
from trace2skill.proposals.synthesis import head_line, rule_line
from trace2skill.proposals.transcript import fence, objectionable
from trace2skill.skills.critique import Objection, ObjectionKind
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.wording.claims import statement
from trace2skill.wording.escape import one_line

MOST = 6
LONGEST_REASON = 240


class ModelObjection(BaseModel):
    """One objection to one rule."""

    model_config = ConfigDict(extra="ignore")

    rule: Annotated[str, Field(max_length=10)]
    kind: Literal["wording", "redundant", "irrelevant"]
    reason: Annotated[str, Field(max_length=600)] = ""
    other: Annotated[str, Field(max_length=10)] | None = None


class Criticism(BaseModel):
    """All objections to a draft."""

    model_config = ConfigDict(extra="ignore")

    objections: Annotated[list[ModelObjection], Field(max_length=40)]


def critic_question(
    skill: Skill, checks: Iterable[Objection], rules: Sequence[SkillRule] | None = None
) -> Question:
    """The question that asks what is wrong with a draft.

    Args:
        skill: The draft.
        checks: What code has found already.
        rules: Those that are shown; all if absent.
    """
    shown = skill.rules if rules is None else rules
    lines = "\n".join(rule_line(rule, evidence=True) for rule in shown)
    head = head_line(skill)
    found = [f"- {each.rule or 'the skill'}: {each.message}" for each in checks]
    body = prompt(
        "criticise_draft",
        fence=fence(head + lines),
        head=head,
        rules=lines,
        checks="\n".join(found) or "(nothing)",
        most=str(MOST),
    )
    return Question(system=prompt("criticise"), common="", body=body, node="critique", subject=skill.family)


def unseen(skill: Skill, before: Skill) -> list[SkillRule]:
    """The rules of a draft that are new or worded differently from the previous draft."""
    seen = {rule.text for rule in before.rules}
    return [rule for rule in skill.rules if rule.text not in seen]


def admitted(skill: Skill, criticism: Criticism) -> tuple[tuple[Objection, ...], int]:
    """The objections that code admits, and the number it overrules.

    A wording is objected to only where a model chose it; a protected rule stands, and so do three quarters of
    all; a rule repeats only one that is there, and of two that are said to repeat each other one stays.
    """
    passed: dict[str, Objection] = {}
    gone: set[str] = set()
    most_gone = max(1, len(skill.rules) // 4)
    for each in criticism.objections[:MOST]:
        allowed = each.kind == "wording" or len(gone) < most_gone
        if allowed and each.rule not in passed and _admissible(skill, each, gone):
            kind = ObjectionKind(each.kind)
            passed[each.rule] = Objection(rule=each.rule, kind=kind, message=_reason(each))
            if kind is not ObjectionKind.WORDING:
                gone.add(each.rule)
    return tuple(passed.values()), len(criticism.objections) - len(passed)


def _admissible(skill: Skill, objection: ModelObjection, gone: Iterable[str]) -> bool:
    rules = {rule.name: rule for rule in skill.rules}
    rule = rules.get(objection.rule)
    if rule is None:
        return False
    if objection.kind == "wording":
        return rule.finding is None or rule.text != statement(rule.finding)
    if rule.finding is not None and rule.finding.protected:
        return False
    if objection.kind == "redundant":
        return objection.other in rules and objection.other != objection.rule and objection.other not in gone
    return True


def _reason(objection: ModelObjection) -> str:
    text = one_line(objection.reason)
    repeats = f"repeats {objection.other}: " if objection.kind == "redundant" else ""
    usable = text if not objectionable(text, longest=LONGEST_REASON, like="`a`") else "no reason given"
    return f"the critic: {repeats}{usable}"


def open_wordings(objections: Sequence[Objection]) -> dict[str, str]:
    """The objections that a different wording could answer, by rule name."""
    return {
        each.rule: each.message for each in objections if each.rule and each.kind is ObjectionKind.WORDING
    }
