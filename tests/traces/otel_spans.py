"""Spans as OpenTelemetry's SDK prints them, for tests: one run is the trace `t`, a second is one second."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from trace2skill.traces.files import Record
from trace2skill.traces.judgements import Judging
from trace2skill.traces.model import Trace
from trace2skill.traces.problem import Dropped, Problem
from trace2skill.traces.readers import otel
from trace2skill.traces.span_reader import SpanReader

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


def span(
    identity: str, at: float, parent: str | None = "root", trace: str = "t", name: str = "", **attributes: Any
) -> dict[str, Any]:
    """One span that began `at` seconds; `_` in the names of attributes stands for a dot."""
    named = {key.replace("__", "."): value for key, value in attributes.items() if key != "error"}
    error = attributes.get("error")
    return {
        "name": name or identity,
        "context": {"trace_id": trace, "span_id": identity},
        "parent_id": parent,
        "start_time": (BEGIN + timedelta(seconds=at)).isoformat(),
        "status": {"status_code": "ERROR", "description": error} if error else {"status_code": "OK"},
        "attributes": named,
        "events": [],
    }


def root(identity: str = "root", at: float = 0, **attributes: Any) -> dict[str, Any]:
    """The span around a run."""
    return span(identity, at, None, **{"gen_ai__operation__name": "invoke_agent", **attributes})


def model(
    identity: str, at: float, given: list[Any], made: list[Any] | None, **fields: Any
) -> dict[str, Any]:
    """A model call with its messages in OpenTelemetry's newest shape."""
    messages = {"gen_ai__input__messages": json.dumps(given)}
    messages |= {"gen_ai__output__messages": json.dumps(made)} if made is not None else {}
    return span(identity, at, gen_ai__operation__name="chat", **messages, **fields)


def tool(
    identity: str, at: float, name: str, result: Any = None, call: str = "", **fields: Any
) -> dict[str, Any]:
    """A tool that was run with the argument `x`."""
    held: dict[str, Any] = {"gen_ai__tool__name": name, "gen_ai__tool__call__arguments": '{"x": 1}'}
    held |= {"gen_ai__tool__call__result": result} if result is not None else {}
    held |= {"gen_ai__tool__call__id": call} if call else {}
    return span(identity, at, gen_ai__operation__name="execute_tool", **{**held, **fields})


def said(role: str, text: str) -> dict[str, Any]:
    """A message of text."""
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def asked(*calls: tuple[str, str], text: str = "") -> dict[str, Any]:
    """An assistant's message with calls, each an id and a tool."""
    parts = [{"type": "text", "content": text}] if text else []
    parts += [{"type": "tool_call", "id": i, "name": name, "arguments": {"x": 1}} for i, name in calls]
    return {"role": "assistant", "parts": parts}


def answered(identity: str, text: str) -> dict[str, Any]:
    """A tool's answer to a call."""
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": identity, "response": text}]}


def read(
    values: Iterable[Any], reader: SpanReader = otel.READER, judging: Judging | None = None
) -> tuple[list[Trace], list[Problem], dict[str, int]]:
    """The traces of lines, the problems, and what is in no trace."""
    records = [Record("f", f"line {number}", value) for number, value in enumerate(values, start=1)]
    found = list(reader.read_all(records, judging or Judging()))
    dropped: dict[str, int] = {}
    for each in found:
        if isinstance(each, Dropped):
            dropped[each.what] = dropped.get(each.what, 0) + each.count
    traces = [each for each in found if isinstance(each, Trace)]
    return traces, [each for each in found if isinstance(each, Problem)], dropped


def one(values: Iterable[Any], reader: SpanReader = otel.READER, judging: Judging | None = None) -> Trace:
    """The only trace of lines."""
    (trace,), problems, _ = read(values, reader, judging)
    assert problems == []
    return trace


def shown(trace: Trace) -> list[Any]:
    """The steps as actor, what was said or called, and what came back."""
    return [
        (step.actor.value, step.action.tool if step.action else step.text, step.observation)
        for step in trace.steps
    ]


def write(path: Path, values: Iterable[Any]) -> Path:
    """A file of JSON lines."""
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path
