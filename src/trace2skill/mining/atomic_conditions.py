"""Generates the atomic conditions that rules are built from: comparisons of the facts that runs read."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, combinations, permutations

import numpy as np

from trace2skill.claims.instance import is_personal
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Predicate,
    Scalar,
)
from trace2skill.claims.traversal import TASK, entity_type
from trace2skill.claims.view import View
from trace2skill.facts.fact import is_instance
from trace2skill.facts.read_only import is_read_only
from trace2skill.facts.templates import SAYS
from trace2skill.facts.untrusted_text import requested
from trace2skill.mining.pool import Pool
from trace2skill.mining.task_features import words_of

_MOST_VALUES = 8
_MOST_PARTS = 40
_LONGEST = 60
_DERIVED = frozenset({"low", "high", "number", "label", "count"})
_NOT_CONDITIONS = ("last.tool", "controls", "choices", "task.")
"""Prefixes of keys that are not used in conditions: sequences, slots or the task instance cover them."""


def known_keys(pool: Pool) -> tuple[str, ...]:
    """The fact keys that may be used in a rule and were read in enough tasks, sorted."""
    return pool.derived(known_keys, lambda: _known_keys(pool))


def _known_keys(pool: Pool) -> tuple[str, ...]:
    readers: dict[str, list[int]] = defaultdict(list)
    for at, view in enumerate(pool.views):
        for key in view.belief.keys:
            readers[key].append(at)
    admitted = (key for key in readers if pool.enumerations.admits_key(key))
    return tuple(sorted(key for key in admitted if pool.enough(readers[key])))


def relations(pool: Pool) -> Iterator[Compare]:
    """Comparisons of two numeric facts of different types whose names share a word."""
    numeric = [key for key in known_keys(pool) if is_numeric(key, pool)]
    for left, right in combinations(numeric, 2):
        if words_of_key(left) & words_of_key(right) and left.split(".")[0] != right.split(".")[0]:
            for operator in ("<=", ">"):
                yield Compare(left=FactTerm(key=left), operator=operator, right=FactTerm(key=right))


def candidates(pool: Pool) -> Iterator[Compare]:
    """Comparisons with every value of a fact and every member of a list, and of related numbers."""
    for key in known_keys(pool):
        if not key.startswith(_NOT_CONDITIONS) and not tells_who(key):
            yield from _of_key(key, pool)
    yield from relations(pool)


def tells_who(key: str) -> bool:
    """Whether a fact holds personal data, which identifies the run and is no reason for an action."""
    return any(map(is_personal, key.split(".")))


def _of_key(key: str, pool: Pool) -> Iterator[Compare]:
    fact = FactTerm(key=key)
    read, members = values_of(key, pool)
    values, parts = sayable(key, read, pool), sayable(key, members, pool)
    if len(values) <= _MOST_VALUES and not any(map(is_instance, read)):
        for value in sorted(values, key=str):
            yield Compare(left=fact, operator="=", right=Constant(value=value))
    if len(parts) <= _MOST_PARTS and not any(map(is_instance, members)):
        for part in sorted(parts, key=str):
            yield Compare(left=Constant(value=part), operator="in", right=fact)
            yield Compare(left=Constant(value=part), operator="not in", right=fact)


def sayable(key: str, values: set[Scalar], pool: Pool) -> set[Scalar]:
    """The values of a fact that may be used in a rule; free-text values are dropped."""
    short = (value for value in values if not isinstance(value, str) or len(value) <= _LONGEST)
    return {value for value in short if pool.enumerations.admits_value(key, value)}


def values_of(key: str, pool: Pool) -> tuple[set[Scalar], set[Scalar]]:
    """The scalar values of a fact, and the members of its list values; not to be changed."""
    return pool.derived((values_of, key), lambda: _values_of(key, pool.views))


def _values_of(key: str, views: Sequence[View]) -> tuple[set[Scalar], set[Scalar]]:
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


def is_numeric(key: str, pool: Pool) -> bool:
    """Whether every value of a fact is a number."""
    return pool.derived((is_numeric, key), lambda: _is_numeric(key, pool.views))


def _is_numeric(key: str, views: Sequence[View]) -> bool:
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
    """The words of a fact's name, without its entity type and derived suffixes (`low`, `count`, ...)."""
    head, _, tail = key.partition(".")
    name = head if not tail or tail in _DERIVED else tail
    return {word for word in name.split("_") if len(word) > 2}


_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NOT_NEGATED = ("last.", "controls", "choices", "task.")
_MOST_WORDS = 40


def atomic_conditions(pool: Pool) -> tuple[Predicate, ...]:
    """Conditions on facts, on the entity that the task names, on task words, and on earlier actions.

    Each is true at some step of the pool and false at another. The order is a preference among conditions
    that explain a decision equally well: the value of a fact comes before its relation to another fact.
    """
    links = {entity_type(link.left.key): link for link in _links(pool)}  # type: ignore[union-attr]
    groups = [
        [
            *found,
            *(
                AllOf(parts=(links[kind], each))
                for each in found
                if isinstance(each, Compare) and (kind := _kind(each)) in links
            ),
        ]
        for found in (list(_plain(pool)), list(_relations(pool)))
    ]
    found = dict.fromkeys([*chain.from_iterable(groups), *_words(pool), *_done(pool)])
    return tuple(predicate for predicate in found if _varies(predicate, pool))


def _plain(pool: Pool) -> Iterator[Predicate]:
    yield from (each for each in candidates(pool) if _varies(each, pool))
    for key in known_keys(pool):
        if SAYS not in key and not key.startswith(_NOT_NEGATED) and not tells_who(key):
            read, _ = values_of(key, pool)
            values = sayable(key, read, pool)
            if len(read) > 1 and len(values) <= _MOST_VALUES and not any(map(is_instance, read)):
                for value in sorted(values, key=str):
                    yield Compare(
                        left=FactTerm(key=key), operator="!=", right=Constant(value=value), quantifier="all"
                    )


def _relations(pool: Pool) -> Iterator[Compare]:
    """Comparisons of two numbers, or two dates, of the same entity whose names share a word."""
    keys = [key for key in known_keys(pool) if "." in key and not key.startswith("task.")]
    numeric = [key for key in keys if is_numeric(key, pool)]
    dates = [key for key in keys if _is_date(key, pool)]
    for left, right in [*permutations(numeric, 2), *permutations(dates, 2)]:
        if entity_type(left) == entity_type(right) and words_of_key(left) & words_of_key(right):
            yield Compare(left=FactTerm(key=left), operator=">", right=FactTerm(key=right))


def _is_date(key: str, pool: Pool) -> bool:
    values, members = values_of(key, pool)
    return not members and bool(values) and all(_DATE.match(str(value)) for value in values)


def _links(pool: Pool) -> Iterator[Compare]:
    """For facts with which task texts identify one of several entities: the test that the task holds it."""
    for key in known_keys(pool):
        if "." not in key or SAYS in key or key.startswith("task."):
            continue
        link = Compare(left=FactTerm(key=key), operator="in", right=FactTerm(key=TASK))
        named = pool.together.by_entity(link)
        assert named is not None
        telling = np.bincount(named.runs, minlength=len(pool.views)) > 1
        telling &= np.bincount(named.runs[named.at_end], minlength=len(pool.views)) == 1
        if telling.any() and 2 * np.count_nonzero(telling) >= len(pool.views):
            yield link


def _words(pool: Pool) -> Iterator[Compare]:
    """Tests for words of several but not all task texts, without sentences that steer an agent."""
    tasks = {view.trace.stratum: requested(view.trace.task) for view in pool.views}
    texts = [frozenset(words_of(task)) for task in tasks.values()]
    words = sorted({word for text in texts for word in text})
    shared = [word for word in words if 1 < sum(word in text for text in texts) < len(texts)]
    for word in shared[:_MOST_WORDS]:
        yield Compare(left=Constant(value=word), operator="in", right=FactTerm(key=TASK))


def _done(pool: Pool) -> Iterator[Compare]:
    """For each state-changing action, the test that it was done before."""
    for tool, actor in sorted({(shape.tool, shape.actor) for shape in pool.places}, key=str):
        if not is_read_only(tool):
            count = CountTerm(action=ActionPattern(tool=tool, actor=actor))
            yield Compare(left=count, operator=">=", right=Constant(value=1))


def _kind(predicate: Compare) -> str:
    keys = [term.key for term in (predicate.left, predicate.right) if isinstance(term, FactTerm)]
    return entity_type(keys[0]) if keys and predicate.quantifier == "exists" else ""


def _varies(predicate: Predicate, pool: Pool) -> bool:
    truth = pool.together.truth(predicate)
    return bool(truth.any()) and not truth.all()
