"""Phoenix: spans as its API lists them (`span_kind`), or as rows of its data frames (`context.span_id`).

| of the spans | becomes |
|---|---|
| `LLM` | messages of user and agent, calls |
| `TOOL` | a step, joined to its call |
| `start_time` | the order of steps |
| `context.trace_id`, or the `session.id` that traces carry on | one trace |
| annotations of the trace or of its outermost span, in a file beside | the outcome |

Chains, retrievers, embeddings, rerankers, evaluators and guardrails are no steps.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.readers.otel import read_span
from trace2skill.traces.span_messages import as_object, unpacked
from trace2skill.traces.span_reader import SpanReader
from trace2skill.traces.spans import MessagePool, Span

_WHOLE = frozenset(
    ("input.value", "output.value", "metadata", "tool.parameters", "llm.invocation_parameters", "user")
)
"""Attributes that may be objects themselves: these are not taken apart."""


def _recognises(sample: JsonValue) -> bool:
    """Whether a value is a span of Phoenix, or a list of them."""
    first = next(_listed(sample), {})
    context = first.get("context")
    row = isinstance(first.get("context.span_id"), str) and isinstance(first.get("context.trace_id"), str)
    return row or (
        isinstance(context, dict) and "span_id" in context and isinstance(first.get("span_kind"), str)
    )


def _spans(value: JsonValue, pool: MessagePool) -> Iterator[Span]:
    for each in _listed(value):
        if span := read_span(_as_sdk(each), pool):
            yield span


def _as_sdk(given: dict[str, Any]) -> dict[str, Any]:
    """A span as an SDK prints it: ids in `context`, attributes under dotted names."""
    context = given.get("context")
    if not isinstance(context, dict):
        context = {key: given.get(f"context.{key}") for key in ("trace_id", "span_id")}
    flat = {key[11:]: value for key, value in given.items() if key.startswith("attributes.")}
    attributes = _dotted({**as_object(given.get("attributes")), **flat})
    if isinstance(given.get("span_kind"), str):
        attributes["openinference.span.kind"] = given["span_kind"]
    return {**given, "context": context, "attributes": attributes}


def _dotted(value: dict[str, JsonValue], prefix: str = "") -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for key, each in value.items():
        name = prefix + key
        if isinstance(each, dict) and name not in _WHOLE:
            found |= _dotted(each, f"{name}.")
        elif each is not None:
            found[name] = each
    return found


def _listed(value: JsonValue) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value = value["data"]
    for each in value if isinstance(value, list) else [value]:
        found = unpacked(each)
        if isinstance(found, dict):
            yield found


READER = SpanReader("phoenix", "annotation", _recognises, _spans)
