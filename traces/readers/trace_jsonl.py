"""Our own format: one trace per line, as `to_json` writes it and docs/trace-format.md describes it."""

from collections.abc import Iterator

from pydantic import JsonValue

from trace2skill.traces.model import SCHEMA_VERSION, Source, Trace
from trace2skill.traces.outcome import from_score
from trace2skill.traces.problem import BrokenRecordError, Problem
from trace2skill.traces.rebuild import rebuild
from trace2skill.traces.records import Record, each_item, traces_from

NAME = "trace2skill"


def recognises(sample: JsonValue) -> bool:
    """An object with a `schema_version` and steps, or a list of such objects."""
    first = sample[0] if isinstance(sample, list) and sample else sample
    return isinstance(first, dict) and "schema_version" in first and {"id", "steps"} & first.keys() != set()


def read(record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
    """Yield the traces of a line or document. `success_at` judges anew every outcome that has a score."""
    yield from traces_from(
        record, NAME, each_item(record.value), lambda item, source: _trace(item, source, success_at)
    )


def _trace(item: JsonValue, source: Source, success_at: float | None) -> Trace:
    if not isinstance(item, dict):
        raise BrokenRecordError("not an object", "Write one trace object per line.")
    version = item.get("schema_version")
    if version != SCHEMA_VERSION:
        fix = f"Use {SCHEMA_VERSION}, or a release of trace2skill that reads the newer version."
        raise BrokenRecordError(f"the schema_version is not {SCHEMA_VERSION}", fix)
    fields = {key: value for key, value in item.items() if key not in ("schema_version", "source")}
    trace = Trace.model_validate({**fields, "source": source})
    _check_order(trace)
    if success_at is None or trace.outcome.score is None:
        return trace
    return rebuild(trace, outcome=from_score(trace.outcome.score, success_at, "outcome.score"))


def _check_order(trace: Trace) -> None:
    for position, step in enumerate(trace.steps):
        if step.index != position:
            raise BrokenRecordError(f"steps[{position}].index is {step.index}", "Number the steps from 0.")
        if step.parent is not None and not 0 <= step.parent < position:
            fix = "A parent is the index of an earlier step."
            raise BrokenRecordError(f"steps[{position}].parent is {step.parent}", fix)
