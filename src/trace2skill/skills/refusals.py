"""Whole proposals and single rules that a person rejected at reviews and that are not proposed again.

A proposal is identified by its family and its set of rules, whatever the numbers of these rules.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from trace2skill.skills.model import Skill, SkillRule
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from trace2skill.skills.consolidate import Proposal


class RefusedRule(Frozen):
    """A rule that was rejected: its claim's id, empty for a note, and the sentence."""

    claim: str = ""
    text: str

    @property
    def key(self) -> str:
        """The claim's id, or a note's sentence: two rules with equal keys are the same."""
        return self.claim or self.text


class Refusal(Frozen):
    """One rejection, kept with its reason."""

    scope: Literal["skill", "rule"]
    skill: str
    family: str
    rules: tuple[RefusedRule, ...]
    reason: str = ""
    time: str = Field(description="UTC, to the second")
    basis: str = Field("", description="which traces the rejected skill rested on, as a digest")
    standing: bool = Field(True, description="no other proposal for the family has been saved since")


class Refusals:
    """Checks proposals against earlier rejections.

    Args:
        known: The rejections, oldest first.
    """

    def __init__(self, known: Sequence[Refusal]) -> None:
        self._skills = [each for each in known if each.scope == "skill"]
        self._rules = {
            (each.family, rule.claim) for each in known if each.scope == "rule" for rule in each.rules
        }

    def without_rules(self, skill: Skill) -> Skill:
        """The skill without the rules that a person removed or reworded."""
        kept = [
            rule
            for rule in skill.rules
            if not rule.finding or (skill.family, rule.finding.id) not in self._rules
        ]
        from trace2skill.skills.critique import settled  # slow to load, and searching needs none of it

        return settled(skill, skill.model_copy(update={"rules": tuple(kept)}))

    def same(self, proposal: "Proposal") -> Refusal | None:
        """The latest rejection of exactly this proposal, if any."""
        keys = {rule.key for rule in _refused(proposal.skill.rules)}
        for each in reversed(self._skills):
            if each.family == proposal.skill.family and {rule.key for rule in each.rules} == keys:
                return each
        return None

    def earlier(self, proposal: "Proposal") -> Refusal | None:
        """The latest rejection of any proposal for the family, unless another has been saved since."""
        found = [each for each in self._skills if each.standing and each.family == proposal.skill.family]
        return found[-1] if found else None

    def settled(self) -> set[tuple[str, str]]:
        """Each family of a rejected skill, with the digest of the traces that the skill rested on."""
        return {(each.family, each.basis) for each in self._skills}


def said(refusal: Refusal) -> str:
    """The rejection as a clause: its date and reason."""
    reason = f": {refusal.reason}" if refusal.reason else ""
    return f"rejected on {refusal.time[:10]}{reason}"


def refused_skill(proposal: "Proposal", reason: str, time: str) -> Refusal:
    """The rejection of a whole proposal."""
    skill = proposal.skill
    return Refusal(
        scope="skill",
        skill=skill.name,
        family=skill.family,
        rules=_refused(skill.rules),
        reason=reason,
        time=time,
        basis=basis(skill.traces),
    )


def refused_rules(skill: Skill, rules: Iterable[SkillRule], reason: str, time: str) -> Refusal | None:
    """The rejection of some rules of a skill that is otherwise accepted; None for no rules."""
    refused = _refused(rules)
    if not refused:
        return None
    return Refusal(
        scope="rule", skill=skill.name, family=skill.family, rules=refused, reason=reason, time=time
    )


def basis(traces: Iterable[str]) -> str:
    """A digest, 16 hex digits, of the traces' hashes."""
    return hashlib.sha256("\n".join(traces).encode()).hexdigest()[:16]


def _refused(rules: Iterable[SkillRule]) -> tuple[RefusedRule, ...]:
    return tuple(RefusedRule(claim=rule.finding.id if rule.finding else "", text=rule.text) for rule in rules)
