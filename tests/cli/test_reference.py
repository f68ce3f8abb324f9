"""docs/cli.md says what `--help` says, and messages name no option that there is not."""

import re
from pathlib import Path

import pytest

import trace2skill
from trace2skill.cli.reference import reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
PACKAGE = Path(trace2skill.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
OF_OTHERS = ("*_detection.py", "shell.py", "tested.py", "evidence_report/page.py")
"""Files with patterns for the commands of other programs, and one whose style sheet has variables."""

OF_PIP = {"--force-reinstall", "--upgrade"}


def test_the_page_is_made_of_the_help_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed help text calls for `python -m trace2skill.cli.reference > docs/cli.md`."""
    monkeypatch.delenv("TRACE2SKILL_LIBRARY", raising=False)
    assert PAGE.read_text() == reference()


def test_every_option_that_is_named_exists() -> None:
    """In any message of the package."""
    folders = (folder for folder in PACKAGE.iterdir() if folder.is_dir())
    files = (
        file for folder in folders for file in folder.rglob("*.py") if not any(map(file.match, OF_OTHERS))
    )
    named = {option for file in files for option in OPTION.findall(file.read_text())}
    assert named - OF_PIP - set(OPTION.findall(PAGE.read_text())) == set()
