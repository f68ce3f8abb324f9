"""What changed between two versions, as data and as text."""

from tests.skills.examples import roaming_rule, roaming_skill
from trace2skill.evidence.rows import Tier
from trace2skill.skills.compare import diff, diff_text
from trace2skill.skills.model import ModuleName, SkillRule


def test_equal_skills_do_not_differ() -> None:
    """And the text says so."""
    changes = diff(roaming_skill(), roaming_skill())
    assert changes.empty
    assert diff_text(changes, "1", "2") == "mobile-data-roaming: 1 and 2 are the same skill\n"


def test_a_changed_field_is_listed() -> None:
    """Old and new, as text."""
    changes = diff(roaming_skill(), roaming_skill(goal="Quick help.", tags=("a", "b")))
    assert [(change.field, change.new) for change in changes.fields] == [
        ("goal", "Quick help."),
        ("tags", "a\nb"),
    ]


def test_rules_are_added_and_removed() -> None:
    """A rule with another claim is another rule, even under the old name."""
    note = SkillRule(name="N2", module=ModuleName.PROCEDURE, text="New.")
    old = roaming_skill()
    changes = diff(old, roaming_skill(rules=(*old.rules[:2], note)))
    assert [rule.name for rule in changes.added] == ["N2"]
    assert [rule.name for rule in changes.removed] == ["N1"]


def test_new_numbers_are_no_new_text() -> None:
    """The sentence stays, the evidence moves."""
    old = roaming_skill()
    stronger = old.rules[0].model_copy(update={"finding": roaming_rule(held=14, tier=Tier.CORROBORATED)})
    (change,) = diff(old, roaming_skill(rules=(stronger, *old.rules[1:]))).changed
    assert (change.text, change.numbers) == (False, True)


def test_a_renamed_rule_is_the_same_rule() -> None:
    """Only the order and the names are reported."""
    old = roaming_skill()
    first, second, third = old.rules
    renamed = first.model_copy(update={"name": "C7"})
    changes = diff(old, roaming_skill(rules=(second, renamed, third)))
    assert (changes.added, changes.removed, changes.changed) == ((), (), ())
    assert [(change.field, change.old, change.new) for change in changes.fields] == [
        ("order", "C1, X1, N1", "X1, C7, N1")
    ]


def test_a_reworded_measured_rule_is_a_change_of_that_rule() -> None:
    """A note under the name of a measured rule took its place."""
    old = roaming_skill()
    note = SkillRule(name="C1", module=ModuleName.CONDITIONS, text="Look at roaming.")
    (change,) = diff(old, roaming_skill(rules=(note, *old.rules[1:]))).changed
    assert (change.text, change.numbers) == (True, True)


def test_the_text_reads_like_a_unified_diff() -> None:
    """Signs, headings, one line each."""
    old = roaming_skill()
    reworded = old.rules[2].model_copy(update={"text": "Ask\nfirst."})
    changes = diff(old, roaming_skill(title="New title", rules=(old.rules[0], reworded)))
    assert diff_text(changes, "version 1", "version 2") == (
        "--- mobile-data-roaming (version 1)\n"
        "+++ mobile-data-roaming (version 2)\n"
        "@@ title @@\n"
        "-Restore mobile data abroad\n"
        "+New title\n"
        "@@ rule X1 removed @@\n"
        "-pitfalls: Do not call `transfer_to_human`.\n"
        "-hypothesis; avoided in 7 of 10 traces on 7 tasks\n"
        "@@ rule N1 text @@\n"
        "-pitfalls: Ask before changing a plan.\n"
        "+pitfalls: Ask first.\n"
    )
