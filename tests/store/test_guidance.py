"""Guidance for an agent, whatever state the library is in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.skills import fill
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.skills.model import Skill
from trace2skill.store.folder import FILE
from trace2skill.store.guidance import Guide
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit, SkillUse, Wanted

MakeSkill = Callable[..., Skill]
TASK = "no mobile data on my phone"


@pytest.fixture
def folder(tmp_path: Path, make_skill: MakeSkill) -> Path:
    """The folder of a library of two skills."""
    with Library(tmp_path / "library") as library:
        fill(library, make_skill)
    return tmp_path / "library"


def test_the_text_is_the_rendered_skill(folder: Path) -> None:
    """Marked as guidance, each rule with what it rests on."""
    guide = Guide(folder)
    given = guide.guidance(TASK)
    guide.close()
    assert given.skills == ("phone-data",)
    assert given.text.startswith('<skill-guidance name="phone-data">')
    assert "1. rule of phone-data [by hand]" in given.text


def test_several_skills_share_the_budget(folder: Path) -> None:
    """What does not fit is left out, and not counted as shown."""
    wanted = Wanted(k=2, threshold=-1)
    generous, tight = (Guide(folder, wanted=wanted, budget_tokens=tokens) for tokens in (1000, 130))
    assert generous.guidance(TASK).skills == ("phone-data", "flight-refund")
    given = tight.guidance(TASK)
    generous.close()
    tight.close()
    assert given.skills == ("phone-data",)
    assert approx_tokens(given.text) <= 130


def test_an_earlier_retrieval_is_rendered_as_it_was_offered(folder: Path, make_skill: MakeSkill) -> None:
    """Though the skill has a newer version by now."""
    guide = Guide(folder)
    before = guide.guidance(TASK)
    with Library(folder) as library:
        skill = library.skill("phone-data").skill
        changed = skill.model_copy(update={"title": "Something else"})
        library.commit(Commit(changes=(Change(skill=changed, operation="revise"),)))
    after = guide.render(before.retrieval)
    guide.close()
    assert after.text == before.text


def test_an_absent_library_offers_nothing_until_it_is_there(tmp_path: Path, make_skill: MakeSkill) -> None:
    """The reason names the command that makes one."""
    guide = Guide(tmp_path / "library")
    assert "trace2skill distill" in guide.guidance(TASK).retrieval.reason
    with Library(tmp_path / "library") as library:
        fill(library, make_skill)
    assert guide.guidance(TASK).text
    guide.close()


def test_a_damaged_library_offers_nothing_and_says_why(folder: Path) -> None:
    """Neither does it keep the agent from its work."""
    (folder / FILE).write_bytes(b"no database" * 1000)
    guide = Guide(folder)
    given = guide.guidance(TASK)
    assert (given.text, given.retrieval.generation) == ("", None)
    assert given.retrieval.reason.startswith("the library cannot be used: ")
    assert guide.record([SkillUse(receipt="r", event="abstained")]).startswith("not recorded: ")
    guide.close()


def test_a_library_taken_away_is_noticed(folder: Path) -> None:
    """Between two turns."""
    guide = Guide(folder)
    assert guide.guidance(TASK).text
    for file in folder.glob(f"{FILE}*"):
        file.unlink()
    assert guide.guidance(TASK).retrieval.abstained
    guide.close()


def test_a_writer_does_not_hold_the_agent_up(folder: Path) -> None:
    """Recording is given up after a quarter of a second, with the reason."""
    import sqlite3
    import time

    guide = Guide(folder)
    guide.guidance(TASK)
    writer = sqlite3.connect(folder / FILE, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    note = guide.record([SkillUse(receipt="r1", event="abstained")])
    took = time.monotonic() - begun
    writer.close()
    guide.close()
    assert note.startswith("not recorded: ")
    assert took < 10
