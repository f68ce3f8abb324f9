"""Langfuse: a trace with its observations, as the UI exports it, or observations of the API and bulk exports.

| of the observations | becomes |
|---|---|
| `GENERATION` | messages of user and agent, calls |
| `TOOL`; a `SPAN` that is named like a called tool or returned its message | a step, joined to its call |
| `startTime` | the order of steps |
| `traceId`, or the `sessionId` that traces carry on | one trace |
| scores of the trace, in it or in a file beside | the outcome |

Spans around those, events, retrievers, evaluators and guardrails are no steps.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.genai import beside, fill, set_arguments, set_result, set_talk
from trace2skill.traces.judgements import read_judgements
from trace2skill.traces.span_messages import (
    as_object,
    as_text,
    find_messages,
    find_reply,
    find_request,
    find_tools,
    tool_message,
    unpacked,
)
from trace2skill.traces.span_reader import SpanReader
from trace2skill.traces.spans import Kind, MessagePool, Span
from trace2skill.traces.times import to_time

_KINDS = {
    "GENERATION": Kind.MODEL,
    "TOOL": Kind.TOOL,
    "AGENT": Kind.AGENT,
    "SPAN": Kind.PLAIN,
    **dict.fromkeys(("EVENT", "CHAIN", "RETRIEVER", "EMBEDDING", "EVALUATOR", "GUARDRAIL"), Kind.OTHER),
}


def _recognises(sample: JsonValue) -> bool:
    """Whether a value is a trace with observations, or an observation, or a list of either."""
    first = next(_listed(sample), {})
    return _is_trace(first) or _is_observation(first)


def _spans(value: JsonValue, pool: MessagePool) -> Iterator[Span]:
    for each in _listed(value):
        if _is_trace(each):
            yield from _whole(each, pool)
        elif span := _span(each, pool, {}):
            yield span


def _whole(given: dict[str, Any], pool: MessagePool) -> Iterator[Span]:
    """A trace with its observations; what is said of the trace belongs to its outermost observation."""
    trace = given["trace"] if isinstance(given.get("trace"), dict) else given
    listed = given.get("observations", trace.get("observations"))
    observations = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    read = [span for each in observations if (span := _span(each, pool, trace))]
    known = {span.id for span in read}
    outer = [span for span in read if span.parent not in known]
    if len(outer) == 1:
        root = outer[0]
    else:
        root = Span(id=as_text(trace.get("id")), trace=as_text(trace.get("id")), what="trace")
        root.start = to_time(trace.get("timestamp"))
        for span in outer:
            span.parent = root.id
        read.insert(0, root)
    root.thread = as_text(_of(trace, "sessionId"))
    root.judged = tuple(read_judgements([trace.get("scores"), given.get("scores")]))
    if root.kind is not Kind.MODEL and not root.given and not root.made:
        _fill(root, trace.get("input"), trace.get("output"), pool)
    yield from read


def _span(given: dict[str, Any], pool: MessagePool, trace: dict[str, Any]) -> Span | None:
    identity, whole = given.get("id"), _of(given, "traceId") or trace.get("id")
    if not isinstance(identity, str) or not isinstance(whole, str):
        return None
    word = as_text(given.get("type")).upper()
    failed = given.get("level") == "ERROR"
    made = given.get("output")
    span = Span(
        id=identity,
        trace=whole,
        parent=as_text(_of(given, "parentObservationId")),
        name=as_text(given.get("name")),
        start=to_time(_of(given, "startTime")),
        error=(as_text(_of(given, "statusMessage")) or "error") if failed else "",
        kind=_KINDS.get(word, Kind.OTHER),
    )
    fill(span, as_object(as_object(given.get("metadata")).get("attributes")), (), pool)
    span.kind = _KINDS.get(word, Kind.OTHER) if word != "SPAN" else span.kind
    span.what = word.lower() or "observation"
    span.thread = as_text(_of(given, "sessionId"))
    if span.kind is Kind.PLAIN and tool_message(made):
        span.kind = Kind.TOOL
    if span.kind in (Kind.TOOL, Kind.PLAIN):
        span.tool = span.tool or span.name.removeprefix("execute_tool ")
        set_arguments(span, given.get("input"))
        if made is not None:
            set_result(span, made)
    if span.kind is not Kind.TOOL:
        _fill(span, given.get("input"), made, pool)
    return span


def _fill(span: Span, given: JsonValue, made: JsonValue, pool: MessagePool) -> None:
    """Messages and tools; the LangChain integration lists the tools on offer among the messages."""
    messages = find_messages(given)
    offered = [tools for each in messages if each.get("role") == "tool" and (tools := _offered(each))]
    told = [each for each in messages if not (each.get("role") == "tool" and _offered(each))]
    system, tools = beside(given, made)
    reply = find_reply if span.kind is Kind.MODEL else find_messages
    set_talk(span, [*system, *told], reply(made), pool)
    span.tools = (*span.tools, *tools, *(tool for each in offered for tool in each))
    span.request = span.request or ("" if told else find_request(given))


def _offered(message: dict[str, Any]) -> Any:  # noqa: ANN401 - the tools, or nothing
    content = unpacked(message.get("content"))
    is_tool = isinstance(content, dict) and content.get("type") == "function" and "function" in content
    return find_tools(content) if is_tool and not message.get("tool_call_id") else ()


def _of(given: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever was in the file
    """A field, in the spelling of the API or of the bulk exports: `traceId` or `trace_id`."""
    if given.get(name) is not None:
        return given[name]
    return given.get("".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name))


def _is_trace(value: dict[str, Any]) -> bool:
    inner = value.get("trace")
    held = isinstance(inner, dict) and isinstance(value.get("observations"), list)
    listed = value.get("observations")
    own = isinstance(listed, list) and "id" in value and all(isinstance(each, dict) for each in listed)
    return held or own


def _is_observation(value: dict[str, Any]) -> bool:
    word = value.get("type")
    known = isinstance(word, str) and word.upper() in _KINDS
    return known and isinstance(_of(value, "traceId"), str) and _of(value, "startTime") is not None


def _listed(value: JsonValue) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("data"), list) and "id" not in value:
        value = value["data"]
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield each


def _holds_traces(value: JsonValue) -> bool:
    return _is_trace(next(_listed(value), {}))


READER = SpanReader("langfuse", "score", _recognises, _spans, whole=_holds_traces)
