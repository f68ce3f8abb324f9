"""Evidence in the library: claims, rows, facts about traces, and rejected findings."""

import sqlite3
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import orjson
from pydantic import TypeAdapter

from trace2skill.claims.model import Claim, canonical, claim_id
from trace2skill.evidence.rows import Row, TraceFacts
from trace2skill.store.records import Rejection
from trace2skill.traces.model import Frozen


class PackedRow(NamedTuple):
    """A row as it is stored in the file."""

    claim: str
    trace: str
    body: str


def pack_row(row: Row) -> PackedRow:
    """Pack a row for the file; any process can do that, since it needs no library."""
    return PackedRow(row.claim, row.trace, _json(row, exclude_defaults=True))


def save_claims(connection: sqlite3.Connection, claims: Iterable[Claim]) -> None:
    """Store claims by id; a stored one is not changed."""
    connection.executemany(
        "INSERT OR IGNORE INTO claims VALUES (?, ?)",
        ((claim_id(each), canonical(each).decode()) for each in claims),
    )


def save_rows(connection: sqlite3.Connection, rows: Iterable[PackedRow]) -> None:
    """Store rows by (claim, trace); a different row replaces the stored one, an equal one writes nothing."""
    connection.executemany(
        "INSERT INTO evidence VALUES (?, ?, ?) "
        "ON CONFLICT (claim, trace) DO UPDATE SET body = excluded.body WHERE body != excluded.body",
        rows,
    )


def save_facts(connection: sqlite3.Connection, facts: Iterable[TraceFacts]) -> None:
    """Store facts about traces by hash; different facts replace the stored ones."""
    connection.executemany(
        "INSERT INTO facts VALUES (?, ?) "
        "ON CONFLICT (trace) DO UPDATE SET body = excluded.body WHERE body != excluded.body",
        ((each.trace, _json(each)) for each in facts),
    )


def save_rejections(connection: sqlite3.Connection, rejected: Iterable[Rejection]) -> None:
    """Store rejected findings by (family, claim); a different one replaces the stored one."""
    connection.executemany(
        "INSERT INTO rejections VALUES (?, ?, ?) "
        "ON CONFLICT (family, claim) DO UPDATE SET body = excluded.body WHERE body != excluded.body",
        ((each.finding.family, each.finding.id, _json(each)) for each in rejected),
    )


def rows(connection: sqlite3.Connection, claims: Iterable[str] | None = None) -> list[Row]:
    """Rows of the given claims, or all, sorted by claim and trace."""
    if claims is None:
        found = connection.execute("SELECT body FROM evidence ORDER BY claim, trace")
    else:
        found = connection.execute(
            "SELECT body FROM evidence WHERE claim IN (SELECT value FROM json_each(?)) ORDER BY claim, trace",
            (orjson.dumps(sorted(claims)).decode(),),
        )
    return [Row.model_validate_json(row[0]) for row in found]


def facts(connection: sqlite3.Connection) -> dict[str, TraceFacts]:
    """The facts about every measured trace, by hash, sorted."""
    found = connection.execute("SELECT trace, body FROM facts ORDER BY trace")
    return {row[0]: TraceFacts.model_validate_json(row[1]) for row in found}


def claim(connection: sqlite3.Connection, wanted: str) -> Claim | None:
    """The claim with that id, or None if it is not stored."""
    row = connection.execute("SELECT body FROM claims WHERE id = ?", (wanted,)).fetchone()
    return _claims().validate_json(row[0]) if row else None


def rejections(connection: sqlite3.Connection, family: str | None = None) -> list[Rejection]:
    """Rejected findings of a family, or all, sorted by family and claim."""
    found = connection.execute(
        "SELECT body FROM rejections WHERE :family IS NULL OR family = :family ORDER BY family, claim",
        {"family": family},
    )
    return [Rejection.model_validate_json(row[0]) for row in found]


def claims_of(connection: sqlite3.Connection, trace: str) -> set[str]:
    """Ids of the claims that have a row of this trace."""
    found = connection.execute("SELECT claim FROM evidence WHERE trace = ?", (trace,))
    return {row[0] for row in found}


def delete_trace(connection: sqlite3.Connection, trace: str) -> int:
    """Remove a trace's rows and facts; return the number of rows."""
    deleted = connection.execute("DELETE FROM evidence WHERE trace = ?", (trace,)).rowcount
    connection.execute("DELETE FROM facts WHERE trace = ?", (trace,))
    return deleted


def delete_orphans(connection: sqlite3.Connection, claims: Iterable[str]) -> None:
    """Remove those of the given claims that have no rows."""
    connection.executemany(
        "DELETE FROM claims WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM evidence WHERE claim = ?1)",
        ((each,) for each in sorted(claims)),
    )


def delete_rejection(connection: sqlite3.Connection, family: str, claim: str) -> None:
    """Remove one rejected finding."""
    connection.execute("DELETE FROM rejections WHERE family = ? AND claim = ?", (family, claim))


def _json(record: Frozen, *, exclude_defaults: bool = False) -> str:
    content = record.model_dump(mode="json", exclude_defaults=exclude_defaults)
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


@cache
def _claims() -> TypeAdapter[Claim]:
    return TypeAdapter(Claim)
