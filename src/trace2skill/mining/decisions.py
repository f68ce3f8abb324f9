"""Mines decision rules: for every state-changing action, the conditions under which good runs do it.

The method is sequential covering with beam search. For each action the condition with the highest gain is
chosen, then the next for the occurrences that are not yet explained. The gain is the number of explained
occurrences less the cost: one for every interval on which the condition holds and the action is not done, and
a prior, in the same unit. The prior is higher for longer conditions, for facts that share no word with the
action, and for conditions still true at the end of the run. With many runs the counts dominate, with few the
prior.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from trace2skill.claims.model import ActionPattern, AllOf, Rule
from trace2skill.claims.series import Places, Truth
from trace2skill.claims.traversal import TASK, fact_keys
from trace2skill.claims.view import Views
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
_WIDE_BEAM = 24
_CLEAR = 1.0
"""Where no condition of the narrow beam explains more than it costs, a wider one is tried: of two parts that
tell only together each alone may be common. What it finds must explain more, and be worth an occurrence;
always looking at so many conditions would ask more of each (`Selection.among`)."""

_LONGEST = 3
_MOST_RULES = 4
_ENOUGH = 2
"""Occurrences that a further condition without positive gain must explain; it must never be wrong."""

_CUT_SHORT = 0.25
"""Weight of a wrong interval in a run that was cut short, where the omission may have had a reason."""

_HALVES = 40
_RIVALS = 40
"""Number of half-samples of the tasks, and of the best candidates compared on each."""


_AT_ONCE = 1 << 22
"""Entries of a truth table judged at once; it takes as many bytes."""


class _Found(NamedTuple):
    """A conjunction of literals, judged as the reason for an action.

    `covered` are the columns of the occurrences that it explains, `exposed` a digest of the runs in which it
    holds.
    """

    rows: tuple[int, ...]
    gain: float
    cost: float
    covered: Places
    wrong: int
    cut: float
    exposed: bytes


class _Occurrences:
    """The occurrences of an action, and what a wrong interval weighs in each column."""

    def __init__(self, does: Truth, weight: np.ndarray) -> None:
        self.does = does
        self.columns = np.flatnonzero(does)
        self.weight = weight


class Decision(NamedTuple):
    """A mined rule, and how its condition was chosen."""

    rule: Rule
    selection: Selection


class Decisions:
    """The decision rules mined from a pool's good runs."""

    def __init__(self, pool: Pool) -> None:
        self.table = DecisionTable(pool)
        self.good = Views(pool.views[at] for at in self.table.views)
        self._affinity = Affinity(pool, self.table.views, self.table.literals)

    @cached_property
    def listed(self) -> tuple[Decision, ...]:
        """The rules of every action, in descending order of gain within an action."""
        return tuple(self._listed())

    def _listed(self) -> Iterator[Decision]:
        for action in self.table.actions:
            does = self.table.does(action)
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
        done = _Occurrences(does, weight)
        left = does.copy()
        for number in range(_MOST_RULES):
            judged = self._candidates(left, done, prior, _BEAM)
            if not number and judged and judged[0].gain <= 0:
                wide = self._candidates(left, done, prior, _WIDE_BEAM)
                more = len(wide[0].covered) > len(judged[0].covered)
                judged = wide if more and wide[0].gain >= _CLEAR else judged
            found = judged[0] if judged else None
            if found is None or (
                number and found.gain <= 0 and (found.wrong or len(found.covered) < _ENOUGH)
            ):
                return
            yield found, self._selection(judged, done)
            left[found.covered] = False
            if not left.any():
                return

    def _selection(self, judged: Sequence[_Found], done: _Occurrences) -> Selection:
        """How the best of these candidates was chosen; see `Selection`.

        Candidates that hold in the same runs count once. Stability is that of stability selection
        (Meinshausen and Buehlmann, 2010) on half-samples of the tasks: the same candidates are scored again,
        each run counted twice, so that the prior keeps its relative weight.
        """
        patterns = {found.exposed for found in judged}
        rivals = judged[:_RIVALS]
        whole = (done.weight == 1).astype(float)
        worth = np.array([self._worth_by_run(found, done.does, whole) for found in rivals])
        explained = 2 * worth @ self._halves.T
        scores = explained - np.array([[found.cost + found.cut] for found in rivals])
        alike = [at for at, found in enumerate(rivals) if found.exposed == rivals[0].exposed]
        more = explained > explained[alike].max(axis=0) + 1e-9
        better = more & (scores > scores[alike].max(axis=0) + 1e-9)
        stability = 1 - float(better.any(axis=0).mean())
        return Selection(among=len(patterns), stability=round(stability, 4))

    def _worth_by_run(self, found: _Found, does: Truth, weight: np.ndarray) -> np.ndarray:
        """For each run, the occurrences that a condition explains less its weighted wrong intervals."""
        holds = self.table.holds(found.rows)
        begins = self.table.begins(holds)
        worth = np.zeros(len(self.table.run))
        worth[found.covered] = 1
        worth[begins] -= self._idle(np.cumsum(begins), begins, holds, does) * weight[begins]
        by_run: np.ndarray = np.add.reduceat(worth, self.table.starts)
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

    def _candidates(self, left: Truth, done: _Occurrences, prior: np.ndarray, width: int) -> list[_Found]:
        """All conditions visited by the beam search, by descending gain, then by number of literals."""
        judged: list[_Found] = []
        alone: dict[int, float] = {}
        beam: list[tuple[int, ...]] = [()]
        for _ in range(_LONGEST):
            grown: dict[tuple[int, ...], _Found] = {}
            for start in beam:
                holds = self.table.holds(start)
                wanted = self._further(start, holds, left)
                wanted = {row: rows for row, rows in wanted.items() if rows not in grown}
                for found in self._judge(holds, wanted, left, done, prior):
                    grown[found.rows] = _no_better_cut(found, alone)
            if not alone:
                alone = {found.rows[0]: found.cut for found in grown.values()}
            ranked = sorted(grown.values(), key=lambda found: (-found.gain, found.rows))
            if not ranked:
                break
            judged += ranked
            beam = [found.rows for found in ranked if found.wrong][:width]
        return sorted(judged, key=lambda found: (-round(found.gain, 9), len(found.rows), found.rows))

    def _further(self, start: tuple[int, ...], holds: Truth, left: Truth) -> dict[int, tuple[int, ...]]:
        """The literals that hold at some occurrence left, each with its conjunction with the given ones.

        A conjunction has no literal twice, and no event.
        """
        together = self.table.truth[:, np.flatnonzero(left & holds)].any(axis=1)
        if start:
            together &= ~self.table.events
            together[list(start)] = False
            if self.table.events[list(start)].any():
                return {}
        return {row: tuple(sorted((*start, row))) for row in np.flatnonzero(together).tolist()}

    def _judge(
        self,
        holds: Truth,
        wanted: Mapping[int, tuple[int, ...]],
        left: Truth,
        done: _Occurrences,
        prior: np.ndarray,
    ) -> Iterator[_Found]:
        """Judge the conjunctions of a condition with each of several literals."""
        rows = list(wanted)
        size = max(1, _AT_ONCE // max(1, len(holds)))
        for first in range(0, len(rows), size):
            chunk = rows[first : first + size]
            yield from self._judge_together(
                self.table.truth[chunk] & holds, [wanted[row] for row in chunk], left, done, prior
            )

    def _judge_together(
        self,
        holds: Truth,
        conjunctions: Sequence[tuple[int, ...]],
        left: Truth,
        done: _Occurrences,
        prior: np.ndarray,
    ) -> Iterator[_Found]:
        """Judge conditions, given by a row of their truth each: intervals are numbered over all rows."""
        table, (many, columns) = self.table, holds.shape
        begins = np.flatnonzero(table.begins(holds))
        row_of, begin = np.divmod(begins, columns)
        doing, at = np.nonzero(holds[:, done.columns])
        column = done.columns[at]
        interval = np.searchsorted(begins, doing * columns + column, side="right") - 1
        first = np.diff(interval, prepend=-1) > 0  # non-decreasing: it increases where an interval is new
        idle = np.ones(len(begins), dtype=bool)
        idle[interval] = False
        weighs = done.weight[begin]
        wrong = np.bincount(row_of[idle & (weighs == 1)], minlength=many)
        cut = np.bincount(row_of[idle], weights=weighs[idle], minlength=many) - wrong
        exposed = np.zeros((many, len(table.starts)), dtype=bool)
        exposed[row_of, table.place[begin]] = True
        first &= left[column]
        covered = np.split(column[first], np.searchsorted(doing[first], np.arange(1, many)))
        cost = _PER_LITERAL * len(conjunctions[0]) + prior[np.array(conjunctions)].mean(axis=1)
        explained = np.array([len(each) for each in covered], dtype=float)
        gain = explained - wrong - cut - cost
        numbers = zip(
            gain.tolist(), cost.tolist(), covered, wrong.tolist(), cut.tolist(), exposed, strict=True
        )
        for rows, (worth, price, where, mistaken, lost, runs) in zip(conjunctions, numbers, strict=True):
            yield _Found(rows, worth, price, where, mistaken, lost, runs.tobytes())

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
        strange = np.array([1 - share for share in self._affinity.of(action)])
        prior: np.ndarray = _STRANGE * strange + _LASTING * lasting + _RELATED * self._related
        for row in np.flatnonzero(self.table.events).tolist():
            prior[row] = _AFTER + _PER_STEP_SINCE * min(_LONG_AGO, self._since(row, does))
        return prior

    @cached_property
    def _related(self) -> Truth:
        """For each literal, whether it compares several facts."""
        several = [len(set(fact_keys(literal)) - {TASK}) > 1 for literal in self.table.literals]
        return np.array(several, dtype=bool)

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
    return found._replace(gain=found.gain + found.cut - cut, cut=cut)
