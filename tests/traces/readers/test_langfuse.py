"""Langfuse's traces and observations, and scores as outcomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.traces.otel_spans import one, read, shown, write
from trace2skill.traces.model import Label, StepOutcome
from trace2skill.traces.read import Intake
from trace2skill.traces.readers.langfuse import READER

SCHEMA = {"type": "object", "properties": {"at": {"type": "string"}}}
OFFERED = {
    "role": "tool",
    "content": {"type": "function", "function": {"name": "look", "parameters": SCHEMA}},
}
USER = {"role": "user", "content": "Please find the open door."}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": {"at": "door"}}}
ASKED = {"role": "assistant", "content": "", "additional_kwargs": {"tool_calls": [CALL]}}
ANSWER = {"role": "tool", "content": [{"open": True}], "tool_call_id": "c1"}
SAID = {"role": "assistant", "content": "It is the door."}
STEPS = [
    ("user", "Please find the open door.", None),
    ("agent", "look", [{"open": True}]),
    ("agent", "It is the door.", None),
]


def observation(number: int, kind: str, parent: int | None = 0, **fields: Any) -> dict[str, Any]:
    """An observation; its number gives its id and the second it began at."""
    return {
        "id": f"o{number}",
        "traceId": "t",
        "type": kind,
        "name": kind.lower(),
        "parentObservationId": None if parent is None else f"o{parent}",
        "startTime": f"2026-11-01T00:00:0{number}.000Z",
        "level": "DEFAULT",
        "statusMessage": None,
        **fields,
    }


OBSERVATIONS = [
    observation(3, "GENERATION", input=[USER, ASKED, ANSWER, OFFERED], output=SAID),
    observation(0, "SPAN", None, name="graph"),
    observation(2, "SPAN", name="look", input={"at": "door"}, output=json.dumps([{"open": True}])),
    observation(1, "GENERATION", input=[USER, OFFERED], output=ASKED),
]


def score(name: str, value: Any, **fields: Any) -> dict[str, Any]:
    """A score of the trace."""
    return {
        "traceId": "t",
        "observationId": None,
        "name": name,
        "value": value,
        "dataType": "NUMERIC",
        **fields,
    }


def exported(*scores: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A trace as the UI exports it; what it was given is text of text."""
    trace = {"id": "t", "timestamp": "2026-11-01T00:00:00Z", "sessionId": None, "scores": list(scores)}
    trace["input"] = json.dumps(json.dumps({"messages": [USER]}))
    return {"trace": {**trace, **fields}, "observations": OBSERVATIONS}


def test_an_export_becomes_steps_by_time() -> None:
    """A plain span is a tool by the name that the model called; listed tools are no messages."""
    assert READER.recognises(exported())
    trace = one([exported()], READER)
    assert shown(trace) == STEPS
    assert trace.steps[1].action.arguments == {"at": "door"}
    assert [(tool.name, tool.parameters) for tool in trace.tools] == [("look", SCHEMA)]


def snake(value: dict[str, Any]) -> dict[str, Any]:
    """An observation in the columns of the bulk exports; objects are text."""
    names = {"traceId": "trace_id", "parentObservationId": "parent_observation_id", "startTime": "start_time"}
    return {
        names.get(key, key): json.dumps(each) if isinstance(each, dict | list) else each
        for key, each in value.items()
    }


@pytest.mark.parametrize(
    "lines",
    [
        [{"data": OBSERVATIONS, "meta": {"page": 1}}],
        [OBSERVATIONS],
        OBSERVATIONS,
        [snake(each) for each in OBSERVATIONS],
        [{"id": "t", "observations": OBSERVATIONS, "scores": []}],
    ],
    ids=["a page of the API", "a list", "lines", "columns of the bulk export", "the API's trace"],
)
def test_observations_alone_are_the_same(lines: list[Any]) -> None:
    """However they are listed."""
    assert READER.recognises(lines[0])
    assert shown(one(lines, READER)) == STEPS


def test_a_tool_of_its_own_type_and_one_that_failed() -> None:
    """What failed says so in its level."""
    failed = observation(2, "TOOL", name="look", input={"at": "door"}, level="ERROR", statusMessage="locked")
    trace = one([[OBSERVATIONS[1], failed, OBSERVATIONS[3]]], READER)
    assert shown(trace)[-1] == ("agent", "look", "locked")
    assert trace.steps[-1].outcome is StepOutcome.ERROR


def test_a_span_that_returned_a_tools_message_is_the_tool() -> None:
    """Whatever it is called: the message names the call."""
    message = {"type": "tool", "content": "open", "tool_call_id": "c1", "name": "look"}
    ran = observation(2, "SPAN", name="run tools", input={"at": "door"}, output=message)
    trace = one([[OBSERVATIONS[1], OBSERVATIONS[3], ran]], READER)
    assert shown(trace)[1:] == [("agent", "look", "open")]


def test_attributes_of_opentelemetry_are_read_too() -> None:
    """The SDKs send spans; what Langfuse does not know of them is in the metadata."""
    attributes = {
        "gen_ai.tool.call.id": '["r", "c1"]',
        "gen_ai.tool.definitions": json.dumps([OFFERED["content"]]),
    }
    call = {"type": "tool_call", "id": ["r", "c1"], "name": "look", "arguments": {"at": "door"}}
    ran = observation(2, "TOOL", name="execute_tool look", output="open", metadata={"attributes": attributes})
    asked = observation(1, "GENERATION", input=[USER], output=[{"role": "assistant", "parts": [call]}])
    trace = one([[OBSERVATIONS[1], asked, ran]], READER)
    assert shown(trace)[1:] == [("agent", "look", "open")]
    assert trace.tools[0].parameters == SCHEMA


@pytest.mark.parametrize(
    ("scores", "label", "origin"),
    [
        ([], Label.UNKNOWN, "no score"),
        ([score("toxicity", 1), score("success", 0)], Label.FAILURE, "score success >= 1"),
        ([score("Task-Completion", 1, dataType="BOOLEAN")], Label.SUCCESS, "score Task-Completion >= 1"),
        (
            [score("correctness", 0, stringValue="incorrect", dataType="CATEGORICAL")],
            Label.FAILURE,
            "score correctness",
        ),
        ([score("success", 1, source="ANNOTATION")], Label.SUCCESS, "score success >= 1"),
        ([score("success", 1, source="EVAL")], Label.SUCCESS, "model's score success >= 1"),
        ([score("success", 1, observationId="o2")], Label.UNKNOWN, "no score"),
    ],
)
def test_scores_of_the_trace_are_outcomes(scores: list[Any], label: Label, origin: str) -> None:
    """By a name that means success, and of the whole trace only."""
    outcome = one([exported(*scores)], READER).outcome
    assert (outcome.label, outcome.origin) == (label, origin)


def test_scores_may_lie_beside(tmp_path: Path) -> None:
    """As the API lists them, in another folder of those given."""
    (tmp_path / "scores").mkdir()
    write(tmp_path / "scores" / "1.json", [{"data": [score("reward", 1.0)], "meta": {}}])
    write(tmp_path / "observations.jsonl", OBSERVATIONS)
    source = Intake(tmp_path)
    (trace,) = source
    assert (trace.outcome.label, trace.outcome.origin) == (Label.SUCCESS, "score reward >= 1")
    assert source.problems == []


def test_traces_of_a_session_that_carry_each_other_on() -> None:
    """The second begins with what was said in the first."""
    second = [
        observation(
            5,
            "GENERATION",
            None,
            input=[USER, SAID, {"role": "user", "content": "And the next?"}],
            output=SAID,
        )
    ]
    again = {"trace": {"id": "u", "sessionId": "s", "scores": []}, "observations": second}
    for each in second:
        each["traceId"] = "u"
    trace = one([exported(sessionId="s"), again], READER)
    assert [step.text for step in trace.steps if step.text] == [
        "Please find the open door.",
        "It is the door.",
        "And the next?",
        "It is the door.",
    ]


def test_what_is_no_observation_is_not_claimed() -> None:
    """Scores, and rows of other kinds."""
    for value in ({"data": [score("x", 1)]}, {"type": "SPAN"}, {"observations": [1], "id": "x"}, []):
        assert not READER.recognises(value)


def test_a_broken_observation_costs_itself() -> None:
    """One without an id."""
    (trace,), problems, _ = read([[*OBSERVATIONS, {**OBSERVATIONS[0], "id": None}]], READER)
    assert (shown(trace), problems) == (STEPS, [])
