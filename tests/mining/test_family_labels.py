"""Names of families."""

import numpy as np
import pytest

from trace2skill.mining.families import Labels, commonest, slug
from trace2skill.mining.task_features import task_features, tasks_of
from trace2skill.traces.model import Trace


def label_of(inside: list[str], outside: list[str]) -> str:
    """The label of the tasks inside."""
    tasks = tasks_of([Trace(id=text, task=text) for text in inside + outside])
    member = np.array([task.text in inside for task in tasks])
    return Labels(tasks, task_features(tasks)).distinguishing(member)


def test_words_keep_the_order_of_the_text() -> None:
    """Mobile data, not data mobile."""
    inside = [f"mobile data is slow in {place}" for place in ("France", "Spain", "Peru")]
    assert label_of(inside, ["send picture one", "send picture two", "send picture six"]) == "mobile-data"


def test_filler_is_no_label() -> None:
    """Words of any request name nothing."""
    inside = [f"hello, please help, trouble with bill {name}" for name in ("Ann", "Bo", "Cy")]
    assert label_of(inside, ["lamp one", "lamp two", "lamp six"]) == "bill"


def test_commonest_tools_or_words_or_nothing() -> None:
    """Words name tasks without tool calls; nothing at all is called tasks."""
    assert commonest(tasks_of([Trace(id="a", task="boil water"), Trace(id="b", task="boil tea")])) == "boil"
    assert commonest(tasks_of([Trace(id="a")])) == "tasks"


@pytest.mark.parametrize(
    ("text", "expected"), [("Mobile Data!", "mobile-data"), ("get_bill", "get-bill"), ("日本", "")]
)
def test_slug(text: str, expected: str) -> None:
    """Only ASCII letters, digits and single hyphens."""
    assert slug(text) == expected
