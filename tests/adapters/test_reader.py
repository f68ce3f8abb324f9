"""A reader opens its library late, keeps it, and notices another in its place."""

import shutil
from pathlib import Path

import pytest

from tests.adapters.shelf import make_library
from trace2skill.adapters.reader import Reader
from trace2skill.errors import LibraryError
from trace2skill.store.library import Library


def names(library: Library) -> list[str]:
    """What the library holds."""
    return [stored.skill.name for stored in library.skills()]


def test_a_library_that_is_made_later_is_found(tmp_path: Path) -> None:
    """An agent can be built before its library is."""
    reader = Reader(tmp_path / "library")
    with pytest.raises(LibraryError, match="no library in"):
        reader.use(names)
    make_library(tmp_path / "library", "boil-water")
    assert reader.use(names) == ["boil-water"]


def test_it_is_opened_once(folder: Path) -> None:
    """The second use is of the same open library."""
    reader = Reader(folder)
    assert reader.use(lambda library: library) is reader.use(lambda library: library)


def test_a_replaced_library_is_opened_anew(tmp_path: Path, folder: Path) -> None:
    """A backup put in its place is what is read from then on."""
    reader = Reader(folder)
    reader.use(names)
    shutil.rmtree(folder)
    shutil.copytree(make_library(tmp_path / "other", "boil-water"), folder)
    assert reader.use(names) == ["boil-water"]


def test_a_removed_library_is_missed(folder: Path) -> None:
    """A library whose file is gone is not read from memory."""
    reader = Reader(folder)
    reader.use(names)
    shutil.rmtree(folder)
    with pytest.raises(LibraryError, match="no library in"):
        reader.use(names)


def test_a_library_that_was_passed_in_stays_open(folder: Path) -> None:
    """Closing the reader closes only what the reader opened."""
    with Library(folder) as library:
        reader = Reader(library)
        reader.close()
        assert "boil-water" in reader.use(names)
