"""Texts without what hides values: invisible characters, terminal colours, escapes, broken strings."""

import re
from bisect import bisect_right
from functools import cache
from typing import NamedTuple

Span = tuple[int, int]

_INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
)
HIDES = (
    rf"[{_INVISIBLE}]+"
    r"|(?:\x1b|\\x1b|\\u001b|\\033|\\e)\[[0-9;?]{0,16}[A-Za-z]"
    r"|\\\r?\n[ \t]{0,40}"
    r"|\\?[\"'][ \t]{0,9}(?:\+|\.|\\?\n)[ \t]{0,9}(?:\\?\n[ \t]{0,40})?\\?[\"']"
    r"|%(?P<percent>[2-7][0-9A-Fa-f])|\\(?:u00|x)(?P<escape>[2-7][0-9A-Fa-f])"
    r"|&#(?:x(?P<hex>[2-7][0-9A-Fa-f])|(?P<dec>3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-6]));"
)
"""What hides values, in Python's syntax and in RE2's alike."""


class PlainText(NamedTuple):
    """A text without what hides values, and where its pieces came from.

    Piece `k` begins at `starts[k]` of the text and came from `origins[k]`. It is as long there, or, if it
    stands for an escape, one character that was `ends[k] - origins[k]` long.
    """

    text: str
    starts: list[int]
    origins: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str) -> "PlainText":
        """The text with escapes as the characters they stand for, without the rest of what hides values."""
        pieces: list[str] = []
        starts, origins, ends = [], [], []
        length = last = 0
        for match in _hiding().finditer(text):
            for piece, start, end in (
                (text[last : match.start()], last, match.start()),
                (_meant(match), *match.span()),
            ):
                if piece:
                    pieces.append(piece)
                    starts.append(length)
                    origins.append(start)
                    ends.append(end)
                    length += len(piece)
            last = match.end()
        return cls("".join([*pieces, text[last:]]), [*starts, length], [*origins, last], [*ends, len(text)])

    def span(self, start: int, end: int) -> Span:
        """The span of the original text that a span of this one came from."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        return self.origins[first] + start - self.starts[first], min(
            self.origins[last] + end - self.starts[last] if not self._escape(last) else self.ends[last],
            self.ends[last],
        )

    def _escape(self, at: int) -> bool:
        length = (self.starts[at + 1] if at + 1 < len(self.starts) else len(self.text)) - self.starts[at]
        return length == 1 and self.ends[at] - self.origins[at] > 1


@cache
def _hiding() -> re.Pattern[str]:
    return re.compile(HIDES)


def _meant(match: re.Match[str]) -> str:
    """The character that an escape stands for; empty for what is only in the way."""
    coded = match["percent"] or match["escape"] or match["hex"]
    return chr(int(coded, 16)) if coded else chr(int(match["dec"])) if match["dec"] else ""
