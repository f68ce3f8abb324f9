"""The outcome of a task, reported under its receipt."""

from pathlib import Path

import pytest

from tests.adapters.shelf import MMS_TASK
from trace2skill import guidance
from trace2skill.adapters.feedback import report_outcome
from trace2skill.errors import LibraryError
from trace2skill.store.library import Library


def test_the_outcome_goes_to_the_skills_that_were_offered(folder: Path) -> None:
    """One line per skill, of the version that was offered."""
    receipt = guidance(MMS_TASK, folder).receipt
    with Library(folder) as library:
        assert report_outcome(library, receipt.id, "helped", "sent") == ("send-picture-messages",)
        line = library.usage("send-picture-messages")[-1]
    assert (line.receipt, line.event, line.version, line.note) == (receipt.id, "helped", 1, "sent")


def test_secrets_in_the_note_are_replaced(folder: Path) -> None:
    """Nothing that looks like a secret is stored."""
    receipt = guidance(MMS_TASK, folder).receipt
    with Library(folder) as library:
        report_outcome(library, receipt.id, "harmed", "used sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD")
        assert "abcdefghijkl" not in library.usage()[-1].note


def test_an_unknown_receipt_is_refused(folder: Path) -> None:
    """The message says which to give."""
    with Library(folder) as library, pytest.raises(LibraryError, match="the one that came with the skills"):
        report_outcome(library, "nonsense", "helped")
