"""One SQLite connection: transactions, and errors a user can act on."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trace2skill.errors import LibraryError
from trace2skill.store import schema
from trace2skill.store.folder import WriteLock

BUSY_SECONDS = 60.0
ERASE_SECONDS = 5.0
"""Seconds that erasing waits for readers."""

CAUSES = {
    sqlite3.SQLITE_BUSY: ("is busy: another process is writing", "try again when it has finished"),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "check that its folder exists and is writable, or choose another with --library DIR",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "restore a backup, or move the folder away and distil again",
    ),
    sqlite3.SQLITE_FULL: (
        "cannot grow: the disk is full",
        "free some space and try again; nothing is half written",
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: disk error",
        "check the disk, then try again; nothing is half written",
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a library (no SQLite file)",
        "move it away, or choose another folder with --library DIR",
    ),
    sqlite3.SQLITE_PERM: ("may not be opened", "mend its permissions, or choose another with --library DIR"),
    sqlite3.SQLITE_READONLY: (
        "is read-only",
        "make it and its folder writable, or choose another with --library DIR",
    ),
}


class Database:
    """The opened library file; missing tables are created.

    Threads may share it: while one has a transaction, the others wait. SQLite excludes other processes.

    Args:
        file: The SQLite file; its folder must exist.
        lock: Held while tables are created.

    Raises:
        LibraryError: The file cannot be opened, is not a library, or was written by a newer version.
    """

    def __init__(self, file: Path, lock: WriteLock) -> None:
        self.file = file
        self._mutex = threading.RLock()
        with explained(self.file):
            self._connection = sqlite3.connect(
                file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare(lock)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, lock: WriteLock) -> None:
        with explained(self.file):
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA secure_delete = ON")
            blank = schema.is_blank(self._connection, str(self.file))
            if not blank and not schema.lacks_tables(self._connection):
                return
            with lock:
                if schema.is_blank(self._connection, str(self.file)):
                    schema.create(self._connection)
                schema.add_tables(self._connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A read transaction: everything read inside belongs to one generation."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self, patience: float = BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
        """A write transaction, committed at the end, or rolled back if the body raises.

        It waits at most `patience` seconds for another process that is writing.
        """
        with self._transaction("BEGIN IMMEDIATE", patience) as connection:
            yield connection

    def erase(self) -> bool:
        """Remove the remains of deleted rows from the file and its log; False if a reader keeps the log."""
        with self._mutex, explained(self.file):
            self._connection.execute("VACUUM")
            self._connection.execute(f"PRAGMA busy_timeout = {ERASE_SECONDS * 1000:.0f}")
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return not busy

    def close(self) -> None:
        """Close the connection; when the last one closes, SQLite merges the write-ahead log into the file."""
        with self._mutex:
            self._connection.close()

    @contextmanager
    def _transaction(self, begin: str, patience: float = BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
        with self._mutex, explained(self.file):
            self._connection.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Translate SQLite errors that a user can fix into messages that say what to do.

    Raises:
        LibraryError: SQLite raised an error with a known code.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        cause = CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if cause is None:
            raise
        raise LibraryError(f"{file} {cause[0]}; {cause[1]}") from error
