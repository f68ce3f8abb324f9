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


def test_a_new_library_hides_people(tmp_path: Path) -> None:
    """Unless something else is typed with its first traces; nothing need be typed again."""
    distill(doors(4), library=tmp_path / "a")
    distill(doors(4), library=tmp_path / "b", redact="off")
    distill(doors(8), library=tmp_path / "b")
    assert (level(tmp_path / "a"), level(tmp_path / "b")) == ("personal", "off")


def test_a_library_has_one_level(tmp_path: Path) -> None:
    """Another is refused, with the way out; the way leads there."""
    distill(doors(4), library=tmp_path / "a", redact="secrets")
    with pytest.raises(
        LibraryError, match=r"with --redact secrets, not personal; .* skills merge .* --library"
    ):
        distill(doors(8), library=tmp_path / "a", redact="personal")
    merge([tmp_path / "a"], library=tmp_path / "b", redact="personal")
    assert (level(tmp_path / "a"), level(tmp_path / "b")) == ("secrets", "personal")


def test_a_trial_settles_nothing(tmp_path: Path) -> None:
    """What saves no traces saves no level."""
    distill(doors(4), library=tmp_path, redact="off", dry_run=True)
    assert level(tmp_path) == "personal"
