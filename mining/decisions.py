"""Decision rules: for every action that changes something, the conditions under which good runs do it.

Sequential covering: the condition that explains most occurrences of the action at the least cost is taken,
then the next one for the occurrences that are left. A condition costs one for every occasion on which it
holds and the action is not done, and a prior: longer conditions, conditions on facts that the action's name
does not speak of, and conditions that are still so at the end of the run, are less likely reasons. With many
runs the counts decide, with few the prior.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from trace2skill.claims.evidence import Selection
from trace2skill.claims.keys import TASK, fact_keys
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    Anything,
    Compare,
    Constant,
    Predicate,
    Rule,
)
from trace2skill.claims.view import Truth
from trace2skill.facts.fact import is_instance
from trace2skill.facts.probes import is_probe
from trace2skill.mining.affinity import Affinity, flat, is_event
from trace2skill.mining.literals import literals
from trace2skill.mining.pool import Pool

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
_RARELY = 0.25
_MOST_GOALS = 2
_ENOUGH = 2
"""Occurrences that a further condition must explain, if it is never wrong and its gain is not positive."""

_CUT_SHORT = 0.25
"""What an occasion weighs in a run that a last action cut short: not to do it may have had a reason."""

_USUAL = 2 / 3
"""An action with which so many of the good runs end is their end."""

_HALVES = 40
_RIVALS = 40
"""Half-samples of the tasks, and how many of the best candidates compete on each."""

_WORDS_OF_TEXT = 4
"""An argument whose value has as many words is free text: what it says is no part of what is done."""


@dataclass(frozen=True)
class _Found:
    rows: tuple[int, ...]
    holds: Truth
    gain: float
    cost: float
    covered: Truth
    wrong: int
    cut: float = 0.0


class Decision(NamedTuple):
    """A rule of the list, and how its condition was chosen."""

    rule: Rule
    selection: Selection


class Decisions:
    """The decisions of a pool's good runs, and the rules that explain them.

    To end a run is the last decision of each: what was due then was left undone.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.views = pool.good or tuple(range(len(pool.views)))
        self.literals = literals(pool)
        self.shapes = [
            self._precise(at, index) if index < pool.views[at].length else None
            for at in self.views
            for index in range(pool.views[at].length + 1)
        ]
        self.run = np.repeat(self.views, [pool.views[at].length + 1 for at in self.views])
        self._affinity = Affinity(pool, self.views, self.literals)
        self.truth = np.array(
            [
                np.concatenate([pool.views[at].truth(literal) for at in self.views])
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
        return tuple(sorted(order, key=lambda shape: (shape not in self.cutting, order[shape], str(shape))))

    @cached_property
    def last(self) -> tuple[ActionPattern, ...]:
        """Actions after which good runs do nothing more."""
        ends = set(self._ends)
        elsewhere = {shape for index, shape in enumerate(self.shapes) if index not in ends}
        final = {self.shapes[index] for index in ends} - elsewhere
        return tuple(sorted((shape for shape in final if shape and not is_probe(shape.tool)), key=str))

    @cached_property
    def cutting(self) -> tuple[ActionPattern, ...]:
        """Last actions that cut a run short, such as handing over.

        What most good runs end with, such as a farewell, or what mostly comes after other changes, is no such
        action: what was due comes before it.
        """
        final = Counter(self.shapes[index] for index in self._ends)
        changed = Counter(
            int(run)
            for run, shape in zip(self.run, self.shapes, strict=True)
            if shape is not None and not is_probe(shape.tool)
        )
        alone = Counter(self.shapes[end] for end in self._ends if changed[int(self.run[end])] == 1)
        return tuple(
            action
            for action in self.last
            if final[action] < _USUAL * len(self.views) and 2 * alone[action] > final[action]
        )

    @cached_property
    def _ends(self) -> list[int]:
        """Where each run's last step stands; in front of it, for a run without steps."""
        return [int(start) - 2 for start in np.append(self._starts[1:], len(self.run))]

    @cached_property
    def _cut(self) -> set[int]:
        """Runs that were cut short."""
        return {int(run) for run, shape in zip(self.run, self.shapes, strict=True) if shape in self.cutting}

    def goals(self, of: Collection[int]) -> tuple[Predicate, ...]:
        """What holds at the end of every one of these good runs that was not cut short.

        It seldom held before, when the run first changed something, and at the end of few failed runs.
        Of several on one fact it is the one that sets good ends best apart from bad ones and beginnings.

        Args:
            of: The views to look at: those of a family, among the good and failed ones of the pool.
        """
        changes = np.array(
            [shape is not None and not is_probe(shape.tool) for shape in self.shapes], dtype=bool
        )
        whole = [place for place, at in enumerate(self.views) if at not in self._cut and at in of]
        firsts = [np.flatnonzero(changes & (self.run == self.views[place])) for place in whole]
        starts = [places[0] for places in firsts if len(places)]
        if not starts:
            return ()
        before = self.truth[:, starts].mean(axis=1)
        reached = self.at_end[:, whole].all(axis=1) & (before <= _SELDOM) & ~self._events
        reached &= ~np.array([_is_negative(literal) for literal in self.literals], dtype=bool)
        bad = [at for at in self.pool.bad if at in of]
        scored = []
        for row in np.flatnonzero(reached).tolist():
            ends = [bool(self.pool.views[at].truth(self.literals[row])[-1]) for at in bad]
            failed = sum(ends) / len(ends) if ends else 0.0
            if failed <= _RARELY:
                scored.append((round(failed + float(before[row]), 9), row))
        chosen: dict[tuple[str, ...], Predicate] = {}
        for _, row in sorted(scored):
            chosen.setdefault(tuple(fact_keys(self.literals[row])), self.literals[row])
        return tuple(chosen.values())[:_MOST_GOALS]

    @cached_property
    def listed(self) -> tuple[Decision, ...]:
        """Rules for every action, each action's strongest first."""
        return tuple(self._listed())

    def _listed(self) -> Iterator[Decision]:
        for action in self.actions:
            does = np.array([shape == action for shape in self.shapes], dtype=bool)
            ended_by = () if action in self.cutting else self.cutting
            for found, selection in self._cover(action, does):
                parts = tuple(part for row in found.rows for part in flat(self.literals[row]))
                parts = tuple(dict.fromkeys(parts))
                when = parts[0] if len(parts) == 1 else AllOf(parts=parts)
                yield Decision(Rule(when=when, then=action, ended_by=ended_by), selection)

    # --- covering

    def _cover(self, action: ActionPattern, does: Truth) -> Iterator[tuple[_Found, Selection]]:
        prior = self._prior(action, does)
        weight = np.where(np.isin(self.run, list(self._cut_short(action, does))), _CUT_SHORT, 1.0)
        left = does.copy()
        for number in range(_MOST_RULES):
            judged = self._candidates(left, does, weight, prior)
            found = judged[0] if judged else None
            if found is None or (
                number and found.gain <= 0 and (found.wrong or found.covered.sum() < _ENOUGH)
            ):
                return
            yield found, self._selection(judged, does, weight)
            left &= ~found.covered
            if not left.any():
                return

    def _selection(self, judged: Sequence[_Found], does: Truth, weight: np.ndarray) -> Selection:
        """How the first of these candidates was chosen; see `Selection`.

        Candidates that hold in the same runs are one choice. Stability is that of stability selection
        (Meinshausen and Buehlmann, 2010), by halves of the tasks, each run counted twice so that the prior
        weighs as much as it did, and with the candidates already grown.
        """
        patterns = {self._exposed(found.holds).tobytes() for found in judged}
        rivals = judged[:_RIVALS]
        whole = (weight == 1).astype(float)
        worth = np.array([self._worth_by_run(found, does, whole) for found in rivals])
        scores = 2 * worth @ self._halves.T - np.array([[found.cost + found.cut] for found in rivals])
        best = scores >= scores.max(axis=0) - 1e-9
        alike = [at for at, found in enumerate(rivals) if self._same_runs(found, rivals[0])]
        return Selection(among=len(patterns), stability=round(float(best[alike].any(axis=0).mean()), 4))

    def _same_runs(self, one: _Found, other: _Found) -> bool:
        return bool((self._exposed(one.holds) == self._exposed(other.holds)).all())

    @cached_property
    def _starts(self) -> np.ndarray:
        """Where each run's decisions start, of runs that have any."""
        return np.flatnonzero(np.diff(self.run, prepend=-1))

    def _exposed(self, holds: Truth) -> Truth:
        """In which runs a condition ever holds."""
        exposed: Truth = np.logical_or.reduceat(holds, self._starts)
        return exposed

    def _worth_by_run(self, found: _Found, does: Truth, weight: np.ndarray) -> np.ndarray:
        """By run, the occurrences that a condition explains less the occasions on which it is wrong."""
        begins = self._begins(found.holds)
        wrong = np.zeros(len(self.run))
        wrong[begins] = self._idle(np.cumsum(begins), begins, found.holds, does) * weight[begins]
        by_run: np.ndarray = np.add.reduceat(found.covered - wrong, self._starts)
        return by_run

    @cached_property
    def _halves(self) -> np.ndarray:
        """Half-samples of the tasks: one row each, one column per run, of ones and zeros."""
        strata = [self.pool.views[int(self.run[start])].trace.stratum for start in self._starts]
        tasks = sorted(set(strata))
        random = np.random.default_rng(len(tasks))
        halves = np.zeros((_HALVES, len(strata)))
        for half in halves:
            drawn = {tasks[at] for at in random.permutation(len(tasks))[: (len(tasks) + 1) // 2]}
            half[[stratum in drawn for stratum in strata]] = 1
        return halves

    def _cut_short(self, action: ActionPattern, does: Truth) -> set[int]:
        """Runs that ended early with a last action: what they left undone says little."""
        return set() if action in self.cutting else self._cut - set(self.run[does].tolist())

    def _candidates(self, left: Truth, does: Truth, weight: np.ndarray, prior: np.ndarray) -> list[_Found]:
        """Every condition that beam search looks at, the best first; of equals the one with fewer parts."""
        judged: list[_Found] = []
        alone: dict[int, float] = {}
        beam = [_Found((), np.ones(len(left), dtype=bool), 0.0, 0.0, left, 1)]
        for _ in range(_LONGEST):
            grown: dict[tuple[int, ...], _Found] = {}
            for start in beam:
                for row in np.flatnonzero((self.truth & left & start.holds).any(axis=1)).tolist():
                    rows = tuple(sorted({*start.rows, row}))
                    if len(rows) > 1 and self._events[list(rows)].any():
                        continue
                    if row not in start.rows and rows not in grown:
                        found = self._judge(rows, start.holds & self.truth[row], left, does, weight, prior)
                        grown[rows] = _no_better_cut(found, alone)
            if not alone:
                alone = {found.rows[0]: found.cut for found in grown.values()}
            ranked = sorted(grown.values(), key=lambda found: (-found.gain, found.rows))
            if not ranked:
                break
            judged += ranked
            beam = [found for found in ranked if found.wrong][:_BEAM]
        return sorted(judged, key=lambda found: (-round(found.gain, 9), len(found.rows), found.rows))

    def _judge(  # noqa: PLR0913, PLR0917 - one condition against all that is known of the action
        self,
        rows: tuple[int, ...],
        holds: Truth,
        left: Truth,
        does: Truth,
        weight: np.ndarray,
        prior: np.ndarray,
    ) -> _Found:
        begins = self._begins(holds)
        stretch = np.cumsum(begins)
        done = np.flatnonzero(holds & does)
        done_on = stretch[done]  # never falls, so that the first of each stretch is where it rises
        covered = np.zeros(len(left), dtype=bool)
        covered[done[np.diff(done_on, prepend=-1) > 0]] = True
        covered &= left
        idle, weighs = self._idle(stretch, begins, holds, does), weight[begins]
        wrong = int(np.count_nonzero(idle & (weighs == 1)))
        cost = _PER_LITERAL * len(rows) + float(prior[list(rows)].mean())
        cut = float(weighs[idle].sum()) - wrong
        return _Found(rows, holds, float(covered.sum()) - wrong - cut - cost, cost, covered, wrong, cut)

    def _idle(self, stretch: np.ndarray, begins: Truth, holds: Truth, does: Truth) -> Truth:
        """Of each stretch on which a condition holds, whether the action is not done on it."""
        idle = np.ones(int(begins.sum()), dtype=bool)
        idle[stretch[holds & does] - 1] = False
        return idle

    def _begins(self, holds: Truth) -> Truth:
        """Where a condition comes to hold."""
        begins = holds.copy()
        begins[1:] &= ~(holds[:-1] & self._same_run)
        return begins

    @cached_property
    def _same_run(self) -> Truth:
        """Of each decision but the first, whether it is of the same run as the one before."""
        same: Truth = self.run[1:] == self.run[:-1]
        return same

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
        starts = np.flatnonzero(self._begins(self.truth[row]))
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
        words = self.pool.enumerations
        for name, value in step.action.arguments.items():
            if isinstance(value, dict | list) or value is None or not words.admits_argument(shape.tool, name):
                continue
            if self._is_text(step.action.tool, name) or not words.admits_constant(value):
                bound[name] = Anything()
                continue
            never_varies = self._values[step.action.tool, name] == {value} and not isinstance(value, str)
            if never_varies or (name not in bound and not is_instance(value)):
                bound[name] = Constant(value=value)
        return shape.model_copy(update={"arguments": tuple(sorted(bound.items()))})

    def _is_text(self, tool: str, name: str) -> bool:
        """Whether most values of an argument are sentences: a summary, a message, a note."""
        values = [value for value in self._values[tool, name] if isinstance(value, str)]
        texts = sum(len(value.split()) >= _WORDS_OF_TEXT for value in values)
        return 2 * texts > len(self._values[tool, name])

    @cached_property
    def _values(self) -> Mapping[tuple[str, str], set[object]]:
        values: dict[tuple[str, str], set[object]] = defaultdict(set)
        steps = (step for at in self.views for step in self.pool.views[at].trace.steps)
        for action in (step.action for step in steps if step.action):
            for name, value in action.arguments.items():
                values[action.tool, name].add(str(value) if isinstance(value, dict | list) else value)
        return values


def _no_better_cut(found: _Found, alone: Mapping[int, float]) -> _Found:
    """A conjunction without credit for leaving out runs that were cut short: they say too little for that."""
    if len(found.rows) < 2:
        return found
    cut = max(alone.get(row, 0.0) for row in found.rows)
    return replace(found, gain=found.gain + found.cut - cut, cut=cut)


def _is_negative(predicate: Predicate) -> bool:
    """Whether it says what a fact is not: no goal to work for."""
    return isinstance(predicate, Compare) and predicate.operator in {"!=", "not in"}
