"""What belongs to a person in named values inside a text: in JSON, or on lines of their own."""

import re
from collections.abc import Iterator
from functools import cache

import re2

from trace2skill.traces.field_detection import FIELD_WORDS, personal_by_field, personal_field
from trace2skill.traces.patterns import PLACEHOLDER, Found, masked

_PAIR = re.compile(
    r"\\?\"(?P<key>[A-Za-z_][\w -]{0,40})\\?\"\s{0,3}:\s{0,3}"
    r"(?:\\?\"(?P<text>[^\"\\\n]{1,120})|(?P<number>\d{4,19}\b))"
    r"|^[ \t*-]{0,12}(?P<label>[A-Za-z_][\w -]{0,40}?)[ \t]{0,3}[:=][ \t]{0,3}"
    r"[\"']?(?P<line>[^\s\"'][^\n\"']{0,119})",
    re.MULTILINE,
)
_LONGEST = 200
"""No pair has so many characters."""


def in_pairs(text: str) -> Iterator[Found]:
    """The values whose names are those of fields that hold something of a person.

    Only lines with such a name are read; what a pair before them takes up is as if all were.
    """
    done = 0
    for named in _names().finditer(masked(text)):
        begin = _line(text, named.start(), done)
        for match in _PAIR.finditer(text, begin, named.end() + _LONGEST):
            if match.start() >= named.end():
                break
            done = match.end()
            yield from _of_person(match)
        done = max(done, named.end())


def _of_person(match: re.Match[str]) -> Iterator[Found]:
    name = match["key"] or match["label"]
    if personal_field(name):
        group = next(each for each in ("text", "number", "line") if match[each])
        value, start = match[group], match.start(group)
        if not PLACEHOLDER.search(value) and (own := personal_by_field(value, name)):
            yield Found(own.start + start, own.end + start, own.kind)


def _line(text: str, at: int, least: int) -> int:
    """Where the line of a place begins, or one before it, if a pair may run from that into this one."""
    while at > least:
        at = text.rfind("\n", least, at) + 1 or least
        before = text[max(at - 4, least) : at].rstrip()
        if at == least or not before.endswith(('"', ":")):
            break
        at -= 1
    return max(at, least)


@cache
def _names() -> "re2._Regexp[str]":
    """Matches in every pair whose name `personal_field` knows, to its colon or equals sign."""
    return re2.compile(rf"(?i)(?:{FIELD_WORDS})[\w -]*[^\w:=]{{0,5}}[:=]")
