"""The call cache: answers that were paid for, so that a run that was killed does not pay twice."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
from filelock import FileLock
from pydantic import JsonValue

from trace2skill.errors import LibraryError
from trace2skill.llm.settings import ModelUsage

BUSY_SECONDS = 60.0


def cache_key(parts: JsonValue) -> str:
    """The key of what shapes an answer: a hash of it as canonical JSON."""
    return sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


class CallCache:
    """Answers by key, in a SQLite file. Threads may share it, and processes the file.

    Args:
        path: The file, made if absent; its folder exists.

    Raises:
        LibraryError: The file cannot be used, here or later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        with self._explained(), FileLock(path.with_name(path.name + ".lock")):
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # what was committed outlives the process
        self._connection.execute("PRAGMA secure_delete = ON")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, answer TEXT NOT NULL, "
            "usage TEXT NOT NULL) STRICT, WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(self, key: str) -> str | None:
        """The answer kept under the key, as JSON."""
        with self._mutex, self._explained():
            row = self._connection.execute("SELECT answer FROM calls WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def put(self, key: str, answer: str, usage: ModelUsage) -> None:
        """Keep an answer and what it took; it is committed when this returns."""
        with self._mutex, self._explained():
            self._connection.execute(
                "INSERT OR REPLACE INTO calls VALUES (?, ?, ?)", (key, answer, orjson.dumps(usage).decode())
            )

    def clear(self) -> int:
        """Remove every answer, so that nothing of the traces they were about is left; how many there were."""
        with self._mutex, self._explained():
            count = self._connection.execute("DELETE FROM calls").rowcount
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def __len__(self) -> int:
        with self._mutex, self._explained():
            return int(self._connection.execute("SELECT count(*) FROM calls").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._mutex:
            self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            raise LibraryError(
                f"the call cache {self._path} cannot be used ({error}); make room for it and its folder "
                "writable, or remove it, at the price of asking again"
            ) from error
