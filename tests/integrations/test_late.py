"""A library is opened late, kept open, and noticed when another takes its place."""

import shutil
from pathlib import Path

import pytest

from tests.integrations.shelf import make_library
from trace2skill.errors import LibraryError
from trace2skill.integrations.guidance import LazyLibrary
from trace2skill.store.library import Library


def names(library: Library) -> list[str]:
    """What the library holds."""
    return [stored.skill.name for stored in library.skills()]


def test_a_library_that_is_made_later_is_found(tmp_path: Path) -> None:
    """An agent can be built before its library is."""
    late = LazyLibrary(tmp_path / "library")
    with pytest.raises(LibraryError, match="no library in"):
        late.use(names)
    make_library(tmp_path / "library", "boil-water")
    assert late.use(names) == ["boil-water"]


def test_it_is_opened_once(folder: Path) -> None:
    """The second use is of the same open library."""
    late = LazyLibrary(folder)
    assert late.use(lambda library: library) is late.use(lambda library: library)


def test_a_replaced_library_is_opened_anew(tmp_path: Path, folder: Path) -> None:
    """A backup put in its place is what is read from then on."""
    late = LazyLibrary(folder)
    late.use(names)
    shutil.rmtree(folder)
    shutil.copytree(make_library(tmp_path / "other", "boil-water"), folder)
    assert late.use(names) == ["boil-water"]


def test_a_removed_library_is_missed(folder: Path) -> None:
    """A library whose file is gone is not read from memory."""
    late = LazyLibrary(folder)
    late.use(names)
    shutil.rmtree(folder)
    with pytest.raises(LibraryError, match="no library in"):
        late.use(names)


def test_a_library_that_was_passed_in_stays_open(folder: Path) -> None:
    """Closing closes only what was opened here."""
    with Library(folder) as library:
        late = LazyLibrary(library)
        late.close()
        assert "boil-water" in late.use(names)
