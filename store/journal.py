"""The journal of usage: what agents report is put down without waiting for who writes the library.

Each report is a file of its own in `usage/` of the library's folder, written aside and then named, so that it
is there whole or not at all and no lock is needed. Whoever writes the library next folds the files into it.
"""

import os
import sqlite3
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import time_ns

import orjson

from trace2skill.errors import LibraryError
from trace2skill.store import usage
from trace2skill.store.folder import left_behind
from trace2skill.store.records import SkillUse

FOLDER = "usage"
MANY = 256
"""Reports after which whoever adds one tries to fold them, without waiting."""

ABANDONED_SECONDS = 86_400
"""After which a file that was begun and never named is of a process that died."""


class Journal:
    """The reports that are not yet in the library.

    Args:
        library: The library's folder.
    """

    def __init__(self, library: Path) -> None:
        self._folder = library / FOLDER
        self._added = 0

    def add(self, lines: Iterable[SkillUse]) -> bool:
        """Put lines down, in order; whether so many have gathered that folding is worth it.

        They survive a kill of the process as soon as this returns, not a power cut right after.

        Raises:
            LibraryError: The folder cannot be written.
        """
        name = f"{time_ns():020d}-{uuid.uuid4().hex}"
        aside, place = self._folder / f".{name}", self._folder / f"{name}.json"
        try:
            self._folder.mkdir(exist_ok=True)
            aside.write_bytes(orjson.dumps([line.model_dump(mode="json") for line in lines]))
            aside.rename(place)
        except OSError as error:
            raise LibraryError(
                f"cannot write to {self._folder}: {error.strerror or error}; "
                "make it writable, or free some space"
            ) from error
        self._added += 1
        return self._added % MANY == 0

    def read(self) -> dict[str, list[SkillUse]]:
        """The lines of each file, oldest first, with those that are in the library and not yet dropped."""
        found = {name: _read(self._folder / name) for name in self._names()}
        return {name: lines for name, lines in found.items() if lines is not None}

    def holds(self, names: Iterable[str]) -> bool:
        """Whether all these files are still there."""
        return set(names) <= set(self._names())

    def fold(self, connection: sqlite3.Connection) -> list[str]:
        """Add every line to the library in the caller's write transaction.

        Returns:
            The files to `drop` once the transaction is committed.
        """
        names, folded = self._names(), usage.folded(connection)
        usage.forget_folded(connection, folded.difference(names))
        for name in names:
            if name not in folded and (lines := _read(self._folder / name)) is not None:
                usage.record(connection, lines)
                usage.note_folded(connection, name)
        return names

    def drop(self, names: Sequence[str]) -> None:
        """Remove files that are in the library, and what dead processes left."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)
        for path in left_behind(self._folder.glob(".*") if names else (), ABANDONED_SECONDS):
            path.unlink(missing_ok=True)

    def _names(self) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self._folder) if name.endswith(".json"))  # noqa: PTH208 only names
        except FileNotFoundError:
            return []


def _read(path: Path) -> list[SkillUse] | None:
    """The lines of a file; None if it is gone. A power cut may leave one without content: it says nothing."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return [SkillUse.model_validate(line) for line in orjson.loads(content)]
    except ValueError:
        return []
