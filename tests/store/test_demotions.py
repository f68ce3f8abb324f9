"""Stale skills: what makes them so, what that changes, and how it ends."""

import random
from collections.abc import Callable

import pytest

from tests.store.skills import TOPICS, fill
from tests.store.test_validations import verdict_on
from trace2skill.evidence.rows import Tier
from trace2skill.skills.model import Skill
from trace2skill.store.demotions import by_feedback, fall
from trace2skill.store.library import Library
from trace2skill.store.receipts import feedback
from trace2skill.store.records import Commit, SkillUse

TASK = TOPICS["phone-data"][1][0]


@pytest.fixture
def validated(library: Library, make_skill: Callable[..., Skill]) -> Library:
    """A library whose skill `phone-data` was shown to help."""
    fill(library, make_skill)
    library.commit(Commit(validations=(verdict_on(library.skill("phone-data").skill, "helps"),)))
    return library


def say(library: Library, *answers: bool) -> None:
    """Report so many tasks for which the skill was used."""
    start = len(library.usage())
    for number, success in enumerate(answers, start):
        library.record_usage([SkillUse(receipt=f"r{number}", event="used", skill="phone-data", version=1)])
        feedback(f"r{number}", success, library=library)


def test_a_skill_that_helps_less_than_it_did_is_stale(validated: Library) -> None:
    """It loses its tier and is still offered; the record names the runs, and withdrawing it undoes it."""
    say(validated, *[True] * 4, *[False] * 3)
    assert validated.retrieve(TASK).offered[0].tier is Tier.VALIDATED
    say(validated, False)
    assert validated.retrieve(TASK).offered[0].tier < Tier.VALIDATED
    stored = validated.skill("phone-data")
    assert stored.validation is not None
    assert (stored.validation.verdict, stored.status) == ("stale", "active")
    assert "helped in 4 of 4 earlier runs and 0 of 4 later ones" in stored.validation.reason
    assert stored.validation.success.mean == -1
    assert by_feedback(validated, "phone-data") is None, "it is known"
    assert validated.withdraw_validations("phone-data") == 1
    assert validated.retrieve(TASK).offered[0].tier is Tier.VALIDATED


def test_a_new_verdict_ends_it(validated: Library) -> None:
    """The same bytes, validated anew."""
    say(validated, *[True] * 4, *[False] * 4)
    skill = validated.skill("phone-data")
    assert skill.validation is not None
    assert skill.validation.verdict == "stale"
    validated.commit(Commit(validations=(verdict_on(skill.skill, "helps"),)))
    assert validated.retrieve(TASK).offered[0].tier is Tier.VALIDATED


def test_a_rejected_skill_stays_rejected(validated: Library) -> None:
    """What people say of it later does not make it a hypothesis again."""
    say(validated, *[True] * 4, *[False] * 3)
    validated.commit(Commit(validations=(verdict_on(validated.skill("phone-data").skill, "harms"),)))
    say(validated, False)
    assert len([line for line in validated.usage() if line.event in {"helped", "harmed"}]) == 8
    assert validated.skill("phone-data").status == "rejected"


def test_a_skill_that_helps_as_ever_is_seldom_called_stale() -> None:
    """Of 200 histories of 64 answers, looked at after each, at most 5 %."""
    draw = random.Random(7)
    alarms = 0
    for _ in range(200):
        helped = [draw.random() < 0.6 for _ in range(64)]
        alarms += any(fall(helped[:count]) for count in range(1, 65))
    assert alarms <= 10
