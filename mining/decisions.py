"""Decision rules: for every action that changes something, the conditions under which good runs do it.

Sequential covering: the condition that explains most occurrences of the action at the least cost is taken,
then the next one for the occurrences that are left. A condition costs one for every occasion on which it
holds and the action is not done, and a prior: longer conditions, conditions on facts that the action's name
does not speak of, and conditions that are still so at the end of the run, are less likely reasons. With many
runs the counts decide, with few the prior.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trace2skill.claims.keys import TASK, fact_keys
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    Constant,
    Predicate,
    Rule,
)
from trace2skill.claims.view import Truth
from trace2skill.facts.fact import is_instance
from trace2skill.mining.affinity import Affinity, flat, is_event
from trace2skill.mining.literals import literals
from trace2skill.mining.pool import Pool
from trace2skill.mining.probes import is_probe

_PER_LITERAL = 0.3
_STRANGE = 1.5
_LASTING = 1.0
_RELATED = 0.5
_AFTER = 1.2
_PER_STEP_SINCE = 0.1
_LONG_AGO = 10.0
_BEAM = 6
_LONGEST = 3
_MOST_RULES = 4
_SELDOM = 0.5
_MOST_GOALS = 4
_ENOUGH = 2
"""Occurrences that a further condition must explain, if it is never wrong and its gain is not positive."""


@dataclass(frozen=True)
class _Found:
    rows: tuple[int, ...]
    holds: Truth
    gain: float
    covered: Truth
    wrong: int


class Decisions:
    """The decisions of a pool's good runs, and the rules that explain them."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.views = pool.good or tuple(range(len(pool.views)))
        self.literals = literals(pool)
        self.shapes = [
            self._precise(at, index) for at in self.views for index in range(pool.views[at].length)
        ]
        self.run = np.array([at for at in self.views for _ in range(pool.views[at].length)], dtype=int)
        self._affinity = Affinity(pool, self.views, self.literals)
        self.truth = np.array(
            [
                np.concatenate([pool.views[at].truth(literal)[:-1] for at in self.views])
                for literal in self.literals
            ],
            dtype=bool,
        ).reshape(len(self.literals), len(self.run))
        self.at_end = np.array(
            [[pool.views[at].truth(literal)[-1] for at in self.views] for literal in self.literals],
            dtype=bool,
        ).reshape(len(self.literals), len(self.views))

    @cached_property
    def actions(self) -> tuple[ActionPattern, ...]:
        """What changes something, in the order in which runs first do it."""
        firsts: dict[ActionPattern, list[float]] = defaultdict(list)
        seen: set[tuple[int, ActionPattern]] = set()
        position = Counter[int]()
        for run, shape in zip(self.run.tolist(), self.shapes, strict=True):
            if shape is not None and not is_probe(shape.tool):
                position[run] += 1
                if (run, shape) not in seen:
                    seen.add((run, shape))
                    firsts[shape].append(position[run])
        order = {shape: float(np.mean(places)) for shape, places in firsts.items()}
        return tuple(sorted(order, key=lambda shape: (shape not in self.last, order[shape], str(shape))))

    @cached_property
    def last(self) -> tuple[ActionPattern, ...]:
        """Actions after which good runs do nothing more."""
        ends = {run: index for index, run in enumerate(self.run.tolist())}
        final = {self.shapes[index] for index in ends.values()}
        elsewhere = {shape for index, shape in enumerate(self.shapes) if ends[int(self.run[index])] != index}
        return tuple(sorted((s for s in final - elsewhere if s and not is_probe(s.tool)), key=str))

    def goals(self) -> tuple[Predicate, ...]:
        """What holds at the end of every good run that no last action cut short, and seldom held before.

        Before means: when the run first changed something.
        """
        ended = {int(run) for run, shape in zip(self.run, self.shapes, strict=True) if shape in self.last}
        changes = np.array(
            [shape is not None and not is_probe(shape.tool) for shape in self.shapes], dtype=bool
        )
        whole = [place for place, at in enumerate(self.views) if at not in ended]
        firsts = [np.flatnonzero(changes & (self.run == self.views[place])) for place in whole]
        starts = [places[0] for places in firsts if len(places)]
        if not starts:
            return ()
        before = self.truth[:, starts].mean(axis=1)
        reached = self.at_end[:, whole].all(axis=1) & (before <= _SELDOM) & ~self._events
        rows = sorted(np.flatnonzero(reached).tolist(), key=lambda row: (before[row], row))
        return tuple(self.literals[row] for row in rows[:_MOST_GOALS])

    def rules(self) -> Iterator[Rule]:
        """Rules for every action, each action's strongest first."""
        for action in self.actions:
            does = np.array([shape == action for shape in self.shapes], dtype=bool)
            for rows in self._cover(action, does):
                parts = tuple(part for row in rows for part in flat(self.literals[row]))
                parts = tuple(dict.fromkeys(parts))
                yield Rule(when=parts[0] if len(parts) == 1 else AllOf(parts=parts), then=action)

    # --- covering

    def _cover(self, action: ActionPattern, does: Truth) -> Iterator[tuple[int, ...]]:
        prior = self._prior(action, does)
        counted = ~np.isin(self.run, list(self._cut_short(action, does)))
        left = does.copy()
        for number in range(_MOST_RULES):
            found = self._best(left, does, counted, prior)
            if found is None or (
                number and found.gain <= 0 and (found.wrong or found.covered.sum() < _ENOUGH)
            ):
                return
            yield found.rows
            left &= ~found.covered
            if not left.any():
                return

    def _cut_short(self, action: ActionPattern, does: Truth) -> set[int]:
        """Runs that ended early with a last action: what they left undone says nothing."""
        if action in self.last:
            return set()
        ended = {int(run) for run, shape in zip(self.run, self.shapes, strict=True) if shape in self.last}
        return ended - set(self.run[does].tolist())

    def _best(self, left: Truth, does: Truth, counted: Truth, prior: np.ndarray) -> _Found | None:
        best: _Found | None = None
        beam = [_Found((), np.ones(len(left), dtype=bool), 0.0, left, 1)]
        for _ in range(_LONGEST):
            grown: dict[tuple[int, ...], _Found] = {}
            for start in beam:
                for row in np.flatnonzero((self.truth & left & start.holds).any(axis=1)).tolist():
                    rows = tuple(sorted({*start.rows, row}))
                    if len(rows) > 1 and self._events[list(rows)].any():
                        continue
                    if row not in start.rows and rows not in grown:
                        grown[rows] = self._judge(
                            rows, start.holds & self.truth[row], left, does, counted, prior
                        )
            ranked = sorted(grown.values(), key=lambda found: (-found.gain, found.rows))
            if not ranked:
                break
            if best is None or ranked[0].gain > best.gain + 1e-9:
                best = ranked[0]
            beam = [found for found in ranked if found.wrong][:_BEAM]
        return best

    def _judge(  # noqa: PLR0913, PLR0917 - one condition against all that is known of the action
        self, rows: tuple[int, ...], holds: Truth, left: Truth, does: Truth, counted: Truth, prior: np.ndarray
    ) -> _Found:
        stretch = self._stretches(holds)
        done = np.flatnonzero(holds & does)
        done_on = stretch[done]  # never falls, so that the first of each stretch is where it rises
        covered = np.zeros(len(left), dtype=bool)
        covered[done[np.diff(done_on, prepend=-1) > 0]] = True
        covered &= left
        idle = np.zeros(len(left) + 1, dtype=bool)
        idle[stretch[holds & counted]] = True
        idle[done_on] = False
        wrong = int(np.count_nonzero(idle))
        cost = _PER_LITERAL * len(rows) + float(prior[list(rows)].mean())
        return _Found(rows, holds, float(covered.sum()) - wrong - cost, covered, wrong)

    def _stretches(self, holds: Truth) -> np.ndarray:
        """For each decision the number of the stretch on which the condition holds; read it only there."""
        before = np.concatenate([[False], holds[:-1] & (self.run[1:] == self.run[:-1])])
        stretches: np.ndarray = np.cumsum(holds & ~before)
        return stretches

    # --- the prior

    def _prior(self, action: ActionPattern, does: Truth) -> np.ndarray:
        """How unlikely each literal is to be the reason, before counting: in occasions."""
        runs = {int(run) for run in self.run[does]}
        ends = np.array([at in runs for at in self.views], dtype=bool)
        lasting = self.at_end[:, ends].mean(axis=1)
        strange = np.array([1 - self._affinity.of(action, row) for row in range(len(self.literals))])
        related = np.array(
            [len(set(fact_keys(literal)) - {TASK}) > 1 for literal in self.literals], dtype=bool
        )
        prior: np.ndarray = _STRANGE * strange + _LASTING * lasting + _RELATED * related
        for row in np.flatnonzero(self._events).tolist():
            prior[row] = _AFTER + _PER_STEP_SINCE * min(_LONG_AGO, self._since(row, does))
        return prior

    def _since(self, row: int, does: Truth) -> float:
        """How many steps before the action the event came to be, on average of the nearest."""
        before = np.concatenate([[False], self.truth[row][:-1] & (self.run[1:] == self.run[:-1])])
        starts = np.flatnonzero(self.truth[row] & ~before)
        places = np.flatnonzero(does & self.truth[row])
        if not len(places):
            return _LONG_AGO
        return float(np.mean(places - starts[np.searchsorted(starts, places, side="right") - 1]))

    @cached_property
    def _events(self) -> Truth:
        return np.array([is_event(literal) for literal in self.literals], dtype=bool)

    # --- shapes

    def _precise(self, at: int, index: int) -> ActionPattern | None:
        """The shape of a step, with constants also where they are too rare for a reader's skill."""
        view = self.pool.views[at]
        step = view.trace.steps[index]
        shape = self.pool.full_shape(at, index)
        if shape is None or step.action is None:
            return None
        bound = dict(shape.arguments)
        for name, value in step.action.arguments.items():
            if isinstance(value, dict | list) or value is None:
                continue
            never_varies = self._values[step.action.tool, name] == {value} and not isinstance(value, str)
            if never_varies or (name not in bound and not is_instance(value)):
                bound[name] = Constant(value=value)
        return shape.model_copy(update={"arguments": tuple(sorted(bound.items()))})

    @cached_property
    def _values(self) -> Mapping[tuple[str, str], set[object]]:
        values: dict[tuple[str, str], set[object]] = defaultdict(set)
        steps = (step for at in self.views for step in self.pool.views[at].trace.steps)
        for action in (step.action for step in steps if step.action):
            for name, value in action.arguments.items():
                values[action.tool, name].add(str(value) if isinstance(value, dict | list) else value)
        return values
