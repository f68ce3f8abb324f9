"""What was taken from outside waits: nothing lists, offers, exports or distils it before it is approved."""

import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING

from trace2skill.errors import LibraryError
from trace2skill.skills.model import Skill
from trace2skill.store.approvals import Origin, digest
from trace2skill.store.database import Database
from trace2skill.store.skills import dump
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from trace2skill.store.sources import SourceLibrary


class Held(Frozen):
    """A skill that waits, the digest of its bytes as they lie there, and if it is withheld, why."""

    skill: Skill
    digest: str
    origin: Origin
    why: str = ""


class Quarantine:
    """The skills that wait in a library, and the libraries that a person vouched for.

    Args:
        database: The library file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, skills: Iterable[tuple[Skill, Origin]]) -> None:
        """Let skills wait. The same bytes wait once, as they came last."""
        rows = []
        for skill, origin in skills:
            body = dump(skill)
            rows.append((skill.name, digest(body), origin.model_dump_json(), body))
        if rows:
            with self._database.writing() as connection:
                connection.executemany("INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?)", rows)

    def held(self, name: str | None = None) -> list[Held]:
        """What waits, or waits under a name, sorted by name and digest.

        Raises:
            LibraryError: The bytes of one are not those that were put there.
        """
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT name, digest, origin, body FROM quarantine WHERE :name IS NULL OR name = :name "
                "ORDER BY name, digest",
                {"name": name},
            ).fetchall()
        for skill, wanted, _, body in found:
            if digest(body) != wanted:
                raise LibraryError(
                    f"{skill} was changed while it waited in quarantine; take it out with "
                    f"`trace2skill skills discard {skill}` and import it again"
                )
        return [
            Held(
                skill=Skill.model_validate_json(body),
                digest=wanted,
                origin=Origin.model_validate_json(origin),
            )
            for _, wanted, origin, body in found
        ]

    def discard(self, name: str, start: str = "") -> int:
        """Take out what waits under a name and the start of a digest; how many there were."""
        with self._database.writing() as connection:
            return release(connection, name, start)

    def trusted(self, sources: "Iterable[SourceLibrary]" = (), *, keep: bool = True) -> set[str]:
        """The keys of the libraries that a person vouched for; of these too, from now on with `keep`."""
        keys = {each.key for each in sources}
        if keys and keep:
            with self._database.writing() as connection:
                connection.executemany("INSERT OR IGNORE INTO trusted VALUES (?)", ((key,) for key in keys))
        with self._database.reading() as connection:
            return {key for (key,) in connection.execute("SELECT source FROM trusted")} | keys


def release(connection: sqlite3.Connection, name: str, start: str = "") -> int:
    """Take out of quarantine, in a transaction of others, what waits under a name; how many there were."""
    return connection.execute(
        "DELETE FROM quarantine WHERE name = ? AND substr(digest, 1, length(?)) = ?", (name, start, start)
    ).rowcount
