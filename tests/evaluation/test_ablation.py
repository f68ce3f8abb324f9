"""Ablation: what leaving a rule out means, and what is said of rules."""

from pathlib import Path

import pytest

from tests.evaluation.agents import SUITE, runner
from trace2skill.errors import InputError, LimitError
from trace2skill.evaluation.ablation import Ablation, ablate, without
from trace2skill.evaluation.rule_marks import RuleMarks, read_marks, told, write_marks
from trace2skill.evaluation.validation import drop_proposal
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.store.records import StoredSkill


def skill_of(*rules: str, **fields: object) -> Skill:
    """A skill of notes."""
    noted = tuple(
        SkillRule(name=f"P{number}", module=ModuleName.PROCEDURE, text=text)
        for number, text in enumerate(rules, 1)
    )
    content = {"name": "doors", "title": "Doors", "description": "Doors.", "family": "doors", "rules": noted}
    return Skill.model_validate(content | fields)


def solve(task: str, guidance: str, seed: int) -> float:
    """Succeeds if told to turn the key, unless told to kick the door in."""
    return float("turn the key" in guidance and "kick it in" not in guidance)


def always(task: str, guidance: str, seed: int) -> float:
    """Succeeds whatever it is told."""
    return 1.0


def ablated(skill: Skill, agent: object, max_runs: int = 600) -> Ablation:
    """The ablation of a skill on ten tasks."""
    return ablate(skill, runner=runner(agent, max_runs=max_runs), tasks=SUITE.tasks)


def test_the_rule_that_harms_is_named() -> None:
    """Every run fails with it, and succeeds without; nothing can be seen of the others meanwhile."""
    skill = skill_of("turn the key", "kick it in", "wipe your shoes")
    found = ablated(skill, solve, 120)
    assert found.named("harms") == ["P2"]
    harmful = found.rules[1]
    assert (harmful.effect.mean, found.rules[0].effect.mean) == (-1, 0)
    assert harmful.pairs < 20


def test_the_rule_that_helps_is_named_and_the_idle_one_in_time() -> None:
    """Without harm, the key decides every run and the shoes none."""
    found = ablated(skill_of("turn the key", "wipe your shoes"), solve)
    assert {each.rule: each.verdict for each in found.rules} == {"P1": "helps", "P2": "idle"}
    assert found.runs < 600


def test_rules_that_change_nothing_are_idle_and_end_the_runs() -> None:
    """An agent that always succeeds."""
    found = ablated(skill_of("sing", "hum"), always)
    assert found.named("idle") == ["P1", "P2"]
    assert found.runs < 600


def test_runs_are_bounded() -> None:
    """By the limit, which must leave room for the first rounds: ten of three runs."""
    skill = skill_of("sing", "hum")
    assert ablated(skill, always, 60).runs <= 60
    with pytest.raises(LimitError, match="first 10 rounds take 30"):
        ablated(skill, always, 29)


def test_a_dropped_rule_goes_from_the_words_of_a_person_too() -> None:
    """Else the agent would still be told."""
    text = "## Steps\n\n1. turn the key\n2. kick it in\n\nGood luck."
    left = without(skill_of("turn the key", "kick it in", human_text=text), ["P2"])
    assert left.human_text == "## Steps\n\n1. turn the key\n\nGood luck."
    assert [(rule.name, rule.text) for rule in left.rules] == [("P1", "turn the key")]
    with pytest.raises(InputError, match="no rule 'P9'; its rules are P1, P2"):
        without(skill_of("a", "b"), ["P9"])


def test_a_drop_is_proposed_as_a_review_shows_it() -> None:
    """With the evidence as its note and the rule as a deleted line; the skill is as it was."""
    skill = skill_of("turn the key", "kick it in", "wipe your shoes")
    stored = StoredSkill(skill=skill, version=4, operation="add")
    change = drop_proposal(stored, ablated(skill, solve, 120))
    assert change is not None
    assert change.note.startswith("P2 harms: -100 points")
    gone = [line for line in change.diff.splitlines() if line.startswith("-") and "kick it in" in line]
    assert gone
    assert "kick it in" not in change.markdown
    assert drop_proposal(stored, ablated(skill, always, 60)) is None


def test_a_skill_of_one_rule_has_nothing_to_compare() -> None:
    """Leaving it out is the arm without a skill."""
    with pytest.raises(InputError, match="1 rules"):
        ablated(skill_of("turn the key"), solve)


def test_marks_are_of_exact_bytes(tmp_path: Path) -> None:
    """Idle rules are marked; another version has no marks; a damaged file is told by name."""
    skill = skill_of("sing", "hum")
    found = ablated(skill, always)
    about = {"skill": "doors", "version": 1, "hash": skill.hash, "suite": "s", "solver": "a", "time": ""}
    marks = RuleMarks.model_validate(about | {"runs": found.runs, "rules": found.rules})
    file = write_marks(tmp_path, marks)
    assert read_marks(tmp_path, skill) == marks
    assert "- P1: idle, +0 points" in told(marks)
    assert read_marks(tmp_path, skill_of("sing")) is None
    file.write_text("{")
    with pytest.raises(InputError, match=r"doors-rules\.json"):
        read_marks(tmp_path, skill)
