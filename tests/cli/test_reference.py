"""docs/cli.md says what `--help` says."""

from pathlib import Path

import pytest

from trace2skill.cli.reference import reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def test_the_page_is_made_of_the_help_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed help text calls for `python -m trace2skill.cli.reference > docs/cli.md`."""
    monkeypatch.delenv("TRACE2SKILL_LIBRARY", raising=False)
    assert PAGE.read_text() == reference()
