"""What agents did with the skills: receipts counted by version, and the latest ones."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from trace2skill.store.records import SkillUse

JUDGED = ("helped", "harmed")


class UseCount(NamedTuple):
    """One version of a skill: in how many receipts it was offered, used, said to have helped or harmed."""

    skill: str
    version: int
    offered: int
    used: int
    helped: int
    harmed: int


class ReceiptLines(NamedTuple):
    """One receipt with its lines, in the order they were written."""

    receipt: str
    lines: tuple[SkillUse, ...]


def counts(usage: Sequence[SkillUse]) -> list[UseCount]:
    """The counts by skill and version, sorted; of feedback on one receipt the last counts."""
    last = {(line.receipt, line.skill): line.event for line in usage if line.event in JUDGED}
    seen = {
        (line.skill, line.version or 0, line.receipt, line.event)
        for line in usage
        if line.skill and (line.event not in JUDGED or last[line.receipt, line.skill] == line.event)
    }
    events: Counter[tuple[str, int, str]] = Counter(
        (skill, version, event) for skill, version, _, event in seen
    )
    versions = sorted({(skill, version) for skill, version, _ in events})
    return [
        UseCount(*each, *(events[*each, event] for event in ("offered", "used", *JUDGED)))
        for each in versions
    ]


def by_skill(usage: Sequence[SkillUse]) -> dict[str, UseCount]:
    """The counts of all versions of a skill together, under version 0."""
    found: dict[str, UseCount] = {}
    for each in counts(usage):
        so_far = found.get(each.skill, UseCount(each.skill, 0, 0, 0, 0, 0))
        found[each.skill] = UseCount(each.skill, 0, *map(sum, zip(so_far[2:], each[2:], strict=True)))
    return found


def receipts(usage: Sequence[SkillUse], most: int) -> list[ReceiptLines]:
    """The latest receipts, newest first."""
    found: dict[str, list[SkillUse]] = {}
    for line in usage:
        found.setdefault(line.receipt, []).append(line)
    return [ReceiptLines(name, tuple(found[name])) for name in list(found)[: -most - 1 : -1]]
