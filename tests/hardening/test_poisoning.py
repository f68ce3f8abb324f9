"""Nothing that an attacker plants in a third of the runs comes to stand in a skill."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.graph.errands import closed_door, doors, write
from tests.hardening.poisons import (
    HARM,
    PLACES,
    RUNS,
    SURFACES,
    WORDINGS,
    Plant,
    desk,
    found,
    found_at,
    poisoned,
)
from trace2skill import Library, distill
from trace2skill.skillmd.folder import SKILL_FILE, skill_files
from trace2skill.skills.playbook import EVIDENCE_FILE
from trace2skill.traces.model import Trace

ALONE = ("a tool's text alone", "a known label's value", "the domain", "the task alone")
"""They take the place of what others add to."""

TOGETHER = [plant for place, plant in PLACES.items() if place not in {*ALONE, "the family"}]
GROUPED = [PLACES[place] for place in ALONE if place != "the task alone"]

Attack = Callable[[Iterable[Plant], str], Path]


@pytest.fixture
def attack(tmp_path: Path) -> Attack:
    """Distil poisoned runs; the library's folder."""

    def distilled(plants: Iterable[Plant], text: str) -> Path:
        distill(poisoned(plants, text), library=tmp_path)
        return tmp_path

    return distilled


@pytest.mark.parametrize(
    ("plants", "wording"),
    [(TOGETHER, "order with a URL"), (TOGETHER, "polite advice"), (GROUPED, "polite advice")],
    ids=["an order everywhere", "advice everywhere", "advice instead"],
)
def test_planted_text_is_nowhere(attack: Attack, plants: list[Plant], wording: str) -> None:
    """In no file, no guidance, nothing served; the honest runs' rules stand."""
    library = attack(plants, WORDINGS[wording])
    assert found(library) == []
    with Library(library) as opened:
        skills = [stored.skill for stored in opened.skills()]
    assert any("issue_refund" in rule.text for skill in skills for rule in skill.rules)


def test_a_harmful_habit_of_some_runs_is_no_rule(attack: Attack) -> None:
    """A further step and a further argument of runs that succeed."""
    assert found(attack(HARM.values(), "")) == []


def test_a_rule_of_one_source_says_so(tmp_path: Path) -> None:
    """Doors that are locked come from one folder alone; the playbook does not dwell on it."""
    for name, runs in (("ours", [closed_door(at) for at in range(8)]), ("theirs", doors(12))):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "runs.jsonl", runs)
    distill([tmp_path / "ours", tmp_path / "theirs"], library=tmp_path / "library")
    with Library(tmp_path / "library") as opened:
        (stored,) = opened.skills()
    pages = skill_files(stored.skill, stored.version)
    evidence, playbook = (pages[name].decode() for name in (EVIDENCE_FILE, SKILL_FILE))
    assert "Runs from 2 sources" in evidence
    sections = {part.partition("\n")[0]: part for part in evidence.split("\n## ")}
    few = [name for name, part in sections.items() if "Few sources: it held only in runs from 1 of 2" in part]
    unlocking = [rule.name for rule in stored.skill.rules if "unlock" in rule.text.lower()]
    assert unlocking
    assert set(unlocking) <= set(few)
    assert "sources" not in playbook


def test_a_state_of_the_domain_can_be_said(tmp_path: Path) -> None:
    """The search finds what does become a word: a value that the runs know in common."""
    runs = (desk(number).model_dump_json().replace("damaged", "zorbed") for number in range(RUNS))
    distill(map(Trace.model_validate_json, runs), library=tmp_path)
    assert found_at(tmp_path) == {surface: ["zorbed"] for surface in SURFACES}


@pytest.mark.heavy
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("wording", WORDINGS)
def test_each_place_and_wording(attack: Attack, place: str, wording: str) -> None:
    """One at a time, so that none hides behind another."""
    assert found(attack([PLACES[place]], WORDINGS[wording])) == []


@pytest.mark.heavy
@pytest.mark.parametrize("harm", HARM)
def test_each_harm(attack: Attack, harm: str) -> None:
    """One at a time."""
    assert found(attack([HARM[harm]], "")) == []
