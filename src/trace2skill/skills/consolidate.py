"""Compare new skills with a library's: add, strengthen, revise, split, or leave as it is."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from trace2skill.claims.traversal import actions_of
from trace2skill.skills.compose import numbered
from trace2skill.skills.model import Skill
from trace2skill.skills.naming import NAME_LIMIT, without_exclusions
from trace2skill.traces.model import Frozen
from trace2skill.wording.evidence import count

SHARED_TRACES = 0.5
"""The share of the smaller skill's traces that the other must have to be the same skill."""

SHARED_WORDS = 0.35
"""The share of a skill's words that a person's skill must use to be its starting point."""

_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    """about after all and any are been best carry condition for from hand hands has have how into its
    made mistakes not order out past procedure rules run runs skill speaks step steps task tasks that
    the their them then this tool tools under use user uses using was what when where which while who
    with work your
    """.split()  # noqa: SIM905 - a list would put each word on a line of its own
)


class Similarity(NamedTuple):
    """How alike two skills are; sorts by the quality of the match."""

    family: bool = False
    traces: float = 0.0
    words: float = 0.0

    @property
    def matches(self) -> bool:
        """Whether the two are the same skill."""
        return self.family or self.traces >= SHARED_TRACES or self.words >= SHARED_WORDS


def similarity(new: Skill, old: Skill) -> Similarity:
    """How alike the new skill and `old` are.

    An equal family or name counts unless the rules of the two have no tool in common. Words count only if
    `old` is a person's skill without measured rules.
    """
    unmeasured = is_unmeasured(old)
    same_domain = new.domain == old.domain or (unmeasured and not old.domain)
    same = new.family.lower() == old.family.lower() or new.name == old.name
    tools, others = _tools(new), _tools(old)
    strangers = bool(tools and others) and tools.isdisjoint(others)
    return Similarity(
        family=same and same_domain and not strangers,
        traces=_shared(frozenset(new.traces), frozenset(old.traces)),
        words=_words_shared(new, old) if unmeasured else 0.0,
    )


def is_unmeasured(skill: Skill) -> bool:
    """Whether a skill was written by a person and has no measured rule yet."""
    return bool(skill.human_text) and not any(rule.finding for rule in skill.rules)


def _tools(skill: Skill) -> frozenset[str]:
    """The tools that the skill's measured rules are about."""
    claims = (rule.finding.claim for rule in skill.rules if rule.finding)
    return frozenset(action.tool for claim in claims for action in actions_of(claim)) - {"*"}


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


def _words_shared(new: Skill, old: Skill) -> float:
    """The share of the new skill's words that the person's text uses, averaged over name and trigger."""
    written = _words(f"{old.name} {old.title} {old.description} {old.human_text}")
    named, about = (
        _words(f"{new.name} {new.family}"),
        _words(f"{' '.join(new.tags)} {without_exclusions(new.when_to_use)}"),
    )
    return (_used(named, written) + _used(about, written)) / 2


def _used(words: frozenset[str], written: frozenset[str]) -> float:
    return len(words & written) / len(words) if words else 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower())) - _COMMON


def carried_over(new: Skill, old: Skill) -> Skill:
    """The new skill under the stored name, with a person's text, notes, title and trigger kept."""
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
    """The skill under its own name; if that is taken, with the first free number after it."""
    if skill.name not in taken:
        return skill
    number = 2
    while _with_number(skill.name, number) in taken:
        number += 1
    return skill.model_copy(update={"name": _with_number(skill.name, number)})


def placed(part: Skill, present: Mapping[str, Skill]) -> Skill:
    """What a person wrote elsewhere, in the skill of that name, or under a free one if that has a text."""
    there = present.get(part.name)
    if there is None:
        return part
    return renamed(part, present.keys()) if there.human_text else carried_over(there, part)


def _with_number(name: str, number: int) -> str:
    tail = f"-{number}"
    return f"{name[: NAME_LIMIT - len(tail)].rstrip('-')}{tail}"


Operation = Literal["add", "strengthen", "revise", "split", "leave"]


class Proposal(Frozen):
    """A proposed change to the library, which keeps every earlier version."""

    operation: Operation
    skill: Skill = Field(description="the skill as it is to be stored, under the name it keeps")
    replaces: str | None = Field(None, description="name of the stored skill it is a version or a part of")
    note: str = Field("", description="what changes, for the history")


def consolidate(new: Sequence[Skill], current: Sequence[Skill]) -> list[Proposal]:
    """One proposal per new skill, sorted by family and name; the order of the input does not matter.

    A new skill belongs to a stored one if they have the same family, or if they share at least half of the
    smaller one's traces. The new skill with most words in common belongs to a person's skill without measured
    rules. The stored name, the person's text and the notes are kept. If several new skills belong to one
    stored skill, the most similar keeps its name.
    """
    stored = sorted(current, key=lambda skill: skill.name)
    taken = {skill.name for skill in stored}
    claims: dict[str, list[tuple[Similarity, Skill]]] = defaultdict(list)
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


def _best(skill: Skill, stored: Sequence[Skill]) -> tuple[Similarity, Skill] | None:
    ranked = [(similarity(skill, old), old) for old in stored]
    matching = [pair for pair in ranked if pair[0].matches]
    return max(matching, key=lambda pair: pair[0]) if matching else None


def _may_continue(skill: Skill, old: Skill, new: Sequence[Skill]) -> bool:
    """Whether the new skill can continue the old: a person's unmeasured skill only the most similar can."""
    return not is_unmeasured(old) or max(new, key=lambda other: similarity(other, old)) is skill


def _add(skill: Skill, taken: set[str]) -> Proposal:
    return Proposal(
        operation="add", skill=renamed(skill, taken), note=f"new: {count(len(skill.rules), 'rule')}"
    )


def _against(old: Skill, claims: list[tuple[Similarity, Skill]], taken: set[str]) -> list[Proposal]:
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
    """A new version of one stored skill; the operation and the note say what changed."""
    if skill.hash == old.hash:
        return Proposal(operation="leave", skill=old, replaces=old.name, note="nothing new")
    before, after = _measured(old), _measured(skill)
    added, dropped = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    if added or dropped:
        deepened = "; measured rules beside a person's text" if old.human_text and not before else ""
        note = f"{count(added, 'rule')} added, {dropped} dropped{deepened}"
        return Proposal(operation="revise", skill=skill, replaces=old.name, note=note)
    changed = sum(before[claim] != after[claim] for claim in after)
    if changed or skill.traces != old.traces:
        over = count(len(skill.traces), "trace")
        note = f"same rules over {over}; evidence changed for {changed} of {len(after)}"
        return Proposal(operation="strengthen", skill=skill, replaces=old.name, note=note)
    if skill.policy != old.policy:
        note = f"same rules; its policy rests on {count(len(skill.policy.traces), 'run')}"
        return Proposal(operation="strengthen", skill=skill, replaces=old.name, note=note)
    return Proposal(operation="revise", skill=skill, replaces=old.name, note="same rules, reworded")


def _measured(skill: Skill) -> dict[str, object]:
    """The summary and tier of each measured rule, by claim id."""
    return {rule.finding.id: (rule.finding.summary, rule.tier) for rule in skill.rules if rule.finding}


def without_replaced(obsolete: Sequence[str], rejected: Sequence[Proposal]) -> list[str]:
    """The obsolete skills without those that a rejected proposal would have replaced."""
    kept = {each.replaces for each in rejected}
    return [name for name in obsolete if name not in kept]
