"""Criticism: a model reads a draft and objects; code decides what an objection can do."""

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trace2skill.llm.question import Question
from trace2skill.prompts.load import prompt
from trace2skill.proposals.synthesis import head_line, rule_line
from trace2skill.proposals.transcript import LONGEST_REASON, fence, usable_reason
from trace2skill.skills.critique import Objection, ObjectionKind
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.wording.claims import statement

MOST = 6


class ModelObjection(BaseModel):
    """One objection to one rule."""

    model_config = ConfigDict(extra="ignore")

    rule: Annotated[str, Field(max_length=10)]
    kind: Literal["wording", "redundant", "irrelevant", "misleading", "harmful"]
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
    return Question(
        system=prompt("criticise", longest=str(LONGEST_REASON)),
        common="",
        body=body,
        node="critique",
        subject=skill.family,
    )


def to_be_seen(skill: Skill, before: Skill, contested: Collection[str]) -> list[SkillRule]:
    """The rules of a draft that are new or worded differently from the previous draft, or contested.

    Args:
        skill: The draft.
        before: The previous draft.
        contested: Ids of the claims that the critic has contested.
    """
    seen = {rule.text for rule in before.rules}
    return [
        rule
        for rule in skill.rules
        if rule.text not in seen or (rule.finding and rule.finding.id in contested)
    ]


def contested(skill: Skill, objections: Iterable[Objection]) -> frozenset[str]:
    """Ids of the claims of a draft's protected rules that the critic has contested."""
    names = {each.rule for each in objections if each.kind is ObjectionKind.CONTESTED}
    return frozenset(rule.finding.id for rule in skill.rules if rule.finding and rule.name in names)


def admitted(
    skill: Skill, criticism: Criticism, before: Collection[str] = ()
) -> tuple[tuple[Objection, ...], int]:
    """The objections that code admits, and the number it overrules.

    A wording is objected to only where a model chose it. A protected rule is contested first, and goes only
    if the critic objects to it in the next round again. Three quarters of all rules stand in any case; a rule
    repeats only one that is there, and of two that are said to repeat each other one stays.

    Args:
        skill: The draft.
        criticism: The model's.
        before: Ids of the claims that were contested in the round before.
    """
    passed: dict[str, Objection] = {}
    gone: set[str] = set()
    most_gone = max(1, len(skill.rules) // 4)
    for each in criticism.objections[:MOST]:
        allowed = each.kind == "wording" or len(gone) < most_gone
        if allowed and each.rule not in passed and _admissible(skill, each, gone):
            kind = ObjectionKind(each.kind)
            if kind is not ObjectionKind.WORDING and _is_first(skill, each.rule, before):
                kind = ObjectionKind.CONTESTED
            passed[each.rule] = Objection(rule=each.rule, kind=kind, message=_reason(each))
            if kind not in {ObjectionKind.WORDING, ObjectionKind.CONTESTED}:
                gone.add(each.rule)
    return tuple(passed.values()), len(criticism.objections) - len(passed)


def _admissible(skill: Skill, objection: ModelObjection, gone: Iterable[str]) -> bool:
    rules = {rule.name: rule for rule in skill.rules}
    rule = rules.get(objection.rule)
    if rule is None:
        return False
    if objection.kind == "wording":
        return rule.finding is None or rule.text != statement(rule.finding)
    if objection.kind == "redundant":
        return objection.other in rules and objection.other != objection.rule and objection.other not in gone
    return True


def _is_first(skill: Skill, name: str, before: Collection[str]) -> bool:
    """Whether the rule is protected and not yet contested."""
    finding = next((rule.finding for rule in skill.rules if rule.name == name), None)
    return finding is not None and finding.protected and finding.id not in before


def _reason(objection: ModelObjection) -> str:
    repeats = f"repeats {objection.other}: " if objection.kind == "redundant" else ""
    return f"the critic: {repeats}{usable_reason(objection.reason)}"


def open_wordings(objections: Sequence[Objection]) -> dict[str, str]:
    """The objections that a different wording could answer, by rule name."""
    return {
        each.rule: each.message for each in objections if each.rule and each.kind is ObjectionKind.WORDING
    }
