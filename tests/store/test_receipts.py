"""Receipts and what comes back on them."""

from collections.abc import Callable

import pytest

from tests.store.skills import fill
from trace2skill.errors import InputError, LibraryError
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.store.receipts import feedback, receipt, usages


def test_feedback_goes_to_the_skills_that_were_used(
    library: Library, make_skill: Callable[..., Skill]
) -> None:
    """The usage record then tells offer, use and outcome in order."""
    fill(library, make_skill)
    given = receipt("r1", library.retrieve("no mobile data"), used=("phone-data",), model="m")
    library.record_usage(usages(given))
    feedback(given, success=True, library=library, note="thanks")
    lines = library.usage("phone-data")
    assert [line.event for line in lines] == ["offered", "used", "helped"]
    assert (lines[2].version, lines[2].note) == (1, "thanks")
    assert lines[0].score == given.offered[0].score


def test_feedback_on_an_abstention_is_refused(library: Library) -> None:
    """No skill can have helped; the reason for the abstention is told, and nothing is recorded."""
    library.record_usage(usages(receipt("r1", library.retrieve("anything"))))
    with pytest.raises(InputError, match=r"no skill was offered \(the library has no skills\)"):
        feedback("r1", success=True, library=library)
    assert [line.event for line in library.usage()] == ["abstained"]


def test_the_same_feedback_twice_adds_nothing(library: Library, make_skill: Callable[..., Skill]) -> None:
    """A change of mind does."""
    fill(library, make_skill)
    library.record_usage(usages(receipt("r1", library.retrieve("no mobile data"))))
    assert feedback("r1", success=True, library=library)
    assert feedback("r1", success=True, library=library) == []
    assert feedback("r1", success=False, library=library)


def test_feedback_on_an_unknown_receipt_is_refused(library: Library) -> None:
    """With a hint where receipts come from."""
    with pytest.raises(LibraryError, match="trace2skill solve"):
        feedback("ghost", success=True, library=library)


def test_secrets_in_a_note_are_not_stored(library: Library, make_skill: Callable[..., Skill]) -> None:
    """What a person writes down may quote a key."""
    fill(library, make_skill)
    library.record_usage(usages(receipt("r1", library.retrieve("no mobile data"))))
    (line,) = feedback("r1", success=True, library=library, note="worked with password=hunter2hunter2")
    assert "hunter2" not in line.note
    assert library.usage()[-1] == line
