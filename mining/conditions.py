"""Candidate conditions: elementary comparisons of the facts that runs read."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from trace2skill.claims.model import Compare, Constant, FactTerm, Scalar
from trace2skill.claims.view import View
from trace2skill.facts.fact import is_instance
from trace2skill.mining.pool import Pool
from trace2skill.skills.instance import is_personal

_MOST_VALUES = 8
_MOST_PARTS = 40
_LONGEST = 60
_DERIVED = frozenset({"low", "high", "number", "label", "count"})
_NOT_CONDITIONS = ("last.tool", "controls", "choices", "task.")
"""Keys whose values are what sequences, slots or the instance are made of."""


def known_keys(pool: Pool) -> tuple[str, ...]:
    """Fact keys that may be spoken of and were read in enough tasks, in order."""
    readers: dict[str, list[int]] = defaultdict(list)
    for at, view in enumerate(pool.views):
        for key in view.belief.keys:
            readers[key].append(at)
    admitted = (key for key in readers if pool.enumerations.admits_key(key))
    return tuple(sorted(key for key in admitted if pool.enough(readers[key])))


def relations(pool: Pool) -> Iterator[Compare]:
    """Numbers worth comparing: of different facts, whose names share a word."""
    numeric = [key for key in known_keys(pool) if is_numeric(key, pool.views)]
    for left, right in combinations(numeric, 2):
        if words_of_key(left) & words_of_key(right) and left.split(".")[0] != right.split(".")[0]:
            for operator in ("<=", ">"):
                yield Compare(left=FactTerm(key=left), operator=operator, right=FactTerm(key=right))


def candidates(pool: Pool) -> Iterator[Compare]:
    """A comparison for every value a fact took, for every member of a list, and for related numbers."""
    for key in known_keys(pool):
        if not key.startswith(_NOT_CONDITIONS) and not tells_who(key):
            yield from _of_key(key, pool)
    yield from relations(pool)


def tells_who(key: str) -> bool:
    """Whether a fact is of a person's name or address: whose run it is, is no reason for anything."""
    return any(map(is_personal, key.split(".")))


def _of_key(key: str, pool: Pool) -> Iterator[Compare]:
    fact = FactTerm(key=key)
    read, members = values_of(key, pool.views)
    values, parts = sayable(key, read, pool), sayable(key, members, pool)
    if len(values) <= _MOST_VALUES and not any(map(is_instance, read)):
        for value in sorted(values, key=str):
            yield Compare(left=fact, operator="=", right=Constant(value=value))
    if len(parts) <= _MOST_PARTS and not any(map(is_instance, members)):
        for part in sorted(parts, key=str):
            yield Compare(left=Constant(value=part), operator="in", right=fact)
            yield Compare(left=Constant(value=part), operator="not in", right=fact)


def sayable(key: str, values: set[Scalar], pool: Pool) -> set[Scalar]:
    """Those of a fact's values that may stand in a rule; free text beside them takes nothing from them."""
    short = (value for value in values if not isinstance(value, str) or len(value) <= _LONGEST)
    return {value for value in short if pool.enumerations.admits_value(key, value)}


def values_of(key: str, views: Sequence[View]) -> tuple[set[Scalar], set[Scalar]]:
    """The values a fact took, and the members of those that were lists."""
    values: set[Scalar] = set()
    members: set[Scalar] = set()
    for view in views:
        for readings in view.belief.timeline(key).values():
            for reading in readings:
                if isinstance(reading.value, tuple):
                    members.update(reading.value)
                elif reading.known and reading.value is not None:
                    values.add(reading.value)
    return values - {"ok"} if key == "last.outcome" else values, members


def is_numeric(key: str, views: Sequence[View]) -> bool:
    """Whether every value of a fact is a number."""
    values = [
        reading.value
        for view in views
        for readings in view.belief.timeline(key).values()
        for reading in readings
        if reading.known and reading.value is not None
    ]
    return bool(values) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )


def words_of_key(key: str) -> set[str]:
    """The words of a fact's own name, its entity type and derived parts aside."""
    head, _, tail = key.partition(".")
    name = head if not tail or tail in _DERIVED else tail
    return {word for word in name.split("_") if len(word) > 2}
