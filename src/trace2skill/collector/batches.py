"""The files that batches are kept in: one JSON line for each, on the disk before anybody hears of it."""

import os
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from trace2skill.errors import InputError

PREFIX = "spans-"


class BatchLog:
    """Appends lines to the newest of a folder's files. Threads may share it, and processes the folder.

    A file is named by the time it was begun at, readable by its owner alone, and never opened again by
    another process: a line that a crash has torn stays the last of its file.

    Args:
        folder: Made if absent.
        max_file: Bytes from which on another file is begun.

    Raises:
        InputError: The folder cannot be made or written.
    """

    def __init__(self, folder: Path, max_file: int) -> None:
        self.folder = folder
        self._max_file = max_file
        self._lock = threading.Lock()
        self._file = -1
        self._path = folder
        self._size = 0
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder {folder}: {error.strerror}; choose another") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InputError(
                f"the folder {folder} cannot be written; change its permissions, or choose another"
            )

    def files(self) -> list[Path]:
        """The files of the folder, oldest first."""
        return sorted(self.folder.glob(f"{PREFIX}*.jsonl"))

    def append(self, line: bytes) -> Path:
        """Add a line, which has no end yet, and wait until the disk has it.

        Returns:
            The file.

        Raises:
            OSError: It could not be written. The file ends as before, as far as the disk allows.
        """
        with self._lock:
            if self._file >= 0 and self._size >= self._max_file:
                self._end()
            if self._file < 0:
                self._begin()
            try:
                self._write(line + b"\n")
            except OSError:
                self._take_back()
                raise
            self._size += len(line) + 1
            return self._path

    def close(self) -> None:
        """Close the newest file."""
        with self._lock:
            self._end()

    def _begin(self) -> None:
        path = self.folder / f"{PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._path, self._size = path, 0
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _write(self, whole: bytes) -> None:
        view = memoryview(whole)
        while view:
            view = view[os.write(self._file, view) :]
        os.fsync(self._file)

    def _take_back(self) -> None:
        """Cut off what was written of a line, and leave the file: a failed fsync leaves it in doubt."""
        with suppress(OSError):  # else the torn line stays the file's last, and readers pass over it
            os.ftruncate(self._file, self._size)
        self._end()

    def _end(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
