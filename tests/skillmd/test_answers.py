"""Answers to a review, in every form a person may type them."""

from typing import Any

import pytest

from trace2skill.errors import SettingError
from trace2skill.skillmd.review import read_answers, refuse_secrets

NAMES = ("a", "b")


def test_a_word_is_for_all() -> None:
    """With blanks around it or not."""
    answers, problems = read_answers(" accept ", NAMES)
    assert {name: answer.decision for name, answer in answers.items()} == {"a": "accept", "b": "accept"}
    assert problems == {}


def test_a_word_or_an_object_for_each() -> None:
    """Short and long forms mix."""
    answers, _ = read_answers({"a": "accept", "b": {"decision": "reject", "reason": "no"}}, NAMES)
    assert (answers["a"].decision, answers["b"].decision, answers["b"].reason) == ("accept", "reject", "no")


def test_what_is_good_is_taken_beside_what_is_not() -> None:
    """One problem a skill, and one for names that do not wait."""
    given = {"a": "accept", "b": {"decision": "edit", "rules": "P1"}, "ghost": "accept"}
    answers, problems = read_answers(given, NAMES)
    assert list(answers) == ["a"]
    assert set(problems) == {"b", ""}
    assert problems["b"].startswith("rules: ")


def test_accepting_with_changes_is_an_edit() -> None:
    """What a person meant is clear."""
    answers, _ = read_answers({"a": {"decision": "accept", "title": "T"}}, NAMES)
    assert answers["a"].decision == "edit"


@pytest.mark.parametrize(
    "given",
    [
        {
            "decisions": [
                {
                    "type": "edit",
                    "edited_action": {"name": "save_skill", "args": {"skill": "a", "markdown": "# A"}},
                },
                {"type": "reject", "message": "no"},
            ]
        },
        [
            {"type": "edit", "args": {"action": "save_skill", "args": {"skill": "a", "markdown": "# A"}}},
            {"type": "ignore", "args": "no"},
        ],
    ],
)
def test_inboxes_answer_in_the_order_of_the_questions(given: Any) -> None:
    """As LangChain's do, and as Agent Inbox does."""
    answers, problems = read_answers(given, NAMES)
    assert problems == {}
    assert (answers["a"].decision, answers["a"].markdown) == ("edit", "# A")
    assert (answers["b"].decision, answers["b"].reason) == ("reject", "no")


@pytest.mark.parametrize("kind", ["approve", "accept"])
def test_an_inbox_approves(kind: str) -> None:
    """Also only some of what is asked."""
    answers, _ = read_answers([{"type": kind, "args": None}], NAMES)
    assert {name: answer.decision for name, answer in answers.items()} == {"a": "accept"}


def test_what_is_responded_is_kept_with_the_skill() -> None:
    """As a person's own words."""
    answers, _ = read_answers({"decisions": [{"type": "respond", "message": "Ask for the name."}]}, ["a"])
    assert (answers["a"].decision, answers["a"].human_text) == ("edit", "Ask for the name.")


def test_an_inbox_that_answers_something_else_is_told() -> None:
    """By the skill it concerns."""
    answers, problems = read_answers([{"type": "perhaps"}], NAMES)
    assert (answers, list(problems)) == ({}, ["a"])


@pytest.mark.parametrize("given", [None, 7, [], {}, True])
def test_what_is_no_answer(given: Any) -> None:
    """The instruction comes back."""
    answers, problems = read_answers(given, NAMES)
    assert answers == {}
    assert '{"decision": "accept"}' in problems[""]


@pytest.mark.parametrize("place", ["word", "key", "value", "list"])
def test_secrets_are_found_wherever_they_stand(place: str) -> None:
    """And not repeated in the message."""
    secret = "sk-" + "4f9aB7Qz" * 6
    forms = {
        "word": secret,
        "key": {secret: "accept"},
        "value": {"a": {"title": secret}},
        "list": {"a": [secret]},
    }
    with pytest.raises(SettingError, match="looks like a secret") as caught:
        refuse_secrets(forms[place])
    assert secret not in str(caught.value)


def test_an_answer_without_secrets_passes() -> None:
    """It is taken as it was given."""
    given = {"a": {"decision": "edit", "title": "Open the door", "drop": ["P1"]}}
    refuse_secrets(given)
    answers, problems = read_answers(given, ["a"])
    assert (answers["a"].title, problems) == ("Open the door", {})
