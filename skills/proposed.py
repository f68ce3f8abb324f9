"""A proposed skill as a person is shown it: what changes, and on what each rule rests."""

from collections.abc import Iterator

from pydantic import Field

from trace2skill.skills.compare import diff, diff_text
from trace2skill.skills.consolidate import Proposal
from trace2skill.skills.markdown import to_markdown
from trace2skill.skills.model import Skill, SkillRule
from trace2skill.skills.wording import numbers
from trace2skill.traces.model import Frozen

_UNREAD = frozenset({"policy", "traces"})
"""Fields that are long lists for machines; the note says how many traces there are."""


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
    changes = diff(old, new)
    fields = tuple(change for change in changes.fields if change.field not in _UNREAD)
    shown = changes.model_copy(update={"fields": fields})
    return diff_text(shown, f"version {version}", "proposed")


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
