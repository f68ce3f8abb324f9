"""Guidance for a task comes with a receipt, and never with an exception, whatever state the library is in."""

import gc
import logging
import shutil
import sqlite3
import time
import weakref
from pathlib import Path

import pytest

from tests.integrations.shelf import MMS_TASK, make_library, make_skill
from trace2skill import Wanted, guidance
from trace2skill.errors import LibraryError, SettingError
from trace2skill.skills.guidance_text import PREAMBLE, approx_tokens
from trace2skill.store.folder import FILE
from trace2skill.store.guidance import Guide
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a library of three skills."""
    return make_library(tmp_path / "library")


def names(library: Library) -> list[str]:
    """What the library holds."""
    return [stored.skill.name for stored in library.skills()]


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


def test_several_skills_share_the_budget(folder: Path) -> None:
    """The best one first; what does not fit is left out, and the receipt does not count it as used."""
    wanted = Wanted(k=3, threshold=-1)
    generous, tight = (guidance(MMS_TASK, folder, wanted=wanted, budget_tokens=most) for most in (2000, 180))
    assert len(generous.receipt.used) == 3
    assert tight.receipt.offered == generous.receipt.offered
    assert tight.receipt.used == ("send-picture-messages",)
    assert approx_tokens(tight.text) <= 180


def test_a_budget_too_small_for_a_rule_gives_nothing(folder: Path) -> None:
    """The receipt tells what was offered from what was used."""
    found = guidance(MMS_TASK, folder, budget_tokens=5)
    assert found.text == ""
    assert [offer.skill for offer in found.receipt.offered] == ["send-picture-messages"]
    assert found.receipt.used == ()


def test_an_earlier_retrieval_is_rendered_as_it_was_offered(folder: Path) -> None:
    """Though the skill has a newer version by now."""
    guide = Guide(folder)
    retrieval = guide.retrieve(MMS_TASK)
    before = guide.render(retrieval).text
    with Library(folder) as library:
        changed = make_skill("send-picture-messages").model_copy(update={"title": "Something else"})
        library.commit(Commit(changes=(Change(skill=changed, operation="revise"),)))
    assert guide.render(retrieval).text == before != guide.guidance(MMS_TASK).text


@pytest.mark.parametrize("task", ["", "  \n"])
def test_a_blank_task_is_not_looked_up(folder: Path, task: str) -> None:
    """There is nothing to compare."""
    assert guidance(task, folder).receipt.reason == "the task says nothing"


def test_an_unrelated_task_is_offered_nothing(folder: Path) -> None:
    """Abstaining is an answer; the usage record has it too."""
    found = guidance("Translate this poem about autumn leaves into Latin.", folder)
    with Library(folder) as library:
        (line,) = library.usage()
    assert (found.text, found.receipt.offered) == ("", ())
    assert (line.event, line.note) == ("abstained", found.receipt.reason)


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    """It works, and has nothing to offer."""
    with Library(tmp_path / "empty"):
        pass
    found = guidance(MMS_TASK, tmp_path / "empty")
    assert (found.text, found.receipt.reason) == ("", "the library has no skills")
    assert found.receipt.generation is not None


def test_an_absent_library_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The receipt and the log name the command that makes one, and nothing is made."""
    with caplog.at_level(logging.WARNING, "trace2skill"):
        receipt = guidance(MMS_TASK, tmp_path / "absent").receipt
    assert receipt.generation is None
    assert receipt.reason.startswith("the library cannot be used: no library in")
    assert "trace2skill distill" in receipt.reason
    assert "no library in" in caplog.text
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("damage", [b"this is no database " * 400, b""], ids=["garbage", "truncated"])
def test_a_damaged_library_is_a_warning(tmp_path: Path, damage: bytes) -> None:
    """Whatever lies in the file's place, there is an answer and a reason."""
    folder = make_library(tmp_path / "library", "boil-water")
    for log in folder.glob(f"{FILE}-*"):
        log.unlink()
    (folder / FILE).write_bytes(damage)
    found = guidance(MMS_TASK, folder)
    assert found.text == ""
    assert found.receipt.reason


def test_damage_inside_the_file_is_a_warning_until_it_is_mended(folder: Path) -> None:
    """Pages overwritten after the header are noticed when they are read; the mended file is opened anew."""
    file = folder / FILE
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    guide = Guide(folder)
    receipt = guide.guidance(MMS_TASK).receipt
    assert (receipt.generation, receipt.offered) == (None, ())
    file.write_bytes(content)
    assert guide.guidance(MMS_TASK).text


def test_a_writer_does_not_hold_the_agent_up(folder: Path) -> None:
    """Nobody waits for the writer, and no receipt is lost."""
    guide = Guide(folder)
    guide.retrieve(MMS_TASK)
    writer = sqlite3.connect(folder / FILE, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    found = [guide.guidance(MMS_TASK) for _ in range(20)]
    took = time.monotonic() - begun
    writer.close()
    assert all(each.text and each.receipt.recorded for each in found)
    assert took < 10
    with Library(folder) as library:
        assert {line.receipt for line in library.usage()} == {each.receipt.id for each in found}


def test_a_folder_that_cannot_be_written_is_told_on_the_receipt(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The skill is there all the same; here a file lies where the journal's folder would."""
    (folder / "usage").write_text("")
    with caplog.at_level(logging.WARNING, "trace2skill"):
        found = Guide(folder).guidance(MMS_TASK)
    assert found.text
    assert found.receipt.note.startswith("not recorded: cannot write to ")
    assert "is not in the usage record" in caplog.text


def test_an_unknown_embedding_is_refused_at_once(folder: Path) -> None:
    """A mistake in the program."""
    with pytest.raises(SettingError, match="unknown embedding"):
        Guide(folder, embedding="nonsense")


def test_a_library_that_is_made_later_is_found(tmp_path: Path) -> None:
    """An agent can be built before its library is."""
    guide = Guide(tmp_path / "library")
    with pytest.raises(LibraryError, match="no library in"):
        guide.use(names)
    make_library(tmp_path / "library", "boil-water")
    assert guide.use(names) == ["boil-water"]


def test_it_is_opened_once_and_closed_when_nobody_uses_it(folder: Path) -> None:
    """The second use is of the same open library; closing leaves it to those who still work with it."""
    guide = Guide(folder)
    library = guide.use(lambda opened: opened)
    assert guide.use(lambda opened: opened) is library
    guide.close()
    assert library.generation
    connection, held = library._database._connection, weakref.ref(library)
    del library
    gc.collect()
    assert held() is None
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_a_replaced_library_is_opened_anew(tmp_path: Path, folder: Path) -> None:
    """A backup put in its place is what is read from then on."""
    guide = Guide(folder)
    guide.use(names)
    shutil.rmtree(folder)
    shutil.copytree(make_library(tmp_path / "other", "boil-water"), folder)
    assert guide.use(names) == ["boil-water"]


def test_a_removed_library_is_missed(folder: Path) -> None:
    """A library whose file is gone is not read from memory."""
    guide = Guide(folder)
    guide.use(names)
    shutil.rmtree(folder)
    with pytest.raises(LibraryError, match="no library in"):
        guide.use(names)


def test_a_library_that_was_passed_in_stays_open(folder: Path) -> None:
    """Closing closes only what was opened here."""
    with Library(folder) as library:
        guide = Guide(library)
        guide.close()
        assert "boil-water" in guide.use(names)
