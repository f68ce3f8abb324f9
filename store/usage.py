"""Usage: what was offered, used and thought of it. Lines are only ever added."""

import sqlite3
from collections.abc import Iterable

import orjson

from trace2skill.store.records import SkillUse


def record(connection: sqlite3.Connection, usages: Iterable[SkillUse]) -> None:
    """Add lines in the order given."""
    connection.executemany(
        "INSERT INTO usage (receipt, skill, body) VALUES (?, ?, ?)",
        ((each.receipt, each.skill, orjson.dumps(each.model_dump(mode="json")).decode()) for each in usages),
    )


def listed(connection: sqlite3.Connection, skill: str | None = None) -> list[SkillUse]:
    """Lines about a skill, or all, oldest first."""
    found = connection.execute(
        "SELECT body FROM usage WHERE :skill IS NULL OR skill = :skill ORDER BY number", {"skill": skill}
    )
    return [SkillUse.model_validate_json(row[0]) for row in found]


def folded(connection: sqlite3.Connection) -> set[str]:
    """The files of the journal whose lines are here, as far as they may still lie there."""
    return {row[0] for row in connection.execute("SELECT file FROM folded")}


def note_folded(connection: sqlite3.Connection, file: str) -> None:
    """The lines of this file are here."""
    connection.execute("INSERT INTO folded VALUES (?)", (file,))


def forget_folded(connection: sqlite3.Connection, files: Iterable[str]) -> None:
    """These files are gone."""
    connection.executemany("DELETE FROM folded WHERE file = ?", ((file,) for file in files))
