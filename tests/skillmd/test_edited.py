"""What a person changed at a review, and what may not be changed so."""

import pytest

from tests.skills.findings import AIRPLANE, PAY, finding
from tests.skills.rules import skill_of
from trace2skill.errors import InputError
from trace2skill.skillmd.review import MARK, Answer, edited, removed_rules
from trace2skill.skills.model import Skill
from trace2skill.skills.playbook import to_markdown


@pytest.fixture
def skill() -> Skill:
    """Two measured rules: R1 about suspended lines, R2 about airplane mode."""
    return skill_of(finding(PAY), finding(AIRPLANE))


def edit(**changes: object) -> Answer:
    """An edit with these changes."""
    return Answer.model_validate({"decision": "edit", **changes})


def test_texts_are_taken_and_marked_as_a_persons(skill: Skill) -> None:
    """The mark is what later distillations go by."""
    after = edited(skill, edit(title="Get online", goal="Data works."))
    assert (after.title, after.goal, after.human_text) == ("Get online", "Data works.", MARK)
    assert removed_rules(skill, after) == ()


def test_a_persons_own_text_needs_no_mark(skill: Skill) -> None:
    """It is kept as written."""
    assert edited(skill, edit(title="T", human_text="Be kind.")).human_text == "Be kind."


def test_a_reworded_rule_becomes_a_note_that_cites(skill: Skill) -> None:
    """Its evidence was for the other words."""
    after = edited(skill, edit(rules={"R1": "Let them pay first."}))
    note = after.rules[0]
    assert (note.text, note.finding) == ("Let them pay first.", None)
    assert note.quotes == finding(PAY).held_at
    assert [rule.name for rule in removed_rules(skill, after)] == ["R1"]


def test_the_same_words_are_no_edit(skill: Skill) -> None:
    """The evidence stays, and the skill is nobody's."""
    assert edited(skill, edit(rules={"R1": skill.rules[0].text})) == skill


def test_dropping_a_rule_leaves_no_mark(skill: Skill) -> None:
    """Nothing was written, so later texts stay free to change."""
    after = edited(skill, edit(drop=["R1"]))
    assert len(after.rules) == 1
    assert after.human_text == ""


def test_markdown_says_the_same(skill: Skill) -> None:
    """A sentence changed in the file is the same edit as the field."""
    text = to_markdown(skill, 3)
    line = next(line for line in text.splitlines() if line.startswith("2. "))
    changed = text.replace(line, "2. When *status_bar = Airplane Mode*: leave it. [9 of 10 runs]")
    by_file = edited(skill, edit(markdown=changed))
    by_field = edited(skill, edit(rules={"R2": "When *status_bar = Airplane Mode*: leave it."}))
    assert [rule.text for rule in by_file.rules] == [rule.text for rule in by_field.rules]
    assert removed_rules(skill, by_file) == removed_rules(skill, by_field)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"rules": {"R9": "x"}}, "no rule R9; the rules are R1, R2"),
        ({"drop": ["R9"]}, "no rule R9"),
        ({"rules": {"R1": ""}}, "R1 has no text"),
        ({"rules": {"R1": "It works 99% of the time."}}, "states 99"),
        ({"rules": {"R1": "Call 0170-1234567 first."}}, "belongs to one run"),
        ({"drop": ["R1", "R2"]}, "no rule would be left"),
        ({"description": ""}, "description is empty"),
        ({"description": "<b>"}, "angle brackets"),
        ({"markdown": "---\nname: other\ndescription: d\n---\n"}, "name and family cannot be changed"),
    ],
)
def test_what_is_refused(skill: Skill, changes: dict[str, object], problem: str) -> None:
    """With the words that a person is asked again with."""
    with pytest.raises(InputError, match=problem):
        edited(skill, edit(**changes))


def test_faults_that_were_there_before_are_not_the_persons() -> None:
    """A stored note that the checks would refuse today does not block an edit of the title."""
    flawed = skill_of(finding(PAY), notes=("Without source.",))
    assert edited(flawed, edit(title="T")).title == "T"
