"""Phoenix's spans, and annotations as outcomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.traces.otel_spans import one, shown, write
from trace2skill.traces.model import Label
from trace2skill.traces.read import Intake
from trace2skill.traces.readers.phoenix import READER

CALL = {
    "tool_call.id": "c1",
    "tool_call.function.name": "look",
    "tool_call.function.arguments": '{"at": "door"}',
}
ASKED = {"message.role": "assistant", "message.tool_calls": [CALL]}
USER = {"message.role": "user", "message.content": "Please find the open door."}
ANSWER = {"message.role": "tool", "message.content": "It is open.", "message.tool_call_id": "c1"}
SAID = {"message.role": "assistant", "message.content": "It is the door."}
STEPS = [
    ("user", "Please find the open door.", None),
    ("agent", "look", "It is open."),
    ("agent", "It is the door.", None),
]


def span(number: int, kind: str, **attributes: Any) -> dict[str, Any]:
    """A span as the API lists it, with attributes under dotted names."""
    return {
        "id": f"U3Bhbjo{number}",
        "name": "look" if kind == "TOOL" else kind,
        "context": {"trace_id": "t", "span_id": f"s{number}"},
        "span_kind": kind,
        "parent_id": None if number == 0 else "s0",
        "start_time": f"2026-11-01T00:00:0{number}+00:00",
        "status_code": "OK",
        "status_message": "",
        "attributes": {key.replace("__", "."): value for key, value in attributes.items()},
        "events": [],
    }


SPANS = [
    span(0, "CHAIN"),
    span(1, "LLM", llm__input_messages=[USER], llm__output_messages=[ASKED]),
    span(2, "TOOL", tool__name="look", input__value='{"at": "door"}', output__value="It is open."),
    span(3, "LLM", llm__input_messages=[USER, ASKED, ANSWER], llm__output_messages=[SAID]),
]


def row(each: dict[str, Any]) -> dict[str, Any]:
    """A span as a row of a data frame: a column for each attribute."""
    flat = {f"attributes.{key}": value for key, value in each["attributes"].items()}
    ids = {f"context.{key}": value for key, value in each["context"].items()}
    return {**{key: each[key] for key in ("name", "span_kind", "parent_id", "start_time")}, **flat, **ids}


def nested(each: dict[str, Any]) -> dict[str, Any]:
    """A span whose attributes are objects in objects."""
    grown: dict[str, Any] = {}
    for key, value in each["attributes"].items():
        head, _, rest = key.partition(".")
        grown.setdefault(head, {})[rest] = value
    return {**each, "attributes": grown}


@pytest.mark.parametrize(
    "lines",
    [
        [{"data": SPANS, "next_cursor": None}],
        SPANS,
        [row(each) for each in reversed(SPANS)],
        [nested(each) for each in SPANS],
        [{**each, "attributes": json.dumps(each["attributes"])} for each in SPANS],
    ],
    ids=["a page of the API", "lines", "rows of a data frame", "nested attributes", "attributes as text"],
)
def test_every_layout_gives_the_same_steps(lines: list[Any]) -> None:
    """Messages, the call with its argument, the result."""
    assert READER.recognises(lines[0])
    trace = one(lines, READER)
    assert shown(trace) == STEPS
    assert trace.steps[1].action.arguments == {"at": "door"}


@pytest.mark.parametrize(
    ("annotation", "label"),
    [
        ({"span_id": "s0", "result": {"label": "correct", "score": None}}, Label.SUCCESS),
        ({"trace_id": "t", "result": {"label": "bad", "score": 0.0}}, Label.FAILURE),
        ({"span_id": "s2", "result": {"score": 1.0}}, Label.UNKNOWN),
        ({"span_id": "s0", "label": "incorrect"}, Label.FAILURE),
    ],
)
def test_annotations_beside_are_outcomes(tmp_path: Path, annotation: dict[str, Any], label: Label) -> None:
    """Of the run or its outermost span, by label where there is no score."""
    held = {"id": "x", "name": "correctness", "annotator_kind": "HUMAN", **annotation}
    write(tmp_path / "annotations.json", [{"data": [held], "next_cursor": None}])
    write(tmp_path / "spans.jsonl", SPANS)
    source = Intake(tmp_path)
    (trace,) = source
    assert trace.outcome.label is label
    assert (source.problems, trace.source.format) == ([], "phoenix")


def test_spans_of_an_sdk_are_not_claimed() -> None:
    """They have no `span_kind`; the other reader reads them."""
    plain = {key: value for key, value in SPANS[1].items() if key != "span_kind"}
    assert not READER.recognises(plain)
