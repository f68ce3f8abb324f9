"""Where a text says one is, and where one can go from there.

A small lexicon, English only, of how rooms are told in text: the place itself, a way with its direction, a
door, and lines of a map.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_HERE = re.compile(
    r"\b(?:you (?:are|are now) (?:in|at|on)|you (?:move|walk|go) to|you (?:enter|arrive (?:in|at))|"
    r"(?:room|place|(?:outside )?location) is called) (?:the )?([^.,:;()\n]+)",
    re.IGNORECASE,
)
_WAY = re.compile(
    r"\bto the (\w+) (?:you see|is|lies|there is) (?:the |an? )?([^.,:;()\n]+)"
    r"|\bdoor to (?:the )?([^.,:;()\n]+)",
    re.IGNORECASE,
)
_MAP = re.compile(
    r"^\W*the ([^.,:;()\n]+) (?:connects|leads) to the ([^.;()\n]+)", re.IGNORECASE | re.MULTILINE
)
_LISTED = re.compile(r",\s*(?:and\s+)?|\s+and\s+")


class Way(NamedTuple):
    """From a place (empty: from here) to another, and the direction, where one is told."""

    origin: str
    target: str
    direction: str = ""


def place_in(text: str) -> str:
    """The place that the text says one is at, in lower case; empty where it says none."""
    found = _HERE.search(text)
    return found.group(1).strip().lower() if found else ""


def ways_in(text: str) -> Iterator[Way]:
    """The ways that the text tells of."""
    for direction, ahead, door in _WAY.findall(text):
        yield Way("", _clean(ahead or door), direction.lower())
    for origin, targets in _MAP.findall(text):
        for target in _LISTED.split(targets):
            yield Way(_clean(origin), _clean(target))


def _clean(name: str) -> str:
    return re.sub(r"^the ", "", name.strip().lower())
