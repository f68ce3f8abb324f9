"""Which files are accepted as a library."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from trace2skill.errors import LibraryError
from trace2skill.store.library import FILE, Library


def execute(file: Path, sql: str) -> None:
    """Change the file behind the library's back."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql)


def test_a_library_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """With both schema numbers and the way to upgrade."""
    Library(tmp_path).close()
    execute(tmp_path / FILE, "PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match=r"newer trace2skill \(schema 99.*pip install --upgrade"):
        Library(tmp_path)


def test_another_programs_sqlite_file_is_refused_untouched(tmp_path: Path) -> None:
    """No table of ours is put into it."""
    execute(tmp_path / FILE, "CREATE TABLE theirs (x)")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(LibraryError, match="another program"):
        Library(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_an_empty_file_becomes_a_library(tmp_path: Path) -> None:
    """What is left when a first run is killed before its tables were made."""
    (tmp_path / FILE).touch()
    with Library(tmp_path) as library:
        assert library.generation == 0
