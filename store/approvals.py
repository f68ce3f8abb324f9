"""What was taken from outside is served only as a person approved it.

An approval binds to a version's exact bytes: a version is withheld whose bytes are others, or in which a scan
finds a kind of text that was not there to be approved.
"""

import hashlib
import sqlite3
from functools import lru_cache
from typing import Literal

from trace2skill.skills.model import Skill
from trace2skill.traces.model import Frozen

Door = Literal["skills import", "skills merge", "python", "an older version"]
ANY = "*"
"""Accepted kinds of a skill that was there before there were approvals."""

_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'approvals'"


class Origin(Frozen):
    """Where a skill came from: the file, folder or library, what took it in, and what it was then.

    `digest` is the SHA-256, in hex, of the content as it was taken; `signer` the fingerprint of the key whose
    signature over it was verified; `accepted` the kinds of suspicious text that were there when a person
    approved it.
    """

    door: Door = "python"
    source: str = ""
    digest: str = ""
    signer: str = ""
    accepted: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In words, as a version's note tells it."""
        source = f"from {self.source}" if self.source else "from outside"
        digest = f", sha256 {self.digest[:16]}" if self.digest else ""
        return f"{source} by {self.door}{digest}" + (f", signed by {self.signer}" if self.signer else "")


def digest(body: str | bytes) -> str:
    """The SHA-256 of a stored body, in hex."""
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()


def approve(connection: sqlite3.Connection, skill: Skill, body: str, origin: Origin | None) -> None:
    """Note that a person approved these bytes, with what a scan finds in them today."""
    from trace2skill.skills.inspection import kinds

    full = (origin or Origin()).model_copy(update={"accepted": kinds(skill)})
    connection.execute(
        "INSERT OR REPLACE INTO approvals VALUES (?, ?, ?)",
        (skill.name, digest(body), full.model_dump_json()),
    )


def rebind(connection: sqlite3.Connection, name: str, before: str, after: str) -> None:
    """Let an approval go on for a body that trace2skill itself has rewritten, to forget a trace."""
    if connection.execute(_TABLE).fetchone():
        connection.execute(
            "UPDATE OR REPLACE approvals SET digest = ? WHERE name = ? AND digest = ?",
            (digest(after), name, digest(before)),
        )


class Approvals:
    """What was approved in a library; in one made before there were approvals, everything.

    Args:
        connection: The library, only read.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._known: dict[tuple[str, str], str] | None = None
        if connection.execute(_TABLE).fetchone():
            found = connection.execute("SELECT name, digest, origin FROM approvals")
            self._known = {(name, body): origin for name, body, origin in found}

    def origin(self, name: str, body: str) -> Origin | None:
        """Where an approved version came from; None for one that was made here."""
        found = (self._known or {}).get((name, digest(body)))
        return Origin.model_validate_json(found) if found else None

    def objection(self, name: str, body: str, hashed: str, operation: str) -> str:
        """Why a stored version must not be used; empty if it may.

        Args:
            name: The skill's.
            body: The version as it is stored.
            hashed: The first digits of the digest that it was stored with.
            operation: What made the version.
        """
        if not digest(body).startswith(hashed) or not hashed:
            return "its bytes are not those that were saved"
        if operation != "import" or self._known is None:
            return ""
        origin = self.origin(name, body)
        if origin is None:
            return "it came from outside, and these bytes were never approved"
        if ANY in origin.accepted:
            return ""
        new = sorted(set(_kinds(body)) - set(origin.accepted))
        return f"it {' and '.join(new)}, which was not known when it was approved" if new else ""


@lru_cache(maxsize=1024)
def _kinds(body: str) -> tuple[str, ...]:
    from trace2skill.skills.inspection import kinds

    return kinds(Skill.model_validate_json(body))
