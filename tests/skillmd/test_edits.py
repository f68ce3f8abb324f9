"""Edits in an exported SKILL.md: a human's words count, a human's numbers do not."""

from pathlib import Path

import pytest
from hypothesis import given

from tests.skills.examples import roaming_rule, roaming_skill
from tests.skills.hostile import HOSTILE
from trace2skill.skillmd.edits import take_edits
from trace2skill.skillmd.folder import export_skill, import_skill
from trace2skill.skillmd.parse import read_document
from trace2skill.skills.model import ModuleName, SkillRule
from trace2skill.skills.playbook import to_markdown


def edit(folder: Path, old: str, new: str) -> None:
    """Replace a passage of SKILL.md that must be there."""
    text = (folder / "SKILL.md").read_text()
    assert old in text
    (folder / "SKILL.md").write_text(text.replace(old, new, 1))


def rules(folder: Path) -> dict[str, SkillRule]:
    """The rules of the imported skill by name."""
    return {rule.name: rule for rule in import_skill(folder).rules}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fresh export to edit."""
    return export_skill(roaming_skill(human_text="Kept *as is*.\n\n# Own heading"), 3, tmp_path)


def test_line_ends_are_no_edit(folder: Path) -> None:
    """A checkout with CRLF and a byte order mark is still the export."""
    text = (folder / "SKILL.md").read_text()
    (folder / "SKILL.md").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert import_skill(folder) == roaming_skill(human_text="Kept *as is*.\n\n# Own heading")


def test_a_reworded_rule_is_a_note_without_numbers(folder: Path) -> None:
    """The evidence was for the old words; the cited steps stay."""
    edit(folder, "When `line.roaming` is false", "When roaming looks off")
    note = rules(folder)["C1"]
    assert note.text == "When roaming looks off: call `enable_roaming`."
    assert note.finding is None
    assert len(note.quotes) == 5


def test_an_edited_number_is_not_believed(folder: Path) -> None:
    """What stands in square brackets after a rule is never read back, nor is it missed."""
    edit(folder, "[12 of 14 runs]", "[14 of 14 runs]")
    edit(folder, " [few runs: 4 of 4]", "")
    assert import_skill(folder) == roaming_skill(human_text="Kept *as is*.\n\n# Own heading")


def test_a_deleted_rule_is_gone(folder: Path) -> None:
    """What was said of it elsewhere may stay behind."""
    edit(folder, "- Ask before changing a plan. [insight: 1 run]\n", "")
    edit(folder, "1. When `line.roaming` is false: call `enable_roaming`. [12 of 14 runs]\n", "")
    assert set(rules(folder)) == {"X1"}


def test_an_added_item_is_a_note(folder: Path) -> None:
    """Under the heading where it stands."""
    edit(folder, "## Beware\n\n", "## Beware\n\n- Never guess the `line_id`.\n")
    note = rules(folder)["N2"]
    assert (note.module, note.text, note.finding) == (ModuleName.PITFALLS, "Never guess the `line_id`.", None)


@pytest.mark.parametrize("module", ModuleName)
def test_an_item_may_be_added_to_any_part(folder: Path, module: ModuleName) -> None:
    """A part that the export did not have is opened by its heading."""
    edit(folder, "## Worked example\n", f"## {module.heading}\n\n- Keep calm.\n\n## Worked example\n")
    assert {rule.module for rule in rules(folder).values() if rule.text == "Keep calm."} == {module}


def test_a_moved_rule_keeps_its_evidence(folder: Path) -> None:
    """The part follows the heading, the number in the list is of no account."""
    edit(folder, "- Do not call `transfer_to_human`. [few runs: 4 of 4]\n", "")
    edit(folder, "[12 of 14 runs]\n", "[12 of 14 runs]\n7. Do not call `transfer_to_human`.\n")
    assert rules(folder)["X1"].module == ModuleName.CONDITIONS
    assert rules(folder)["X1"].finding is not None


def test_rules_may_be_put_in_another_order(folder: Path) -> None:
    """The order of the list is the order of the skill's rules."""
    first = "- Do not call `transfer_to_human`. [few runs: 4 of 4]\n"
    second = "- Ask before changing a plan. [insight: 1 run]\n"
    edit(folder, first + second, second + first)
    assert list(rules(folder)) == ["C1", "N1", "X1"]


def test_edited_texts_are_taken(folder: Path) -> None:
    """Title, goal, when-to-use and description; a family that is written into the metadata too."""
    edit(folder, "# Restore mobile data abroad", "# Fix roaming")
    edit(folder, "The customer's mobile data works again.", "Data flows, *fast*.")
    edit(folder, "A customer reports that mobile data does not work abroad.", "")
    edit(folder, "description: Restore mobile data", "description: Mend mobile data")
    edit(folder, "  version: '3'\n", "  version: '3'\n  family: roaming\n")
    skill = import_skill(folder)
    assert (skill.family, skill.domain) == ("roaming", "telecom")
    assert (skill.title, skill.goal, skill.when_to_use) == ("Fix roaming", "Data flows, *fast*.", "")
    assert skill.description.startswith("Mend mobile data for")


def test_added_prose_and_sections_are_kept(folder: Path) -> None:
    """Lines that fit nowhere go to the human text, with their headings."""
    added = "## Contacts\n\nAsk *Jo*.\n\n## Worked example\n\nThis one is typical."
    edit(folder, "## Worked example\n", f"{added}\n")
    assert import_skill(folder).human_text == f"Kept *as is*.\n\n# Own heading\n\n{added}"


def test_the_human_text_is_replaced_by_what_stands_there(folder: Path) -> None:
    """Everything below the marker."""
    edit(folder, "Kept *as is*.", "Changed.")
    assert import_skill(folder).human_text == "Changed.\n\n# Own heading"


def test_a_deleted_parameter_is_gone(folder: Path) -> None:
    """So is a deleted example."""
    text = (folder / "SKILL.md").read_text()
    start, end = text.index("- **customer"), text.index("## Decide")
    (folder / "SKILL.md").write_text(text[:start] + text[end:])
    assert import_skill(folder).parameters == ()
    assert import_skill(folder).example == roaming_skill().example


def test_edits_survive_a_second_round(folder: Path, tmp_path: Path) -> None:
    """What was taken over is exported and comes back."""
    edit(folder, "## Beware\n\n", "## Beware\n\n- Never guess [ids](x).\n")
    skill = import_skill(folder)
    assert import_skill(export_skill(skill, 4, tmp_path / "again")) == skill


@given(HOSTILE)
def test_an_edit_elsewhere_loses_no_rule(text: str) -> None:
    """Whatever its sentence holds, a rule that nobody touched is found again with its evidence."""
    rule = SkillRule(
        name="C1",
        module=ModuleName.CONDITIONS,
        text=f"When {text}: call `x` {text}",
        finding=roaming_rule(),
    )
    skill = roaming_skill(rules=(rule, *roaming_skill().rules[1:]))
    exported = to_markdown(skill, 1)
    changed = exported.replace("## Beware\n\n", "## Beware\n\n- Keep calm.\n", 1)
    fields = take_edits(skill, read_document(exported, "old"), read_document(changed, "new"))
    kept = [each.finding for each in fields["rules"]]
    assert kept == [rule.finding, None, roaming_skill().rules[1].finding, None]
