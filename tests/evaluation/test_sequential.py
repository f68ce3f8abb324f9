"""The sequential statistics: what they say of given differences, and how often they are wrong."""

import math
import random

import pytest

from trace2skill.evaluation.sequential import (
    FRACTIONS,
    Evidence,
    discoveries,
    interval,
    lower_bound,
    pairs_needed,
)


def test_the_evidence_is_the_mean_capital_over_the_stakes() -> None:
    """Counted by hand for m = 0: a win multiplies the capital by 1 + f, a loss by 1 - f, a tie by 1."""
    evidence = Evidence()
    for difference in (1, 0, -1, 1):
        evidence.add(difference)
    capital = sum((1 + f) * (1 - f) * (1 + f) for f in FRACTIONS) / len(FRACTIONS)
    assert evidence.log == pytest.approx(math.log(capital))


def test_no_difference_is_no_evidence() -> None:
    """Ties say nothing about a mean above 0, and much about a mean above -0.5."""
    tied = Evidence()
    above = Evidence(-0.5)
    for _ in range(20):
        tied.add(0)
        above.add(0)
    assert tied.log == pytest.approx(0)
    assert above.reaches(0.05)


def test_the_bound_is_where_the_evidence_ends() -> None:
    """Below it a mean is refuted, above it not."""
    differences = [1, 0, 1, 1, 0, 0, 1, -1, 1, 0] * 5
    bound = lower_bound(differences, 0.025)
    below, above = Evidence(bound - 0.01), Evidence(bound + 0.01)
    for difference in differences:
        below.add(difference)
        above.add(difference)
    assert below.reaches(0.025)
    assert not above.reaches(0.025)
    assert 0 < bound < 0.4


def test_the_interval_of_swapped_arms_is_mirrored() -> None:
    """And holds the mean."""
    found = interval([1, 1, 0, -1, 1, 0, 0, 1])
    swapped = interval([-1, -1, 0, 1, -1, 0, 0, -1])
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))
    assert found.low < found.mean == 3 / 8 < found.high


def test_nothing_seen_nothing_known() -> None:
    """The interval is all there may be."""
    assert interval([]).model_dump() == {"mean": 0.0, "low": -1.0, "high": 1.0}


def test_equal_arms_seldom_differ_however_often_one_looks() -> None:
    """Of 100 noisy pairs of equal arms, looked at after each of 120 runs, at most 5 ever differ."""
    alarms = 0
    for seed in range(100):
        draw = random.Random(seed)
        above, below = Evidence(), Evidence()
        for _ in range(120):
            difference = (draw.random() < 0.5) - (draw.random() < 0.5)
            above.add(difference)
            below.add(-difference)
            if above.reaches(0.025) or below.reaches(0.025):
                alarms += 1
                break
    assert alarms <= 5


def test_discoveries_are_those_of_e_bh() -> None:
    """Of four hypotheses at rate .05: one needs 80, two need 40 each."""
    logs = {name: math.log(value) for name, value in {"a": 79, "b": 39, "c": 2, "d": 1}.items()}
    assert discoveries(logs, 0.05) == set()
    assert discoveries(logs | {"a": math.log(81)}, 0.05) == {"a"}
    assert discoveries(logs | {"b": math.log(41)}, 0.05) == {"a", "b"}


def test_small_effects_need_more_pairs() -> None:
    """A quarter of the effect takes more than ten times as many."""
    assert pairs_needed(0.4, 0.05) > 10 * pairs_needed(0.4, 0.2) > 0
