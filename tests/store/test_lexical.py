"""BM25 and rank fusion."""

import numpy as np
import pytest

from trace2skill.store.lexical import LexicalIndex, words
from trace2skill.store.ranking import fuse


def best(texts: list[str], query: str) -> list[int]:
    """Positions of the texts that the query finds."""
    return LexicalIndex.of(texts).best(query, 10, np.arange(len(texts)))


def test_identifiers_are_split_into_words() -> None:
    """Snake case and dotted keys match plain language."""
    assert words("toggle_airplane_mode, line.status=Über") == [
        "toggle",
        "airplane",
        "mode",
        "line",
        "status",
        "über",
    ]


def test_rarer_words_weigh_more() -> None:
    """The text with the rare word of the query comes first; one without any word is left out."""
    texts = ["check the line", "check the airplane mode", "the bill", "pay"]
    assert best(texts, "check airplane_mode") == [1, 0]


@pytest.mark.parametrize("query", ["", "???", "unheard of words"])
def test_a_query_without_known_words_finds_nothing(query: str) -> None:
    """No error, no arbitrary order."""
    assert best(["check the line"], query) == []


@pytest.mark.parametrize("texts", [[], ["", "..."]])
def test_texts_without_words_find_nothing(texts: list[str]) -> None:
    """An empty corpus is no error."""
    assert best(texts, "line") == []


def test_fusion_adds_reciprocal_ranks() -> None:
    """An item second in both rankings beats items first in one."""
    fused = fuse([[1, 7, 3], [2, 7]])
    assert [item for item, _ in fused] == [7, 1, 2, 3]
    assert [score for _, score in fused] == pytest.approx([2 / 62, 1 / 61, 1 / 61, 1 / 63])
