"""Patterns over many texts at once, in time that grows with their length alone.

All patterns are RE2's: no backtracking, so that no text makes one slow. Texts are joined, and each pattern
runs once over all of them. What hides a value from a pattern (invisible characters, terminal colours,
escapes, strings broken over lines) is undone in a second look, whose findings count for the text as it was.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import re2

Span = tuple[int, int]

PLACEHOLDER = re.compile(r"<(?:secret|personal):[a-z0-9_]{1,60}:\d{1,9}>")
"""What stands where something was replaced."""

PROBE = "?"
"""Begins an anchor that is itself a pattern."""

_MASK = "\x01"
_APART = "\n\n\x00\n\n"
"""Between texts that are scanned as one."""


class Entry(NamedTuple):
    """A text, and the name of its field; empty if it has none."""

    text: str
    name: str = ""


class Found(NamedTuple):
    """A value found in a text: where it is, and of what kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Pattern:
    """Finds values of one kind: the first group that matched, or all of the match if there is no group.

    Attributes:
        kind: The kind, as written in the placeholder.
        anchors: Lower-case texts, or patterns after `PROBE`, of which one must occur; without any the pattern
            always runs.
        regex: The pattern, in RE2's syntax.
        accept: Whether a value counts.
        fits: Whether a value counts where it stands: it gets the text, and the value's start and end.
        named: Whether the name of a text's field counts as part of it: `name: "text"`.
    """

    kind: str
    anchors: tuple[str, ...]
    regex: str
    accept: Callable[[str], bool] = bool
    fits: Callable[[str, int, int], bool] | None = None
    named: bool = False

    def spans(self, text: str) -> Iterator[tuple[int, Span]]:
        """Where each match begins, and the span of its value."""
        for match in _compiled(self.regex).finditer(text):
            groups = range(1, len(match.groups()) + 1)
            group = next((each for each in groups if match[each]), 0)
            value, (start, end) = match[group], match.span(group)
            if not value or _MASK in value or (self.fits and not self.fits(text, start, end)):
                continue
            if self.accept(value):
                yield match.start(), (start, end)


def split_anchors(anchors: str, space: str = " ") -> tuple[str, ...]:
    """The anchors in a text: one pattern, if it begins with `PROBE`, else words; in these `_` is a space."""
    if not anchors or anchors.startswith(PROBE):
        return (anchors,) if anchors else ()
    return tuple(anchor.replace("_", space) for anchor in anchors.split())


def find(entries: Sequence[Entry], patterns: Sequence[Pattern]) -> list[list[Found]]:
    """What the patterns find in each text; earlier patterns first, in no order of places."""
    found: list[list[Found]] = [[] for _ in entries]
    for at, each in _scan([entry._replace(text=_masked(entry.text)) for entry in entries], patterns):
        found[at].append(each)
    plain = [(at, _Plain.of(entry.text)) for at, entry in enumerate(entries) if _HIDES.search(entry.text)]
    if not plain:
        return found
    clear = [Entry(_masked(each.text), entries[at].name) for at, each in plain]
    for place, each in _scan(clear, patterns):
        at, mapped = plain[place]
        start, end = mapped.span(each.start, each.end)
        found[at].append(Found(start, end, each.kind))
    return found


def _scan(entries: Sequence[Entry], patterns: Sequence[Pattern]) -> Iterator[tuple[int, Found]]:
    pieces: list[str] = []
    begins: list[int] = []
    length = 0
    for text, name in entries:
        head = f'{name}: "' if name else ""
        begins.append(length + len(head))
        pieces.append(f'{head}{text}"' if name else text)
        length += len(pieces[-1]) + len(_APART)
    joined = _APART.join(pieces)
    for pattern in _anchored(joined, patterns):
        for begin, (start, end) in pattern.spans(joined):
            at = bisect_right(begins, start) - 1
            if at >= 0 and end <= begins[at] + len(entries[at].text):
                if pattern.named or begin >= begins[at] - 1:
                    yield at, Found(start - begins[at], end - begins[at], pattern.kind)
            elif end - start > len(_APART):
                yield from _one_by_one(entries, max(at, 0), bisect_right(begins, end), pattern)


def _one_by_one(
    entries: Sequence[Entry], first: int, last: int, pattern: Pattern
) -> Iterator[tuple[int, Found]]:
    """The same for a match that ran over the end of a text: each text by itself."""
    for at in range(first, last):
        for _, (start, end) in pattern.spans(entries[at].text):
            yield at, Found(start, end, pattern.kind)


_SURROGATES = re.compile("[\ud800-\udfff]")


def _masked(text: str) -> str:
    """The text with its placeholders blotted out, so that nothing is found in them, and fit for UTF-8."""
    text = text if text.isascii() else _SURROGATES.sub("\ufffd", text)
    return PLACEHOLDER.sub(lambda match: _MASK * len(match[0]), text) if "<" in text else text


def begins_alone(text: str, start: int, _end: int) -> bool:
    """Whether no letter, digit, `_` or `-` before a value makes it part of something else."""
    before = text[start - 1 : start]
    return not (before.isalnum() or before in {"_", "-"})


def is_no_fraction(text: str, start: int, end: int) -> bool:
    """Whether digits are no part of a fraction, a path or an id."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    parted = before[-1:] in {"#", "/", "-", "_"} or (before[-1:] == "." and before[:1].isdigit())
    return not (parted or after[:1] == "-" or (after[:1] == "." and after[1:].isdigit()))


@cache
def _compiled(regex: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.max_mem = 64 << 20
    options.log_errors = False
    return re2.compile(regex, options)


def _anchored(text: str, patterns: Sequence[Pattern]) -> Iterator[Pattern]:
    present = _anchors(tuple(patterns)).present(text)
    for pattern in patterns:
        if not pattern.anchors or not present.isdisjoint(pattern.anchors):
            yield pattern


class _Anchors:
    """Which of many anchors occur in a text, upper and lower case alike."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = sorted(set(texts))
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = 128 << 20
        self._set = re2.Set.SearchSet(options)
        for text in [*self._texts, _MASK * 2]:
            self._set.Add(text.removeprefix(PROBE) if text.startswith(PROBE) else re2.escape(text))
        self._set.Compile()

    def present(self, text: str) -> frozenset[str]:
        """Those that occur; all of them should the search not come to its end."""
        found = self._set.Match(text + _MASK * 2)
        if len(self._texts) not in found:
            return frozenset(self._texts)
        return frozenset(self._texts[at] for at in found if at < len(self._texts))


@cache
def _anchors(patterns: tuple[Pattern, ...]) -> _Anchors:
    return _Anchors(anchor for pattern in patterns for anchor in pattern.anchors)


_INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
)
_HIDES = re.compile(
    rf"[{_INVISIBLE}]+"
    r"|(?:\x1b|\\x1b|\\u001b|\\033|\\e)\[[0-9;?]{0,16}[A-Za-z]"
    r"|\\\r?\n[ \t]{0,40}"
    r"|\\?[\"'][ \t]{0,9}(?:\+|\.|\\?\n)[ \t]{0,9}(?:\\?\n[ \t]{0,40})?\\?[\"']"
    r"|%(?P<percent>[2-7][0-9A-Fa-f])|\\(?:u00|x)(?P<escape>[2-7][0-9A-Fa-f])"
    r"|&#(?:x(?P<hex>[2-7][0-9A-Fa-f])|(?P<dec>3[2-9]|[4-9]\d|1[01]\d|12[0-6]));"
)


class _Plain(NamedTuple):
    """A text without what hides values, and where its pieces came from.

    Piece `k` begins at `starts[k]` of the text and came from `origins[k]`. It is as long there, or, if it
    stands for an escape, one character that was `ends[k] - origins[k]` long.
    """

    text: str
    starts: list[int]
    origins: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str) -> "_Plain":
        pieces: list[str] = []
        starts, origins, ends = [], [], []
        length = last = 0
        for match in _HIDES.finditer(text):
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


def _meant(match: re.Match[str]) -> str:
    """The character that an escape stands for; empty for what is only in the way."""
    coded = match["percent"] or match["escape"] or match["hex"]
    return chr(int(coded, 16)) if coded else chr(int(match["dec"])) if match["dec"] else ""
