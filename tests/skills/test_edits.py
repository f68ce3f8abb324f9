"""Edits in an exported SKILL.md: a human's words count, a human's numbers do not."""

from pathlib import Path

import pytest

from tests.skills.examples import roaming_skill
from trace2skill.skills.folder import export_skill
from trace2skill.skills.importer import import_skill
from trace2skill.skills.model import ModuleName, SkillRule


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
    """Evidence lines and tiers are never read back."""
    edit(folder, "held 12 of 14", "held 14 of 14")
    edit(folder, "(mined)", "(validated)")
    assert import_skill(folder) == roaming_skill(human_text="Kept *as is*.\n\n# Own heading")


def test_a_deleted_rule_is_gone(folder: Path) -> None:
    """Its evidence lines may stay behind."""
    edit(folder, "- **N1** (cited) Ask before changing a plan.\n", "")
    assert set(rules(folder)) == {"C1", "X1"}


def test_an_added_item_is_a_note(folder: Path) -> None:
    """Under the heading where it stands."""
    edit(folder, "## Pitfalls\n\n", "## Pitfalls\n\n- Never guess the `line_id`.\n")
    note = rules(folder)["N2"]
    assert (note.module, note.text, note.finding) == (ModuleName.PITFALLS, "Never guess the `line_id`.", None)


def test_a_moved_rule_keeps_its_evidence(folder: Path) -> None:
    """The module follows the heading."""
    edit(folder, "- **X1**", "- **Z**")
    edit(
        folder,
        "## Conditions\n\n",
        "## Conditions\n\n- **X1** (hypothesis) Do not call `transfer_to_human`.\n",
    )
    assert rules(folder)["X1"].module == ModuleName.CONDITIONS
    assert rules(folder)["X1"].finding is not None


def test_edited_texts_are_taken(folder: Path) -> None:
    """Title, goal, when-to-use, description and family."""
    edit(folder, "# Restore mobile data abroad", "# Fix roaming")
    edit(folder, "The customer's mobile data works again.", "Data flows, *fast*.")
    edit(folder, "A customer reports that mobile data does not work abroad.", "")
    edit(folder, "description: Restore mobile data", "description: Mend mobile data")
    edit(folder, "family: mobile data", "family: roaming")
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
    start, end = text.index("- **customer"), text.index("## Conditions")
    (folder / "SKILL.md").write_text(text[:start] + text[end:])
    assert import_skill(folder).parameters == ()
    assert import_skill(folder).example == roaming_skill().example


def test_edits_survive_a_second_round(folder: Path, tmp_path: Path) -> None:
    """What was taken over is exported and comes back."""
    edit(folder, "## Pitfalls\n\n", "## Pitfalls\n\n- Never guess [ids](x).\n")
    skill = import_skill(folder)
    assert import_skill(export_skill(skill, 4, tmp_path / "again")) == skill
