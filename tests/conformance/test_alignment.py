"""Aligning what was done with the expected order."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from trace2skill.conformance.deviations import align


def test_an_order_that_was_kept_costs_nothing() -> None:
    """Every action has its place, the earliest that fits."""
    assert align([[0, 5], [1], [2, 6]]) == [0, 1, 2]


def test_an_action_done_too_early_has_no_place() -> None:
    """The others keep theirs."""
    assert align([[1], [2], [0]]) == [1, 2, None]


def test_of_two_that_changed_places_the_later_is_displaced() -> None:
    """Equally cheap: the earlier expected action keeps its place."""
    assert align([[0], [2], [1], [3]]) == [0, 2, None, 3]


def test_an_action_that_was_never_done_has_no_place() -> None:
    """Nothing at all, too."""
    assert align([[0], [], [4]]) == [0, None, 4]
    assert align([[], []]) == [None, None]


def test_the_gap_bounds_each_distance() -> None:
    """An action left out between two lets them lie one gap further apart."""
    assert align([[0], [4]], gap=3) == [0, None]
    assert align([[0], [], [4]], gap=3) == [0, None, 4]


def test_the_anchor_keeps_its_place() -> None:
    """Even where leaving it out would place more of the others."""
    assert align([[0], [8], [9]], gap=2) == [None, 8, 9]
    assert align([[0], [8], [9]], gap=2, anchored=True) == [0, None, None]


@given(st.lists(st.sets(st.integers(0, 8), max_size=3).map(sorted), min_size=1, max_size=5))
def test_no_alignment_places_more(places: list[list[int]]) -> None:
    """Compared with every way to choose places, or none."""
    found = [place for place in align(places) if place is not None]
    assert found == sorted(set(found))
    assert len(found) == max(map(_placed, itertools.product(*([None, *each] for each in places))))


def _placed(choice: Sequence[int | None]) -> int:
    chosen = [place for place in choice if place is not None]
    return len(chosen) if chosen == sorted(set(chosen)) else 0
