"""BM25 over a list of texts: built by bm25s, kept as plain arrays, asked without it."""

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
    Numbers = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]

WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Lower-case words; `toggle_airplane_mode` is three."""
    return WORD.findall(text.lower())


class Postings(NamedTuple):
    """What each word weighs in each text (Lucene's variant of BM25), a stretch of two arrays for each word.

    `scores` and `places` (positions of texts) of word w are those from `starts[w]` to `starts[w + 1]`.
    """

    words: list[str]
    scores: "Floats"
    places: "Numbers"
    starts: "Numbers"
    texts: int


def postings(texts: Sequence[str]) -> Postings:
    """The postings of texts; the words are sorted."""
    import numpy as np

    corpus = [words(text) for text in texts]
    known = sorted({word for each in corpus for word in each})
    if not known:
        none = np.zeros(0, dtype=np.int32)
        return Postings([], none.astype(np.float32), none, np.zeros(1, dtype=np.int32), len(texts))
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it logs at DEBUG whatever its user wants
    numbers = {word: at for at, word in enumerate(known)}
    index = bm25s.BM25(method="lucene")
    index.index(([[numbers[word] for word in each] for each in corpus], numbers), show_progress=False)
    scores, places, starts = (index.scores[name] for name in ("data", "indices", "indptr"))
    return Postings(known, scores, places.astype(np.int32), starts.astype(np.int32), len(texts))


class LexicalIndex:
    """BM25 over a fixed list of texts; results are positions in this list.

    Args:
        known: The postings of the texts.
    """

    def __init__(self, known: Postings) -> None:
        self.postings = known
        self._numbers = {word: at for at, word in enumerate(known.words)}

    @classmethod
    def of(cls, texts: Sequence[str]) -> "LexicalIndex":
        """The index of these texts."""
        return cls(postings(texts))

    def best(self, query: str, most: int, among: "Numbers") -> list[int]:
        """The best positions by words, ties by position; only texts that share a word with the query."""
        import numpy as np

        known = self.postings
        asked = [self._numbers[word] for word in words(query) if word in self._numbers]
        if not asked:
            return []
        every = np.zeros(known.texts, dtype=np.float32)
        for word in asked:
            stretch = slice(known.starts[word], known.starts[word + 1])
            every[known.places[stretch]] += known.scores[stretch]
        scores = every[among]
        order = np.argsort(-scores, kind="stable")[:most]
        return [int(among[at]) for at in order if scores[at] > 0]
