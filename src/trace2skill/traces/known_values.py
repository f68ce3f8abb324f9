"""Finds known values in texts, as words of their own, in time linear in the length of the text."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from trace2skill.traces.plain_text import Span

_WORD = re.compile(r"\w+")
_APART = "\n"
_MOST_WORDS = 64
"""Most words for each of which all texts are run through."""

_MOST_SHAPES = 64
"""Most lengths and places of values with one longest word; further ones are not looked for."""


class KnownValues:
    """Values to be found wherever they stand between characters that are no letters, digits or `_`.

    Each is looked up by its longest word.
    """

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._shapes: dict[str, dict[tuple[int, int], None]] = {}

    def add(self, value: str) -> None:
        """Add a value; one without a letter or digit is not looked for."""
        words = list(_WORD.finditer(value))
        if not words or value in self._values:
            return
        longest = max(words, key=lambda word: (len(word[0]), word.start()))
        shapes = self._shapes.setdefault(longest[0], {})
        if len(shapes) < _MOST_SHAPES:
            self._values.add(value)
            shapes[longest.start(), len(value)] = None

    def __contains__(self, value: str) -> bool:
        return value in self._values

    def may_hold(self, texts: Sequence[str]) -> list[bool]:
        """Whether a value may stand in each of the texts, told faster than by looking for it."""
        if not self._shapes or len(self._shapes) > _MOST_WORDS:
            return [bool(self._shapes)] * len(texts)
        joined = _APART.join(texts)
        begins = [0, *accumulate(len(text) + len(_APART) for text in texts)]
        hold = [False] * len(texts)
        for word in self._shapes:
            at = joined.find(word)
            while at >= 0:
                text = bisect_right(begins, at) - 1
                hold[text] = True
                at = joined.find(word, begins[text + 1])
        return hold

    def find(self, text: str) -> Iterator[Span]:
        """Where values stand; spans may overlap."""
        if not self._shapes or self._shapes.keys().isdisjoint(_WORD.findall(text)):
            return
        for word in _WORD.finditer(text):
            for before, length in self._shapes.get(word[0], ()):
                start = word.start() - before
                end = start + length
                if start >= 0 and text[start:end] in self._values and _is_whole(text, start, end):
                    yield start, end

    def longest(self, text: str) -> Iterator[Span]:
        """Where values stand that begin inside no other; of those that begin together the longest."""
        last = 0
        for start, end in sorted(self.find(text), key=lambda span: (span[0], -span[1])):
            if start >= last:
                last = end
                yield start, end


def _is_whole(text: str, start: int, end: int) -> bool:
    around = text[start - 1 : start] + text[end : end + 1]
    return not any(char.isalnum() or char == "_" for char in around)
