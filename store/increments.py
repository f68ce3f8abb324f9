"""What a library keeps so that adding traces costs little: records read, briefs, runs that only joined."""

import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import orjson
from pydantic import Field

from trace2skill.store.database import Database
from trace2skill.traces.known import Part
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from trace2skill.mining.task_features import Brief

Counts = dict[str, tuple[int, int]]
"""Opportunities and holds by claim id; claims that were never due are left out."""


class Joined(Frozen):
    """A kept run that joined a family after the skill of that family was mined; no skill rests on it yet."""

    trace: str
    family: str
    claims: str = Field(description="digest of the claims that were counted in it")
    counts: Counts = Field(default_factory=dict)


class Increments:
    """Reads and writes the tables of `store/increments.py`; none of them changes the generation.

    Args:
        database: The library file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def parts(self, record: bytes) -> list[Part]:
        """The traces that came of a record; none if it was not read before, or one of them is not kept."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT read_as, form, calls, removed, parts FROM seen JOIN traces ON hash = trace "
                "WHERE record = ? ORDER BY part",
                (record,),
            ).fetchall()
        if not found or len(found) < found[0][4]:
            return []
        return [Part(row[0], row[1], bool(row[2]), tuple(orjson.loads(row[3]).items())) for row in found]

    def note_records(self, records: Mapping[bytes, list[tuple[Part, str]]]) -> None:
        """Note which traces came of records: each part with the hash under which the trace is stored."""
        lines = (
            (
                record,
                number,
                len(parts),
                *part[:2],
                int(part.calls),
                orjson.dumps(dict(part.removed)).decode(),
                trace,
            )
            for record, parts in records.items()
            for number, (part, trace) in enumerate(parts)
        )
        with self._database.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?, ?)", lines)

    def briefs(self) -> "dict[str, Brief]":
        """The briefs of traces that were planned with before, by hash."""
        from trace2skill.mining.task_features import FORM

        with self._database.reading() as connection:
            found = connection.execute("SELECT trace, body FROM briefs WHERE form = ?", (FORM,)).fetchall()
        return {row[0]: _brief(row[1]) for row in found}

    def keep_briefs(self, briefs: "Iterable[Brief]") -> None:
        """Keep briefs of traces, kept or staged; they go with the traces."""
        from trace2skill.mining.task_features import FORM

        lines = [(each.hash, FORM, zlib.compress(orjson.dumps(_listed(each)), 1)) for each in briefs]
        if lines:
            with self._database.writing() as connection:
                connection.executemany("INSERT OR REPLACE INTO briefs VALUES (?, ?, ?)", lines)

    def joined(self) -> dict[str, Joined]:
        """The runs that have joined a family since its skill was mined, by hash."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT body FROM joined ORDER BY trace").fetchall()
        return {each.trace: each for each in (Joined.model_validate_json(row[0]) for row in found)}


def save(connection: sqlite3.Connection, joined: Iterable[Joined], settled: Iterable[str]) -> None:
    """Store runs that joined, and drop those whose domain has been settled anew."""
    connection.executemany("DELETE FROM joined WHERE trace = ?", ((each,) for each in settled))
    connection.executemany(
        "INSERT INTO joined VALUES (?, ?) "
        "ON CONFLICT (trace) DO UPDATE SET body = excluded.body WHERE body != excluded.body",
        ((each.trace, orjson.dumps(each.model_dump(mode="json")).decode()) for each in joined),
    )


def delete_trace(connection: sqlite3.Connection, trace: str) -> None:
    """Remove what is kept of a trace."""
    for table in ("seen", "briefs", "joined"):
        connection.execute(f"DELETE FROM {table} WHERE trace = ?", (trace,))  # noqa: S608 - constants


def drop_orphans(connection: sqlite3.Connection) -> None:
    """Remove what is kept of traces that are neither kept nor staged any more."""
    for table in ("seen", "briefs", "joined"):
        connection.execute(
            f"DELETE FROM {table} WHERE trace NOT IN "  # noqa: S608 - constants
            "(SELECT hash FROM traces UNION ALL SELECT hash FROM staged)"
        )


def _listed(brief: "Brief") -> list[object]:
    return [sorted(value) if isinstance(value, frozenset) else value for value in brief]


def _brief(body: bytes) -> "Brief":
    from trace2skill.mining.task_features import Brief
    from trace2skill.traces.model import Label

    read = Brief._make(orjson.loads(zlib.decompress(body)))
    return read._replace(offered=frozenset(read.offered), calls=tuple(read.calls), label=Label(read.label))
