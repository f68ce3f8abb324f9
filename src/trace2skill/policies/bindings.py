"""Bind slots by data flow: turn an action pattern and the values seen so far into calls.

If several values were seen under a slot's source, those of the entities for which the rule's condition holds
are taken. Otherwise those of entities that the task names come first, then the others as they were read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product

from trace2skill.claims.compare import entity_type_of
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    Anything,
    ArgumentPattern,
    Constant,
    Predicate,
    Scalar,
    Slot,
)
from trace2skill.claims.named import naming_keys
from trace2skill.claims.traversal import entity_type
from trace2skill.claims.view import View
from trace2skill.evidence.policy import ArgumentUse
from trace2skill.traces.model import Action

MOST_CALLS = 30

Entities = Mapping[str, frozenset[str]]


def holding(view: View, condition: Predicate) -> Entities:
    """The entities for which a condition holds now, by entity type, for the types that it is about."""
    found: dict[str, frozenset[str]] = {}
    for part in condition.parts if isinstance(condition, AllOf) else (condition,):
        kind = entity_type_of(part)
        if kind is None:
            continue
        here = frozenset(entity for entity, truth in view.by_entity(part).items() if truth[-1] and entity)
        found[kind] = found[kind] & here if kind in found else here
    return {kind: entities for kind, entities in found.items() if entities}


def calls(
    pattern: ActionPattern, view: View, uses: Sequence[ArgumentUse] = (), entities: Entities | None = None
) -> list[Action]:
    """The calls that fit the pattern with values seen so far, the likeliest first.

    At most `MOST_CALLS`; empty if a slot has no value.
    """
    use = {each.name: each for each in uses if each.tool == pattern.tool}
    given = [
        (name, value)
        for name, value in pattern.arguments
        if not isinstance(value, Anything) or (name in use and use[name].values)
    ]
    names = [name for name, _ in given]
    values = [
        list(dict.fromkeys(_values(value, view, use.get(name), entities or {}))) for name, value in given
    ]
    chosen = islice(product(*values), MOST_CALLS)
    return [Action(tool=pattern.tool, arguments=dict(zip(names, each, strict=True))) for each in chosen]


def _values(
    pattern: ArgumentPattern, view: View, use: ArgumentUse | None, entities: Entities
) -> Iterator[Scalar]:
    if isinstance(pattern, Constant):
        yield pattern.value
    elif isinstance(pattern, Anything) and use is not None:
        yield use.values[0]  # free text: the value that most runs gave
    elif isinstance(pattern, Slot):
        for source in pattern.sources:
            if source in {"task", "utterance"}:
                yield from _named_in(_text_of(view, source), use)
            else:
                yield from _seen(source, view, entities)


def _text_of(view: View, source: str) -> str:
    if source == "task":
        return view.trace.task
    return "\n".join(step.text for step in view.trace.steps if step.text)


def _named_in(text: str, use: ArgumentUse | None) -> Iterator[Scalar]:
    """Values found in a text: known values that it contains, then words of the same form."""
    if use is None:
        return
    yield from (value for value in use.values if str(value).lower() in text.lower())
    if use.look:
        yield from re.findall(rf"(?<!\w){use.look}(?!\w)", text)


def _seen(source: str, view: View, entities: Entities) -> Iterator[Scalar]:
    found: list[tuple[str, Scalar]] = []
    for entity, readings in view.belief.timeline(source).items():
        value = readings[-1].value if readings[-1].known else None
        members = value if isinstance(value, tuple) else (value,)
        found.extend((entity, member) for member in members if member is not None)
    for kind, allowed in sorted(entities.items()):
        if kind == entity_type(source):
            found = [(entity, value) for entity, value in found if entity in allowed] or found
        elif any(str(value) in allowed for _, value in found):
            found = [(entity, value) for entity, value in found if str(value) in allowed]
    named = {
        entity
        for entity, _ in found
        if len(found) > 1 and next(naming_keys(view, entity_type(source), entity), None) is not None
    }
    yield from (value for entity, value in sorted(found, key=lambda each: each[0] not in named))
