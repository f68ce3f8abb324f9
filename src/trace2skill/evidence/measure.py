"""Measures claims on traces: the only source of numbers in the project.

For each kind of claim one function counts, in each of several traces, the opportunities and where the claim
was held or broken. All statistics are derived from these rows (evidence/statistics.py).

Contrasts count runs, not steps: a trace adds at most one trial to either side of a table, because repetitions
within a run are not independent observations.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

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
    claim_id,
)
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.series import Places, Truth
from trace2skill.claims.traversal import actions_of, fact_keys, hears, target_of
from trace2skill.claims.view import View, Views
from trace2skill.evidence.rows import Row, Table
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Trace

_MOST_CITATIONS = 5
"""Citations kept per trace, for held and for broken each."""

_TOGETHER = 100
"""Traces measured at a time."""

Counts: TypeAlias = NDArray[np.int64]


class Tally(NamedTuple):
    """The steps at which a claim was held and broken in a trace, and its contrasts."""

    held: Sequence[int] = ()
    broken: Sequence[int] = ()
    association: Table = Table()
    step_effect: Table = Table()


class Tallies(NamedTuple):
    """The columns at which a claim was held and broken in several traces, ascending, and its contrasts.

    `association` and `step_effect` have one row per trace with the fields of a `Table`; None if all are zero.
    """

    held: Places
    broken: Places
    association: Counts | None = None
    step_effect: Counts | None = None

    def by_trace(self, views: Views) -> Iterator[tuple[int, Tally]]:
        """The tallies of the traces with an opportunity or a contrast, each with its trace's index."""
        held, broken = _by_trace(self.held, views), _by_trace(self.broken, views)
        told = _runs(self.held, views) | _runs(self.broken, views)
        for counts in (self.association, self.step_effect):
            if counts is not None:
                told |= counts.any(axis=1)
        for run in np.flatnonzero(told).tolist():
            tables = (_table(self.association, run), _table(self.step_effect, run))
            yield run, Tally(held.get(run, ()), broken.get(run, ()), *tables)

    def counts(self, views: Views) -> tuple[Counts, Counts]:
        """For each trace, at how many steps the claim was held, and at how many it was broken."""
        many = len(views.each)
        held, broken = views.run[self.held], views.run[self.broken]
        return np.bincount(held, minlength=many), np.bincount(broken, minlength=many)


def measure(claims: Iterable[Claim], traces: Iterable[Trace]) -> Iterator[Row]:
    """Measure every claim on every trace, `_TOGETHER` traces at a time.

    Yields one row per claim and trace, unless the claim had neither opportunity nor contrast in the trace.
    """
    named = sorted({claim_id(claim): claim for claim in claims}.items())
    vocabulary = Vocabulary.of(chain.from_iterable(fact_keys(claim) for _, claim in named))
    views = (View.of(trace, vocabulary) for trace in traces)
    while together := tuple(islice(views, _TOGETHER)):
        yield from measure_views(named, Views(together))


def measure_views(named: Iterable[tuple[str, Claim]], views: Views) -> Iterator[Row]:
    """Measure claims, given with their ids, on traces; the rows come trace by trace.

    The views must hold the claims' vocabulary.
    """
    rows: list[list[Row]] = [[] for _ in views.each]
    for name, claim in named:
        for run, tally in tallies_of(claim, views).by_trace(views):
            rows[run].append(
                Row(
                    claim=name,
                    trace=views.each[run].trace.hash,
                    opportunities=len(tally.held) + len(tally.broken),
                    held=len(tally.held),
                    association=tally.association,
                    step_effect=tally.step_effect,
                    held_at=tuple(tally.held[:_MOST_CITATIONS]),
                    broken_at=tuple(tally.broken[:_MOST_CITATIONS]),
                )
            )
    yield from chain.from_iterable(rows)


def tally_of(claim: Claim, view: View) -> Tally:
    """The steps at which the claim was held and broken in one trace, and its contrasts."""
    return next((tally for _, tally in tallies_of(claim, view.alone).by_trace(view.alone)), Tally())


def tallies_of(claim: Claim, views: Views) -> Tallies:
    """Where the claim was held and broken in the traces, and its contrasts."""
    return _TALLIES[type(claim)](claim, views)


def _effect(claim: Effect, views: Views) -> Tallies:
    """Held at the action if `after` is true at the next reading of its facts.

    Association: against other actions, except those whose next reading may reflect this action.
    """
    previous, following = _readings_around(claim.after, views)
    counted = _before(claim.before, views) & (following >= 0)
    came_true = (
        counted & views.truth(claim.after)[np.where(following < 0, views.ends[views.run], following + 1)]
    )
    does = views.matches(claim.action)
    done = np.concatenate([[0], np.cumsum(does)])
    apart = done[np.maximum(following, previous) + 1] == done[previous + 1]
    return Tallies(
        np.flatnonzero(does & came_true),
        np.flatnonzero(does & counted & ~came_true),
        association=_contrast(does, came_true, counted & views.acts & (does | apart), views),
    )


def _readings_around(predicate: Predicate, views: Views) -> tuple[Places, Places]:
    """The readings of the predicate's facts around each step.

    Returns:
        For each column, the column of the last reading before it in its trace, or the column before the
        trace; and of the first reading at or after it, -1 for none.
    """
    read = np.zeros(views.columns, dtype=bool)
    for key in set(fact_keys(predicate)):
        read[views.timelines(key, believed=True).read] = True
    columns = np.arange(views.columns)
    last = np.maximum.accumulate(np.where(read, columns, -1))
    before = (views.starts - 1)[views.run]
    previous = np.maximum(np.concatenate([[-1], last[:-1]]), before)
    none = views.columns
    following = np.minimum.accumulate(np.where(read, columns, none)[::-1])[::-1]
    return previous, np.where(following > views.ends[views.run], -1, following)


def _sequence(claim: SequenceClaim, views: Views) -> Tallies:
    """Held at each first action that the others follow in order, each within the gap.

    Association: in runs with the first action, whether the others follow it anywhere; in runs without it,
    whether the others occur in that order.
    """
    rank = np.cumsum(views.acts)
    places = [_by_trace(np.flatnonzero(views.matches(action)), views) for action in claim.actions]
    occurring = set().union(*places)
    held: list[int] = []
    broken: list[int] = []
    tables = np.tile(np.array((0, 0, 0, 1), dtype=np.int64), (len(views.each), 1))
    for run in sorted(occurring):
        start, found = int(views.starts[run]), [steps.get(run, []) for steps in places]
        ranks = rank[views.part(run)].tolist()
        first, *rest = [[ranks[step] for step in steps] for steps in found]
        follows = [_follows(at, rest, claim.gap) for at in first]
        for step, followed in zip(found[0], follows, strict=True):
            (held if followed else broken).append(start + step)
        if first:
            tables[run] = (int(any(follows)), 1, 0, 0)
        else:
            anyhow = any(_follows(at, rest[1:], claim.gap) for at in rest[0])
            tables[run] = (0, 0, int(anyhow), 1)
    return Tallies(_columns(held), _columns(broken), association=tables)


def _follows(start: int, rest: Sequence[Sequence[int]], gap: int | None) -> bool:
    at = start
    for places in rest:
        later = [place for place in places if place > at and (gap is None or place <= at + gap)]
        if not later:
            return False
        at = later[0]
    return True


def _avoid(claim: Avoid, views: Views) -> Tallies:
    """Broken at the first step that does the action while `when` holds; else held at the last step."""
    when = _before(claim.when, views)
    does = views.matches(claim.action)
    wrong = does & when
    kept = ~views.anywhere(wrong) & (views.ends > views.starts)
    effect = _contrast(when, views.errors, does, views) if claim.when else None
    return Tallies(views.ends[kept] - 1, _firsts(wrong, views), step_effect=effect)


def _rule(claim: Rule, views: Views) -> Tallies:
    """One opportunity per maximal interval on which `when` holds; held at the first step that does `then`.

    Association: runs in which the rule was due, against runs in which `when` never held although all its
    facts were known. Runs with unread facts do not count, nor do other intervals of a run in which the rule
    was due: they would confound the condition with the position in the run.
    """
    when = views.truth(claim.when)
    does = views.matches(claim.then)
    held, broken = _occasions(when, does, views.decisions(claim.then.actor), views)
    kept = _runs(held, views)
    if claim.ended_by:
        broken = broken[(kept | ~_cut_short(claim.ended_by, views))[views.run[broken]]]
    due = kept | _runs(broken, views)
    never = ~due & ~views.anywhere(when) & _known(claim.when, views)
    association = np.stack([due & kept, due, never & views.anywhere(does), never], axis=1).astype(np.int64)
    return Tallies(held, broken, association, _contrast(when & views.is_step, views.errors, does, views))


def _known(predicate: Predicate, views: Views) -> Truth:
    """For each trace, whether all facts of the predicate were known at the same time, at some step."""
    known = np.ones(views.columns, dtype=bool)
    for key in set(fact_keys(predicate)):
        known &= views.truth(Known(key=key))
    return views.anywhere(known)


def _any_of(actions: Sequence[ActionPattern], views: Views) -> Truth:
    """The steps that match one of the actions."""
    found = np.zeros(views.columns, dtype=bool)
    for action in actions:
        found |= views.matches(action)
    return found


def _cut_short(ended_by: Sequence[ActionPattern], views: Views) -> Truth:
    """For each trace, whether its last action is one of these."""
    columns = np.arange(views.columns)
    last = np.maximum.accumulate(np.where(views.acts, columns, -1))[views.ends]
    return (last >= views.starts) & _any_of(ended_by, views)[last]


def _occasions(when: Truth, does: Truth, decisions: Truth, views: Views) -> tuple[Places, Places]:
    """The held and the broken opportunities, from the maximal intervals on which `when` holds.

    Held at the first step of the interval that does the action; otherwise broken at its start, if there was a
    decision in the interval or it lasts until the end of the run.
    """
    begins = when.copy()
    begins[1:] &= ~when[:-1]
    begins[views.starts] = when[views.starts]
    starts = np.flatnonzero(begins)
    interval = np.cumsum(begins) - 1
    done = np.flatnonzero(when & does)
    done_in = interval[done]
    held = done[np.diff(done_in, prepend=-1) > 0]
    open_ = np.zeros(len(starts), dtype=bool)
    open_[interval[when & (decisions | ~views.is_step)]] = True
    open_[done_in] = False
    open_ &= (views.ends > views.starts)[views.run[starts]]
    last = (views.ends - 1)[views.run[starts]]
    return held, np.minimum(starts, last)[open_]


def _guard(claim: Guard, views: Views) -> Tallies:
    """Held at each matching step just before which `require` is true.

    Association: runs in which it is true at all of them, against runs in which it is at half of the other
    calls at least; these are calls of read-only tools if it is about what was said, other changes of known
    entities if it is about the entity that an argument names. There is none for any other requirement.
    In a run in which nobody says anything, nothing is asked of what was said.
    """
    asked = _any_of(actions_of(claim), views) & _before(claim.scope, views)
    if hears(claim.require):
        asked &= views.anywhere(views.truth(Known(key=next(fact_keys(claim.require)))))[views.run]
    required = views.truth(claim.require)
    return Tallies(
        np.flatnonzero(asked & required),
        np.flatnonzero(asked & ~required),
        association=_against_others(claim, asked, required, views),
        step_effect=_contrast(required, views.errors, asked, views),
    )


def _against_others(claim: Guard, asked: Truth, required: Truth, views: Views) -> Counts | None:
    acts = views.decisions(claim.action.actor)
    if hears(claim.require):
        others = acts & views.reads
    elif target := target_of(claim.require):
        own = [ActionPattern(tool=action.tool) for action in actions_of(claim)]
        others = acts & ~views.reads & ~_any_of(own, views) & views.truth(target)
    else:
        return None
    if not views.each:
        return None
    tried = np.add.reduceat(others.astype(np.int64), views.starts)
    met = np.add.reduceat((others & required).astype(np.int64), views.starts)
    done = views.anywhere(asked)
    kept = done & ~views.anywhere(asked & ~required)
    return np.stack([kept, done, (tried > 0) & (2 * met >= tried), tried > 0], axis=1).astype(np.int64)


def _milestones(claim: Milestones, views: Views) -> Tallies:
    """Held at the first occurrence of the last milestone if all occur, first in order; else broken.

    Broken at the first milestone out of order, or at the last step if one is missing.
    """
    reached = views.starts - 1
    broken = np.full(len(views.each), -1)
    for action in claim.actions:
        first = _first_or_none(views.matches(action), views)
        at_fault = np.where(first < 0, views.ends - 1, first)
        broken = np.where((broken < 0) & ((first < 0) | (first <= reached)), at_fault, broken)
        reached = first
    whole = views.ends > views.starts
    return Tallies(reached[whole & (broken < 0)], broken[whole & (broken >= 0)])


def _closing(claim: Closing, views: Views) -> Tallies:
    """One opportunity, at the end of the trace; held or broken at its last step."""
    counted = views.ends > views.starts
    if claim.scope is not None:
        counted &= views.truth(claim.scope)[views.ends]
    if claim.ended_by:
        counted &= ~_cut_short(claim.ended_by, views)
    required = views.truth(claim.require)[views.ends]
    last = views.ends - 1
    return Tallies(last[counted & required], last[counted & ~required])


_TALLIES: dict[type, Callable[..., Tallies]] = {
    Effect: _effect,
    SequenceClaim: _sequence,
    Avoid: _avoid,
    Rule: _rule,
    Guard: _guard,
    Milestones: _milestones,
    Closing: _closing,
}


def _before(predicate: Predicate | None, views: Views) -> Truth:
    return views.is_step if predicate is None else views.truth(predicate) & views.is_step


def _columns(columns: Sequence[int]) -> Places:
    return np.array(columns, dtype=np.int64)


def _runs(columns: Places, views: Views) -> Truth:
    """For each trace, whether any of the columns is one of its own."""
    runs = np.zeros(len(views.each), dtype=bool)
    runs[views.run[columns]] = True
    return runs


def _firsts(truth: Truth, views: Views) -> Places:
    """The first true column of each trace that has one."""
    columns = np.flatnonzero(truth)
    return columns[np.diff(views.run[columns], prepend=-1) > 0]


def _first_or_none(truth: Truth, views: Views) -> Places:
    """The first true column of each trace; -1 for none."""
    found = np.full(len(views.each), -1)
    columns = _firsts(truth, views)
    found[views.run[columns]] = columns
    return found


def _by_trace(columns: Places, views: Views) -> dict[int, list[int]]:
    """The steps at these columns, by the trace's index."""
    found: dict[int, list[int]] = {}
    for run, step in zip(views.run[columns].tolist(), views.step[columns].tolist(), strict=True):
        found.setdefault(run, []).append(step)
    return found


def _table(counts: Counts | None, run: int) -> Table:
    return Table() if counts is None else Table(*counts[run].tolist())


def _contrast(condition: Truth, hit: Truth, counted: Truth, views: Views) -> Counts:
    """The 0/1 counts of each run: any counted step, and any hit, with the condition and without it."""
    with_it, without = counted & condition, counted & ~condition
    sides = (hit & with_it, with_it, hit & without, without)
    return np.stack([views.anywhere(side) for side in sides], axis=1).astype(np.int64)
