"""The bench that shuffles outcomes, at a small size."""

import importlib
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from trace2skill.traces.model import Trace

BENCH = Path(__file__).resolve().parents[2] / "benchmarks"
PARTS = ("planted", "real_sets", "shuffles")


@pytest.fixture
def bench() -> dict[str, ModuleType]:
    """Its modules, imported as the scripts import them."""
    return {name: importlib.import_module(f"benchmarks.{name}") for name in PARTS}


def outcomes(traces: list[Trace]) -> dict[str, Counter[str]]:
    """How often each task ended how."""
    found: dict[str, Counter[str]] = {}
    for trace in traces:
        found.setdefault(trace.stratum, Counter())[trace.outcome.label] += 1
    return found


def test_outcomes_stay_in_their_strata(bench: dict[str, ModuleType]) -> None:
    """Each task succeeds as often as before, in other runs; the seed alone settles in which."""
    runs = bench["planted"].planted(6, 0)
    strata = bench["shuffles"].strata_of(runs)
    one, other, again = (bench["shuffles"].shuffled(runs, strata, seed) for seed in (1, 2, 1))
    assert {strata[trace.hash] for trace in runs} == {trace.stratum for trace in runs}
    assert outcomes(one) == outcomes(other) == outcomes(runs)
    assert [trace.hash for trace in one] == [trace.hash for trace in again]
    assert {trace.hash for trace in one} != {trace.hash for trace in other}


def test_a_planted_cause_goes_with_the_shuffling(bench: dict[str, ModuleType]) -> None:
    """Mining finds it before, and tests as many trace sets after, all of them in vain."""
    shuffles, runs = bench["shuffles"], bench["planted"].planted(25, 3)
    found = [each for pool in bench["real_sets"].pools(runs) for each in bench["real_sets"].findings(pool)]
    before = shuffles.Found.of(found)
    after = shuffles.mined_again(runs, shuffles.strata_of(runs), 0)
    assert before.lifts > 0
    assert after.tests > 0
    assert after.lifts == 0
