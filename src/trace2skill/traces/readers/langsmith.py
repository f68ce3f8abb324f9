"""LangSmith: runs as JSON or JSON lines, or the bulk export in Parquet.

| of the runs | becomes |
|---|---|
| `run_type` llm | messages of user and agent, calls |
| `run_type` tool | a step, joined to its call |
| `dotted_order` | the order of steps |
| `trace_id`, or the thread of `extra.metadata` that runs carry on | one trace |
| `reference_example_id` of the root | the task's key |
| feedback on the root: a file beside, or its `feedback_stats` | the outcome, never `status` |

Chains, prompts, parsers and retrievers are no steps.
"""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.genai import beside, set_arguments, set_result, set_talk
from trace2skill.traces.judgements import Judgement
from trace2skill.traces.span_messages import (
    as_object,
    as_text,
    find_messages,
    find_reply,
    find_request,
    find_tools,
    unpacked,
)
from trace2skill.traces.span_reader import SpanReader
from trace2skill.traces.spans import Kind, MessagePool, Span
from trace2skill.traces.times import to_time

_KINDS = {"llm": Kind.MODEL, "tool": Kind.TOOL, "chain": Kind.PLAIN}
_THREADS = ("session_id", "thread_id", "conversation_id")
_LISTS = ("runs", "data", "results")
_RAISED = re.compile(r"(\w+)\((['\"])(.*?)\2,?\)(?=Traceback|\s|$)", re.DOTALL)


def _recognises(sample: JsonValue) -> bool:
    """Whether a value is a run, or a list of runs."""
    first = next(_listed(sample), None)
    return (
        first is not None
        and "run_type" in first
        and bool({"id", "run_id"} & first.keys())
        and bool({"trace_id", "dotted_order", "inputs", "parent_run_id", "child_runs"} & first.keys())
    )


def _spans(value: JsonValue, pool: MessagePool) -> Iterator[Span]:
    for run in _listed(value):
        yield from _tree(run, pool, "", "")


def _tree(run: dict[str, Any], pool: MessagePool, trace: str, parent: str) -> Iterator[Span]:
    """A run and the `child_runs` that are nested in it."""
    span = _span(run, pool, trace, parent)
    if span is None:
        return
    yield span
    children = unpacked(run.get("child_runs"))
    for child in children if isinstance(children, list) else ():
        if isinstance(child, dict):
            yield from _tree(child, pool, span.trace, span.id)


def _span(run: dict[str, Any], pool: MessagePool, trace: str, parent: str) -> Span | None:
    identity = run.get("id", run.get("run_id"))
    parent = as_text(run.get("parent_run_id")) or _nearest(run.get("parent_run_ids")) or parent
    order = as_text(run.get("dotted_order"))
    whole = as_text(run.get("trace_id")) or trace or order.partition(".")[0].partition("Z")[2]
    whole = whole or (as_text(identity) if not parent else "")
    if not isinstance(identity, str) or not identity or not whole:
        return None
    word = as_text(run.get("run_type")).lower() or "run"
    extra = as_object(run.get("extra"))
    metadata = as_object(extra.get("metadata")) or as_object(run.get("metadata"))
    span = Span(
        id=identity,
        trace=whole,
        parent=parent,
        name=as_text(run.get("name")),
        kind=_KINDS.get(word, Kind.OTHER),
        what=word,
        start=to_time(run.get("start_time")),
        order=order,
        error=said_error(run.get("error")),
        thread=next((as_text(metadata[key]) for key in _THREADS if metadata.get(key)), "")
        or as_text(run.get("thread_id")),
        task_key=as_text(run.get("reference_example_id")) or None,
        judged=() if parent else tuple(_stats(identity, unpacked(run.get("feedback_stats")))),
    )
    if span.kind is Kind.TOOL:
        span.tool, span.call = span.name, as_text(extra.get("tool_call_id"))
        set_arguments(span, run.get("inputs"))
        if unpacked(run.get("outputs")) not in (None, {}):
            set_result(span, run.get("outputs"))
    elif span.kind is Kind.MODEL or not parent:
        _fill(span, run, extra, pool)
    elif span.name == metadata.get("langgraph_node"):
        span.kind = Kind.OTHER
    elif span.kind is Kind.PLAIN and not find_messages(run.get("inputs")):
        span.tool = span.name
        set_arguments(span, run.get("inputs"))
        set_result(span, run.get("outputs"))
    return span


def _nearest(parents: JsonValue) -> str:
    """The run around one, of those that version 2 of the API lists from the outermost on."""
    return as_text(parents[-1]) if isinstance(parents, list) and parents else ""


def _fill(span: Span, run: dict[str, Any], extra: dict[str, JsonValue], pool: MessagePool) -> None:
    system, tools = beside(run.get("inputs"), run.get("outputs"))
    found = find_messages(run.get("inputs"))
    given = [*(system if found else ()), *found]
    reply = find_reply if span.kind is Kind.MODEL else find_messages
    set_talk(span, given, reply(run.get("outputs")), pool)
    span.request = "" if given else find_request(run.get("inputs"))
    parameters = as_object(extra.get("invocation_params"))
    offered = (*find_tools(parameters.get("tools")), *find_tools(parameters.get("functions")))
    span.tools = (*span.tools, *offered, *tools)


def _stats(identity: str, stats: JsonValue) -> Iterator[Judgement]:
    """Feedback as the run sums it up: `{key: {n, avg}}`."""
    for key, each in stats.items() if isinstance(stats, dict) else ():
        if isinstance(each, dict) and each.get("avg") is not None:
            yield Judgement(identity, key, each["avg"], "feedback")


def said_error(value: JsonValue) -> str:
    """An error as `Name: what it says`, without the traceback that follows it."""
    text = as_text(value).strip()
    if raised := _RAISED.match(text):
        return f"{raised[1]}: {raised[3]}"
    return text.partition("Traceback (most recent call last)")[0].strip() or text


def _listed(value: JsonValue) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "run_type" not in value:
        value = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), value)
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield each


READER = SpanReader("langsmith", "feedback", _recognises, _spans)
