"""MLflow's traces, and assessments as outcomes."""

import json
from typing import Any

import pytest

from tests.traces.otel_spans import one, read, shown
from trace2skill.traces.judgements import Judging
from trace2skill.traces.model import Label, StepOutcome
from trace2skill.traces.readers.mlflow import READER

STEPS = [("agent", "look", "a door"), ("agent", "open", {"open": True})]


def span(identity: str, at: int, kind: str, given: Any, made: Any, **fields: Any) -> dict[str, Any]:
    """A span; every attribute is JSON text."""
    held = {"mlflow.spanType": kind, "mlflow.spanInputs": given, "mlflow.spanOutputs": made}
    return {
        "trace_id": "bytes==",
        "span_id": identity,
        "parent_span_id": None if identity == "r" else "r",
        "name": identity,
        "start_time_unix_nano": 1793491200000000000 + at * 10**9,
        "status": {"code": "STATUS_CODE_OK", "message": ""},
        "attributes": {key: json.dumps(value) for key, value in held.items()},
        "events": [],
        **fields,
    }


SPANS = [
    span("r", 0, "AGENT", {"task": "Open the old red door."}, {"score": 100}),
    span("open", 2, "TOOL", {"x": 1}, {"open": True}),
    span("look", 1, "TOOL", {}, "a door"),
    span("r1", 1, "RETRIEVER", {}, []),
]


def feedback(name: str, value: Any, **fields: Any) -> dict[str, Any]:
    """An assessment that is feedback."""
    return {"assessment_name": name, "feedback": {"value": value}, "valid": True, **fields}


def trace(*assessments: dict[str, Any], spans: list[Any] = SPANS, **info: Any) -> dict[str, Any]:
    """A trace as `to_json` writes it."""
    return {"info": {"trace_id": "tr-1", "assessments": list(assessments), **info}, "data": {"spans": spans}}


def test_a_trace_becomes_steps_by_time() -> None:
    """The task is what the outermost span was given; what it returned is no step and tells no outcome."""
    assert READER.recognises(trace())
    read_ = one([trace()], READER)
    assert shown(read_) == STEPS
    assert [step.action.arguments for step in read_.steps] == [{}, {"x": 1}]
    assert (read_.id, read_.task, read_.outcome.label) == ("tr-1", "Open the old red door.", Label.UNKNOWN)
    assert read([trace()], READER)[2] == {"spans of kind retriever": 1}


@pytest.mark.parametrize(
    "value",
    [
        [trace()],
        {"traces": [trace()]},
        {"trace_id": "tr-1", "trace": json.dumps(trace()), "state": "OK"},
        {"trace_id": "tr-1", "spans": SPANS, "assessments": [], "trace_metadata": {}},
        {"trace_id": "tr-1", "spans": json.dumps(SPANS), "assessments": "[]"},
    ],
    ids=["a list", "a result", "a row with the trace", "a row", "a row of texts"],
)
def test_other_encodings_are_the_same(value: Any) -> None:
    """A document of several, and rows of `search_traces`."""
    assert READER.recognises(value)
    assert shown(one([value], READER)) == STEPS


@pytest.mark.parametrize(
    ("assessments", "label"),
    [
        ([feedback("success", True)], Label.SUCCESS),
        ([feedback("success", value="no")], Label.FAILURE),
        ([feedback("correctness", 0.4)], Label.FAILURE),
        ([feedback("success", True, valid=False)], Label.UNKNOWN),
        ([feedback("success", True, span_id="look")], Label.UNKNOWN),
        ([{"assessment_name": "success", "expectation": {"value": True}}], Label.UNKNOWN),
        ([feedback("safety", True)], Label.UNKNOWN),
        (
            [
                feedback("success", False, last_update_time="2026-11-02"),
                feedback("success", True, last_update_time="2026-11-01"),
            ],
            Label.FAILURE,
        ),
    ],
)
def test_assessments_are_outcomes(assessments: list[Any], label: Label) -> None:
    """Valid feedback on the whole, the latest, under a name that means success; no expectations."""
    assert one([trace(*assessments)], READER).outcome.label is label


def test_an_assessment_of_any_name_can_be_chosen() -> None:
    """By the user, who knows what it means."""
    outcome = one([trace(feedback("safety", "yes"))], READER, Judging(score="safety")).outcome
    assert (outcome.label, outcome.origin) == (Label.SUCCESS, "assessment safety")


def test_a_model_s_assessment_is_told_apart() -> None:
    """From a person's or a program's: the origin says who gave it."""
    judge = feedback("success", True, source={"source_type": "LLM_JUDGE", "source_id": "openai:/m"})
    assert one([trace(judge)], READER).outcome.origin == "model's assessment success"


def test_a_failed_tool_shows_the_exception() -> None:
    """Of its event, with the name of the error and what it says."""
    raised = {"exception.type": "builtins.KeyError", "exception.message": "'red'"}
    status = {"code": "STATUS_CODE_ERROR", "message": "long\ntext"}
    events = [{"name": "exception", "attributes": raised}]
    failed = span("look", 1, "TOOL", {"x": 1}, None, status=status, events=events)
    (step,) = one([trace(spans=[SPANS[0], failed])], READER).steps
    assert (step.observation, step.outcome) == ("KeyError: 'red'", StepOutcome.ERROR)


def test_the_older_layout_is_read() -> None:
    """Ids in `context`, times as text, the run's id as `request_id`."""
    spans = [
        {
            "name": each["name"],
            "context": {"trace_id": "t", "span_id": each["span_id"]},
            "parent_id": each["parent_span_id"],
            "start_time": each["start_time_unix_nano"],
            "status_code": "OK",
            "attributes": each["attributes"],
        }
        for each in SPANS
    ]
    value = {"info": {"request_id": "old-1", "status": "OK"}, "data": {"spans": spans}}
    old = one([value], READER)
    assert (old.id, shown(old)) == ("old-1", STEPS)
