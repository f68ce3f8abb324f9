"""OpenTelemetry: spans and log records, as OTLP JSON or one object each, as SDKs print them.

| of the spans | becomes |
|---|---|
| model calls: OpenInference `LLM`, `gen_ai.operation.name` chat, ... | messages of user and agent, calls |
| tool calls: OpenInference `TOOL`, `execute_tool`, ... | a step, joined to its call |
| `trace_id`, or the conversation or session that its runs carry on | one trace |
| `gen_ai.evaluation.result` events | the outcome |
| log records `gen_ai.*` (`resourceLogs`) | events of the span that they name |

How messages are found in attributes and events is in `genai.py`. Chains, nodes and retrievers are no steps.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from pydantic import JsonValue

from trace2skill.traces.genai import fill
from trace2skill.traces.problem import Dropped
from trace2skill.traces.span_events import GEN_AI, Event
from trace2skill.traces.span_messages import as_text, unpacked
from trace2skill.traces.span_reader import SpanReader
from trace2skill.traces.spans import MessagePool, Span
from trace2skill.traces.times import to_time

SPANS = (
    ("resourceSpans", "resource_spans"),
    ("scopeSpans", "scope_spans", "instrumentationLibrarySpans"),
    ("spans",),
)
LOGS = (("resourceLogs", "resource_logs"), ("scopeLogs", "scope_logs"), ("logRecords", "log_records"))
"""How OTLP groups what it holds: by resource, in that by scope, and in that each for itself."""

_LISTS = ("spans", "data")
_SIMPLE = ("stringValue", "string_value", "boolValue", "bool_value", "doubleValue", "double_value")
DEEPEST = 4
"""Lists in lists that are looked into for spans."""

_ERRORS = ("STATUS_CODE_ERROR", "ERROR", 2)


def _recognises(sample: JsonValue) -> bool:
    """Whether a value is OTLP JSON, or a span, a log record or a list of them with attributes."""
    if isinstance(sample, dict) and any(isinstance(sample.get(key), list) for key in (*SPANS[0], *LOGS[0])):
        return True
    first = next(_plain(sample), None)
    return first is not None and _ids(first) is not None and isinstance(first.get("attributes"), dict | list)


def _spans(value: JsonValue, pool: MessagePool) -> Iterator[Span | Dropped]:
    for each in _plain(value):
        if is_log(each):
            part = read_log(each, pool)
            yield part or Dropped("log records of no span, or without messages", 1)
        elif span := read_span(each, pool):
            yield span


def is_log(given: dict[str, Any]) -> bool:
    """Whether an object is a log record and no span."""
    held = any(
        key in given for key in ("body", "severityNumber", "severity_number", "eventName", "event_name")
    )
    return held and "name" not in given


def event_of(record: dict[str, Any]) -> Event:
    """The event that a log record is; its body says what attributes of an event would."""
    attributes = read_attributes(record.get("attributes"))
    name = record.get("eventName") or record.get("event_name") or attributes.get("event.name")
    body = _typed(record.get("body")) if _is_typed(record.get("body")) else unpacked(record.get("body"))
    return Event(as_text(name), {**attributes, **(body if isinstance(body, dict) else {})})


def read_log(record: dict[str, Any], pool: MessagePool) -> Span | None:
    """What a log record says of its span; None where that is nothing, or it names none."""
    ids, event = _ids(record), event_of(record)
    if ids is None or not all(ids[:2]) or not event.name.startswith(GEN_AI):
        return None
    times = ("timeUnixNano", "time_unix_nano", "observedTimeUnixNano", "timestamp", "observed_timestamp")
    time = next((record[key] for key in times if record.get(key) not in (None, 0, "0")), None)
    span = Span(id=ids[1], trace=ids[0], start=to_time(time))
    fill(span, {}, [event], pool)
    span.part = hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return span


def read_span(given: dict[str, Any], pool: MessagePool) -> Span | None:
    """One span in any of the shapes; None where it names no trace."""
    ids = _ids(given)
    if ids is None:
        return None
    trace, identity, parent = ids
    start = next((given[key] for key in ("startTimeUnixNano", "start_time_unix_nano") if key in given), None)
    status = given["status"] if isinstance(given.get("status"), dict) else {}
    code = status.get("code", status.get("status_code", given.get("status_code")))
    told = status.get("message") or status.get("description") or given.get("status_message")
    failed = code in _ERRORS
    span = Span(
        id=identity,
        trace=trace,
        parent=parent,
        name=as_text(given.get("name")),
        start=to_time(given.get("start_time", given.get("startTime")) if start is None else start),
    )
    fill(span, read_attributes(given.get("attributes")), list(_events(given.get("events"))), pool)
    if failed and not span.error:
        span.error = as_text(told).strip() or "error"
    return span


def read_attributes(value: JsonValue) -> dict[str, JsonValue]:
    """Attributes as an object, also from OTLP's list of keys and typed values."""
    if isinstance(value, list):
        pairs = (each for each in value if isinstance(each, dict) and isinstance(each.get("key"), str))
        return {str(each["key"]): _typed(each.get("value")) for each in pairs}
    return dict(value) if isinstance(value, dict) else {}


def _plain(value: JsonValue, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The spans and log records in a document: of OTLP groups, of a list, or the value itself."""
    if isinstance(value, list):
        for each in value if depth < DEEPEST else ():
            yield from _plain(each, depth + 1)
    elif isinstance(value, dict):
        grouped = [keys for keys in (SPANS, LOGS) if any(isinstance(value.get(key), list) for key in keys[0])]
        if grouped:
            for keys in grouped:
                yield from _grouped(value, keys)
        elif listed := next((each for key in _LISTS if isinstance(each := value.get(key), list)), None):
            yield from (each for each in listed if isinstance(each, dict))
        else:
            yield value


def _grouped(value: dict[str, Any], keys: tuple[tuple[str, ...], ...]) -> Iterator[dict[str, Any]]:
    """What lies in the lists under these keys, one in the other."""
    listed = (value[key] for key in keys[0] if isinstance(value.get(key), list))
    for each in (each for found in listed for each in found if isinstance(each, dict)):
        if len(keys) == 1:
            yield each
        else:
            yield from _grouped(each, keys[1:])


def _ids(given: dict[str, Any]) -> tuple[str, str, str] | None:
    """The ids of the trace, the span and the span around it; None where the first two are not given."""
    context = given["context"] if isinstance(given.get("context"), dict) else given
    trace = context.get("trace_id") or context.get("traceId")
    identity = context.get("span_id") or context.get("spanId")
    parent = next(
        (given[key] for key in ("parentSpanId", "parent_span_id", "parent_id") if given.get(key)), ""
    )
    if not isinstance(trace, str) or not isinstance(identity, str):
        return None
    return _bare(trace), _bare(identity), _bare(parent) if isinstance(parent, str) else ""


def _bare(identity: str) -> str:
    return identity.removeprefix("0x")


def _events(value: JsonValue) -> Iterator[Event]:
    value = unpacked(value)
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            name = each.get("name") or each.get("event.name")
            yield Event(as_text(name), read_attributes(each.get("attributes")))


def _is_typed(value: JsonValue) -> bool:
    """Whether a value is wrapped in its type, as OTLP has it."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).endswith(("Value", "_value"))


def _typed(value: JsonValue, depth: int = 0) -> JsonValue:
    """The value that OTLP wraps in its type."""
    if not isinstance(value, dict) or depth > 50:
        return value
    for key in _SIMPLE:
        if key in value:
            return value[key]
    whole = value.get("intValue", value.get("int_value"))
    if whole is not None:
        return int(whole) if isinstance(whole, str) and whole.lstrip("-").isdecimal() else whole
    for key in ("arrayValue", "array_value"):
        if isinstance(inner := value.get(key), dict):
            listed = inner.get("values")
            return [_typed(each, depth + 1) for each in listed] if isinstance(listed, list) else []
    for key in ("kvlistValue", "kvlist_value"):
        if isinstance(inner := value.get(key), dict):
            pairs = inner.get("values")
            named = [each for each in pairs if isinstance(each, dict)] if isinstance(pairs, list) else []
            return {as_text(each.get("key")): _typed(each.get("value"), depth + 1) for each in named}
    return None


READER = SpanReader("opentelemetry", "evaluation", _recognises, _spans)
