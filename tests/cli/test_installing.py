"""`skills export --to` and `skills install`: a project's skills and their lock."""

import json
from pathlib import Path

import pytest
from skills_ref.validator import validate

from tests.cli.conftest import Run
from trace2skill import export_skills
from trace2skill.skillmd.clients import CLIENTS, remarks
from trace2skill.skillmd.lock import LOCK_FILE, read_lock
from trace2skill.store.library import Library


def test_each_client_finds_its_skills(library: Path, tmp_path: Path) -> None:
    """Valid folders in the place that it looks in; the lock names them all."""
    for client in CLIENTS:
        export_skills(tmp_path, library, to=client)
    for client in CLIENTS.values():
        folders = sorted((tmp_path / client.folder).iterdir())
        assert [folder.name for folder in folders] == ["house-doors", "house-lamps"]
        assert [problem for folder in folders for problem in validate(folder)] == []
    assert len(read_lock(tmp_path).skills) == 2 * len(CLIENTS)


def test_what_a_client_cuts_is_said(library: Path) -> None:
    """Descriptions, the length of a page, the listing as a whole."""
    with Library(library) as opened:
        skill = opened.skills()[0].skill.model_copy(update={"description": "d" * 1000})
    long = [(skill.model_copy(update={"description": "d" * 1600}), "line\n" * 120)]
    assert remarks("claude", long) == ["house-doors: claude shows 1536 of 1600 characters of the description"]
    assert remarks("deepagents", long) == [
        "house-doors: deepagents reads 100 lines at once, the playbook has 120"
    ]
    assert "about 8000 characters of all skills" in remarks("codex", [(skill, "")] * 9)[0]
    assert remarks("agents", long) == []


def test_the_lock_restores_what_was_exported(run: Run, library: Path, tmp_path: Path) -> None:
    """Another checkout has the lock alone; afterwards it has the same bytes."""
    run("skills", "export", tmp_path / "one", "--to", "claude", "--library", library)
    other = tmp_path / "other"
    other.mkdir()
    (other / LOCK_FILE).write_bytes((tmp_path / "one" / LOCK_FILE).read_bytes())
    missing = run("skills", "install", other, "--check", "--library", library, "--json")
    assert missing.exit_code == 1
    assert [each["state"] for each in json.loads(missing.stdout)] == ["missing", "missing"]
    assert run("skills", "install", other, "--library", library).exit_code == 0
    for file in sorted((tmp_path / "one").rglob("*.md")):
        assert (other / file.relative_to(tmp_path / "one")).read_bytes() == file.read_bytes()
    assert run("skills", "install", other, "--check", "--library", library).exit_code == 0


def test_an_edited_skill_is_told_and_not_written_over(run: Run, library: Path, tmp_path: Path) -> None:
    """The way to keep the edit is said."""
    run("skills", "export", tmp_path, "house-doors", "--to", "agents", "--library", library)
    file = tmp_path / ".agents/skills/house-doors/SKILL.md"
    edited = file.read_text().replace("# House", "# Our house")
    file.write_text(edited)
    checked = run("skills", "install", tmp_path, "--check", "--library", library, "--json")
    assert json.loads(checked.stdout)[0]["state"] == "differs from what was locked"
    written = run("skills", "install", tmp_path, "--library", library, "--json")
    assert written.exit_code == 1
    assert "edited after its export" in json.loads(written.stdout)[0]["state"]
    assert file.read_text() == edited


def test_a_later_version_and_a_changed_one_are_told(run: Run, library: Path, tmp_path: Path) -> None:
    """A later one does not hinder; other bytes under the locked version do."""
    run("skills", "export", tmp_path, "house-doors", "--to", "agents", "--library", library)
    run("skills", "rollback", "house-doors", "1", "--library", library)
    same = run("skills", "install", tmp_path, "--library", library, "--json")
    assert (same.exit_code, json.loads(same.stdout)[0]["state"]) == (
        0,
        "as locked, version 3 is in the library",
    )
    lock = tmp_path / LOCK_FILE
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0"))
    other = run("skills", "install", tmp_path, "--library", library, "--json")
    assert other.exit_code == 1
    assert json.loads(other.stdout)[0]["state"].startswith("the library has other content")


def test_nothing_is_written_through_a_link(run: Run, library: Path, tmp_path: Path) -> None:
    """It would land elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".claude").symlink_to(tmp_path / "elsewhere")
    result = run("skills", "export", tmp_path, "--to", "claude", "--library", library)
    assert (result.exit_code, list((tmp_path / "elsewhere").iterdir())) == (3, [])
    assert "is a link" in result.stderr


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        (None, "--to CLIENT`"),
        ("{", "is no lock of skills"),
        ('{"skills": [{}]}', "is no lock of skills"),
    ],
)
def test_a_project_without_a_lock_is_told(
    run: Run, library: Path, tmp_path: Path, lock: str | None, told: str
) -> None:
    """With what to do."""
    if lock is not None:
        (tmp_path / LOCK_FILE).write_text(lock)
    result = run("skills", "install", tmp_path, "--library", library)
    assert result.exit_code == 3
    assert told in result.stderr


def test_an_unknown_client_is_told(run: Run, library: Path, tmp_path: Path) -> None:
    """With those there are."""
    result = run("skills", "export", tmp_path, "--to", "ghost", "--library", library)
    assert result.exit_code == 3
    assert "agents, claude, codex" in result.stderr
