"""Outcomes that a record of a conversation states beside its messages, in a field that people name so."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from pydantic import JsonValue

from trace2skill.traces.model import Label, Outcome
from trace2skill.traces.outcomes import MEANS_SUCCESS, from_score, to_label

HOLDERS = (
    "outcome",
    "result",
    "results",
    "metadata",
    "meta",
    "info",
    "extra",
    "feedback",
    "evaluation",
    "eval",
    "reward_info",
    "scores",
    "labels",
    "annotations",
    "metrics",
)
"""Objects that are looked into. What `status` says is how the program ended, and is not read."""

DEEPEST = 3
"""Objects in objects that are looked into."""

SPOKEN = ("result", "verdict", "label", "rating", "feedback", "thumbs")
"""Names whose words and truth values count, and numbers only where `success_at` says what they mean."""

_NAMES = (*MEANS_SUCCESS, "is_success", "is_correct", "thumbs_up", "thumbs_down", *SPOKEN)
_WORDS = {
    **dict.fromkeys(
        ("correct", "solved", "resolved", "successful", "good", "up", "thumbs_up", "positive", "👍"), 1
    ),
    **dict.fromkeys(("incorrect", "wrong", "unsolved", "unresolved", "unsuccessful", "bad", "down"), 0),
    **dict.fromkeys(("thumbs_down", "negative", "👎"), 0),
}


@dataclass(frozen=True)
class _Stated:
    """What one field says: a label, a number, or, for 0 and 1, both."""

    place: str
    label: Label | None
    score: float | None = None


def stated_outcome(record: dict[str, JsonValue], success_at: float | None) -> Outcome | None:
    """The outcome that a record states; None if it states none.

    Truth values, words, 0 and 1 decide; -1 is a failure. Any other number is compared with `success_at`, and
    says nothing without it. It is unknown where fields disagree, or a word says neither.
    """
    fields = [(place, value) for place, value in _fields(record, "", 0) if value is not None]
    if not fields:
        return None
    said = [_read(place, value, success_at) for place, value in fields]
    decided = [each for each in said if each.label is not None]
    numbers = [each for each in said if each.score is not None]
    score = numbers[0].score if numbers else None
    if len({each.label for each in decided}) > 1:
        return Outcome(origin=f"{_named(decided)}: they disagree")
    if decided:
        return Outcome(label=decided[0].label or Label.UNKNOWN, score=score, origin=decided[0].place)
    if numbers and success_at is not None:
        return from_score(score, success_at, numbers[0].place)
    if numbers:
        return Outcome(score=score, origin=f"{_named(numbers)}: no known scale (--success-at N)")
    return Outcome(origin=f"{_named(said)}: says neither success nor failure")


def _named(said: list[_Stated]) -> str:
    return ", ".join(each.place for each in said[:5])


def _fields(value: JsonValue, path: str, depth: int) -> Iterator[tuple[str, JsonValue]]:
    """The fields named after an outcome, with their places: the record's own, then those of what it holds."""
    if isinstance(value, list):
        for each in value if path else ():
            yield from _entry(each, path)
        return
    if not isinstance(value, dict):
        return
    if path and {"key", "name"} & value.keys() and {"score", "value"} & value.keys():
        yield from _entry(value, path)
        return
    plain = {name.strip().lower().replace("-", "_").replace(" ", "_"): each for name, each in value.items()}
    for name in _NAMES:
        if name in plain and not isinstance(plain[name], dict | list):
            yield f"{path}{name}", plain[name]
    for name in HOLDERS if depth < DEEPEST else ():
        if name in plain:
            yield from _fields(plain[name], f"{path}{name}.", depth + 1)


def _entry(value: JsonValue, path: str) -> Iterator[tuple[str, JsonValue]]:
    """One of a list of judgements, such as `{"key": "correctness", "score": 1}`."""
    if not isinstance(value, dict):
        return
    name = next((value[key] for key in ("key", "name") if isinstance(value.get(key), str)), None)
    given = next((value[key] for key in ("score", "value", "label") if value.get(key) is not None), None)
    if isinstance(name, str) and name.strip().lower() in _NAMES and not isinstance(given, dict | list):
        yield f"{path}{name.strip().lower()}", given


def _read(place: str, value: JsonValue, success_at: float | None) -> _Stated:
    name = place.rpartition(".")[2]
    number = _number(value)
    if number is None:
        label = _of_word(value)
        if name in _NO_OTHER:  # a thumb that is not up need not be down
            label = _NO_OTHER[name] if label is Label.SUCCESS else None
        return _Stated(place, label)
    if name in _NO_OTHER:
        return _Stated(place, None)
    graded = success_at is not None and not 0 < success_at <= 1
    return _Stated(place, None if graded or name in SPOKEN else _DECIDES.get(number), number)


_NO_OTHER = {"thumbs_up": Label.SUCCESS, "thumbs_down": Label.FAILURE}
_DECIDES = {1.0: Label.SUCCESS, 0.0: Label.FAILURE, -1.0: Label.FAILURE}


def _of_word(value: JsonValue) -> Label | None:
    if isinstance(value, str):
        word = value.strip().lower().replace("-", "_").replace(" ", "_")
        if word in _WORDS:
            return Label.SUCCESS if _WORDS[word] else Label.FAILURE
    label = to_label(value)
    return None if label is Label.UNKNOWN else label


def _number(value: JsonValue) -> float | None:
    """A number, also as text; None for anything else, truth values among it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None
