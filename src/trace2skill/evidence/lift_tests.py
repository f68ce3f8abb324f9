"""Tests of outcome lifts: selection of the hypotheses, exact p-values, and false-discovery control."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from trace2skill.evidence.exact import smallest_p, stratified_p
from trace2skill.evidence.rows import LiftTest, Table, TraceFacts
from trace2skill.evidence.statistics import FDR_LEVEL, LEVEL, Stratification, fdr, stratum
from trace2skill.traces.model import Label


def drawn(task: str, fraction: float, purpose: str) -> bool:
    """Whether a task is in a pseudo-random sample of size `fraction`, independent between purposes.

    The draw depends only on the hash of purpose and task.
    """
    digest = hashlib.sha256(f"{purpose}\x1f{task}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < fraction * 2**64


Codes: TypeAlias = NDArray[np.int8]
Runs: TypeAlias = NDArray[np.bool_]

MOST_TESTED = 100
"""Up to this many trace sets of a family are all tested, on all its runs."""

PRESELECTED = 20
"""Beyond `MOST_TESTED`, this many are preselected on half of the tasks and tested on the other half."""

HELD, NOT_HELD, NOT_DUE = 1, 0, -1
"""The values of `Codes`, one per run."""


class TraceSet(NamedTuple):
    """One split of the informative runs. Claims with the same split share one test."""

    signature: bytes
    codes: Codes


class LiftRuns:
    """The runs that lifts are tested on, with their strata, tasks and outcomes.

    Args:
        runs: The facts of each run, in the order of `Codes`.
        stratified_by: Whether strata are tasks or families; runs that a model judged are in strata apart.
    """

    def __init__(self, runs: Sequence[TraceFacts], stratified_by: Stratification) -> None:
        names = [stratum(run, stratified_by) for run in runs]
        self._stratum = np.unique(names, return_inverse=True)[1]
        self._success = np.array([run.label == Label.SUCCESS for run in runs], dtype=bool)
        self._labelled = np.array([run.telling for run in runs], dtype=bool)
        self._strata = int(self._stratum.max()) + 1 if runs else 0
        self._chooses = np.array([drawn(run.stratum, 0.5, "preselection") for run in runs], dtype=bool)
        self._tasks = np.array([run.stratum for run in runs])
        totals, successes = self._count(self._labelled), self._count(self._labelled & self._success)
        self._mixed = (successes > 0) & (successes < totals)

    def trace_set(self, codes: Codes) -> TraceSet | None:
        """The claim's codes, restricted to the runs of informative strata; None if there are none.

        Codes are normalised so that a claim and its negation give the same set.
        """
        due = self._labelled & (codes != NOT_DUE)
        exposed = self._count(due & (codes == HELD))
        telling = (self._mixed & (exposed > 0) & (exposed < self._count(due)))[self._stratum] & due
        if not telling.any():
            return None
        kept = np.where(telling, codes, NOT_DUE).astype(np.int8)
        if kept[telling][0] == NOT_HELD:
            kept = np.where(telling, 1 - kept, NOT_DUE).astype(np.int8)
        return TraceSet(kept.tobytes(), kept)

    def tables(self, codes: Codes, part: Runs | None = None) -> list[Table]:
        """One table per stratum with runs on both sides, over the runs of `part` (all, if None)."""
        due = self._labelled & (codes != NOT_DUE)
        if part is not None:
            due = due & part
        held = due & (codes == HELD)
        columns = [self._count(each) for each in (held & self._success, held)]
        columns += [self._count(each) for each in (due & ~held & self._success, due & ~held)]
        return [Table(*map(int, row)) for row in zip(*columns, strict=True) if row[1] and row[3]]

    def test(self, sets: Sequence[TraceSet]) -> dict[bytes, LiftTest]:
        """The tests by signature, with adjusted p-values, of the sets that were tested.

        The sets that can reach significance (Tarone) are tested on all runs. If there are more than
        `MOST_TESTED`, those with the smallest p on half of the tasks are tested on the other half only.
        """
        possible = self._possible(sets)
        if len(possible) <= MOST_TESTED:
            return self._adjusted(possible, None)
        ranked = sorted(possible, key=lambda each: (self._p(each, self._chooses) or 1.0, each.signature))
        return self._adjusted(self._possible(ranked[:PRESELECTED], ~self._chooses), ~self._chooses)

    def _possible(self, sets: Sequence[TraceSet], part: Runs | None = None) -> list[TraceSet]:
        bounds = [smallest_p(self.tables(each.codes, part)) for each in sets]
        level = FDR_LEVEL / tarone(bounds, FDR_LEVEL)
        return [each for each, bound in zip(sets, bounds, strict=True) if bound <= level and bound < LEVEL]

    def _adjusted(self, sets: Sequence[TraceSet], part: Runs | None) -> dict[bytes, LiftTest]:
        p_values = [self._p(each, part) for each in sets]
        return {
            each.signature: LiftTest(
                p=p, q=q, among=len(sets), tasks=self._tasks_of(each, part), preselected=part is not None
            )
            for each, p, q in zip(sets, p_values, fdr(p_values), strict=True)
            if p is not None and q is not None
        }

    def _p(self, each: TraceSet, part: Runs | None) -> float | None:
        return stratified_p(self.tables(each.codes, part))

    def _tasks_of(self, each: TraceSet, part: Runs | None) -> int:
        runs = each.codes != NOT_DUE
        return len(set(self._tasks[runs if part is None else runs & part].tolist()))

    def _count(self, runs: Runs) -> NDArray[np.int64]:
        return np.bincount(self._stratum[runs], minlength=self._strata)


def tarone(bounds: Sequence[float], level: float) -> int:
    """Tarone's (1990) correction factor; used for false-discovery control as in Gilbert (2005).

    Args:
        bounds: The smallest attainable p of each hypothesis.
        level: The significance level.

    Returns:
        The smallest k such that at most k hypotheses can reach `level / k`. The others cannot become
        significant and need not be tested.
    """
    k = 1
    while sum(bound <= level / k for bound in bounds) > k:
        k += 1
    return k
