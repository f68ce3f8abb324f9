"""The threshold lies between what skills score for their own tasks and for others'."""

import numpy as np

from trace2skill.claims.evidence import Tier
from trace2skill.store.calibration import TOLERATED, calibrate
from trace2skill.store.cards import Card, spread
from trace2skill.store.ranker import Ranker, unit


def card(name: str, examples: int, domain: str = "d") -> Card:
    """A skill with so many task texts."""
    texts = tuple(f"{name} {number}" for number in range(examples))
    return Card(name, 1, "active", domain, (), Tier.MINED, 1, name, texts)


def around(*directions: tuple[int, float]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """Unit vectors near an axis of eight, each tilted by so much towards the last."""
    rows = np.zeros((len(directions), 8), dtype=np.float32)
    for row, (axis, tilt) in zip(rows, directions, strict=True):
        row[axis], row[7] = 1, tilt
    return np.asarray(unit(rows), dtype=np.float32)


def test_it_separates_what_can_be_separated() -> None:
    """Two tight skills, unrelated texts elsewhere: nothing missed, nothing wrong, well between."""
    cards = [card("a", 2), card("b", 2)]
    ranker = Ranker(cards, around((0, 0), (0, 0.2), (0, 0.1), (1, 0), (1, 0.2), (1, 0.1)))
    found = calibrate(cards, ranker, around((2, 0), (3, 0.1), (4, 0)))
    assert (found.missed, found.wrong) == (0, 0)
    assert 0.2 < found.threshold < 0.9
    assert (found.own, found.unrelated) == (4, 3)


def test_wrong_offers_are_bounded_even_if_everything_is_missed() -> None:
    """Unrelated texts that are nearer than the skill's own tasks: the tolerance holds."""
    cards = [card("a", 2)]
    ranker = Ranker(cards, around((0, 0), (1, 0), (2, 0)))
    found = calibrate(cards, ranker, around((0, 0), (0, 0.1), (1, 0), (2, 0)))
    assert found.wrong <= TOLERATED
    assert found.missed == 1


def test_other_domains_tasks_count_as_unrelated() -> None:
    """A skill of another domain that scores high for them raises the threshold; one of the same does not."""
    vectors = around((0, 0), (0, 0.1), (0, 0.2), (0, 0.3))
    unrelated = around((2, 0), (3, 0))
    same = [card("a", 1), card("b", 1)]
    other = [card("a", 1, "x"), card("b", 1, "y")]
    low = calibrate(same, Ranker(same, vectors), unrelated).threshold
    high = calibrate(other, Ranker(other, vectors), unrelated).threshold
    assert high > low


def test_a_left_out_task_does_not_speak_for_itself() -> None:
    """Its score is that of the rest of the bundle."""
    cards = [card("a", 2)]
    ranker = Ranker(cards, around((0, 0), (0, 0), (1, 0)))
    assert ranker.without(0, 2) == 0
    assert ranker.scores(around((1, 0)))[0, 0] > 0.5


def test_task_texts_are_spread_evenly() -> None:
    """Distinct, sorted, blank ones left out."""
    assert spread(["b", "a", "a", " ", "d", "c"], 2) == ("a", "c")
    assert spread([], 3) == ()
