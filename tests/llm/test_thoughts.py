"""Reasoning text is taken out of answers, and nothing else is."""

import time

import pytest
from pydantic import JsonValue

from trace2skill.llm.replies import value_without_thoughts, without_thoughts


@pytest.mark.parametrize(
    "text",
    [
        "<think>hm</think>said",
        "<think>\nhm\n\n</think>\n\nsaid",
        "hm, so</think>said",
        "said<think>hm, and then",
        "<THINKING>hm</THINKING>said",
        "< think >hm</ think >said",
        "[THINK]hm[/THINK]said",
        "◁think▷hm◁/think▷said",
        "<reasoning>hm</reasoning>said<scratchpad>hm</scratchpad>",
        "<think>a</think>said<think>b</think>",
        "<think>a<think>b</think>c</think>said",
    ],
)
def test_thoughts_are_taken_out(text: str) -> None:
    """Whole, and with one of the tags missing."""
    assert without_thoughts(text) == "said"


@pytest.mark.parametrize(
    "text", ["I think so", "a < b", " as it is ", "<thinker>x</thinker>", "see [thought]"]
)
def test_other_text_stays(text: str) -> None:
    """Byte for byte."""
    assert without_thoughts(text) == text


def test_many_tags_take_little_time() -> None:
    """A hostile answer of 400,000 characters is read in one pass."""
    begun = time.process_time()
    assert without_thoughts("<think>" * 57_000) == ""
    assert time.process_time() - begun < 5


def test_every_string_of_a_value_is_looked_at() -> None:
    """At any depth, names of fields too."""
    value: JsonValue = {"a": ["<think>x</think>b", {"c<think>": "d</think>e"}], "n": 5, "z": None}
    assert value_without_thoughts(value) == {"a": ["b", {"c": "e"}], "n": 5, "z": None}
