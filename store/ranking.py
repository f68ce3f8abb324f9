"""How near a task is to each skill, and the score from which a skill is worth offering."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from trace2skill.store.documents import Card
from trace2skill.store.lexical import LexicalIndex
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from trace2skill.store.lexical import Floats, Numbers


RRF_K = 60
DEPTH = 50
"""How many texts each ranking contributes to the fusion."""


def fuse(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Reciprocal rank fusion (Cormack, Clarke, Buettcher 2009): sum of 1 / (60 + rank), best first."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


class Ranked(NamedTuple):
    """A text in a ranking: its position, its score, and its rank by score and by words, counted from 1.

    A rank of None means that this ranking did not list it.
    """

    at: int
    score: float
    dense_rank: int | None
    lexical_rank: int | None


def ranked(scores: "Floats", lexical: LexicalIndex, query: str, among: "Numbers") -> list[Ranked]:
    """The texts that are best by score or by words, both rankings fused, best first.

    Args:
        scores: One for each text.
        lexical: The texts' words.
        query: What is asked.
        among: Positions of the texts that may be listed.
    """
    import numpy as np

    dense = among[np.argsort(-scores[among], kind="stable")[:DEPTH]].tolist()
    worded = lexical.best(query, DEPTH, among)
    dense_rank = {at: rank for rank, at in enumerate(dense, start=1)}
    lexical_rank = {at: rank for rank, at in enumerate(worded, start=1)}
    return [
        Ranked(at, round(float(scores[at]), 4), dense_rank.get(at), lexical_rank.get(at))
        for at, _ in fuse([dense, worded])
    ]


ROWS = 32
"""Queries scored at once: bounds the memory of a batch."""
NEAREST = 5
"""Everyday requests that a task is compared with: one alone may be a chance likeness."""


class Ranker:
    """Skills as bundles of vectors: the skill's own text, and the task texts it was distilled from.

    Vectors are taken from the mean of the everyday requests and scaled to length 1: what all requests share
    says nothing (Mu and Viswanath, 2018). A skill's nearness to a task is the mean of two cosines: to the
    nearest vector of its bundle and to the bundle's centroid. The first finds a task like one seen before,
    the second keeps one odd task text from speaking for the whole skill. Its score is that, less the mean
    cosine of the task to the everyday requests nearest to it: how much nearer the task is to the skill than
    to what anybody may ask. So are scores of different tasks made comparable in speaker verification (t-norm;
    Auckenthaler, Carey and Lloyd-Thomas, 2000).

    Args:
        sizes: How many texts each skill has; scores are in their order.
        vectors: One row per text of every skill, in order.
        everyday: One row per everyday request.
    """

    def __init__(self, sizes: Sequence[int], vectors: "Floats", everyday: "Floats") -> None:
        import numpy as np

        self._mean = everyday.mean(axis=0)
        self.everyday = self._placed(everyday)
        self._vectors = self._placed(vectors)
        self.ends: Numbers = np.cumsum(np.array(sizes, dtype=np.intp))
        self.starts: Numbers = self.ends - np.array(sizes, dtype=np.intp)
        self._centroids = unit(np.add.reduceat(self._vectors, self.starts, axis=0))

    def scores(self, queries: "Floats") -> "Floats":
        """A row per query, a column per skill; at most 1, and below 0 for most queries."""
        return self._scores(self._placed(queries))

    def row(self, skill: int, at: int) -> int:
        """The row of a skill's own text among all vectors."""
        return int(self.starts[skill]) + at

    def task_scores(self, rows: Sequence[int]) -> "Floats":
        """The scores of texts that the ranker holds."""
        return self._scores(self._vectors[rows])

    def everyday_scores(self) -> "Floats":
        """The scores of the everyday requests, each compared with the others of them."""
        import numpy as np

        likeness = self.everyday @ self.everyday.T
        np.fill_diagonal(likeness, -1)
        return self._nearness(self.everyday) - _nearest(likeness)

    def without(self, skill: int, at: int) -> float:
        """The score of one of a skill's texts if the text were not in the skill's bundle."""
        import numpy as np

        bundle = self._vectors[self.starts[skill] : self.ends[skill]]
        query, others = bundle[at], np.delete(bundle, at, axis=0)
        near = (float((others @ query).max()) + float(unit(others.sum(axis=0)) @ query)) / 2
        return near - float(_nearest(query[None, :] @ self.everyday.T)[0, 0])

    def _scores(self, placed: "Floats") -> "Floats":
        return self._nearness(placed) - _nearest(_products(placed, self.everyday))

    def _nearness(self, placed: "Floats") -> "Floats":
        import numpy as np

        parts = []
        for start in range(0, len(placed), ROWS):
            some = placed[start : start + ROWS]
            nearest = np.maximum.reduceat(_products(some, self._vectors), self.starts, axis=1)
            parts.append((nearest + _products(some, self._centroids)) / 2)
        return np.concatenate(parts)

    def _placed(self, vectors: "Floats") -> "Floats":
        return unit(vectors - self._mean)


def _nearest(likeness: "Floats") -> "Floats":
    """The mean of the highest cosines of each row, as a column."""
    import numpy as np

    nearest: Floats = np.sort(likeness, axis=1)[:, -NEAREST:].mean(axis=1, keepdims=True)
    return nearest


def _products(queries: "Floats", vectors: "Floats") -> "Floats":
    """Every query with every vector; a single one without BLAS, whose threads wait on a busy machine."""
    import numpy as np

    if len(queries) == 1:
        single: Floats = np.einsum("ij,j->i", vectors, queries[0])[None, :]
        return single
    many: Floats = queries @ vectors.T
    return many


def unit(vectors: "Floats") -> "Floats":
    """The vectors scaled to length 1; zeros stay zeros."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = vectors / np.where(lengths > 0, lengths, 1)
    return scaled


TOLERATED = 0.05
"""The share of everyday requests for which offering something is tolerated."""
TEXTS = 400
"""Task texts tried, at most, evenly spread over the skills."""


class Calibration(Frozen):
    """The score each skill must reach, and how the texts it was learnt from fare with it.

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
    """Learn for each domain a threshold that few unrelated requests reach.

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
    """The scores of task texts with the skills of other domains than their own."""
    import numpy as np

    if not picked or domains.max() == 0:
        return np.full((1, int(domains.max()) + 1), -1, dtype=np.float32)
    best = _best(ranker.task_scores([ranker.row(skill, 1 + at) for skill, at in picked]), domains)
    best[np.arange(len(picked)), domains[[skill for skill, _ in picked]]] = -1
    return best


def _reached_by(scores: "Floats", share: float) -> "Floats":
    """The score that the given share of each column reaches, midway to the next; above the highest for 0."""
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
