"""Text commands as tools."""

from typing import Any

import pytest

from trace2skill.traces.mapping import compile_commands, parse_bracket, parse_command

TEMPLATES = {
    "open": ["open {object}"],
    "open_door": ["open door to {place}"],
    "pour": ["pour {object} into {target}", "pour {object} in {target}"],
    "choose": ["{option:number}"],
}


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("open fridge", "open", {"object": "fridge"}),
        ("Open door to art studio", "open_door", {"place": "art studio"}),
        ("pour cup in sink in bowl", "pour", {"object": "cup in sink", "target": "bowl"}),
        ("pour cup in sink into jug in hall", "pour", {"object": "cup in sink", "target": "jug in hall"}),
        ("0", "choose", {"option": 0}),
        ("dance  a jig", "dance", {"text": "a jig"}),
        ("wait", "wait", {}),
    ],
)
def test_the_most_specific_template_wins(text: str, tool: str, arguments: dict[str, Any]) -> None:
    """The longest literal first, the last split, and a fallback for anything else."""
    action = parse_command(text, compile_commands(TEMPLATES))
    assert (action.tool, action.arguments) == (tool, arguments)


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("click[Buy Now]", "click", {"target": "Buy Now"}),
        ("click[size [XL]]", "click", {"target": "size [XL]"}),
        ("search[usb mic]", "search", {"query": "usb mic"}),
        ("think[an unclosed thought", "think", {"target": "an unclosed thought"}),
        ("exit[]", "exit", {}),
        ("reset", "reset", {}),
    ],
)
def test_brackets(text: str, tool: str, arguments: dict[str, Any]) -> None:
    """The text in brackets is the one argument."""
    action = parse_bracket(text, "target", {"search": "query"})
    assert (action.tool, action.arguments) == (tool, arguments)


def test_a_slot_named_twice_is_refused() -> None:
    """It could not be bound."""
    with pytest.raises(ValueError, match="twice"):
        compile_commands({"swap": ["swap {x} with {x}"]})
