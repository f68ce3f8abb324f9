"""Patterns over texts, in time that grows with their length alone.

All patterns are RE2's: no backtracking, so that no text makes one slow. A pattern runs over a text if one of
its anchors occurs there. What hides a value from a pattern is undone in a second look, whose findings count
for the text as it was.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import re2

from trace2skill.traces.anchors import PROBE, Anchors
from trace2skill.traces.plain_text import HIDES, PlainText, Span

PLACEHOLDER = re.compile(r"<(?:secret|personal):[a-z0-9_]{1,60}:\d{1,9}>")
"""What stands where something was replaced."""

_MASK = "\x01"
_AROUND = "\n\n\x00\n\n"
"""Stands before and after a text that is looked through: its end is no end of a line."""


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
        anchors: Lower-case texts, or patterns after `PROBE`, of which one occurs in each match (`Anchors`);
            without any the pattern always runs.
        regex: The pattern, in RE2's syntax.
        accept: Whether a value counts.
        fits: Whether a value counts where it stands: it gets the text, and the value's start and end.
        named: Whether the name of a text's field counts as part of it: `name: "text"`.
        told: Whether the anchors tell what the values are, and stand anywhere in a record: without one of
            them the pattern would take ids for secrets.
    """

    kind: str
    anchors: tuple[str, ...]
    regex: str
    accept: Callable[[str], bool] = bool
    fits: Callable[[str, int, int], bool] | None = None
    named: bool = False
    told: bool = False

    def spans(self, text: str, data: bytes) -> Iterator[tuple[int, Span]]:
        """Where each match begins, and the span of its value; `data` is the text in UTF-8."""
        place = _places(text, data)
        for match in _compiled(self.regex).finditer(data):
            groups = range(1, len(match.groups()) + 1)
            group = next((each for each in groups if match[each]), 0)
            begin, start, end = (place(each) for each in (match.start(), *match.span(group)))
            value = text[start:end]
            if not value or _MASK in value or (self.fits and not self.fits(text, start, end)):
                continue
            if self.accept(value):
                yield begin, (start, end)


def split_anchors(anchors: str, space: str = " ") -> tuple[str, ...]:
    """The anchors in a text: one pattern, if it begins with `PROBE`, else words; in these `_` is a space."""
    if not anchors or anchors.startswith(PROBE):
        return (anchors,) if anchors else ()
    return tuple(anchor.replace("_", space) for anchor in anchors.split())


class _Look(NamedTuple):
    """A text as it is looked through: with its field's name, and with what surrounds texts.

    Attributes:
        text: The text, masked.
        first: Where it begins in `whole`.
        whole: The text with all that is put around it.
        data: The same in UTF-8.
        given: The text as it was given, and its field's name.
        plain: What the text was made of, if it is no original.
    """

    text: str
    first: int
    whole: str
    data: bytes
    given: tuple[str, str]
    plain: PlainText | None

    @classmethod
    def at(cls, text: str, name: str, plain: PlainText | None = None) -> "_Look":
        clear = masked(text)
        before = f'{_AROUND}{name}: "' if name else _AROUND
        whole = f'{before}{clear}"{_AROUND}' if name else f"{before}{clear}{_AROUND}"
        return cls(clear, len(before), whole, whole.encode(errors="replace"), (text, name), plain)

    def plainly(self) -> "_Look | None":
        """The same without what hides values; None if nothing does, or if this is it."""
        text, name = self.given
        plain = None if self.plain else PlainText.of(text)
        return self.at(plain.text, name, plain) if plain and plain.text != text else None

    def found(self, pattern: Pattern) -> Iterator[Found]:
        for start, end in self._spans(pattern):
            yield Found(*(self.plain.span(start, end) if self.plain else (start, end)), pattern.kind)

    def _spans(self, pattern: Pattern) -> Iterator[Span]:
        last = self.first + len(self.text)
        for begin, (start, end) in pattern.spans(self.whole, self.data):
            if start >= self.first and end <= last:
                if pattern.named or begin >= self.first - 1:
                    yield start - self.first, end - self.first
            elif end >= self.first and end - start > len(_AROUND):
                yield from (span for _, span in pattern.spans(self.text, self.text.encode()))


class Finding(NamedTuple):
    """What was found in a text, and the patterns that its anchors tell of."""

    found: list[Found]
    told: list[Pattern]


class Finder:
    """Finds what many patterns find; what the earlier ones find comes first, in no order of places."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = sorted(patterns, key=lambda each: each.told)
        self._free = sum(not each.told for each in patterns)
        self._anchors = Anchors([*(each.anchors for each in self._patterns), (f"{PROBE}{HIDES}",)])

    def find(self, entries: Sequence[Entry]) -> list[Finding]:
        """What is found in each text by itself, but for patterns whose anchors tell."""
        findings = [Finding([], []) for _ in entries]
        self._look([_Look.at(*entry) for entry in entries], findings)
        return findings

    def _look(self, looks: Sequence[_Look], findings: Sequence[Finding]) -> None:
        hidden: list[tuple[_Look, Finding]] = []
        able = self._anchors.present([look.data for look in looks])
        for look, finding, patterns in zip(looks, findings, able, strict=True):
            for at in patterns:
                if at < self._free:
                    finding.found.extend(look.found(self._patterns[at]))
                elif at < len(self._patterns):
                    finding.told.append(self._patterns[at])
                elif plain := look.plainly():
                    hidden.append((plain, finding))
        if hidden:
            self._look(*zip(*hidden, strict=True))


def find_told(entry: Entry, patterns: Sequence[Pattern]) -> Iterator[Found]:
    """What is found by patterns that another text of the record tells of."""
    look = _Look.at(*entry)
    plain = look.plainly()
    for each in (look, plain) if plain else (look,):
        for pattern in patterns:
            yield from each.found(pattern)


def _places(text: str, data: bytes) -> Callable[[int], int]:
    """Turns places in the bytes into those in the text; none may lie before the one asked for last."""
    if len(data) == len(text):
        return int
    last = (0, 0)

    def place(at: int) -> int:
        nonlocal last
        last = at, last[1] + len(data[last[0] : at].decode())
        return last[1]

    return place


_SURROGATES = re.compile("[\ud800-\udfff]")


def masked(text: str) -> str:
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
