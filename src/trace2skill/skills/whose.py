"""Whose value an argument takes: of several entities of a kind, that of the one which the task names."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from trace2skill.claims.model import ActionPattern, Claim, Slot
from trace2skill.claims.named import naming_keys
from trace2skill.claims.traversal import actions_of, entity_type
from trace2skill.facts.read_only import is_read_only
from trace2skill.traces.model import Label, Trace

if TYPE_CHECKING:
    from trace2skill.claims.view import View

LEAST_RUNS, LEAST_TASKS = 3, 2
LEAST_SHARE = 0.9


class Whose(NamedTuple):
    """An argument's value is that of the entity that the task names, as far as runs show.

    `key` is the fact by whose value the task names it, empty for its id. In `kept` of the `due` good runs
    that had read several such entities and whose task names one, every call took its value.
    """

    kind: str
    key: str
    kept: int
    due: int


def whose(claims: Iterable[Claim], traces: Sequence[Trace]) -> dict[str, Whose]:
    """By the name of each slot of these claims' changing actions, whose value it takes, if runs agree."""
    from trace2skill.claims.view import View

    actions = dict.fromkeys(action for claim in claims for action in actions_of(claim))
    changing = [action for action in actions if not is_read_only(action.tool)]
    good = [trace for trace in traces if trace.outcome.label is Label.SUCCESS] or list(traces)
    fates: dict[str, list[tuple[Trace, bool, str, str]]] = {}
    for trace in good if any(_slots(changing)) else ():
        view = View(trace)
        for name, choices in _by_slot(changing, view).items():
            kind, key = choices[0][1:]
            fates.setdefault(name, []).append((trace, all(right for right, _, _ in choices), kind, key))
    return {name: found for name in sorted(fates) if (found := _agreed(fates[name]))}


def _agreed(fates: Sequence[tuple[Trace, bool, str, str]]) -> Whose | None:
    kept = [trace for trace, right, _, _ in fates if right]
    if len(kept) < max(LEAST_RUNS, LEAST_SHARE * len(fates)) or len({t.stratum for t in kept}) < LEAST_TASKS:
        return None
    (kind, key), _ = Counter((kind, key) for _, right, kind, key in fates if right).most_common(1)[0]
    return Whose(kind, key, len(kept), len(fates))


def _slots(actions: Iterable[ActionPattern]) -> Iterator[tuple[ActionPattern, str, Slot, str]]:
    """Every slot that takes an entity's fact: the action, the argument, the slot and the fact's key."""
    for action in actions:
        for argument, value in action.arguments:
            if isinstance(value, Slot):
                yield from ((action, argument, value, source) for source in value.sources if "." in source)


def _by_slot(actions: Sequence[ActionPattern], view: "View") -> dict[str, list[tuple[bool, str, str]]]:
    """For each call with a choice, whether it took the named entity's value, its kind, and what names it."""
    found: dict[str, list[tuple[bool, str, str]]] = {}
    for action, argument, slot, source in _slots(actions):
        for step in view.trace.steps:
            call = step.action
            if call is None or call.tool != action.tool or argument not in call.arguments:
                continue
            if choice := _choice(view, source, call.arguments[argument], step.index):
                found.setdefault(slot.name, []).append(choice)
    return found


def _choice(view: "View", source: str, value: object, before: int) -> tuple[bool, str, str] | None:
    """None unless several entities were read by then and the task names some but not all of them."""
    kind = entity_type(source)
    values = {
        entity: readings[-1].value
        for entity, every in view.belief.timeline(source).items()
        if (readings := [each for each in every if each.step < before])
    }
    named = {entity: keys for entity in values if (keys := list(naming_keys(view, kind, entity)))}
    if not named or len(named) == len(values):
        return None
    taken = [entity for entity, known in values.items() if known == value]
    key = next((named[entity][0] for entity in taken if entity in named), next(iter(named.values()))[0])
    return any(entity in named for entity in taken), kind, key
