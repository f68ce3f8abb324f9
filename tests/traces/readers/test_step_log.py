"""Step logs through a mapping."""

from typing import Any

import pytest

from trace2skill.traces.files import Record
from trace2skill.traces.mapping import MappingFile
from trace2skill.traces.model import Actor, Label, StepOutcome, Trace
from trace2skill.traces.readers.step_log import StepLog

FIELDS = {"steps": "log", "id": "n", "task": "meta.goal", "task_key": ["level", "seed"], "score": "points"}


def read_one(value: Any, mapping: Any, success_at: float | None = None) -> Trace:
    """The one trace of a record under a mapping."""
    (trace,) = StepLog(MappingFile.model_validate(mapping)).read(Record("f", "line 1", value), success_at)
    return trace


def test_commands_with_errors_and_constants() -> None:
    """Text commands become tools; a reply that matches an error regex is an error, any other ok."""
    mapping = {
        "trace": FIELDS,
        "step": {"action": "do", "observation": "saw"},
        "action": {"commands": {"open": "open {object}"}},
        "observation": {"errors": ["^Unknown"]},
        "outcome": {"success_at": 10},
        "constant": {"domain": "game"},
    }
    log = [
        {"do": "open red door", "saw": "It opens."},
        {"do": "fly away", "saw": "Unknown word."},
        {"do": "wait"},
    ]
    value = {"n": 7, "meta": {"goal": "get out"}, "level": "a", "seed": 1, "points": 10, "log": log}
    trace = read_one(value, mapping)
    assert (trace.id, trace.task, trace.task_key, trace.domain) == ("7", "get out", "a/1", "game")
    assert [(step.action.tool, step.action.arguments, step.outcome) for step in trace.steps] == [
        ("open", {"object": "red door"}, StepOutcome.OK),
        ("fly", {"text": "away"}, StepOutcome.ERROR),
        ("wait", {}, StepOutcome.UNKNOWN),
    ]
    assert trace.outcome.label is Label.SUCCESS


def test_brackets_thoughts_resets_and_leaks() -> None:
    """Thoughts join the step they precede, a reset gives the initial observation, the score is removed."""
    mapping = {
        "trace": {"steps": "log", "success": "won"},
        "step": {"action": "do", "observation": "saw"},
        "action": {
            "syntax": "bracket",
            "arguments": {"search": "query"},
            "thoughts": ["think"],
            "resets": ["reset"],
        },
        "observation": {"strip": ["Your score: [0-9.]+"]},
    }
    log = [
        {"do": "reset", "saw": "Welcome"},
        {"do": "think[cheap first", "saw": "OK."},
        {"do": "search[usb mic]", "saw": "[Next]"},
        {"do": "click[Buy Now]", "saw": "Your score: 0.5"},
        {"do": "think[done]", "saw": "OK."},
    ]
    trace = read_one({"log": log, "won": False}, mapping)
    assert trace.initial_observation == "Welcome"
    assert [(step.thought, step.action and step.action.arguments) for step in trace.steps] == [
        ("cheap first", {"query": "usb mic"}),
        (None, {"target": "Buy Now"}),
        ("done", None),
    ]
    assert trace.steps[1].observation is None
    assert trace.outcome.label is Label.FAILURE


def test_tools_given_as_fields() -> None:
    """Tool, arguments, outcome, actor and time may stand in fields of their own."""
    mapping = {
        "trace": {"steps": "log"},
        "step": {"tool": "t", "arguments": "a", "outcome": "ok", "actor": "who", "time": "at"},
    }
    log = [{"t": "get", "a": '{"id": 1}', "ok": True, "who": "human", "at": "2026-01-02T03:04:05"}]
    step = read_one({"log": log}, mapping).steps[0]
    assert (step.action.tool, step.action.arguments, step.outcome) == ("get", {"id": 1}, StepOutcome.OK)
    assert step.actor is Actor.USER
    assert step.time.year == 2026


@pytest.mark.parametrize(("threshold", "label"), [(None, Label.SUCCESS), (0.9, Label.FAILURE)])
def test_a_threshold_given_makes_the_score_decide(threshold: float | None, label: Label) -> None:
    """Without one the success field does."""
    mapping = {"trace": {"steps": "log", "score": "s", "success": "won"}, "step": {"action": "do"}}
    trace = read_one({"log": [{"do": "x"}], "s": 0.5, "won": True}, mapping, threshold)
    assert (trace.outcome.label, trace.outcome.score) == (label, 0.5)


@pytest.mark.parametrize(("log", "message"), [({}, "log is not a list"), ([1], "log[0] is not an object")])
def test_a_record_of_another_shape_is_reported(log: Any, message: str) -> None:
    """The problem names the mapped field."""
    reader = StepLog(MappingFile.model_validate({"trace": {"steps": "log"}, "step": {"action": "do"}}))
    (problem,) = reader.read(Record("f", "line 1", {"log": log}))
    assert problem.message == message


def test_recognises_by_the_mapped_fields() -> None:
    """Steps must hold the mapped action."""
    reader = StepLog(MappingFile.model_validate({"trace": {"steps": "log"}, "step": {"action": "do"}}))
    assert reader.recognises({"log": [{"do": "x"}]})
    assert not reader.recognises({"log": [{"say": "x"}]})
    assert not reader.recognises({"messages": []})
