"""Claims measured on one trace at a time: what `trace2skill.evidence.measure` must equal."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tests.claims.reference import PlainView, Truth
from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Claim,
    Closing,
    Effect,
    Guard,
    Known,
    Milestones,
    Predicate,
    Rule,
)
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.traversal import fact_keys
from trace2skill.evidence.rows import Table


class PlainTally(NamedTuple):
    """The steps at which a claim was held and broken in the trace, and its contrasts."""

    held: Sequence[int] = ()
    broken: Sequence[int] = ()
    association: Table = Table()
    step_effect: Table = Table()


def plain_tally(claim: Claim, view: PlainView) -> PlainTally:
    """The steps at which the claim was held and broken in the trace, and its contrasts."""
    return _TALLIES[type(claim)](claim, view)


def _effect(claim: Effect, view: PlainView) -> PlainTally:
    """Held at the action if `after` is true at the next reading of its facts.

    Association: against other actions, except those whose next reading may reflect this action.
    """
    previous, following = _readings_around(claim.after, view)
    counted = _before(claim.before, view) & (following >= 0)
    came_true = counted & view.truth(claim.after)[1:][np.clip(following, 0, None)]
    does = view.matches(claim.action)
    done = np.concatenate([[0], np.cumsum(does)])
    apart = done[np.maximum(following, previous) + 1] == done[previous + 1]
    return PlainTally(
        _where(does & came_true),
        _where(does & counted & ~came_true),
        association=_table(does, came_true, counted & view.acts & (does | apart)),
    )


def _readings_around(predicate: Predicate, view: PlainView) -> tuple[np.ndarray, np.ndarray]:
    """The readings of the predicate's facts around each step.

    Returns:
        For each step, the step of the last reading before it, and of the first at or after it; -1 for none.
    """
    read = np.zeros(view.length, dtype=bool)
    for key in set(fact_keys(predicate)):
        for readings in view.belief.timeline(key).values():
            read[[reading.step for reading in readings if reading.step >= 0]] = True
    steps = np.concatenate([[-1], np.flatnonzero(read), [-1]])
    positions = np.searchsorted(steps[1:-1], np.arange(view.length))
    return steps[positions], steps[positions + 1]


def _sequence(claim: SequenceClaim, view: PlainView) -> PlainTally:
    """Held at each first action that the others follow in order, each within the gap.

    Association: in runs with the first action, whether the others follow it anywhere; in runs without it,
    whether the others occur in that order.
    """
    order = _where(view.acts)
    rank = {step: position for position, step in enumerate(order)}
    first, *rest = [[rank[step] for step in _where(view.matches(action))] for action in claim.actions]
    held: list[int] = []
    broken: list[int] = []
    for start in first:
        (held if _follows(start, rest, claim.gap) else broken).append(order[start])
    if first:
        table = Table(int(bool(held)), 1, 0, 0)
    else:
        anyhow = any(_follows(start, rest[1:], claim.gap) for start in rest[0])
        table = Table(0, 0, int(anyhow), 1)
    return PlainTally(held, broken, association=table)


def _follows(start: int, rest: Sequence[Sequence[int]], gap: int | None) -> bool:
    at = start
    for places in rest:
        later = [place for place in places if place > at and (gap is None or place <= at + gap)]
        if not later:
            return False
        at = later[0]
    return True


def _avoid(claim: Avoid, view: PlainView) -> PlainTally:
    """Broken at the first step that does the action while `when` holds; else held at the last step."""
    when = _before(claim.when, view)
    does = view.matches(claim.action)
    broken = _where(does & when)
    held = [] if broken or not view.length else [view.length - 1]
    effect = _table(when, view.errors, does) if claim.when else Table()
    return PlainTally(held, broken[:1], step_effect=effect)


def _rule(claim: Rule, view: PlainView) -> PlainTally:
    """One opportunity per maximal interval on which `when` holds; held at the first step that does `then`.

    Association: runs in which the rule was due, against runs in which `when` never held although all its
    facts were known. Runs with unread facts do not count, nor do other intervals of a run in which the rule
    was due: they would confound the condition with the position in the run.
    """
    when = view.truth(claim.when)
    does = view.matches(claim.then)
    held, broken = _occasions(when, does, view.decisions(claim.then.actor))
    if not held and _cut_short(claim.ended_by, view):
        broken = []
    table = Table()
    if held or broken:
        table = Table(int(bool(held)), 1, 0, 0)
    elif not when.any() and _known(claim.when, view):
        table = Table(0, 0, int(does.any()), 1)
    return PlainTally(held, broken, association=table, step_effect=_table(when[:-1], view.errors, does))


def _known(predicate: Predicate, view: PlainView) -> bool:
    """Whether all facts of the predicate were known at the same time, at some step."""
    known = np.ones(view.length + 1, dtype=bool)
    for key in set(fact_keys(predicate)):
        known &= view.truth(Known(key=key))
    return bool(known.any())


def _cut_short(ended_by: Sequence[ActionPattern], view: PlainView) -> bool:
    """Whether the last action of the run is one of these."""
    acts = _where(view.acts)
    return bool(acts) and any(view.matches(action)[acts[-1]] for action in ended_by)


def _occasions(when: Truth, does: Truth, decisions: Truth) -> tuple[list[int], list[int]]:
    """The held and the broken opportunities, from the maximal intervals on which `when` holds.

    Held at the first step of the interval that does the action; otherwise broken at its start, if there was a
    decision in the interval or it lasts until the end of the run.
    """
    held: list[int] = []
    broken: list[int] = []
    for start, end in _stretches(when):
        done = _where(does[start:end])
        if done:
            held.append(start + done[0])
        elif len(does) and (decisions[start:end].any() or end > len(does)):
            broken.append(min(start, len(does) - 1))
    return held, broken


def _guard(claim: Guard, view: PlainView) -> PlainTally:
    """Held at each matching step just before which `require` is true."""
    asked = view.matches(claim.action) & _before(claim.scope, view)
    required = view.truth(claim.require)[:-1]
    return PlainTally(
        _where(asked & required),
        _where(asked & ~required),
        step_effect=_table(required, view.errors, asked),
    )


def _milestones(claim: Milestones, view: PlainView) -> PlainTally:
    """Held at the first occurrence of the last milestone if all occur, first in order; else broken.

    Broken at the first milestone out of order, or at the last step if one is missing.
    """
    if not view.length:
        return PlainTally()
    reached = -1
    for action in claim.actions:
        places = _where(view.matches(action))
        if not places or places[0] <= reached:
            return PlainTally(broken=[places[0] if places else view.length - 1])
        reached = places[0]
    return PlainTally(held=[reached])


def _closing(claim: Closing, view: PlainView) -> PlainTally:
    """One opportunity, at the end of the trace; held or broken at its last step."""
    out_of_scope = claim.scope is not None and not view.truth(claim.scope)[-1]
    if not view.length or out_of_scope or _cut_short(claim.ended_by, view):
        return PlainTally()
    last = [view.length - 1]
    return PlainTally(held=last) if view.truth(claim.require)[-1] else PlainTally(broken=last)


_TALLIES: dict[type, Callable[..., PlainTally]] = {
    Effect: _effect,
    SequenceClaim: _sequence,
    Avoid: _avoid,
    Rule: _rule,
    Guard: _guard,
    Milestones: _milestones,
    Closing: _closing,
}


def _before(predicate: Predicate | None, view: PlainView) -> Truth:
    return np.ones(view.length, dtype=bool) if predicate is None else view.truth(predicate)[:-1]


def _where(truth: Truth) -> list[int]:
    return [int(index) for index in np.flatnonzero(truth)]


def _table(condition: Truth, hit: Truth, counted: Truth) -> Table:
    """The run's 0/1 counts: any counted step, and any hit, with the condition and without it."""
    with_it, without = counted & condition, counted & ~condition
    sides = (hit & with_it, with_it, hit & without, without)
    return Table(*(int(side.any()) for side in sides))


def _stretches(truth: Truth) -> list[tuple[int, int]]:
    """Maximal intervals of True as (start, end), end excluded."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], truth.astype(np.int8), [0]])))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
