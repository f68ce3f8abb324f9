"""A library remembers what is replaced in its traces."""

from pathlib import Path
from typing import Any

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


def staged_as(folder: Path, **given: Any) -> tuple[int, int]:
    """How many traces a run has staged when it composes, and of how many it says that nothing is left."""
    counts: list[tuple[int, int]] = []

    def look(event: dict[str, Any]) -> None:
        if event["stage"] == "compose" and not counts:
            with Library(folder, create=False) as library, library._database.reading() as connection:
                (run,) = connection.execute("SELECT DISTINCT run FROM staged").fetchone()
                staged = connection.execute("SELECT count(*) FROM staged").fetchone()[0]
            with Library(folder, create=False) as library:
                counts.append((staged, len(library.without_private(run))))

    distill(doors(4), library=folder, progress=look, **given)
    return counts[0]


def test_only_what_the_run_has_redacted_as_a_whole_is_not_looked_through_again(tmp_path: Path) -> None:
    """Not at another level, and not once the run has saved it."""
    assert staged_as(tmp_path / "personal") == (4, 4)
    assert staged_as(tmp_path / "secrets", redact="secrets") == (4, 0)
    with Library(tmp_path / "personal") as library:
        assert library.without_private("any run") == frozenset()
