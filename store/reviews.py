"""Rejections at reviews, in the library."""

import sqlite3
from collections.abc import Iterable

from trace2skill.skills.refusals import Refusal


def refusals(connection: sqlite3.Connection) -> list[Refusal]:
    """All rejections, oldest first."""
    found = connection.execute("SELECT body, standing FROM refusals ORDER BY number")
    return [
        Refusal.model_validate_json(body).model_copy(update={"standing": bool(standing)})
        for body, standing in found
    ]


def save(connection: sqlite3.Connection, refused: Iterable[Refusal], families: Iterable[str]) -> None:
    """Add rejections; those of families for which a skill is saved no longer stand."""
    connection.executemany(
        "UPDATE refusals SET standing = 0 WHERE family = ? AND standing", ((each,) for each in families)
    )
    connection.executemany(
        "INSERT INTO refusals (family, skill, standing, body) VALUES (?, ?, ?, ?)",
        ((each.family, each.skill, int(each.standing), each.model_dump_json()) for each in refused),
    )


def withdraw(connection: sqlite3.Connection, skill: str) -> int:
    """Remove the rejections under a skill's name; return their number."""
    return connection.execute("DELETE FROM refusals WHERE skill = ?", (skill,)).rowcount


def forget_orphans(connection: sqlite3.Connection) -> None:
    """Remove rules from rejections whose claims are no longer stored because their traces were forgotten."""
    known = {row[0] for row in connection.execute("SELECT id FROM claims")}
    for number, body in connection.execute("SELECT number, body FROM refusals").fetchall():
        refusal = Refusal.model_validate_json(body)
        rules = tuple(rule for rule in refusal.rules if not rule.claim or rule.claim in known)
        if not rules:
            connection.execute("DELETE FROM refusals WHERE number = ?", (number,))
        elif rules != refusal.rules:
            left = refusal.model_copy(update={"rules": rules}).model_dump_json()
            connection.execute("UPDATE refusals SET body = ? WHERE number = ?", (left, number))
