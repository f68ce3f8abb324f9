"""What is replaced in a library's traces before they are stored: settled with its first traces, then kept."""

import sqlite3
from pathlib import Path

from trace2skill.errors import LibraryError
from trace2skill.traces.redact import DEFAULT, Level

_ROWS = "SELECT level FROM redaction"
_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'redaction'"


def level(connection: sqlite3.Connection) -> Level | None:
    """The level that was settled; None for a library without traces, or one older than levels."""
    row = connection.execute(_ROWS).fetchone() if connection.execute(_TABLE).fetchone() else None
    return row[0] if row else None


def settled(connection: sqlite3.Connection, wanted: Level | None, folder: Path) -> Level:
    """The level for further traces: that of the library, or of one without traces the one wanted.

    Raises:
        LibraryError: Another one is wanted than that of the traces which are there.
    """
    there = level(connection)
    if there is None:
        return wanted or DEFAULT
    if wanted not in {None, there} and _has_traces(connection):
        raise LibraryError(
            f"the traces in {folder} were redacted with --redact {there}, not {wanted}; leave --redact out, "
            "or redact them anew: "
            f"`trace2skill skills merge {folder} --trust --redact {wanted} --library DIR`"
        )
    return wanted or there


def keep(connection: sqlite3.Connection, chosen: Level) -> None:
    """Note the level."""
    if level(connection) != chosen:
        connection.execute("DELETE FROM redaction")
        connection.execute("INSERT INTO redaction VALUES (?)", (chosen,))


def _has_traces(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM traces LIMIT 1").fetchone() is not None
