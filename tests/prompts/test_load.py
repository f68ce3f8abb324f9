"""Prompt texts and their variables."""

import pytest

from trace2skill.prompts.load import prompt


def test_variables_are_filled_in() -> None:
    """The braces of JSON in a text stay as they are."""
    text = prompt("solve_by_actions", tools="- look: looks")
    assert text.endswith("Tools:\n- look: looks")
    assert '{"action": "finish"' in text


@pytest.mark.parametrize("variables", [{}, {"tools": "", "ghost": ""}])
def test_missing_and_superfluous_variables_are_refused(variables: dict[str, str]) -> None:
    """Both are bugs of the caller."""
    with pytest.raises(ValueError, match="takes \\['tools'\\]"):
        prompt("solve_by_actions", **variables)
