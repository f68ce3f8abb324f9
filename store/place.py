"""Where a library's search index lies: noted with the first documents, and moved by `reindex` alone.

Who forgets a trace, or writes without naming a server, has to reach the documents that others put there.
"""

import sqlite3

FOLDER = "folder"
"""The embedded index, in the library's folder."""

CLIENT = "client"
"""A client of Chroma's that a program gave; where it leads is the program's to know."""

_ROWS = "SELECT place FROM place"
_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'place'"


def noted(connection: sqlite3.Connection) -> str:
    """`folder`, `client`, or the address of a Chroma server."""
    row = connection.execute(_ROWS).fetchone() if connection.execute(_TABLE).fetchone() else None
    return row[0] if row else FOLDER


def note(connection: sqlite3.Connection, place: str) -> None:
    """Note where the index lies from now on."""
    if noted(connection) != place:
        connection.execute("DELETE FROM place")
        connection.execute("INSERT INTO place VALUES (?)", (place,))
