"""Lexical ranking (BM25) and the fusion of rankings."""

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

WORD = re.compile(r"[^\W_]+")
RRF_K = 60


def words(text: str) -> list[str]:
    """Lower-case words; `toggle_airplane_mode` is three."""
    return WORD.findall(text.lower())


class LexicalIndex:
    """BM25 (Lucene's variant) over a fixed list of texts.

    Args:
        texts: The documents; results are positions in this list.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it logs at DEBUG whatever its user wants
        corpus = [words(text) for text in texts]
        self._index = bm25s.BM25(method="lucene") if any(corpus) else None
        if self._index is not None:
            self._index.index(corpus, show_progress=False)

    def rank(self, query: str) -> list[int]:
        """Positions of the texts that share a word with the query, best first, ties by position."""
        if self._index is None:
            return []
        known = self._index.get_tokens_ids(words(query))
        if not known:
            return []
        scores = self._index.get_scores_from_ids(known).tolist()
        return sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: (-scores[at], at))

    def best(self, query: str, most: int, among: "np.ndarray[Any, np.dtype[np.intp]]") -> list[int]:
        """At most so many of those positions, best first, ties by position; only such as share a word."""
        import numpy as np

        known = self._index.get_tokens_ids(words(query)) if self._index is not None else []
        if self._index is None or not known:
            return []
        scores = self._index.get_scores_from_ids(known)[among]
        order = np.argsort(-scores, kind="stable")[:most]
        return [int(among[at]) for at in order if scores[at] > 0]


def fuse(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Reciprocal rank fusion (Cormack, Clarke, Buettcher 2009): sum of 1 / (60 + rank), best first."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
