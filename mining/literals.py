"""What a decision can hang on: elementary predicates, finer than what a reader is shown."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, permutations

from trace2skill.claims.keys import TASK, entity_type
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Predicate,
)
from trace2skill.claims.view import Truth
from trace2skill.facts.fact import is_instance
from trace2skill.facts.probes import is_probe
from trace2skill.facts.templates import SAYS
from trace2skill.facts.untrusted_text import requested
from trace2skill.mining.conditions import (
    candidates,
    is_numeric,
    known_keys,
    sayable,
    tells_who,
    values_of,
    words_of_key,
)
from trace2skill.mining.pool import Pool
from trace2skill.mining.task_features import words_of

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NOT_NEGATED = ("last.", "controls", "choices", "task.")
_MOST_VALUES = 8
_MOST_WORDS = 40


def literals(pool: Pool) -> tuple[Predicate, ...]:
    """Conditions on facts, on the entity that the task names, on its words, and on what was done before.

    Each holds at some step of the pool and fails at another. Of two that explain the same the first is taken,
    so that a fact's value comes before its relation to another fact.
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
            read, _ = values_of(key, pool.views)
            values = sayable(key, read, pool)
            if len(read) > 1 and len(values) <= _MOST_VALUES and not any(map(is_instance, read)):
                for value in sorted(values, key=str):
                    yield Compare(
                        left=FactTerm(key=key), operator="!=", right=Constant(value=value), quantifier="all"
                    )


def _relations(pool: Pool) -> Iterator[Compare]:
    """One number of an entity against another of the same entity, and one date against another."""
    keys = [key for key in known_keys(pool) if "." in key and not key.startswith("task.")]
    numeric = [key for key in keys if is_numeric(key, pool.views)]
    dates = [key for key in keys if _is_date(key, pool)]
    for left, right in [*permutations(numeric, 2), *permutations(dates, 2)]:
        if entity_type(left) == entity_type(right) and words_of_key(left) & words_of_key(right):
            yield Compare(left=FactTerm(key=left), operator=">", right=FactTerm(key=right))


def _is_date(key: str, pool: Pool) -> bool:
    values, members = values_of(key, pool.views)
    return not members and bool(values) and all(_DATE.match(str(value)) for value in values)


def _links(pool: Pool) -> Iterator[Compare]:
    """Facts by which a task names one of several entities of a type."""
    for key in known_keys(pool):
        if "." not in key or SAYS in key or key.startswith("task."):
            continue
        link = Compare(left=FactTerm(key=key), operator="in", right=FactTerm(key=TASK))
        telling = [view for view in pool.views if _names_one(view.by_entity(link))]
        if telling and 2 * len(telling) >= len(pool.views):
            yield link


def _names_one(found: Mapping[str, Truth]) -> bool:
    return len(found) > 1 and sum(bool(truth[-1]) for truth in found.values()) == 1


def _words(pool: Pool) -> Iterator[Compare]:
    """Words of the task that some tasks have and others have not, those of orders to an agent aside."""
    tasks = {view.trace.stratum: requested(view.trace.task) for view in pool.views}
    texts = [frozenset(words_of(task)) for task in tasks.values()]
    words = sorted({word for text in texts for word in text})
    shared = [word for word in words if 1 < sum(word in text for text in texts) < len(texts)]
    for word in shared[:_MOST_WORDS]:
        yield Compare(left=Constant(value=word), operator="in", right=FactTerm(key=TASK))


def _done(pool: Pool) -> Iterator[Compare]:
    """Whether an action that changes something was done before."""
    for tool, actor in sorted({(shape.tool, shape.actor) for shape in pool.places}, key=str):
        if not is_probe(tool):
            count = CountTerm(action=ActionPattern(tool=tool, actor=actor))
            yield Compare(left=count, operator=">=", right=Constant(value=1))


def _kind(predicate: Compare) -> str:
    keys = [term.key for term in (predicate.left, predicate.right) if isinstance(term, FactTerm)]
    return entity_type(keys[0]) if keys and predicate.quantifier == "exists" else ""


def _varies(predicate: Predicate, pool: Pool) -> bool:
    truths = [view.truth(predicate) for view in pool.views]
    return any(truth.any() for truth in truths) and not all(truth.all() for truth in truths)
