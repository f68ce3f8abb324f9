"""MLflow 3: traces as `Trace.to_json` writes them, or as rows of `search_traces`.

| of the trace | becomes |
|---|---|
| spans of type `LLM`, `CHAT_MODEL` | messages of user and agent, calls |
| spans of type `TOOL` | a step, joined to its call |
| `mlflow.spanInputs` of the outermost span, where it is no messages | the task |
| `info.trace_id`, or the `mlflow.trace.session` that traces carry on | one trace |
| assessments that are feedback on the whole trace | the outcome |

Chains, retrievers, parsers and expectations are no steps.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.judgements import Judgement, of_model
from trace2skill.traces.readers.otel import read_span
from trace2skill.traces.span_messages import as_object, as_text, find_request, unpacked
from trace2skill.traces.span_reader import SpanReader
from trace2skill.traces.spans import MessagePool, Span

_SESSION = "mlflow.trace.session"


def _recognises(sample: JsonValue) -> bool:
    """Whether a value is a trace with `info` and `data`, or a row of one, or a list of either."""
    first = next(_listed(sample), {})
    return _parts(first) is not None


def _spans(value: JsonValue, pool: MessagePool) -> Iterator[Span]:
    for each in _listed(value):
        parts = _parts(each)
        if parts is not None:
            yield from _trace(*parts, pool)


def _trace(info: dict[str, Any], listed: list[JsonValue], pool: MessagePool) -> Iterator[Span]:
    given = [unpacked(each) for each in listed]
    spans = [span for each in given if isinstance(each, dict) and (span := read_span(each, pool))]
    if not spans:
        return
    known = {span.id for span in spans}
    root = next((span for span in spans if span.parent not in known), spans[0])
    identity = as_text(info.get("trace_id") or info.get("request_id")) or root.trace
    metadata = {**as_object(info.get("request_metadata")), **as_object(info.get("trace_metadata"))}
    root.thread = as_text(metadata.get(_SESSION)) or root.thread
    root.judged = (*root.judged, *_assessments(info, identity, root.id))
    if not root.request and not root.given:
        root.request = find_request(info.get("request_preview"))
    for span in spans:
        span.trace = identity
        yield span


def _assessments(info: dict[str, Any], identity: str, root: str) -> Iterator[Judgement]:
    """Feedback on the trace as a whole that is still valid."""
    listed = unpacked(info.get("assessments"))
    for each in listed if isinstance(listed, list) else ():
        each = as_object(each)  # noqa: PLW2901 - a row holds them as text
        name = each.get("assessment_name", each.get("name"))
        feedback = each.get("feedback")
        on_part = each.get("span_id") not in (None, "", root)
        if (
            not isinstance(name, str)
            or not isinstance(feedback, dict)
            or on_part
            or each.get("valid") is False
        ):
            continue
        time = as_text(each.get("last_update_time") or each.get("create_time"))
        judged = as_object(each.get("source")).get("source_type") == "LLM_JUDGE"
        kind = of_model("assessment") if judged else "assessment"
        yield Judgement(identity, name, feedback.get("value"), kind, time)


def _parts(value: dict[str, Any]) -> tuple[dict[str, Any], list[JsonValue]] | None:
    """What is known of a trace, and its spans; None where a value is none."""
    whole = as_object(value["trace"]) if "trace" in value else value
    info, data = whole.get("info"), whole.get("data")
    listed = data.get("spans") if isinstance(data, dict) else None
    if isinstance(info, dict) and isinstance(listed, list):
        return info, listed
    spans = unpacked(value.get("spans"))
    is_row = isinstance(spans, list) and bool(
        {"assessments", "trace_metadata", "request_metadata"} & value.keys()
    )
    return (value, spans) if is_row and isinstance(spans, list) else None


def _listed(value: JsonValue) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("traces"), list):
        value = value["traces"]
    for each in value if isinstance(value, list) else [value]:
        found = unpacked(each)
        if isinstance(found, dict):
            yield found


READER = SpanReader("mlflow", "assessment", _recognises, _spans, whole=_recognises)
