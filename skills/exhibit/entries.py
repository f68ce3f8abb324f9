"""What is exhibited: every claim with a number, whether it became a rule or not."""

from collections.abc import Iterable
from typing import Literal

from trace2skill.skills.finding import Finding
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Frozen

Status = Literal["rule", "rejected"]


class Entry(Frozen):
    """A measured claim and what became of it: a rule of a skill, or rejected for a reason."""

    finding: Finding
    status: Status
    text: str = ""
    skill: str = ""
    version: int = 0
    rule: str = ""
    reason: str = ""


def of_rules(skill: Skill, version: int) -> list[Entry]:
    """The measured rules of a skill, in order."""
    return [
        Entry(
            finding=rule.finding,
            status="rule",
            text=rule.text,
            skill=skill.name,
            version=version,
            rule=rule.name,
        )
        for rule in skill.rules
        if rule.finding
    ]


def of_rejected(rejected: Iterable[tuple[Finding, str]], skill: str = "") -> list[Entry]:
    """Findings that were left out, with the reasons."""
    from trace2skill.skills.wording import statement

    return [
        Entry(finding=finding, status="rejected", text=statement(finding), skill=skill, reason=reason)
        for finding, reason in rejected
    ]
