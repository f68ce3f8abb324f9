"""The score from which a skill is worth offering, learnt from the library itself, domain by domain."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from trace2skill.store.cards import Card
from trace2skill.store.ranker import Ranker
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from trace2skill.store.ranker import Floats, Numbers

TOLERATED = 0.05
"""The share of everyday requests for which offering something is tolerated."""
TEXTS = 400
"""Task texts tried, at most, evenly spread over the skills."""


class Calibration(Frozen):
    """What each skill must score, and what that does to the texts it was learnt from.

    `required` is in the order of the skills, and one number for all skills of a domain. `missed` is the
    share of tasks (each skill weighing the same) whose own skill stays below it, `wrong` the share of
    everyday requests for which some skill reaches it.
    """

    required: tuple[float, ...]
    missed: float
    wrong: float
    own: int
    everyday: int


def calibrate(cards: Sequence[Card], ranker: Ranker) -> Calibration:
    """Require of each domain's skills what few requests that are none of their business reach.

    The more skills a domain has, the higher is the best score that any of them reaches for an everyday
    request, or for a task of another domain. Each domain may be reached by the same share of these, the
    largest share up to `TOLERATED` with which the domains together are reached by no more than `TOLERATED` of
    the everyday requests. No skill is required less than 0: a task nearer to what anybody may ask is not its.

    Args:
        cards: The skills on offer.
        ranker: Their vectors, and those of the everyday requests.
    """
    import numpy as np

    domains: Numbers = np.unique([card.domain for card in cards], return_inverse=True)[1]
    picked = _picked(cards)
    everyday = _best(ranker.everyday_scores(), domains)
    foreign = _foreign(ranker, picked, domains)
    for allowed in range(int(TOLERATED * len(everyday)), -1, -1):
        required = np.maximum(_reached_by(everyday, allowed / len(everyday)), 0)
        required = np.maximum(required, _reached_by(foreign, allowed / len(everyday)))
        wrong = float((everyday >= required).any(axis=1).mean())
        if wrong <= TOLERATED:
            break
    own = [(skill, ranker.without(skill, 1 + at)) for skill, at in picked]
    counts = Counter(skill for skill, _ in own)
    below = (1 / counts[skill] for skill, score in own if score < required[domains[skill]])
    return Calibration(
        required=tuple(round(float(each), 4) for each in required[domains]),
        missed=round(sum(below) / max(len(counts), 1), 4),
        wrong=round(wrong, 4),
        own=len(own),
        everyday=len(everyday),
    )


def _best(scores: "Floats", domains: "Numbers") -> "Floats":
    """The best score of each domain's skills, a column per domain."""
    import numpy as np

    return np.stack([scores[:, domains == one].max(axis=1) for one in range(domains.max() + 1)], axis=1)


def _foreign(ranker: Ranker, picked: Sequence[tuple[int, int]], domains: "Numbers") -> "Floats":
    """What the skills of other domains score for task texts; their own domain is out of the question."""
    import numpy as np

    if not picked or domains.max() == 0:
        return np.full((1, int(domains.max()) + 1), -1, dtype=np.float32)
    best = _best(ranker.task_scores([ranker.row(skill, 1 + at) for skill, at in picked]), domains)
    best[np.arange(len(picked)), domains[[skill for skill, _ in picked]]] = -1
    return best


def _reached_by(scores: "Floats", share: float) -> "Floats":
    """What so large a share of each column reaches, midway to the next score; for 0 above the highest."""
    import numpy as np

    ranked = -np.sort(-scores, axis=0)
    count = int(share * len(ranked))
    above = ranked[count - 1] if count else ranked[0] + 0.0002
    middle: Floats = (above + ranked[min(count, len(ranked) - 1)]) / 2
    return middle


def _picked(cards: Sequence[Card]) -> list[tuple[int, int]]:
    """Skill and number of each task text to try: all firsts, then all seconds ..., evenly thinned."""
    every = sorted((at, skill) for skill, card in enumerate(cards) for at in range(len(card.examples)))
    count = min(TEXTS, len(every))
    return sorted((skill, at) for at, skill in (every[n * len(every) // count] for n in range(count)))
