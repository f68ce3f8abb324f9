"""Reads outcomes from a score, a word, or a file (CSV or JSONL of `id,success` or `id,score`)."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import orjson
from pydantic import JsonValue

from trace2skill.errors import InputError
from trace2skill.traces.decoding import DamagedFileError, read_lines
from trace2skill.traces.model import Label, Outcome
from trace2skill.traces.problem import Problem, Scope

TOLERANCE = 1e-9
"""Tolerance of the comparison with the threshold, for rounding errors of summed fractions."""

MEANS_SUCCESS = (
    "success",
    "task_success",
    "successful",
    "succeeded",
    "solved",
    "resolved",
    "passed",
    "pass",
    "goal_success",
    "task_completion",
    "correct",
    "correctness",
    "reward",
    "outcome",
    "score",
)
"""Names under which people record whether a run succeeded; the first of them that a run has decides.

No other name decides by itself: of a score called `toxicity` nobody knows whether more of it is better.
"""

_WORDS = {
    **dict.fromkeys(("true", "yes", "1", "success", "succeeded", "passed", "pass"), Label.SUCCESS),
    **dict.fromkeys(("false", "no", "0", "failure", "failed", "fail"), Label.FAILURE),
    "partial": Label.PARTIAL,
}


def from_score(score: float | None, success_at: float, field: str) -> Outcome:
    """Success if `score >= success_at`, failure if below, unknown without a score.

    `field` is the name of the field that held the score; it is recorded in `Outcome.origin`.
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


SUCCESS_AT = 1.0
IN_FILE, FEEDBACK = "outcomes file", "explicit feedback"
"""Origins of what an outcomes file says; the second where a line says so of itself, as `origin`."""

SHAPE = "Write `id,success` or `id,score`, as CSV with that header or as JSON lines"


@dataclass(frozen=True)
class Given:
    """One outcome of the file and its line number."""

    outcome: Outcome
    line: int


def read_outcomes(
    path: Path, success_at: float | None, report: Callable[[Problem], None]
) -> dict[str, Given]:
    """Read outcomes by trace id. Bad lines and repeated ids go to `report`; the first line of an id counts.

    Raises:
        InputError: The file cannot be read at all.
    """
    found: dict[str, Given] = {}
    for line, fields in _rows(path, report):
        identity = fields.get("id")
        outcome = _outcome(fields, SUCCESS_AT if success_at is None else success_at)
        if identity in (None, "") or outcome is None:
            report(_problem(path, line, "no id, or no readable success or score", SHAPE + "."))
        elif str(identity) in found:
            report(_problem(path, line, "this id was given on an earlier line", "Remove one of the two."))
        else:
            found[str(identity)] = Given(outcome, line)
    return found


def holds_outcomes(sample: JsonValue, header: str) -> bool:
    """Whether a file looks like one of outcomes, by its first JSON value, or by its first line."""
    names = sample.keys() if isinstance(sample, dict) else {name.strip() for name in header.split(",")}
    return "id" in names and bool({"success", "score"} & names)


def unmatched(path: Path, given: Given) -> Problem:
    """The problem to report for an outcome whose id matches no trace."""
    return _problem(path, given.line, "no trace has this id", "Check the id against `trace2skill traces`.")


def _rows(path: Path, report: Callable[[Problem], None]) -> Iterator[tuple[int, dict[str, JsonValue]]]:
    try:
        lines = [line.decode("utf-8", "replace") for line in read_lines(path)]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Check its path.") from error
    except DamagedFileError as error:
        raise InputError(f"{path}: {error}. {error.fix}.") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if numbered and numbered[0][1].lstrip().startswith("{"):
        yield from _json_rows(path, numbered, report)
    elif numbered:
        yield from _csv_rows(path, numbered)


def _json_rows(
    path: Path, lines: list[tuple[int, str]], report: Callable[[Problem], None]
) -> Iterator[tuple[int, dict[str, JsonValue]]]:
    for number, line in lines:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            value = None
        if isinstance(value, dict):
            yield number, value
        else:
            report(_problem(path, number, "not a JSON object", SHAPE + "."))


def _csv_rows(path: Path, lines: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, JsonValue]]]:
    header = [name.strip() for name in next(csv.reader([lines[0][1]]))]
    if "id" not in header or not {"success", "score"} & set(header):
        raise InputError(f"{path}, line {lines[0][0]}: no header with id and success or score. {SHAPE}.")
    for number, line in lines[1:]:
        values = next(csv.reader([line]))
        yield number, dict(zip(header, (value.strip() for value in values), strict=False))


def _outcome(fields: dict[str, JsonValue], success_at: float) -> Outcome | None:
    """What a line says; the reason that it gives for anything but a success is kept as a failed check."""
    label, score = to_label(fields.get("success")), _number(fields.get("score"))
    origin = FEEDBACK if fields.get("origin") == FEEDBACK else IN_FILE
    if label is not Label.UNKNOWN:
        found = Outcome(label=label, score=score, origin=origin)
    elif score is not None:
        found = from_score(score, success_at, f"{origin} score")
    else:
        return None
    reason = fields.get("reason")
    if not isinstance(reason, str) or not reason or found.label is Label.SUCCESS:
        return found
    return found.model_copy(update={"failed_checks": (reason,)})


def _number(value: JsonValue) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if isfinite(number) else None


def _problem(path: Path, line: int, message: str, fix: str) -> Problem:
    return Problem(str(path), f"line {line}", message, fix, Scope.OUTCOMES)
