"""Names, descriptions and triggers of skills."""

import pytest

from trace2skill.skills.naming import Topics, description, when_to_use, without_exclusions

MMS = Topics("unable to send MMS messages", ("picture", "messaging app"), ("mobile data", "no service"))
TOOLS = ("search", "click")


def test_a_description_says_what_when_and_when_not() -> None:
    """In the users' words, as one line of 200 to 300 characters."""
    found = description("telecom_support", "mms", MMS, TOOLS)
    assert found == (
        "Telecom support: unable to send MMS messages. Use when a task says so, in these or in other words, "
        "or speaks of picture or messaging app. Not for: mobile data; no service. Works with the tools "
        "search and click."
    )
    assert 200 <= len(found) <= 300


def test_a_long_description_loses_further_phrases_before_exclusions() -> None:
    """What the skill is for and the nearest other skill are never cut."""
    about = Topics("a" * 60 + " b", tuple("word " * 9 + str(at) for at in range(4)), ("x" * 80, "y" * 80))
    found = description("d", "w", about, ())
    assert len(found) <= 300
    assert "x" * 80 in found


@pytest.mark.parametrize("about", [Topics(), Topics("order", ("return",)), MMS])
def test_a_description_is_never_a_list_of_tools_alone(about: Topics) -> None:
    """The family's own words stand in where tasks share none."""
    assert description("", "send back", about, TOOLS).startswith(
        ("Send back.", "A task about order or return.", "Unable to send MMS messages.")
    )


def test_no_angle_brackets() -> None:
    """Agent Skills loaders refuse them."""
    assert "<" not in description("a<b", "c>d", Topics(), ())


def test_a_trigger_without_exclusions_speaks_of_its_own_tasks_alone() -> None:
    """What a skill is not for would make it look like what it is not for."""
    assert without_exclusions(when_to_use("mms", MMS, ())) == (
        "Use when a task says: unable to send MMS messages; in these or in other words. It may speak of "
        "picture or messaging app."
    )
    assert without_exclusions("Mend it. Do not use for lamps! Use for bikes.") == "Mend it. Use for bikes."
