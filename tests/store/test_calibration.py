"""The threshold lies between what skills score for their own tasks and for others'."""

import numpy as np

from trace2skill.evidence.rows import Tier
from trace2skill.store.documents import Card, spread
from trace2skill.store.ranking import TOLERATED, Ranker, calibrate, unit


def card(name: str, examples: int, domain: str = "d") -> Card:
    """A skill with so many task texts."""
    texts = tuple(f"{name} {number}" for number in range(examples))
    return Card(name, 1, "active", domain, (), Tier.MINED, 1, name, texts)


def sizes(cards: list[Card]) -> list[int]:
    """How many texts each has."""
    return [len(each.texts) for each in cards]


def around(*directions: tuple[int, float]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """Unit vectors near an axis of twelve, each tilted by so much towards the last."""
    rows = np.zeros((len(directions), 12), dtype=np.float32)
    for row, (axis, tilt) in zip(rows, directions, strict=True):
        row[axis], row[11] = 1, tilt
    return np.asarray(unit(rows), dtype=np.float32)


EVERYDAY = around(*((axis, tilt / 10) for axis in (6, 7, 8, 9) for tilt in range(6)))


def test_it_separates_what_can_be_separated() -> None:
    """Two tight skills, everyday requests elsewhere: nothing missed, nothing wrong, 0 is enough."""
    cards = [card("a", 2), card("b", 2)]
    ranker = Ranker(sizes(cards), around((0, 0), (0, 0.2), (0, 0.1), (1, 0), (1, 0.2), (1, 0.1)), EVERYDAY)
    found = calibrate(cards, ranker)
    assert (found.missed, found.wrong, found.required) == (0, 0, (0, 0))
    assert (found.own, found.everyday) == (4, 24)


def test_wrong_offers_are_bounded_even_if_everything_is_missed() -> None:
    """A skill just like what anybody may ask: the tolerance holds."""
    cards = [card("a", 2)]
    ranker = Ranker(sizes(cards), around((6, 0.2), (6, 0.3), (1, 0)), EVERYDAY)
    found = calibrate(cards, ranker)
    assert found.wrong <= TOLERATED
    assert found.missed == 1


def test_a_domain_is_required_what_its_own_skills_ask_for() -> None:
    """One domain near everyday requests must score more; what the other must score does not change."""
    vectors = around((0, 0), (0, 0.1), (6, 0), (6, 0.1))
    together = [card("a", 1, "x"), card("b", 1, "y")]
    alone = calibrate(together[:1], Ranker(sizes(together[:1]), vectors[:2], EVERYDAY)).required
    required = calibrate(together, Ranker(sizes(together), vectors, EVERYDAY)).required
    assert required[0] == alone[0] == 0
    assert required[1] > 0


def test_tasks_of_other_domains_are_none_of_a_skill_s_business() -> None:
    """A domain whose skill scores high for them must score more; with one domain it need not."""
    vectors = around((0, 0), (0, 0.1), (0, 0.2), (0, 0.3))
    same, other = [card("a", 1), card("b", 1)], [card("a", 1, "x"), card("b", 1, "y")]
    low = calibrate(same, Ranker(sizes(same), vectors, EVERYDAY)).required
    high = calibrate(other, Ranker(sizes(other), vectors, EVERYDAY)).required
    assert low == (0, 0)
    assert min(high) > 0.5


def test_a_left_out_task_does_not_speak_for_itself() -> None:
    """Its score is that of the rest of the bundle."""
    cards = [card("a", 2)]
    ranker = Ranker(sizes(cards), around((0, 0), (0, 0), (1, 0)), EVERYDAY)
    assert ranker.without(0, 2) < ranker.scores(around((1, 0)))[0, 0] / 2


def test_task_texts_are_spread_evenly() -> None:
    """Distinct, sorted, blank ones left out."""
    assert spread(["b", "a", "a", " ", "d", "c"], 2) == ("a", "c")
    assert spread([], 3) == ()
