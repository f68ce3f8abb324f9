"""The score from which a skill is worth offering, learnt from the library itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trace2skill.store.cards import Card
from trace2skill.store.ranker import Ranker
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from trace2skill.store.ranker import Floats

TOLERATED = 0.05
"""The share of unrelated tasks for which offering something is tolerated."""
TEXTS = 400
"""Task texts tried, at most, evenly spread over the skills."""


class Calibration(Frozen):
    """The threshold, and what it does to the texts it was learnt from.

    `missed` is the share of tasks (each skill weighing the same) whose own skill stays below the threshold,
    `wrong` the share of unrelated tasks for which some skill reaches it.
    """

    threshold: float
    missed: float
    wrong: float
    own: int
    unrelated: int


def calibrate(cards: Sequence[Card], ranker: Ranker, unrelated: "Floats") -> Calibration:
    """Place the threshold between what skills score for their own tasks and for others'.

    Own scores: each task text against its skill, left out of it. Unrelated scores: the best score that any
    skill reaches for a built-in text, and that any skill of another domain reaches for a task text. The two
    sources of unrelated scores weigh the same. With `missed(t)` the share of own scores below t and
    `wrong(t)` the share of unrelated scores not below t, the threshold minimises

        missed(t) + wrong(t)    over the t with wrong(t) <= TOLERATED

    and is the middle of the widest gap between neighbouring scores where that minimum is reached. Without
    own scores that is the smallest t that TOLERATED allows.

    Args:
        cards: The skills on offer.
        ranker: Their vectors.
        unrelated: Vectors of the built-in texts, one a row.
    """
    import numpy as np

    picked = _picked(cards)
    own = np.array([ranker.without(skill, int(ranker.starts[skill]) + 1 + at) for skill, at in picked])
    counts = np.bincount([skill for skill, _ in picked], minlength=len(cards)) if picked else None
    weights = np.array([1 / counts[skill] for skill, _ in picked]) if counts is not None else np.zeros(0)
    builtin = ranker.scores(unrelated).max(axis=1)
    foreign = _foreign(cards, ranker, picked)
    others = np.concatenate([builtin, foreign])
    shares = np.concatenate([_equal(len(builtin)), _equal(len(foreign))])
    return _split(own, weights / (weights.sum() or 1), others, shares / shares.sum())


def _split(own: "Floats", weights: "Floats", others: "Floats", shares: "Floats") -> Calibration:
    import numpy as np

    edges = np.unique(np.concatenate([own, others, [others.max() + 0.01]]))
    middles = (edges[1:] + edges[:-1]) / 2
    missed = np.array([weights[own < t].sum() for t in middles])
    wrong = np.array([shares[others >= t].sum() for t in middles])
    cost = np.where(wrong <= TOLERATED, missed + wrong if len(own) else middles, np.inf)
    best = np.flatnonzero(cost <= cost.min() + 1e-9)
    at = best[np.argmax(np.diff(edges)[best])]
    return Calibration(
        threshold=round(float(middles[at]), 4),
        missed=round(float(missed[at]), 4),
        wrong=round(float(wrong[at]), 4),
        own=len(own),
        unrelated=len(others),
    )


def _picked(cards: Sequence[Card]) -> list[tuple[int, int]]:
    """Skill and number of each task text to try: all firsts, then all seconds ..., evenly thinned."""
    every = sorted((at, skill) for skill, card in enumerate(cards) for at in range(len(card.examples)))
    count = min(TEXTS, len(every))
    return sorted((skill, at) for at, skill in (every[n * len(every) // count] for n in range(count)))


def _foreign(cards: Sequence[Card], ranker: Ranker, picked: Sequence[tuple[int, int]]) -> "Floats":
    """The best score of another domain's skills for each picked text; nothing if there is one domain only."""
    import numpy as np

    domains = np.array([card.domain for card in cards])
    if not picked or len(set(domains)) < 2:
        return np.zeros(0, dtype=np.float32)
    rows = np.array([int(ranker.starts[skill]) + 1 + at for skill, at in picked])
    scores = ranker.scores(ranker.vectors[rows])
    same = domains[[skill for skill, _ in picked]][:, None] == domains[None, :]
    best: Floats = np.where(same, -1, scores).max(axis=1)
    return best


def _equal(count: int) -> "Floats":
    import numpy as np

    return np.full(count, 1 / max(count, 1), dtype=np.float32)
