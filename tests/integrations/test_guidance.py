"""Guidance for a task comes with a receipt, and never with an exception."""

import logging
from pathlib import Path

import pytest

from tests.integrations.shelf import MMS_TASK, make_library
from trace2skill import Wanted, guidance
from trace2skill.skills.guidance_text import PREAMBLE, approx_tokens
from trace2skill.store.library import Library


def test_the_skill_that_fits_is_given_as_guidance(folder: Path) -> None:
    """The text is the block for a prompt: marked as guidance, with the rules and what they rest on."""
    found = guidance(MMS_TASK, folder)
    assert found.text.startswith('<skill-guidance name="send-picture-messages">')
    assert PREAMBLE in found.text
    assert "\n1. Ask the user to run `toggle_data` before anything else. [by hand]\n" in found.text


def test_the_receipt_is_in_the_usage_record(folder: Path) -> None:
    """What was offered can be told from the library, by the receipt's id."""
    receipt = guidance(MMS_TASK, folder).receipt
    with Library(folder) as library:
        lines = library.usage()
    assert receipt.recorded
    assert [(line.event, line.skill, line.version) for line in lines] == [
        ("offered", "send-picture-messages", 1),
        ("used", "send-picture-messages", 1),
    ]
    assert {line.receipt for line in lines} == {receipt.id}


def test_the_task_itself_is_not_stored(folder: Path) -> None:
    """A task may hold anything: neither the receipt nor the usage record repeats it."""
    receipt = guidance("my password is hunter2-blue-99", folder).receipt
    with Library(folder) as library:
        stored = "".join(line.model_dump_json() for line in library.usage())
    assert "hunter2" not in receipt.model_dump_json() + stored


def test_nothing_is_recorded_when_not_wanted(folder: Path) -> None:
    """`record=False` leaves the library as it is."""
    receipt = guidance(MMS_TASK, folder, record=False).receipt
    with Library(folder) as library:
        assert library.usage() == []
    assert receipt.offered
    assert (receipt.recorded, receipt.note) == (False, "recording is off")


def test_the_text_keeps_within_its_budget(folder: Path) -> None:
    """Several skills share the budget, the best one first."""
    everything = guidance(MMS_TASK, folder, wanted=Wanted(k=3, threshold=-1), budget_tokens=180)
    assert approx_tokens(everything.text) <= 180
    assert everything.receipt.offered[0].skill == "send-picture-messages"


def test_a_budget_too_small_for_a_rule_gives_nothing(folder: Path) -> None:
    """The receipt tells what was offered from what was used."""
    found = guidance(MMS_TASK, folder, budget_tokens=5)
    assert found.text == ""
    assert [offer.skill for offer in found.receipt.offered] == ["send-picture-messages"]
    assert found.receipt.used == ()


@pytest.mark.parametrize("task", ["", "  \n"])
def test_a_blank_task_is_not_looked_up(folder: Path, task: str) -> None:
    """There is nothing to compare."""
    assert guidance(task, folder).receipt.reason == "the task says nothing"


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    """It works, and has nothing to offer."""
    with Library(tmp_path / "empty"):
        pass
    found = guidance(MMS_TASK, tmp_path / "empty")
    assert found.text == ""
    assert found.receipt.reason
    assert found.receipt.generation is not None


def test_an_absent_library_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The receipt and the log say why there is no guidance, and nothing is made."""
    with caplog.at_level(logging.WARNING, "trace2skill"):
        receipt = guidance(MMS_TASK, tmp_path / "absent").receipt
    assert receipt.generation is None
    assert "no library in" in receipt.reason
    assert "no library in" in caplog.text
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("damage", [b"this is no database " * 400, b""], ids=["garbage", "truncated"])
def test_a_damaged_library_is_a_warning(tmp_path: Path, damage: bytes) -> None:
    """Whatever lies in the file's place, there is an answer and a reason."""
    folder = make_library(tmp_path / "library", "boil-water")
    for log in folder.glob("library.sqlite3-*"):
        log.unlink()
    (folder / "library.sqlite3").write_bytes(damage)
    found = guidance(MMS_TASK, folder)
    assert found.text == ""
    assert found.receipt.reason


def test_damage_inside_the_file_is_a_warning(folder: Path) -> None:
    """Pages overwritten after the header are noticed when they are read."""
    file = folder / "library.sqlite3"
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    receipt = guidance(MMS_TASK, folder).receipt
    assert receipt.generation is None
    assert receipt.offered == ()


def test_an_unrelated_task_is_offered_nothing(folder: Path) -> None:
    """Abstaining is an answer; the usage record has it too."""
    found = guidance("Translate this poem about autumn leaves into Latin.", folder)
    with Library(folder) as library:
        (line,) = library.usage()
    assert (found.text, found.receipt.offered) == ("", ())
    assert (line.event, line.note) == ("abstained", found.receipt.reason)
