"""Traces given inline are read like a file of them."""

from typing import Any

import pytest

from tests.graph.errands import door
from trace2skill.errors import InputError
from trace2skill.nodes.intake import InlineTraces

MINIMAL: dict[str, Any] = {"id": "a", "steps": [{"index": 0, "text": "hello"}]}


def test_the_schema_version_may_be_left_out() -> None:
    """A person types the least that makes a trace."""
    (trace,) = InlineTraces([MINIMAL])
    assert trace.steps[0].text == "hello"


def test_a_dumped_trace_comes_back_with_its_source() -> None:
    """Equal in all fields, the source included."""
    trace = door(1, unlocked=True)
    assert list(InlineTraces([trace.model_dump(mode="json")])) == [trace]


def test_duplicates_and_broken_records_are_counted() -> None:
    """What is broken is named by its place, and the rest goes on."""
    given: list[Any] = [MINIMAL, MINIMAL, {"id": 7}, "text", {**MINIMAL, "schema_version": 99}]
    traces = InlineTraces(given)
    assert len(list(traces)) == 1
    summary = traces.summary
    assert (summary.read, summary.duplicates, summary.rejected) == (1, 1, 3)
    assert [problem.record for problem in traces.problems] == ["[2]", "[3]", "[4]"]


def test_strict_raises_at_the_first_broken_record() -> None:
    """The message names its place."""
    with pytest.raises(InputError, match=r"\[1\]"):
        list(InlineTraces([MINIMAL, {"id": 7}], strict=True))


def test_a_threshold_turns_scores_into_outcomes() -> None:
    """As with files."""
    scored = {**MINIMAL, "outcome": {"label": "failure", "score": 0.6}}
    (trace,) = InlineTraces([scored], success_at=0.5)
    assert trace.outcome.label == "success"
