"""`skills export` and `skills import`."""

import json
from pathlib import Path

from skills_ref.validator import validate

from tests.cli.conftest import Run
from tests.graph.errands import contents

BY_HAND = """\
---
name: knocking
description: How to knock.
---
# Knocking

## Steps

- Knock twice, then wait.
"""


def test_an_export_is_valid_and_can_be_imported(run: Run, library: Path, tmp_path: Path) -> None:
    """One folder a skill; imported elsewhere it is the same skill."""
    result = run("skills", "export", tmp_path / "out", "--library", library, "--json")
    folders = [Path(folder) for folder in json.loads(result.stdout)]
    assert [folder.name for folder in folders] == ["house-doors", "house-lamps"]
    for folder in folders:
        assert validate(folder) == []
        assert run("skills", "import", folder, "--library", tmp_path / "other").exit_code == 0
    assert contents(tmp_path / "other") == contents(library)


def test_only_named_skills_are_exported(run: Run, library: Path, tmp_path: Path) -> None:
    """The others stay."""
    run("skills", "export", tmp_path / "out", "house-lamps", "--library", library)
    assert [folder.name for folder in (tmp_path / "out").iterdir()] == ["house-lamps"]


def test_a_skill_written_by_hand_is_imported(run: Run, tmp_path: Path) -> None:
    """Into a library that is made for it."""
    (tmp_path / "knocking").mkdir()
    (tmp_path / "knocking" / "SKILL.md").write_text(BY_HAND)
    result = run("skills", "import", tmp_path / "knocking", "--library", tmp_path / "library")
    assert result.stdout == "knocking: version 1, 1 rule\n"


def test_a_skill_with_a_secret_is_refused(run: Run, tmp_path: Path) -> None:
    """The kind is named, the value is not, and nothing is stored."""
    key = "sk-" + "4f9aB7Qz" * 6
    (tmp_path / "knocking").mkdir()
    (tmp_path / "knocking" / "SKILL.md").write_text(f"{BY_HAND}\nUse {key}.\n")
    result = run("skills", "import", tmp_path / "knocking", "--library", tmp_path / "library")
    assert result.exit_code == 3
    assert "secret" in result.stderr
    assert key not in result.output
    assert not (tmp_path / "library").exists()
