"""Outcomes that stand beside the messages of a conversation."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import Label, Outcome
from trace2skill.traces.read import Intake

TALK = [
    {"role": "user", "content": "Please open the old door."},
    {"role": "assistant", "content": "It is open."},
]
GOOD, BAD, UNKNOWN = Label.SUCCESS, Label.FAILURE, Label.UNKNOWN


def outcome(tmp_path: Path, fields: dict[str, Any], success_at: float | None = None) -> Outcome:
    """The outcome of a record with these fields beside its messages."""
    file = tmp_path / "talks.jsonl"
    file.write_text(json.dumps({"messages": TALK, **fields}) + "\n" + json.dumps({"messages": TALK[:1]}))
    source = Intake(file, success_at=success_at)
    trace, plain = source
    assert (source.problems, plain.outcome.origin) == ([], "the format has none")
    return trace.outcome


@pytest.mark.parametrize(
    ("fields", "label", "score", "origin"),
    [
        ({"success": True}, GOOD, None, "success"),
        ({"success": False, "id": "t1"}, BAD, None, "success"),
        ({"Success": "no"}, BAD, None, "success"),
        ({"score": 1}, GOOD, 1.0, "score"),
        ({"reward": 0.0}, BAD, 0.0, "reward"),
        ({"reward": "1.0"}, GOOD, 1.0, "reward"),
        ({"reward": -1}, BAD, -1.0, "reward"),
        ({"outcome": "solved"}, GOOD, None, "outcome"),
        ({"outcome": "partial"}, Label.PARTIAL, None, "outcome"),
        ({"outcome": {"success": False, "score": 0.3}}, BAD, 0.3, "outcome.success"),
        ({"metadata": {"success": True, "model": "m"}}, GOOD, None, "metadata.success"),
        ({"metadata": {"eval": {"passed": False}}}, BAD, None, "metadata.eval.passed"),
        ({"reward_info": {"reward": 1.0}}, GOOD, 1.0, "reward_info.reward"),
        ({"feedback": "thumbs-up"}, GOOD, None, "feedback"),
        ({"feedback": {"thumbs_down": True}}, BAD, None, "feedback.thumbs_down"),
        ({"feedback": {"score": 0, "comment": "no"}}, BAD, 0.0, "feedback.score"),
        ({"feedback": [{"key": "toxicity", "score": 1}, {"key": "correctness", "score": 0}]}, BAD, 0.0,
         "feedback.correctness"),
        ({"scores": {"helpfulness": 0.2, "correct": True}}, GOOD, None, "scores.correct"),
        ({"result": "failed"}, BAD, None, "result"),
        ({"success": True, "score": 0.8}, GOOD, 0.8, "success"),
        ({"success": None, "reward": 1}, GOOD, 1.0, "reward"),
    ],
)  # fmt: skip
def test_what_is_stated_is_read(
    tmp_path: Path, fields: dict[str, Any], label: Label, score: float | None, origin: str
) -> None:
    """Truth values, words and numbers, in the record and in what it holds; the origin names the field."""
    found = outcome(tmp_path, fields)
    assert (found.label, found.score, found.origin) == (label, score, origin)


@pytest.mark.parametrize(
    ("fields", "score", "origin"),
    [
        ({"score": 7.5}, 7.5, "score: no known scale (--success-at N)"),
        ({"score": 0.87}, 0.87, "score: no known scale (--success-at N)"),
        ({"rating": 4}, 4.0, "rating: no known scale (--success-at N)"),
        ({"success": True, "metadata": {"reward": 0}}, None, "success, metadata.reward: they disagree"),
        ({"outcome": "transferred to a human"}, None, "outcome: says neither success nor failure"),
        ({"feedback": {"thumbs_up": False}}, None, "feedback.thumbs_up: says neither success nor failure"),
        ({"feedback": "It was kind of ok, I think."}, None, "feedback: says neither success nor failure"),
    ],
)
def test_what_is_ambiguous_is_told_and_not_guessed(
    tmp_path: Path, fields: dict[str, Any], score: float | None, origin: str
) -> None:
    """Numbers without a scale, fields that disagree, words that say neither."""
    found = outcome(tmp_path, fields)
    assert (found.label, found.score, found.origin) == (UNKNOWN, score, origin)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "success"},
        {"metadata": {"toxicity": 0.0, "status": "completed"}},
        {"label": None},
        {"feedback": {"name": "toxicity", "score": 1}},
        {"result": {"output": "success"}},
        {"usage": {"score": 1}},
    ],
)
def test_other_fields_say_nothing(tmp_path: Path, fields: dict[str, Any]) -> None:
    """How the program ended, scores of other things, places where nobody puts an outcome."""
    assert outcome(tmp_path, fields).origin == "the format has none"


@pytest.mark.parametrize(
    ("fields", "label", "origin"),
    [
        ({"score": 7.5}, GOOD, "score >= 7"),
        ({"score": 1}, BAD, "score >= 7"),
        ({"rating": 6}, BAD, "rating >= 7"),
        ({"success": True, "score": 3}, GOOD, "success"),
    ],
)
def test_a_threshold_gives_numbers_their_meaning(
    tmp_path: Path, fields: dict[str, Any], label: Label, origin: str
) -> None:
    """A truth value still comes before a number."""
    found = outcome(tmp_path, fields, success_at=7)
    assert (found.label, found.origin) == (label, origin)


CLASS = ["langchain_core", "messages", "HumanMessage"]
CALL = {"type": "tool_use", "id": "1", "name": "look", "input": {}}
ITEM = {"type": "function_call", "call_id": "1", "name": "look", "arguments": "{}"}


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [{"type": "human", "data": {"content": "Open the door."}}]},
        {"messages": [{"lc": 1, "type": "constructor", "id": CLASS, "kwargs": {"content": "Open it."}}]},
        {"messages": [{"role": "assistant", "content": [CALL]}]},
        {"input": "Open the door.", "output": [ITEM]},
    ],
)
def test_every_shape_of_messages_has_it(tmp_path: Path, record: dict[str, Any]) -> None:
    """LangChain's in both serialisations, Anthropic's blocks, the Responses API."""
    file = tmp_path / "talk.json"
    file.write_text(json.dumps({**record, "metadata": {"success": False}}))
    (trace,) = Intake(file)
    assert (trace.outcome.label, trace.outcome.origin) == (BAD, "metadata.success")
