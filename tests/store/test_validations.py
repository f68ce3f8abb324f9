"""Verdicts on skills: what they change in the library, for which versions, and for how long."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.skills import TOPICS, fill, indexed, wanted
from trace2skill.evidence.rows import Tier
from trace2skill.skills.model import Skill
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Change, Commit, Wanted
from trace2skill.store.validations import Interval, Validation, Verdict, rules_digest

MakeSkill = Callable[..., Skill]
TASK = TOPICS["phone-data"][1][0]


def verdict_on(skill: Skill, verdict: Verdict, version: int = 1) -> Validation:
    """A verdict on exactly this content."""
    return Validation(
        skill=skill.name,
        version=version,
        hash=skill.hash,
        rules=rules_digest(skill),
        verdict=verdict,
        reason="made up",
        suite="phones",
        suite_digest="0",
        control="none",
        solver="agent:solve",
        tasks=10,
        pairs=50,
        runs=100,
        success=Interval(mean=0.2, low=0.1, high=0.3),
        harm_budget=0.05,
        level=0.05,
        time="2026-01-01T00:00:00Z",
    )


@pytest.fixture
def phones(library: Library, make_skill: MakeSkill) -> Skill:
    """The skill `phone-data` in a library of two skills."""
    fill(library, make_skill)
    return library.skill("phone-data").skill


def test_a_skill_that_helps_is_offered_as_validated(library: Library, phones: Skill) -> None:
    """The tier of the offer says so, and a least tier of `validated` keeps all others out."""
    assert library.retrieve(TASK).offered[0].tier is Tier.CITED
    library.commit(Commit(validations=(verdict_on(phones, "helps"),)))
    asked = library.retrieve(TASK, Wanted(k=5, min_tier=Tier.VALIDATED, threshold=-1))
    assert [(offer.skill, offer.tier) for offer in asked.offered] == [("phone-data", Tier.VALIDATED)]
    stored = library.skill("phone-data")
    assert stored.validation is not None
    assert (stored.validation.suite, stored.status) == ("phones", "active")


def test_a_skill_that_harms_is_kept_and_not_offered(library: Library, phones: Skill) -> None:
    """Neither retrieved nor found nor in the index of other programs; asked for by status, it is offered."""
    library.commit(Commit(validations=(verdict_on(phones, "harms"),)))
    assert library.retrieve(TASK).offered == ()
    assert [hit.skill for hit in library.search(TASK)] == ["flight-refund"]
    assert [each.skill.name for each in library.skills()] == ["flight-refund"]
    assert [each.skill.name for each in library.skills(status="rejected")] == ["phone-data"]
    assert indexed(library) == wanted(library)
    assert not any(name.startswith("phone-data/") for name in indexed(library))
    asked = library.retrieve(TASK, Wanted(status="rejected", threshold=-1))
    assert [offer.skill for offer in asked.offered] == ["phone-data"]


def test_a_rejection_can_be_undone(library: Library, phones: Skill) -> None:
    """The skill is offered as before, and the verdict stays listed as withdrawn."""
    library.commit(Commit(validations=(verdict_on(phones, "harms"),)))
    assert library.withdraw_validations("phone-data") == 1
    assert [offer.skill for offer in library.retrieve(TASK).offered] == ["phone-data"]
    assert [each.standing for each in library.validations("phone-data")] == [False]
    assert library.skill("phone-data").validation is None
    assert library.withdraw_validations("phone-data") == 0


def test_a_later_version_is_not_validated(library: Library, phones: Skill) -> None:
    """Not even one that differs in its title alone; the old version, made current again, is."""
    library.commit(Commit(validations=(verdict_on(phones, "helps"),)))
    retitled = phones.model_copy(update={"title": "Phone data, once more"})
    library.commit(Commit(changes=(Change(skill=retitled, operation="revise"),)))
    assert library.skill("phone-data").validation is None
    assert library.retrieve(TASK).offered[0].tier is Tier.CITED
    assert library.skill("phone-data", 1).validation is not None
    library.rollback("phone-data", 1)
    assert library.retrieve(TASK).offered[0].tier is Tier.VALIDATED


def test_a_rejection_holds_while_the_rules_are_the_same(
    library: Library, phones: Skill, make_skill: MakeSkill
) -> None:
    """Another title or more evidence makes no new skill of one that harms; another rule does."""
    library.commit(Commit(validations=(verdict_on(phones, "harms"),)))
    retitled = phones.model_copy(update={"title": "Phone data, once more"})
    library.commit(Commit(changes=(Change(skill=retitled, operation="revise"),)))
    assert library.skill("phone-data").status == "rejected"
    other = retitled.model_copy(update={"rules": make_skill("phone-data", "another rule").rules})
    library.commit(Commit(changes=(Change(skill=other, operation="revise"),)))
    assert library.skill("phone-data").status == "active"


@pytest.mark.parametrize(("last", "status"), [("helps", "active"), ("undecided", "rejected")])
def test_the_last_verdict_that_decides_counts(
    library: Library, phones: Skill, last: Verdict, status: str
) -> None:
    """A run that decided nothing does not bring a harmful skill back."""
    library.commit(Commit(validations=(verdict_on(phones, "harms"),)))
    library.commit(Commit(validations=(verdict_on(phones, last),)))
    assert library.skill("phone-data").status == status


def test_a_retired_skill_stays_retired(library: Library, phones: Skill) -> None:
    """What a verdict says of it does not bring it back, nor is it called rejected."""
    library.remove("phone-data")
    library.commit(Commit(validations=(verdict_on(phones, "harms"),)))
    assert library.skill("phone-data").status == "retired"
    assert library.skills(status="rejected") == []


def test_a_library_without_the_table_gets_it(tmp_path: Path, make_skill: MakeSkill) -> None:
    """One made before verdicts were kept is read, and takes them."""
    with Library(tmp_path) as library:
        fill(library, make_skill)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("DROP TABLE validations")
    with Library(tmp_path) as library:
        skill = library.skill("phone-data").skill
        library.commit(Commit(validations=(verdict_on(skill, "harms"),)))
        assert library.skill("phone-data").status == "rejected"
