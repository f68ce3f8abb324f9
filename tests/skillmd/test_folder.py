"""Export to a folder: valid, whole, inside the directory, and never over somebody's work."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from skills_ref.validator import validate

from tests.skills.examples import roaming_skill
from tests.skills.hostile import HOSTILE
from tests.skills.test_markdown import hostile_skill
from trace2skill.errors import InputError
from trace2skill.skillmd.folder import JSON_FILE, PLAIN_FILE, export_skill, import_skill, skill_files


def everything(directory: Path) -> list[str]:
    """Relative paths of all files, hidden ones too."""
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def test_the_folder_is_valid_and_complete(tmp_path: Path) -> None:
    """The reference validator accepts it, and nothing else is left in the directory."""
    folder = export_skill(roaming_skill(), 3, tmp_path / "out")
    assert folder == tmp_path / "out" / "mobile-data-roaming"
    assert validate(folder) == []
    assert everything(tmp_path / "out") == [
        "mobile-data-roaming/SKILL.md",
        "mobile-data-roaming/references/evidence.md",
        "mobile-data-roaming/references/skill.json.gz",
    ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE)
def test_import_gives_the_exported_skill_again(tmp_path: Path, text: str) -> None:
    """Nothing is lost on the way, whatever text the skill holds."""
    skill = hostile_skill(text)
    assert import_skill(export_skill(skill, 1, tmp_path)) == skill


def test_measured_rules_come_back_with_their_evidence(tmp_path: Path) -> None:
    """Claims, summaries and citations included."""
    assert import_skill(export_skill(roaming_skill(), 3, tmp_path)) == roaming_skill()


def test_equal_skills_give_equal_bytes() -> None:
    """Byte for byte."""
    assert skill_files(roaming_skill(), 3) == skill_files(roaming_skill(), 3)


def test_a_later_version_replaces_the_folder(tmp_path: Path) -> None:
    """The old files go, the new ones come."""
    export_skill(roaming_skill(), 3, tmp_path)
    folder = export_skill(roaming_skill(title="Second"), 4, tmp_path)
    assert import_skill(folder).title == "Second"
    assert len(everything(tmp_path)) == 3


def test_the_machine_half_is_small_and_bears_no_time(tmp_path: Path) -> None:
    """Compressed; the header says no time and no file name."""
    data = (export_skill(roaming_skill(), 3, tmp_path) / JSON_FILE).read_bytes()
    assert data[:8] == b"\x1f\x8b\x08\x00" + bytes(4)
    assert 2 * len(data) < len(gzip.decompress(data))


def older(folder: Path) -> Path:
    """The folder as exports were before their machine-readable half was compressed."""
    file = folder / JSON_FILE
    (folder / PLAIN_FILE).write_bytes(gzip.decompress(file.read_bytes()))
    file.unlink()
    return folder


def test_an_older_export_is_read_and_replaced(tmp_path: Path) -> None:
    """Its plain JSON goes with it."""
    folder = older(export_skill(roaming_skill(), 3, tmp_path))
    assert import_skill(folder) == roaming_skill()
    export_skill(roaming_skill(), 4, tmp_path)
    assert sorted(path.name for path in (folder / "references").iterdir()) == ["evidence.md", "skill.json.gz"]


def test_a_name_cannot_leave_the_directory(tmp_path: Path) -> None:
    """Even one that passed no validation."""
    skill = roaming_skill(name="../outside")
    with pytest.raises(InputError, match="cannot be a folder name"):
        export_skill(skill, 1, tmp_path / "out")
    assert not (tmp_path / "outside").exists()


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """Nothing is written where the link points."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mobile-data-roaming").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is not a folder"):
        export_skill(roaming_skill(), 1, tmp_path)
    assert everything(tmp_path / "elsewhere") == []


def test_a_link_inside_the_folder_is_refused(tmp_path: Path) -> None:
    """A references/ that points elsewhere is not followed."""
    folder = export_skill(roaming_skill(), 1, tmp_path)
    (folder / "references").rename(tmp_path / "moved")
    (folder / "references").symlink_to(tmp_path / "moved")
    with pytest.raises(InputError, match="`references`, which no export wrote"):
        export_skill(roaming_skill(), 2, tmp_path)


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    """Files that no export wrote are not overwritten."""
    (tmp_path / "mobile-data-roaming").mkdir()
    (tmp_path / "mobile-data-roaming" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        export_skill(roaming_skill(), 1, tmp_path)
    assert everything(tmp_path) == ["mobile-data-roaming/thesis.txt"]


def test_a_handwritten_skill_is_refused(tmp_path: Path) -> None:
    """A SKILL.md without our mark is somebody's own."""
    (tmp_path / "mobile-data-roaming").mkdir()
    file = tmp_path / "mobile-data-roaming" / "SKILL.md"
    file.write_text("---\nname: mobile-data-roaming\ndescription: mine\n---\nbody\n")
    with pytest.raises(InputError, match="was not written by an export"):
        export_skill(roaming_skill(), 1, tmp_path)


def test_an_edited_export_is_refused(tmp_path: Path) -> None:
    """The message says how to keep the edits."""
    folder = export_skill(roaming_skill(), 1, tmp_path)
    file = folder / "SKILL.md"
    file.write_text(file.read_text() + "\nA thought.\n")
    with pytest.raises(InputError, match="skills import"):
        export_skill(roaming_skill(), 2, tmp_path)
    assert file.read_text().endswith("A thought.\n")


def test_an_unwritable_place_is_said(tmp_path: Path) -> None:
    """A file where the directory should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export_skill(roaming_skill(), 1, tmp_path / "file")
