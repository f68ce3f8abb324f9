"""The write lock, and what other processes left behind."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trace2skill.errors import LibraryError
from trace2skill.store.folder import WriteLock, left_behind


def test_a_lock_held_too_long_says_what_to_do(tmp_path: Path) -> None:
    """The second holder gives up with the file's name."""
    with ThreadPoolExecutor(1) as other, WriteLock(tmp_path / "write.lock"):
        waiting = other.submit(WriteLock(tmp_path / "write.lock", timeout=0.1).__enter__)
        with pytest.raises(LibraryError, match=r"another process has held .*write\.lock"):
            waiting.result()


def test_one_lock_keeps_threads_apart_and_lets_one_in_again(tmp_path: Path) -> None:
    """Shared by threads it excludes; within a thread it is re-entrant."""
    lock = WriteLock(tmp_path / "write.lock", timeout=0.1)
    with ThreadPoolExecutor(1) as other, lock, lock, pytest.raises(LibraryError):
        other.submit(lock.__enter__).result()
    with lock:
        pass


def test_a_folder_that_cannot_be_written_is_named() -> None:
    """A lock in a place where nothing can be made."""
    with (
        pytest.raises(LibraryError, match="cannot lock /proc/nowhere"),
        WriteLock(Path("/proc/nowhere/lock")),
    ):
        pass


def test_what_others_remove_meanwhile_is_no_error(tmp_path: Path) -> None:
    """A path found a moment ago and gone now is neither old nor a reason to stop."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    assert list(left_behind([tmp_path / "gone", new, old], 3600)) == [old]
