"""A proposed skill as a person is shown it: what changes, and on what each rule rests."""

from collections.abc import Iterator

from pydantic import Field

from trace2skill.skills.compare import diff, diff_text
from trace2skill.skills.consolidate import Proposal
from trace2skill.skills.markdown import to_markdown
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.policy import Policy
from trace2skill.skills.wording import numbers
from trace2skill.traces.model import Frozen

_UNCHOSEN = {"selection": None, "residual": None}


def read_by_people(skill: Skill) -> Skill:
    """The skill without what only machines read; two that are equal so need no decision between them.

    Left out are the policy and the list of traces, of which the note says how many there are; the background;
    and how the condition of a rule was chosen, as long as its sentence, its counts and its tier stay.
    """
    rules = tuple(
        rule.model_copy(update={"finding": rule.finding and rule.finding.model_copy(update=_UNCHOSEN)})
        for rule in skill.rules
    )
    return skill.model_copy(update={"policy": Policy(), "traces": (), "background": (), "rules": rules})


class ProposedRule(Frozen):
    """One rule, with its evidence on one line."""

    name: str
    module: str
    tier: str
    text: str
    evidence: str = ""


class ProposedChange(Frozen):
    """A skill that would be new or changed."""

    name: str
    operation: str
    note: str = ""
    earlier: str = Field("", description="that an earlier proposal was rejected, and why")
    problem: str = Field("", description="why the last answer could not be taken")
    diff: str = Field(description="against the stored version; a new skill's lines are all added")
    rules: tuple[ProposedRule, ...] = ()
    markdown: str = Field("", description="SKILL.md as it would be saved")


def proposed_change(
    proposal: Proposal, stored: tuple[Skill, int] | None, *, earlier: str = "", problem: str = ""
) -> ProposedChange:
    """What a person is shown of a proposal; `stored` is the skill of that name and its version, if any."""
    skill = proposal.skill
    markdown = to_markdown(skill, stored[1] + 1 if stored else 1)
    return ProposedChange(
        name=skill.name,
        operation=proposal.operation,
        note=proposal.note,
        earlier=earlier,
        problem=problem,
        diff=_changes(stored[0], stored[1], skill) if stored else _added(skill.name, markdown),
        rules=tuple(_rules(skill)),
        markdown=markdown,
    )


def _changes(old: Skill, version: int, new: Skill) -> str:
    return diff_text(diff(read_by_people(old), read_by_people(new)), f"version {version}", "proposed")


def _added(name: str, markdown: str) -> str:
    lines = "".join(f"+{line}\n" for line in markdown.splitlines())
    return f"--- /dev/null\n+++ {name} (proposed)\n{lines}"


def _rules(skill: Skill) -> Iterator[ProposedRule]:
    for rule in skill.rules:
        yield ProposedRule(
            name=rule.name, module=rule.module, tier=rule.tier, text=rule.text, evidence=_evidence(rule)
        )


def _evidence(rule: SkillRule) -> str:
    if rule.finding:
        return numbers(rule.finding)
    return ", ".join(map(str, rule.quotes))
