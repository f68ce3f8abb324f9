"""Measuring claims on traces: the only source of numbers in the project.

Each kind of claim has one function that says, for one trace, what an opportunity is, when the claim
held, and where. Everything else is derived from these rows (claims/statistics.py).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

from trace2skill.claims.evidence import Row, Table
from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import (
    Avoid,
    Claim,
    Closing,
    Effect,
    Guard,
    Known,
    Milestones,
    Predicate,
    Rule,
    claim_id,
)
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.view import Truth, View
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Trace

_MOST_CITATIONS = 5
"""Per trace and side; every further place can be found again by measuring."""


class _Tally(NamedTuple):
    held: Sequence[int] = ()
    broken: Sequence[int] = ()
    association: Table = Table()
    step_effect: Table = Table()


def measure(claims: Iterable[Claim], traces: Iterable[Trace]) -> Iterator[Row]:
    """Measure every claim on every trace, one trace at a time.

    Yields one row per claim and trace in which the claim had an opportunity or a contrast to count.
    """
    named = sorted({claim_id(claim): claim for claim in claims}.items())
    vocabulary = Vocabulary.of(chain.from_iterable(fact_keys(claim) for _, claim in named))
    for trace in traces:
        yield from measure_view(named, View(trace, vocabulary))


def measure_view(named: Iterable[tuple[str, Claim]], view: View) -> Iterator[Row]:
    """Measure claims, given with their ids, on one trace whose view knows their vocabulary."""
    for name, claim in named:
        tally = tally_of(claim, view)
        if tally.held or tally.broken or any(tally.association) or any(tally.step_effect):
            yield Row(
                claim=name,
                trace=view.trace.hash,
                opportunities=len(tally.held) + len(tally.broken),
                held=len(tally.held),
                association=tally.association,
                step_effect=tally.step_effect,
                held_at=tuple(tally.held[:_MOST_CITATIONS]),
                broken_at=tuple(tally.broken[:_MOST_CITATIONS]),
            )


def tally_of(claim: Claim, view: View) -> _Tally:
    """Where in the trace the claim held and where it was broken, and its step contrasts."""
    return _TALLIES[type(claim)](claim, view)


def _effect(claim: Effect, view: View) -> _Tally:
    """Held at the action when `after` is true at the next reading of its facts.

    Associated against other actions, those aside whose next reading may show what this action did.
    """
    previous, following = _readings_around(claim.after, view)
    counted = _before(claim.before, view) & (following >= 0)
    came_true = counted & view.truth(claim.after)[1:][np.clip(following, 0, None)]
    does = view.matches(claim.action)
    done = np.concatenate([[0], np.cumsum(does)])
    apart = done[np.maximum(following, previous) + 1] == done[previous + 1]
    return _Tally(
        _where(does & came_true),
        _where(does & counted & ~came_true),
        association=_table(does, came_true, counted & view.acts & (does | apart)),
    )


def _readings_around(predicate: Predicate, view: View) -> tuple[np.ndarray, np.ndarray]:
    """For each step, the last reading of the predicate's facts before it and the first from it on.

    Steps; -1 for none.
    """
    read = np.zeros(view.length, dtype=bool)
    for key in set(fact_keys(predicate)):
        for readings in view.belief.timeline(key).values():
            read[[reading.step for reading in readings if reading.step >= 0]] = True
    steps = np.concatenate([[-1], np.flatnonzero(read), [-1]])
    positions = np.searchsorted(steps[1:-1], np.arange(view.length))
    return steps[positions], steps[positions + 1]


def _sequence(claim: SequenceClaim, view: View) -> _Tally:
    """Held at the first action when the others follow in order, each within the gap."""
    order = _where(view.acts)
    rank = {step: position for position, step in enumerate(order)}
    matches = [[rank[step] for step in _where(view.matches(action))] for action in claim.actions]
    held: list[int] = []
    broken: list[int] = []
    for start in matches[0]:
        (held if _follows(start, matches[1:], claim.gap) else broken).append(order[start])
    return _Tally(held, broken, association=_follow_up(claim, matches, len(order)))


def _follows(start: int, rest: Sequence[Sequence[int]], gap: int | None) -> bool:
    at = start
    for places in rest:
        later = [place for place in places if place > at and (gap is None or place <= at + gap)]
        if not later:
            return False
        at = later[0]
    return True


def _follow_up(claim: SequenceClaim, matches: Sequence[Sequence[int]], length: int) -> Table:
    """How often the second action comes within the gap of the first, and of any other action."""
    first, second = set(matches[0]), matches[1:2]
    followed = [_follows(position, second, claim.gap) for position in range(length)]
    hits = sum(followed[position] for position in first)
    return Table(hits, len(first), sum(followed) - hits, length - len(first))


def _avoid(claim: Avoid, view: View) -> _Tally:
    """Broken where the action was done so; a trace in which it never was holds at its last step."""
    when = _before(claim.when, view)
    does = view.matches(claim.action)
    broken = _where(does & when)
    held = [] if broken or not view.length else [view.length - 1]
    effect = _table(when, view.errors, does) if claim.when else Table()
    return _Tally(held, broken[:1], step_effect=effect)


def _rule(claim: Rule, view: View) -> _Tally:
    """One opportunity per maximal stretch on which `when` holds; held at the step that does `then`.

    Associated over stretches on which every fact of `when` is known: against facts that are otherwise, not
    against facts that nobody read yet, else position in the run would pass for a cause.
    """
    when = view.truth(claim.when)[:-1]
    known = np.ones(view.length, dtype=bool)
    for key in set(fact_keys(claim.when)):
        known &= view.truth(Known(key=key))[:-1]
    does = view.matches(claim.then)
    decisions = view.decisions(claim.then.actor)
    held, broken = _occasions(when, does, decisions)
    done_otherwise, idle_otherwise = _occasions(known & ~when, does, decisions)
    return _Tally(
        held,
        broken,
        association=Table(
            len(held), len(held) + len(broken), len(done_otherwise), len(done_otherwise) + len(idle_otherwise)
        ),
        step_effect=_table(when, view.errors, does),
    )


def _occasions(when: Truth, does: Truth, decisions: Truth) -> tuple[list[int], list[int]]:
    """Per maximal stretch of `when`: the first step that does it, or the start if no decision does."""
    held: list[int] = []
    broken: list[int] = []
    for start, end in _stretches(when):
        done = _where(does[start:end])
        if done:
            held.append(start + done[0])
        elif decisions[start:end].any():
            broken.append(start)
    return held, broken


def _guard(claim: Guard, view: View) -> _Tally:
    """Held at each matching step at which what is required is true."""
    asked = view.matches(claim.action) & _before(claim.scope, view)
    required = view.truth(claim.require)[:-1]
    return _Tally(
        _where(asked & required),
        _where(asked & ~required),
        step_effect=_table(required, view.errors, asked),
    )


def _milestones(claim: Milestones, view: View) -> _Tally:
    """Held at the last milestone reached, when those reached were first done in order."""
    firsts = [places[0] for action in claim.actions if (places := _where(view.matches(action)))]
    if len(firsts) < 2:
        return _Tally()
    for earlier, later in pairwise(firsts):
        if later < earlier:
            return _Tally(broken=[later])
    return _Tally(held=[firsts[-1]])


def _closing(claim: Closing, view: View) -> _Tally:
    """One opportunity at the end of the trace, cited at its last step."""
    if not view.length or (claim.scope and not view.truth(claim.scope)[-1]):
        return _Tally()
    last = [view.length - 1]
    return _Tally(held=last) if view.truth(claim.require)[-1] else _Tally(broken=last)


_TALLIES: dict[type, Callable[..., _Tally]] = {
    Effect: _effect,
    SequenceClaim: _sequence,
    Avoid: _avoid,
    Rule: _rule,
    Guard: _guard,
    Milestones: _milestones,
    Closing: _closing,
}


def _before(predicate: Predicate | None, view: View) -> Truth:
    return np.ones(view.length, dtype=bool) if predicate is None else view.truth(predicate)[:-1]


def _where(truth: Truth) -> list[int]:
    return [int(index) for index in np.flatnonzero(truth)]


def _table(condition: Truth, hit: Truth, counted: Truth) -> Table:
    with_it, without = counted & condition, counted & ~condition
    return Table(
        int((hit & with_it).sum()), int(with_it.sum()), int((hit & without).sum()), int(without.sum())
    )


def _stretches(truth: Truth) -> list[tuple[int, int]]:
    """Maximal runs of True as (start, end), end excluded."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], truth.astype(np.int8), [0]])))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
