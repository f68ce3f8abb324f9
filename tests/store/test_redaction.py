"""A library remembers what is replaced in its traces."""

from pathlib import Path

import pytest

from tests.graph.errands import doors
from trace2skill.errors import LibraryError
from trace2skill.graph.run import distill, merge
from trace2skill.store.library import Library
from trace2skill.traces.redact import Level


def level(folder: Path) -> Level:
    """What a library that is there says."""
    with Library(folder, create=False) as library:
        return library.redaction()


def test_a_library_has_one_level(tmp_path: Path) -> None:
    """It need not be typed again; another is refused, with the way to a library that has it."""
    distill(doors(4), library=tmp_path / "a", redact="off")
    assert level(tmp_path / "a") == "off"
    with pytest.raises(LibraryError, match=r"with --redact off, not personal; .* skills merge .* --library"):
        distill(doors(8), library=tmp_path / "a", redact="personal")
    merge([tmp_path / "a"], trust=True, library=tmp_path / "b")
    assert (level(tmp_path / "a"), level(tmp_path / "b")) == ("off", "personal")


def test_a_trial_settles_nothing(tmp_path: Path) -> None:
    """What saves no traces saves no level."""
    distill(doors(4), library=tmp_path, redact="off", dry_run=True)
    assert level(tmp_path) == "personal"
