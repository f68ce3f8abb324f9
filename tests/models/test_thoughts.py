"""Reasoning text is taken out of answers, and nothing else is."""

import pytest
from pydantic import JsonValue

from trace2skill.models.thoughts import value_without_thoughts, without_thoughts


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


@pytest.mark.parametrize("text", ["I think so", "a < b", " kept as it is ", "<thinker>x</thinker>", "[thin]"])
def test_other_text_stays(text: str) -> None:
    """Byte for byte."""
    assert without_thoughts(text) == text


def test_every_string_of_a_value_is_looked_at() -> None:
    """At any depth, names of fields too."""
    value: JsonValue = {"a": ["<think>x</think>b", {"c<think>": "d</think>e"}], "n": 5, "z": None}
    assert value_without_thoughts(value) == {"a": ["b", {"c": "e"}], "n": 5, "z": None}
