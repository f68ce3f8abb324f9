"""Which lifts are tested, and how they are adjusted."""

import numpy as np
import pytest

from trace2skill.evidence.exact import stratified_p
from trace2skill.evidence.lift_tests import PRESELECTED, Codes, LiftRuns, TraceSet, tarone
from trace2skill.evidence.rows import TraceFacts
from trace2skill.evidence.statistics import FDR_LEVEL
from trace2skill.traces.model import Label


def ground(tasks: int, trials: int = 4, *, wins: int = 2) -> LiftRuns:
    """So many tasks of so many runs, the first ones of each task successful."""
    return LiftRuns(
        [
            TraceFacts(
                trace=f"{task}-{trial}",
                stratum=f"task {task}",
                family="f",
                source="s",
                label=Label.SUCCESS if trial < wins else Label.FAILURE,
            )
            for task in range(tasks)
            for trial in range(trials)
        ],
        "task",
    )


def codes(*runs: int) -> Codes:
    """Codes as the runs are listed."""
    return np.array(runs, dtype=np.int8)


def found(ground: LiftRuns, codes: Codes) -> TraceSet:
    """The trace set of codes that tell something."""
    known = ground.trace_set(codes)
    assert known is not None
    return known


def test_claims_that_split_the_telling_runs_alike_are_one_set() -> None:
    """What happened in tasks that all succeeded, or were all exposed, makes no difference."""
    place = ground(2)
    same = found(place, codes(1, 0, 1, 0, 1, 1, 1, 1))
    assert found(place, codes(1, 0, 1, 0, 0, 0, 0, 0)).signature == same.signature
    assert found(place, codes(1, 0, 1, 0, -1, -1, -1, -1)).signature == same.signature
    assert found(place, codes(1, 0, 0, 1, 1, 1, 1, 1)).signature != same.signature


def test_a_claim_and_its_opposite_are_one_set() -> None:
    """Doing and avoiding ask the outcomes the same question."""
    place = ground(1)
    assert found(place, codes(1, 0, 1, 0)).signature == found(place, codes(0, 1, 0, 1)).signature


def test_nothing_can_be_told_where_exposure_or_outcome_never_varies() -> None:
    """Always done, never due, and tasks that always succeed."""
    assert ground(1).trace_set(codes(1, 1, 1, 1)) is None
    assert ground(1).trace_set(codes(-1, -1, -1, -1)) is None
    assert ground(1, wins=4).trace_set(codes(1, 0, 1, 0)) is None


def test_what_cannot_reach_significance_is_not_tested() -> None:
    """One task of two and two: the smallest p is 1/3."""
    place = ground(1)
    assert place.test([found(place, codes(1, 1, 0, 0))]) == {}


def test_few_sets_are_tested_on_all_runs() -> None:
    """A perfect split of eight tasks is found, a contrary one too; q counts both."""
    place = ground(8)
    with_it = found(place, codes(*[1, 1, 0, 0] * 8))
    mixed = found(place, codes(*[1, 0, 1, 0] * 8))
    tests = place.test([with_it, mixed])
    result = tests[with_it.signature]
    assert result.p == pytest.approx(stratified_p(place.tables(with_it.codes)))
    assert result.q == pytest.approx(2 * result.p)
    assert (result.among, result.tasks, result.preselected) == (2, 8, False)
    assert tests[mixed.signature].q == pytest.approx(1.0)


def test_too_many_sets_are_chosen_on_some_tasks_and_tested_on_others() -> None:
    """The real one is among the chosen and found on tasks that had no part in choosing it."""
    place, draw = ground(40), np.random.default_rng(0)
    real = found(place, codes(*[1, 1, 0, 0] * 40))
    noise = [found(place, draw.integers(0, 2, 160).astype(np.int8)) for _ in range(110)]
    tests = place.test([real, *noise])
    assert len(tests) <= PRESELECTED
    assert all(test.preselected and test.tasks < 40 for test in tests.values())
    assert tests[real.signature].q < FDR_LEVEL
    assert sum(test.q < FDR_LEVEL for test in tests.values()) <= 3


def test_tarone_counts_only_what_could_be_significant() -> None:
    """Two that could reach .05 / 2, and a hundred that never could."""
    assert tarone([0.001, 0.01, *[0.4] * 100], 0.05) == 2
    assert tarone([], 0.05) == 1
    assert tarone([0.001] * 30, 0.05) == 30
