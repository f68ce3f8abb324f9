"""What new skills mean for a library: add, strengthen, revise, split, or leave alone."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from trace2skill.skills.likeness import Likeness, is_unmeasured, likeness
from trace2skill.skills.merge import carried_over, renamed
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Frozen

Operation = Literal["add", "strengthen", "revise", "split", "leave"]


class Proposal(Frozen):
    """A change to the library. Nothing is lost by it: the library keeps every version."""

    operation: Operation
    skill: Skill = Field(description="the skill as it is to be stored, under the name it keeps")
    replaces: str | None = Field(None, description="name of the stored skill it is a version or a part of")
    note: str = Field("", description="what changes, for the history")


def consolidate(new: Sequence[Skill], current: Sequence[Skill]) -> list[Proposal]:
    """One proposal per new skill, in order of family and name, whatever order they come in.

    A new skill belongs to the stored one of its family, or that shares at least half of the smaller one's
    traces; to a person's skill without measured rules also by the words they share, but only the likest
    does. The stored name, the person's text and the notes stay. Of several that belong to one, the likest
    keeps its name.
    """
    stored = sorted(current, key=lambda skill: skill.name)
    taken = {skill.name for skill in stored}
    claims: dict[str, list[tuple[Likeness, Skill]]] = defaultdict(list)
    proposals: list[Proposal] = []
    ordered = sorted(new, key=lambda skill: (skill.family, skill.name, skill.hash))
    for skill in ordered:
        match = _best(skill, [old for old in stored if _may_continue(skill, old, ordered)])
        if match is None:
            added = _add(skill, taken)
            taken.add(added.skill.name)
            proposals.append(added)
        else:
            claims[match[1].name].append((match[0], skill))
    for old in stored:
        proposals += _against(old, claims[old.name], taken)
    return sorted(proposals, key=lambda proposal: (proposal.skill.family, proposal.skill.name))


def _best(skill: Skill, stored: Sequence[Skill]) -> tuple[Likeness, Skill] | None:
    ranked = [(likeness(skill, old), old) for old in stored]
    matching = [pair for pair in ranked if pair[0].matches]
    return max(matching, key=lambda pair: pair[0]) if matching else None


def _may_continue(skill: Skill, old: Skill, new: Sequence[Skill]) -> bool:
    """A person's skill without measured rules is continued by one new skill only, the likest."""
    return not is_unmeasured(old) or max(new, key=lambda other: likeness(other, old)) is skill


def _add(skill: Skill, taken: set[str]) -> Proposal:
    return Proposal(operation="add", skill=renamed(skill, taken), note=f"new: {len(skill.rules)} rules")


def _against(old: Skill, claims: list[tuple[Likeness, Skill]], taken: set[str]) -> list[Proposal]:
    if len(claims) == 1:
        return [_version(carried_over(claims[0][1], old), old)]
    proposals = []
    for rank, (_, skill) in enumerate(sorted(claims, key=lambda pair: pair[0], reverse=True)):
        part = carried_over(skill, old) if rank == 0 else renamed(skill, taken)
        taken.add(part.name)
        note = f"one of {len(claims)} skills that {old.name} was split into"
        proposals.append(Proposal(operation="split", skill=part, replaces=old.name, note=note))
    return proposals


def _version(skill: Skill, old: Skill) -> Proposal:
    """A new version of one stored skill, named for what changed in it."""
    if skill.hash == old.hash:
        return Proposal(operation="leave", skill=old, replaces=old.name, note="nothing new")
    before, after = _measured(old), _measured(skill)
    added, dropped = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    if added or dropped:
        deepened = "; measured rules beside a person's text" if old.human_text and not before else ""
        note = f"{added} rules added, {dropped} dropped{deepened}"
        return Proposal(operation="revise", skill=skill, replaces=old.name, note=note)
    changed = sum(before[claim] != after[claim] for claim in after)
    if changed or skill.traces != old.traces:
        note = f"same rules over {len(skill.traces)} traces; evidence changed for {changed} of {len(after)}"
        return Proposal(operation="strengthen", skill=skill, replaces=old.name, note=note)
    if skill.policy != old.policy:
        note = f"same rules; its policy rests on {len(skill.policy.traces)} runs"
        return Proposal(operation="strengthen", skill=skill, replaces=old.name, note=note)
    return Proposal(operation="revise", skill=skill, replaces=old.name, note="same rules, reworded")


def _measured(skill: Skill) -> dict[str, object]:
    """What each claim's evidence says, by claim id."""
    return {rule.finding.id: (rule.finding.summary, rule.tier) for rule in skill.rules if rule.finding}
