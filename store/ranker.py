"""How near a task is to each skill, beside how near it is to what anybody may ask: exact, in memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trace2skill.store.cards import Card

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
    Numbers = np.ndarray[Any, np.dtype[np.intp]]

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
        cards: The skills; scores are in their order.
        vectors: One row per text of every card, in order.
        everyday: One row per everyday request.
    """

    def __init__(self, cards: Sequence[Card], vectors: "Floats", everyday: "Floats") -> None:
        import numpy as np

        self._mean = everyday.mean(axis=0)
        self.everyday = self._placed(everyday)
        self._vectors = self._placed(vectors)
        sizes = np.array([len(card.texts) for card in cards], dtype=np.intp)
        self.ends: Numbers = np.cumsum(sizes)
        self.starts: Numbers = self.ends - sizes
        self._centroids = unit(np.add.reduceat(self._vectors, self.starts, axis=0))

    def scores(self, queries: "Floats") -> "Floats":
        """A row per query, a column per skill; at most 1, and below 0 for most queries."""
        return self._scores(self._placed(queries))

    def row(self, skill: int, at: int) -> int:
        """Where in all vectors that of a skill's text is."""
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
        """The score of one of a skill's own texts, were it not in the skill's bundle."""
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
