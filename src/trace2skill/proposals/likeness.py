"""Which sentences of advice say the same, by their words."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from trace2skill.facts.words import english

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]

ALIKE = 0.62
"""Mean likeness from which groups of sentences are one; see tests/proposals/paraphrases.py."""

NEARLY = 0.8
"""Likeness from which two sentences of which one negates say the contrary."""

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\w*_\w+")
_NEGATION = re.compile(r"\b(?:not|never|avoid|cannot|no)\b|n't\b", re.IGNORECASE)
_ORDER = re.compile(r"\b(before|after)\b", re.IGNORECASE)
_ENDINGS = ("ings", "ing", "ed", "es", "s", "e")
_SHORTEST_STEM = 3
_TELLING = frozenset(
    """
    above after again before below cannot during first never no not once only over under until while without
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Stop words that change what is advised."""


class _Advice(NamedTuple):
    """What is compared of a sentence: its stems, those without negations, the tools named, what comes first.

    `first` and `second` are the stems of what is to happen earlier and later, if "before" or "after" says so.
    """

    stems: frozenset[str]
    plain: frozenset[str]
    negates: bool
    names: frozenset[str]
    first: frozenset[str]
    second: frozenset[str]


def clusters(texts: Sequence[str]) -> list[list[int]]:
    """The positions of texts that say the same, together; average linkage over their likeness.

    The groups are ordered by their first member, the result depends on the texts' order in nothing else.
    """
    if len(texts) < 2:
        return [[at] for at in range(len(texts))]
    from scipy.cluster.hierarchy import average, fcluster
    from scipy.spatial.distance import squareform

    order = sorted(range(len(texts)), key=lambda at: texts[at])
    distances = 1.0 - likenesses([texts[at] for at in order])
    labels = fcluster(average(squareform(distances, checks=False)), 1.0 - ALIKE, "distance")
    groups: dict[int, list[int]] = {}
    for at, label in zip(order, labels, strict=True):
        groups.setdefault(int(label), []).append(at)
    return sorted(map(sorted, groups.values()))


def likenesses(texts: Sequence[str]) -> Matrix:
    """How alike each two texts are, 0 to 1: Dice's coefficient of their stems, 0 where they contradict."""
    advice = [_advice(text) for text in texts]
    found = np.eye(len(texts))
    for one, other in combinations(range(len(texts)), 2):
        found[one, other] = found[other, one] = _likeness(advice[one], advice[other])
    return found


def _likeness(one: _Advice, other: _Advice) -> float:
    found = _dice(one.stems, other.stems)
    if not found or _other_tools(one, other) or _other_order(one, other):
        return 0.0
    contrary = one.negates != other.negates and _dice(one.plain, other.plain) >= NEARLY
    return 0.0 if contrary else found


def _other_tools(one: _Advice, other: _Advice) -> bool:
    """Whether each names a tool that the other does not."""
    return bool(one.names - other.names and other.names - one.names)


def _other_order(one: _Advice, other: _Advice) -> bool:
    """Whether what the one puts first the other puts second."""
    if not (one.first and other.first):
        return False
    kept = len(one.first & other.first) + len(one.second & other.second)
    return len(one.first & other.second) + len(one.second & other.first) > kept


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / ((len(one) + len(other)) or 1)


def _advice(text: str) -> _Advice:
    first, second = _ordered(text)
    return _Advice(
        stems=_stems(text),
        plain=_stems(_NEGATION.sub(" ", text)),
        negates=bool(_NEGATION.search(text)),
        names=frozenset(_NAME.findall(text)),
        first=_stems(first),
        second=_stems(second),
    )


def _ordered(text: str) -> tuple[str, str]:
    """What is to happen first and what second; empty unless one "before" or "after" says so."""
    found = list(_ORDER.finditer(text))
    if len(found) != 1:
        return "", ""
    left, right = text[: found[0].start()], text[found[0].end() :]
    if not left.strip():
        right, _, left = right.partition(",")
    return (left, right) if found[0][0].lower() == "before" else (right, left)


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in _idle_words())


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


@cache
def _idle_words() -> frozenset[str]:
    return english() - _TELLING
