"""A file for rows of evidence between measuring and the commit, since they may not fit in memory."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from trace2skill.evidence.rows import Row
from trace2skill.store.database import explained
from trace2skill.store.evidence import PackedRow


class RowFile:
    """A file of rows by family and claim.

    It belongs to one run and is removed with it; therefore it need not survive a crash.

    Args:
        path: The file, created if missing; its folder must exist.

    Raises:
        LibraryError: The file cannot be written, here or later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with explained(path):
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute("PRAGMA journal_mode = MEMORY")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS rows (family TEXT NOT NULL, claim TEXT NOT NULL, "
                "trace TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (family, claim, trace)) "
                "STRICT, WITHOUT ROWID"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def add(self, family: str, rows: Iterable[PackedRow]) -> None:
        """Write rows of a family; each replaces an earlier one of the same claim and trace."""
        with explained(self._path):
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", ((family, *row) for row in rows)
            )
            self._connection.execute("COMMIT")

    def all(self) -> Iterator[PackedRow]:
        """Every row, sorted by family, claim and trace."""
        found = self._connection.execute("SELECT claim, trace, body FROM rows ORDER BY family, claim, trace")
        return map(PackedRow._make, found)

    def of(self, family: str) -> Mapping[str, Sequence[Row]]:
        """The rows of a family by claim, each list sorted by trace and read when it is used."""
        return _OfFamily(self._connection, family)


class _OfFamily(Mapping[str, Sequence[Row]]):
    def __init__(self, connection: sqlite3.Connection, family: str) -> None:
        self._connection = connection
        self._family = family

    def __getitem__(self, claim: str) -> Sequence[Row]:
        found = self._connection.execute(
            "SELECT body FROM rows WHERE family = ? AND claim = ? ORDER BY trace", (self._family, claim)
        )
        return [Row.model_validate_json(row[0]) for row in found]

    def __iter__(self) -> Iterator[str]:
        found = self._connection.execute(
            "SELECT DISTINCT claim FROM rows WHERE family = ? ORDER BY claim", (self._family,)
        )
        return iter([row[0] for row in found])

    def __len__(self) -> int:
        return len(list(iter(self)))
