"""Tastes: of the things in sight, which ones runs took for a purpose."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from trace2skill.skills.binding_things import EVERY, Purpose, Relation
from trace2skill.skills.course import Taste

Kind = Literal["whole", "word", "said", "least", "beside"]
_Key = tuple[Purpose, Kind, str]


class Tasted(NamedTuple):
    """A thing taken for a purpose, what was in sight and not taken yet, and what stood in a relation."""

    purpose: Purpose
    value: str
    shown: frozenset[str]
    standing: Mapping[Relation, frozenset[str]]


def tastes(taken: Sequence[Tasted]) -> Iterator[Taste]:
    """How often things, words and relations were taken and shown; things unlike any taken are left out."""
    chosen: Counter[_Key] = Counter()
    offered: Counter[_Key] = Counter()
    alike: dict[Purpose, set[str]] = {}
    for purpose, value, shown, standing in taken:
        alike.setdefault(purpose, set()).update(value.split())
        chosen.update(_features(purpose, {value}))
        offered.update(_features(purpose, {*shown, value}))
        for relation, members in standing.items():
            for each in (purpose, purpose._replace(turn=EVERY)):
                offered[each, relation, ""] += bool(members)
                chosen[each, relation, ""] += value in members
    for key in sorted(offered):
        purpose, kind, value = key
        if not value or not alike[purpose].isdisjoint(value.split()):
            yield Taste(**purpose._asdict(), kind=kind, value=value, taken=chosen[key], shown=offered[key])


def _features(purpose: Purpose, things: set[str]) -> Iterator[_Key]:
    for thing in sorted(things):
        yield purpose, "whole", thing
    for word in sorted({word for thing in things for word in thing.split()}):
        yield purpose, "word", word
