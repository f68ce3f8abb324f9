"""From a score or a word to an outcome: the one place where a threshold turns a score into success."""

from pydantic import JsonValue

from trace2skill.traces.model import Label, Outcome

TOLERANCE = 1e-9
"""Scores summed from fractions miss their threshold by less than this."""

_WORDS = {
    **dict.fromkeys(("true", "yes", "1", "success", "succeeded", "passed", "pass"), Label.SUCCESS),
    **dict.fromkeys(("false", "no", "0", "failure", "failed", "fail"), Label.FAILURE),
    "partial": Label.PARTIAL,
}


def from_score(score: float | None, success_at: float, field: str) -> Outcome:
    """Success when `score >= success_at`, failure below, unknown without a score.

    `field` names where the score stands; it goes into `Outcome.origin`.
    """
    origin = f"{field} >= {success_at:g}"
    if score is None:
        return Outcome(origin=f"no {field}")
    label = Label.SUCCESS if score >= success_at - TOLERANCE else Label.FAILURE
    return Outcome(label=label, score=score, origin=origin)


def to_label(value: JsonValue) -> Label:
    """Read `true`, `1`, `"success"`, `"partial"`, ...; anything else is unknown."""
    if isinstance(value, str | bool | int | float):
        word = f"{value:g}" if isinstance(value, float) else str(value).strip().lower()
        return _WORDS.get(word, Label.UNKNOWN)
    return Label.UNKNOWN
