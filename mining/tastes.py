"""Tastes: of the things in sight, which ones runs took for a purpose."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trace2skill.skills.course import Taste


class Tasted(NamedTuple):
    """A thing taken for an argument, and what else was in sight; `turn` counts the uses of the tool."""

    tool: str
    argument: str
    turn: int
    value: str
    shown: frozenset[str]


def tastes(taken: Sequence[Tasted]) -> Iterator[Taste]:
    """How often each thing, and each word of a thing, was taken and shown; things unlike any taken left out."""
    chosen: Counter[tuple[str, str, int, str, bool]] = Counter()
    offered: Counter[tuple[str, str, int, str, bool]] = Counter()
    alike: dict[tuple[str, str, int], set[str]] = {}
    for tool, argument, turn, value, shown in taken:
        key = tool, argument, turn
        alike.setdefault(key, set()).update(value.split())
        chosen[(*key, value, True)] += 1
        chosen.update((*key, word, False) for word in set(value.split()))
        for each in {*shown, value}:
            offered[(*key, each, True)] += 1
        offered.update((*key, word, False) for word in {word for each in {*shown, value} for word in each.split()})
    for tool, argument, turn, value, whole in sorted(offered):
        if not alike[tool, argument, turn].isdisjoint(value.split()):
            key_ = (tool, argument, turn, value, whole)
            yield Taste(
                tool=tool, argument=argument, turn=turn, value=value, whole=whole,
                taken=chosen[key_], shown=offered[key_],
            )  # fmt: skip
