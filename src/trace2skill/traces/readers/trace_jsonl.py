"""Our own format: one trace per line, as `to_json` writes it and docs/trace-format.md describes it."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from trace2skill.traces.files import Record, each_item, traces_from
from trace2skill.traces.model import SCHEMA_VERSION, Source, Trace, rebuild
from trace2skill.traces.outcomes import from_score
from trace2skill.traces.problem import BrokenRecordError, Problem

NAME = "trace2skill"


def recognises(sample: JsonValue) -> bool:
    """Whether a value is an object with `schema_version` and `id` or `steps`, or a list of such objects."""
    first = sample[0] if isinstance(sample, list) and sample else sample
    return isinstance(first, dict) and "schema_version" in first and {"id", "steps"} & first.keys() != set()


def read(record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
    """Yield the traces of a line or document. `success_at` recomputes every outcome that has a score."""
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


SCHEMA_FILE = Path(__file__).parents[1] / "schema" / f"trace-v{SCHEMA_VERSION}.json"


def trace_schema() -> dict[str, object]:
    """The JSON Schema of one line of our own JSONL, as `to_json` writes and the reader accepts it."""
    schema = Trace.model_json_schema()
    schema["properties"] = {"schema_version": {"const": SCHEMA_VERSION}, **schema["properties"]}
    schema["required"] = ["schema_version", *schema.get("required", [])]
    schema["title"] = "trace2skill trace"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def rendered_schema() -> str:
    """The text of `schema/trace-v1.json`."""
    return json.dumps(trace_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(rendered_schema(), encoding="utf-8")
