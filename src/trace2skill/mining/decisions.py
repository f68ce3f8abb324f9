"""Mines decision rules: for every state-changing action, the conditions under which good runs do it.

The method is sequential covering with beam search. For each action the condition with the highest gain is
chosen, then the next for the occurrences that are not yet explained. The gain is the number of explained
occurrences less the cost: one for every interval on which the condition holds and the action is not done, and
a prior, in the same unit. The prior is higher for longer conditions, for facts that share no word with the
action, and for conditions still true at the end of the run. With many runs the counts dominate, with few the
prior.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from trace2skill.claims.model import ActionPattern, AllOf, Rule
from trace2skill.claims.traversal import TASK, fact_keys
from trace2skill.claims.view import Truth
from trace2skill.evidence.rows import Selection
from trace2skill.mining.decision_table import Affinity, DecisionTable, flat
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
_ENOUGH = 2
"""Occurrences that a further condition without positive gain must explain; it must never be wrong."""

_CUT_SHORT = 0.25
"""Weight of a wrong interval in a run that was cut short, where the omission may have had a reason."""

_HALVES = 40
_RIVALS = 40
"""Number of half-samples of the tasks, and of the best candidates compared on each."""


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
    """A mined rule, and how its condition was chosen."""

    rule: Rule
    selection: Selection


class Decisions:
    """The decision rules mined from a pool's good runs."""

    def __init__(self, pool: Pool) -> None:
        self.table = DecisionTable(pool)
        self._affinity = Affinity(pool, self.table.views, self.table.literals)

    @cached_property
    def listed(self) -> tuple[Decision, ...]:
        """The rules of every action, in descending order of gain within an action."""
        return tuple(self._listed())

    def _listed(self) -> Iterator[Decision]:
        for action in self.table.actions:
            does = np.array([shape == action for shape in self.table.shapes], dtype=bool)
            ended_by = () if action in self.table.cutting else self.table.cutting
            for found, selection in self._cover(action, does):
                parts = tuple(part for row in found.rows for part in flat(self.table.literals[row]))
                parts = tuple(dict.fromkeys(parts))
                when = parts[0] if len(parts) == 1 else AllOf(parts=parts)
                yield Decision(Rule(when=when, then=action, ended_by=ended_by), selection)

    # --- covering

    def _cover(self, action: ActionPattern, does: Truth) -> Iterator[tuple[_Found, Selection]]:
        prior = self._prior(action, does)
        weight = np.where(np.isin(self.table.run, list(self._cut_short(action, does))), _CUT_SHORT, 1.0)
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
        """How the best of these candidates was chosen; see `Selection`.

        Candidates that hold in the same runs count once. Stability is that of stability selection
        (Meinshausen and Buehlmann, 2010) on half-samples of the tasks: the same candidates are scored again,
        each run counted twice, so that the prior keeps its relative weight.
        """
        patterns = {self.table.exposed(found.holds).tobytes() for found in judged}
        rivals = judged[:_RIVALS]
        whole = (weight == 1).astype(float)
        worth = np.array([self._worth_by_run(found, does, whole) for found in rivals])
        scores = 2 * worth @ self._halves.T - np.array([[found.cost + found.cut] for found in rivals])
        best = scores >= scores.max(axis=0) - 1e-9
        alike = [at for at, found in enumerate(rivals) if self._same_runs(found, rivals[0])]
        return Selection(among=len(patterns), stability=round(float(best[alike].any(axis=0).mean()), 4))

    def _same_runs(self, one: _Found, other: _Found) -> bool:
        return bool((self.table.exposed(one.holds) == self.table.exposed(other.holds)).all())

    def _worth_by_run(self, found: _Found, does: Truth, weight: np.ndarray) -> np.ndarray:
        """For each run, the occurrences that a condition explains less its weighted wrong intervals."""
        begins = self.table.begins(found.holds)
        wrong = np.zeros(len(self.table.run))
        wrong[begins] = self._idle(np.cumsum(begins), begins, found.holds, does) * weight[begins]
        by_run: np.ndarray = np.add.reduceat(found.covered - wrong, self.table.starts)
        return by_run

    @cached_property
    def _halves(self) -> np.ndarray:
        """Random half-samples of the tasks as a 0/1 matrix: one row per sample, one column per run."""
        strata = [
            self.table.pool.views[int(self.table.run[start])].trace.stratum for start in self.table.starts
        ]
        tasks = sorted(set(strata))
        random = np.random.default_rng(len(tasks))
        halves = np.zeros((_HALVES, len(strata)))
        for half in halves:
            drawn = {tasks[at] for at in random.permutation(len(tasks))[: (len(tasks) + 1) // 2]}
            half[[stratum in drawn for stratum in strata]] = 1
        return halves

    def _cut_short(self, action: ActionPattern, does: Truth) -> set[int]:
        """The runs that were cut short before they did the action; omissions in them have less weight."""
        return set() if action in self.table.cutting else self.table.cut - set(self.table.run[does].tolist())

    def _candidates(self, left: Truth, does: Truth, weight: np.ndarray, prior: np.ndarray) -> list[_Found]:
        """All conditions visited by the beam search, by descending gain, then by number of literals."""
        judged: list[_Found] = []
        alone: dict[int, float] = {}
        beam = [_Found((), np.ones(len(left), dtype=bool), 0.0, 0.0, left, 1)]
        for _ in range(_LONGEST):
            grown: dict[tuple[int, ...], _Found] = {}
            for start in beam:
                for row in np.flatnonzero((self.table.truth & left & start.holds).any(axis=1)).tolist():
                    rows = tuple(sorted({*start.rows, row}))
                    if len(rows) > 1 and self.table.events[list(rows)].any():
                        continue
                    if row not in start.rows and rows not in grown:
                        found = self._judge(
                            rows, start.holds & self.table.truth[row], left, does, weight, prior
                        )
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
        begins = self.table.begins(holds)
        stretch = np.cumsum(begins)
        done = np.flatnonzero(holds & does)
        done_on = stretch[done]  # non-decreasing: the first of each interval is where it increases
        covered = np.zeros(len(left), dtype=bool)
        covered[done[np.diff(done_on, prepend=-1) > 0]] = True
        covered &= left
        idle, weighs = self._idle(stretch, begins, holds, does), weight[begins]
        wrong = int(np.count_nonzero(idle & (weighs == 1)))
        cost = _PER_LITERAL * len(rows) + float(prior[list(rows)].mean())
        cut = float(weighs[idle].sum()) - wrong
        return _Found(rows, holds, float(covered.sum()) - wrong - cut - cost, cost, covered, wrong, cut)

    def _idle(self, stretch: np.ndarray, begins: Truth, holds: Truth, does: Truth) -> Truth:
        """For each interval on which a condition holds, whether the action is not done in it."""
        idle = np.ones(int(begins.sum()), dtype=bool)
        idle[stretch[holds & does] - 1] = False
        return idle

    # --- the prior

    def _prior(self, action: ActionPattern, does: Truth) -> np.ndarray:
        """The prior cost of each literal as a reason for the action, in units of wrong intervals."""
        runs = {int(run) for run in self.table.run[does]}
        ends = np.array([at in runs for at in self.table.views], dtype=bool)
        lasting = self.table.at_end[:, ends].mean(axis=1)
        strange = np.array([1 - self._affinity.of(action, row) for row in range(len(self.table.literals))])
        related = np.array(
            [len(set(fact_keys(literal)) - {TASK}) > 1 for literal in self.table.literals], dtype=bool
        )
        prior: np.ndarray = _STRANGE * strange + _LASTING * lasting + _RELATED * related
        for row in np.flatnonzero(self.table.events).tolist():
            prior[row] = _AFTER + _PER_STEP_SINCE * min(_LONG_AGO, self._since(row, does))
        return prior

    def _since(self, row: int, does: Truth) -> float:
        """The mean number of steps between the event and the next occurrence of the action."""
        starts = np.flatnonzero(self.table.begins(self.table.truth[row]))
        places = np.flatnonzero(does & self.table.truth[row])
        if not len(places):
            return _LONG_AGO
        return float(np.mean(places - starts[np.searchsorted(starts, places, side="right") - 1]))


def _no_better_cut(found: _Found, alone: Mapping[int, float]) -> _Found:
    """The candidate without credit for excluding runs that were cut short, if it is a conjunction."""
    if len(found.rows) < 2:
        return found
    cut = max(alone.get(row, 0.0) for row in found.rows)
    return replace(found, gain=found.gain + found.cut - cut, cut=cut)
