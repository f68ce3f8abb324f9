"""Read what texts of a world name (things, amounts, places, ways) and find one task's words in another."""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from trace2skill.evidence.policy import Branch, TaskWords

_CUT = re.compile(
    r"[^\w\s'-]|\n|\b(?-i:[Aa]n?)(?= [a-z0-9])|\b(?:the|some|this|that|which|it|its|you|your|is|are|"
    r"was|has|have|on|in|into|to|from|with|"
    r"for|at|by|and|or|called|contains?|containing|see|here|there|also|now|not|nothing|one|another|part)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w'-]+")
_MOST_WORDS = 4
FUNCTION = frozenset({
    "a", "an", "the", "of", "in", "on", "to", "into", "is", "it", "and", "or", "that", "which", "with", "by",
    "for", "from", "at", "be", "are", "then", "if", "your", "you", "this", "its",
})  # fmt: skip
"""Words that name nothing by themselves."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without punctuation."""
    return tuple(word.lower() for word in _WORD.findall(text))


def phrases(text: str) -> tuple[str, ...]:
    """The things that a text names, in lower case and in order, each once."""
    chunks = (" ".join(words(chunk)) for chunk in _CUT.split(text))
    return tuple(
        dict.fromkeys(
            chunk
            for chunk in chunks
            if len(chunk.split()) <= _MOST_WORDS and not FUNCTION.issuperset(chunk.split())
        )
    )


_AMOUNT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?(mg|g|kg|ml|l|mm|cm|m|km)?\b", re.IGNORECASE)
_SIZE = {"mg": 1e-3, "g": 1.0, "kg": 1e3, "ml": 1e-3, "l": 1.0, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3}


def amount(text: str) -> float | None:
    """The first amount in a text, in the base unit of its kind (gram, litre, metre, piece), or None."""
    found = _AMOUNT.search(text)
    if not found:
        return None
    return float(found.group(1)) * _SIZE.get((found.group(2) or "").lower(), 1.0)


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
    """A way from a place (empty for the present one) to another; the direction is empty if none is named."""

    origin: str
    target: str
    direction: str = ""


def place_in(text: str) -> str:
    """The place where the text says the run is, in lower case; empty if it names none."""
    found = _HERE.search(text)
    return found.group(1).strip().lower() if found else ""


def ways_in(text: str) -> Iterator[Way]:
    """The ways between places that the text names."""
    for direction, ahead, door in _WAY.findall(text):
        yield Way("", _clean(ahead or door), direction.lower())
    for origin, targets in _MAP.findall(text):
        for target in _LISTED.split(targets):
            yield Way(_clean(origin), _clean(target))


def _clean(name: str) -> str:
    return re.sub(r"^the ", "", name.strip().lower())


@lru_cache(maxsize=4096)
def matching_ranges(own: str, other: str) -> Mapping[int, tuple[int, int]]:
    """Map the position of each word of `own` to the range of the corresponding words in `other`."""
    left, right = words(own), words(other)
    found: dict[int, tuple[int, int]] = {}
    for tag, start, end, begin, stop in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for position in range(start, end):
            at = begin + position - start
            found[position] = (at, at + 1) if tag == "equal" else (begin, stop)
    return found


def matching_words(own: str, start: int, end: int, other: str) -> str:
    """The words of `other` that correspond to a range of the words of `own`; empty if there are none."""
    spans = matching_ranges(own, other)
    ranges = [spans[position] for position in range(start, end) if position in spans]
    said = words(other)
    places = sorted({at for begin, stop in ranges for at in range(begin, stop)})
    return " ".join(said[at] for at in places)


@lru_cache(maxsize=4096)
def text_similarity(own: str, other: str) -> float:
    """How far two tasks have the same words in the same order, 0 to 1."""
    return SequenceMatcher(None, words(own), words(other), autojunk=False).ratio()


def translated(part: TaskWords, own: str, reference: str) -> TaskWords | None:
    """The corresponding range of words in the reference task; None if it has none."""
    if own == reference:
        return part
    spans = matching_ranges(own, reference)
    ranges = [spans[at] for at in range(part.start, part.end) if at in spans]
    if not ranges:
        return None
    start, end = min(begin for begin, _ in ranges), max(stop for _, stop in ranges)
    back = matching_words(reference, start, end, own) if end > start else ""
    return TaskWords(start=start, end=end) if back == matching_words(own, part.start, part.end, own) else None


def holds(branch: Branch, task: str, number: float | None, clauses: frozenset[str]) -> bool:
    """Whether the branch's test holds on a task.

    Args:
        branch: The branch.
        task: The task at hand.
        number: The latest number that an answer gave.
        clauses: What was said last, in clauses.
    """
    if branch.above is None:
        return branch.says in clauses
    bound = as_number(matching_words(branch.task, branch.above, branch.above + 1, task))
    return number is not None and bound is not None and number > bound


def as_number(text: str) -> float | None:
    """The number that a word spells in digits; None for other words."""
    try:
        return float(text.rstrip("."))
    except ValueError:
        return None
