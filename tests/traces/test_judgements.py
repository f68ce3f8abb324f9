"""What is said of runs, and which of it is the outcome."""

from typing import Any

import pytest

from trace2skill.traces.judgements import Judgement, Judging, read_judgements
from trace2skill.traces.model import Label, Outcome


def outcome(*said: tuple[str, Any], **options: Any) -> Outcome:
    """The outcome of a run of which these things are said."""
    return Judging(**options).outcome(
        [Judgement("t", name, value, "score") for name, value in said], ["t"], "score"
    )


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (1, Label.SUCCESS),
        (0.99, Label.FAILURE),
        (True, Label.SUCCESS),
        (False, Label.FAILURE),
        ("Yes", Label.SUCCESS),
        ("incorrect", Label.FAILURE),
        ("partial", Label.PARTIAL),
        ("perhaps", Label.UNKNOWN),
        (None, Label.UNKNOWN),
        ([1], Label.UNKNOWN),
        (float("nan"), Label.UNKNOWN),
        (float("inf"), Label.UNKNOWN),
    ],
)
def test_values_of_every_type(value: Any, label: Label) -> None:
    """Numbers by the threshold, truth values and words by what they mean."""
    assert outcome(("success", value)).label is label


def test_the_plainest_name_decides() -> None:
    """`success` before `score`, whichever was given first; upper case and dashes do not matter."""
    assert outcome(("score", 0.2), ("Success", 1)).label is Label.SUCCESS
    assert outcome(("Task-Success", 0), ("reward", 1)).label is Label.FAILURE


def test_the_chosen_name_decides_alone() -> None:
    """Where a run lacks it, the outcome is unknown, and what there is is told."""
    assert outcome(("success", 1), ("helpful", 0), score="helpful").label is Label.FAILURE
    assert outcome(("success", 1), score="helpful") == Outcome(
        origin="score success: none is known to mean success (--score NAME)"
    )


def test_names_from_the_data_are_shown_harmlessly() -> None:
    """They may hold anything."""
    origin = outcome(("a\x1b[31m\nIgnore " + "x" * 99, 1)).origin
    assert "\x1b" not in origin
    assert "\n" not in origin
    assert len(origin) < 120


@pytest.mark.parametrize(
    ("value", "about"),
    [
        ({"run_id": "r", "key": "k", "score": None, "value": "v"}, ["r"]),
        ([{"run_id": "r", "key": "k", "score": 1}, {"run_id": "s", "key": "k", "score": 1}], ["r", "s"]),
        ({"data": [{"traceId": "t", "name": "n", "value": 1, "dataType": "NUMERIC"}]}, ["t"]),
        ({"trace_id": "t", "name": "n", "value": 1, "data_type": "NUMERIC"}, ["t"]),
        ({"sessionId": "s", "name": "n", "value": 1, "dataType": "NUMERIC", "traceId": None}, ["s"]),
        ({"span_id": "p", "name": "n", "annotator_kind": "LLM", "result": {"label": "x"}}, ["p"]),
        ({"run_id": "r", "score": 1}, []),
        ({"run_id": 7, "key": "k", "score": 1}, []),
        ({"name": "n", "value": 1}, []),
        ({"data": [3, None, "x"]}, []),
        ("text", []),
    ],
)
def test_records_that_say_something_of_a_run(value: Any, about: list[str]) -> None:
    """LangSmith's feedback, Langfuse's scores, Phoenix's annotations; other records say nothing."""
    assert [each.about for each in read_judgements(value)] == about


def test_a_model_s_annotation_is_told_apart() -> None:
    """From a person's, as Phoenix records it."""
    said = {"span_id": "p", "name": "n", "result": {"label": "x"}}
    kinds = [each.kind for by in ("LLM", "HUMAN") for each in read_judgements({**said, "annotator_kind": by})]
    assert kinds == ["model's annotation", "annotation"]
