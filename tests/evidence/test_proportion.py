"""Intervals and falls of proportions."""

import pytest
from scipy.stats import binomtest

from trace2skill.evidence.statistics import Share, could_fall, fall_p, wilson


@pytest.mark.parametrize(("hits", "trials"), [(0, 5), (5, 5), (13, 15), (1, 200)])
def test_the_interval_is_wilsons(hits: int, trials: int) -> None:
    """As scipy computes it."""
    known = binomtest(hits, trials).proportion_ci(method="wilson")
    assert wilson(Share(hits, trials)) == pytest.approx((known.low, known.high))


def test_nothing_seen_is_nothing_known() -> None:
    """Without trials the interval is everything, and no fall can be told."""
    assert wilson(Share()) == (0.0, 1.0)
    assert Share().rate == 0.0
    assert fall_p(Share(), Share(1, 2)) is None


def test_a_fall_is_one_sided() -> None:
    """From 4 of 4 to 0 of 4: one table of C(8, 4). A rise is no fall."""
    assert fall_p(Share(4, 4), Share(0, 4)) == pytest.approx(1 / 70)
    assert fall_p(Share(0, 4), Share(4, 4)) == 1.0


def test_it_takes_seven_runs_to_show_a_fall() -> None:
    """Three against three can at best reach p = .05; three against four 1 in 35."""
    assert not could_fall(3, 3)
    assert could_fall(3, 4)
