"""Dense scores of all skills for a query: exact, in memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trace2skill.store.cards import Card

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
    Numbers = np.ndarray[Any, np.dtype[np.intp]]

ROWS = 32
"""Queries scored at once: bounds the memory of a batch."""


class Ranker:
    """Skills as bundles of vectors: the skill's own text, and the task texts it was distilled from.

    A skill's score for a query is the mean of two cosines: to the nearest vector of its bundle and to the
    bundle's centroid. The first finds a task like one seen before, the second keeps one odd task text from
    speaking for the whole skill. Without task texts both are the cosine to the skill's own text.

    Args:
        cards: The skills; scores are in their order.
        vectors: One row of length 1 per text of every card, in order.
    """

    def __init__(self, cards: Sequence[Card], vectors: "Floats") -> None:
        import numpy as np

        self.vectors = vectors
        sizes = np.array([len(card.texts) for card in cards], dtype=np.intp)
        self.ends: Numbers = np.cumsum(sizes)
        self.starts: Numbers = self.ends - sizes
        sums = np.add.reduceat(vectors, self.starts, axis=0)
        self._centroids = unit(sums)

    def scores(self, queries: "Floats") -> "Floats":
        """A row per query, a column per skill; at most 1."""
        import numpy as np

        parts = []
        for start in range(0, len(queries), ROWS):
            some = queries[start : start + ROWS]
            nearest = np.maximum.reduceat(_products(some, self.vectors), self.starts, axis=1)
            parts.append((nearest + _products(some, self._centroids)) / 2)
        return np.concatenate(parts)

    def without(self, skill: int, row: int) -> float:
        """The score of one of a skill's own texts, were it not in the skill's bundle."""
        import numpy as np

        query = self.vectors[row]
        others = np.delete(
            self.vectors[self.starts[skill] : self.ends[skill]], row - self.starts[skill], axis=0
        )
        nearest = float((others @ query).max())
        return (nearest + float(unit(others.sum(axis=0)) @ query)) / 2


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
