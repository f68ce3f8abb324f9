"""One task's words found again in another task: where two texts of a kind differ, their words correspond."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from trace2skill.facts.phrases import words
from trace2skill.skills.course import Told


@lru_cache(maxsize=4096)
def retold(own: str, other: str) -> Mapping[int, tuple[int, int]]:
    """For each word of a task, by its position, the range of the words that stand for it in another task."""
    left, right = words(own), words(other)
    found: dict[int, tuple[int, int]] = {}
    for tag, start, end, begin, stop in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for position in range(start, end):
            at = begin + position - start
            found[position] = (at, at + 1) if tag == "equal" else (begin, stop)
    return found


def spoken(own: str, start: int, end: int, other: str) -> str:
    """The words of the other task that stand for a range of words of the own one; empty if there are none."""
    spans = retold(own, other)
    ranges = [spans[position] for position in range(start, end) if position in spans]
    said = words(other)
    places = sorted({at for begin, stop in ranges for at in range(begin, stop)})
    return " ".join(said[at] for at in places)


@lru_cache(maxsize=4096)
def likeness(own: str, other: str) -> float:
    """How much two tasks say the same words in the same order, 0 to 1."""
    return SequenceMatcher(None, words(own), words(other), autojunk=False).ratio()


def translated(part: Told, own: str, reference: str) -> Told | None:
    """The same place in the reference task; None where it has none."""
    if own == reference:
        return part
    spans = retold(own, reference)
    ranges = [spans[at] for at in range(part.start, part.end) if at in spans]
    if not ranges:
        return None
    start, end = min(begin for begin, _ in ranges), max(stop for _, stop in ranges)
    back = spoken(reference, start, end, own) if end > start else ""
    return Told(start=start, end=end) if back == spoken(own, part.start, part.end, own) else None
