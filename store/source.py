"""Somebody's library as a source for another: it is only read, down to the files in its folder."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from trace2skill.errors import LibraryError
from trace2skill.skills.refusals import Refusal
from trace2skill.store import reviews, schema, skills, traces
from trace2skill.store.database import explained
from trace2skill.store.records import StoredSkill
from trace2skill.store.traces import Packed

FILE = "library.sqlite3"


class SourceLibrary:
    """The kept traces, current skills and rejections of a library that stays as it is.

    Args:
        path: The library's folder.

    Raises:
        LibraryError: There is no library, or it cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        self.file = Path(path) / FILE
        if not self.file.is_file():
            raise LibraryError(f"no library in {path}; name a folder that `trace2skill distill` has made")
        with self._reading() as connection:
            self.empty = schema.is_blank(connection, str(self.file))

    def traces(self) -> Iterator[Packed]:
        """The kept traces, sorted by hash; they hold no secrets any more."""
        if not self.empty:
            with self._reading() as connection:
                yield from traces.packed(connection)

    def skills(self) -> list[StoredSkill]:
        """The current versions of the active skills, sorted by name."""
        if self.empty:
            return []
        with self._reading() as connection:
            return skills.current(connection)

    def refusals(self) -> list[Refusal]:
        """What people have rejected at reviews, oldest first."""
        with self._reading() as connection:
            return reviews.refusals(connection) if schema.has_reviews(connection) else []

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        # Without a write-ahead log nobody is writing, and SQLite need not even make its lock files.
        at_rest = not self.file.with_name(f"{FILE}-wal").exists()
        address = f"file:{quote(str(self.file.resolve()))}?mode=ro{'&immutable=1' if at_rest else ''}"
        with explained(self.file):
            connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
            try:
                yield connection
            finally:
                connection.close()
