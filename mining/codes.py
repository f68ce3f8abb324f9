"""What claims say of each run of a pool, as one code a run: held, not held, not due."""

from collections.abc import Iterator, Sequence

import numpy as np

from trace2skill.claims.lift_tests import HELD, NOT_DUE, NOT_HELD, Codes
from trace2skill.claims.measure import tally_of
from trace2skill.claims.model import ActionPattern, Avoid, Claim, Guard, Never, Predicate
from trace2skill.claims.view import Truth, View
from trace2skill.mining.conditions import conditions_of
from trace2skill.mining.counted import counted_guards
from trace2skill.mining.looks import look_guards
from trace2skill.mining.pool import Pool
from trace2skill.mining.probes import is_probe

Choice = tuple[Claim, Codes]

_MOST_OVERLAP = 1.25
"""An action whose pattern fits many steps that closer patterns describe says too little to be guarded."""


def code_of(held: int, opportunities: int) -> int:
    """The code of a run, from the counts of its row."""
    return NOT_DUE if not opportunities else HELD if held else NOT_HELD


def measured_codes(claim: Claim, views: Sequence[View]) -> Codes:
    """The claim's code on every view."""
    tallies = (tally_of(claim, view) for view in views)
    return np.array(
        [code_of(len(each.held), len(each.held) + len(each.broken)) for each in tallies], dtype=np.int8
    )


def guards_and_pitfalls(pool: Pool) -> Iterator[Choice]:
    """Every condition an action could be guarded by, and everything it could be done without having done.

    It is what the miner of guards chooses from by looking at outcomes, laid out without looking at them.
    """
    table = _TruthTable(pool.views)
    bound = {shape.tool for shape in pool.places if shape.arguments}
    for shape, places in pool.places.items():
        left_open = not shape.arguments and shape.tool in bound
        if is_probe(shape.tool) or left_open or not pool.enough({at for at, _ in places}):
            continue
        views, steps = table.places(shape)
        if len(steps) > _MOST_OVERLAP * len(places):
            continue
        for predicate in conditions_of(pool).predicates:
            yield Guard(action=shape, require=predicate), table.guard(predicate, views, steps)
        for other in _others(pool, shape):
            never = Never(action=other)
            yield Avoid(action=shape, when=never), table.avoid(never, views, steps)
        for guard in counted_guards(pool, shape):
            yield guard, measured_codes(guard, pool.views)
    for guard in look_guards(pool):
        yield guard, measured_codes(guard, pool.views)


def _others(pool: Pool, shape: ActionPattern) -> Iterator[ActionPattern]:
    return (other for other in pool.places if other.tool != shape.tool)


class _TruthTable:
    """Truth of predicates before every step of all views, laid end to end."""

    def __init__(self, views: Sequence[View]) -> None:
        self._views = views
        self._starts = np.cumsum([0, *(view.length + 1 for view in views)])[:-1]
        self._truth: dict[Predicate, Truth] = {}

    def places(self, action: ActionPattern) -> tuple[np.ndarray, np.ndarray]:
        """Views and steps that do the action; more than bear its shape, where a closer shape fits some."""
        done = [np.flatnonzero(view.matches(action)) for view in self._views]
        return np.repeat(np.arange(len(done)), [len(each) for each in done]), np.concatenate(done)

    def guard(self, require: Predicate, views: np.ndarray, steps: np.ndarray) -> Codes:
        """Due where the action is done; held where it is once done with what is required."""
        codes = np.full(len(self._views), NOT_DUE, dtype=np.int8)
        codes[views] = NOT_HELD
        codes[views[self._at(require, views, steps)]] = HELD
        return codes

    def avoid(self, when: Predicate, views: np.ndarray, steps: np.ndarray) -> Codes:
        """Always due; held where the action is never done so."""
        codes = np.full(len(self._views), HELD, dtype=np.int8)
        codes[views[self._at(when, views, steps)]] = NOT_HELD
        return codes

    def _at(self, predicate: Predicate, views: np.ndarray, steps: np.ndarray) -> Truth:
        truth = self._truth.get(predicate)
        if truth is None:
            truth = np.concatenate([view.truth(predicate) for view in self._views])
            self._truth[predicate] = truth
        found: Truth = truth[self._starts[views] + steps]
        return found
