"""SQLite's failures as messages a user can act on."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from trace2skill.errors import LibraryError
from trace2skill.skills.model import Skill
from trace2skill.store.database import Database
from trace2skill.store.folder import WriteLock
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Change, Commit


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    (tmp_path / FILE).write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(LibraryError, match=rf"{FILE} is not a library.*move it away"):
        Library(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path, make_skill: Callable[..., Skill]) -> None:
    """Pages overwritten behind SQLite's back."""
    with Library(tmp_path) as library:
        library.commit(Commit(changes=(Change(skill=make_skill("mend-data"), operation="add"),)))
    content = bytearray((tmp_path / FILE).read_bytes())
    content[4096:] = b"\x07" * (len(content) - 4096)
    (tmp_path / FILE).write_bytes(content)
    with (
        pytest.raises(LibraryError, match="is damaged; restore a backup"),
        Library(tmp_path) as library,
    ):
        library.skills()


def test_a_folder_that_cannot_be_made_is_named() -> None:
    """As on a read-only disk."""
    with pytest.raises(LibraryError, match="cannot make the folder /proc/nowhere"):
        Library("/proc/nowhere")


def test_a_library_path_that_is_a_file_is_named(tmp_path: Path) -> None:
    """A slip in --library."""
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match="cannot make the folder"):
        Library(tmp_path / "file")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """The transaction is undone and the message says what happened."""
    database = Database(tmp_path / FILE, WriteLock(tmp_path / "lock"))
    with database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 30")

    def write() -> None:
        with database.writing() as connection:
            connection.execute("UPDATE library SET generation = 5")
            connection.execute("INSERT INTO traces VALUES ('h', 'i', zeroblob(1000000))")

    with pytest.raises(LibraryError, match="the disk is full"):
        write()
    with database.reading() as connection:
        assert connection.execute("SELECT generation FROM library").fetchone() == (0,)
    database.close()


def test_threads_share_a_library_without_mixing_transactions(
    library: Library, make_skill: Callable[..., Skill]
) -> None:
    """Four threads commit at once: every skill arrives."""

    def work(worker: int) -> None:
        for number in range(3):
            change = Change(skill=make_skill(f"skill-{worker}-{number}"), operation="add")
            library.commit(Commit(changes=(change,)))
            assert library.skill(f"skill-{worker}-{number}").version == 1

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(library.skills()) == 12
    assert library.generation == 12
