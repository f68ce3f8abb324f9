"""Skills in the library: all versions are kept, and one of them is current."""

import difflib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import orjson

from trace2skill.errors import LibraryError
from trace2skill.evidence.rows import Tier
from trace2skill.skills.model import Skill
from trace2skill.store import approvals, validations
from trace2skill.store.records import Change, Outline, Status, StoredSkill
from trace2skill.store.validations import Validation, standing_on

COLUMNS = (
    "SELECT v.body, v.version, v.operation, s.status, v.note, v.hash, v.name "
    "FROM versions v JOIN skills s USING (name)"
)


def current(
    connection: sqlite3.Connection, tag: str | None = None, status: Status | None = "active"
) -> list[StoredSkill]:
    """The current versions, sorted by name, of skills with the tag and status.

    A status of None means any but withheld.
    """
    return [
        each
        for each in every(connection)
        if (tag is None or tag in each.skill.tags)
        and (each.status == status if status else each.status != "withheld")
    ]


def every(connection: sqlite3.Connection) -> list[StoredSkill]:
    """The current versions of all skills, withheld ones too, sorted by name."""
    found = connection.execute(f"{COLUMNS} WHERE v.version = s.version ORDER BY name")
    return _judged(connection, _checked(connection, found))


def outlines(connection: sqlite3.Connection) -> list[Outline]:
    """The current versions of all skills but those withheld, sorted by name; less work than `every`."""
    approved, judged = approvals.Approvals(connection), validations.by_skill(connection)
    found = []
    for body, version, operation, status, _, hashed, name in connection.execute(
        f"{COLUMNS} WHERE v.version = s.version ORDER BY name"
    ):
        if status == "active" and approved.objection(name, body, hashed, operation):
            continue
        verdict = standing_on(Skill.model_validate_json(body), judged[name]) if name in judged else None
        told = orjson.loads(body)
        rejected = verdict is not None and verdict.verdict == "harms" and status == "active"
        found.append(
            Outline(
                name=name,
                title=told["title"],
                family=told["family"],
                description=told["description"],
                version=version,
                status="rejected" if rejected else status,
                validation=verdict,
                tiers=tuple(map(_tier, told.get("rules", ()))),
                traces=len(told.get("traces", ())),
            )
        )
    return found


def _tier(rule: dict[str, Any]) -> str:
    """As `SkillRule.tier`."""
    return str(rule["finding"]["tier"]) if rule.get("finding") else str(Tier.CITED)


def names(connection: sqlite3.Connection) -> list[str]:
    """The names of all skills, sorted, whatever their status."""
    return [row[0] for row in connection.execute("SELECT name FROM skills ORDER BY name")]


def one(connection: sqlite3.Connection, name: str, version: int | None = None) -> StoredSkill:
    """A skill's given version, or its current one, whatever its status.

    Raises:
        LibraryError: There is no such skill (the message lists close names) or version, or it is withheld.
    """
    versions = history(connection, name)
    if version is None:
        version = connection.execute("SELECT version FROM skills WHERE name = ?", (name,)).fetchone()[0]
    for each in versions:
        if each.version == version:
            if each.withheld:
                raise LibraryError(_withheld(each))
            return each
    raise LibraryError(
        f"skill {name!r} has versions {versions[0].version} to {versions[-1].version}, not {version}"
    )


def objections(connection: sqlite3.Connection, names: Collection[str]) -> dict[str, str]:
    """Why current versions of these skills must not be used, for those of which it is so."""
    marks = ",".join("?" * len(names))
    found = connection.execute(
        f"{COLUMNS} WHERE v.version = s.version AND name IN ({marks})",
        tuple(names),
    )
    known = approvals.Approvals(connection)
    told = {row[6]: known.objection(row[6], row[0], row[5], row[2]) for row in found}
    return {name: why for name, why in told.items() if why}


def history(connection: sqlite3.Connection, name: str) -> list[StoredSkill]:
    """All versions of a skill, oldest first.

    Raises:
        LibraryError: There is no such skill; the message lists close names.
    """
    found = connection.execute(f"{COLUMNS} WHERE name = ? ORDER BY v.version", (name,))
    versions = _judged(connection, _checked(connection, found))
    if not versions:
        raise LibraryError(_unknown(connection, name))
    now = connection.execute("SELECT version FROM skills WHERE name = ?", (name,)).fetchone()[0]
    status = next(each.status for each in versions if each.version == now)
    return [each.model_copy(update={"status": "withheld" if each.withheld else status}) for each in versions]


def save(connection: sqlite3.Connection, change: Change) -> None:
    """Make the skill active, and add a version unless the content equals that of the current one.

    What is imported is approved by that: what nobody has approved is held back (`store/quarantine.py`).
    """
    if change.operation == "import":
        approvals.approve(connection, change.skill, dump(change.skill), change.origin)
    now = connection.execute(
        "SELECT v.hash FROM skills s JOIN versions v USING (name, version) WHERE name = ?",
        (change.skill.name,),
    ).fetchone()
    if now is None or now[0] != change.skill.hash:
        add_version(connection, change)
        return
    connection.execute(
        "UPDATE skills SET status = 'active' WHERE name = ? AND status != 'active'", (change.skill.name,)
    )


def add_version(connection: sqlite3.Connection, change: Change) -> None:
    """Make the skill active, and add a version even if the content equals that of the current one."""
    skill = change.skill
    number = connection.execute(
        "INSERT INTO skills VALUES (?, 'active', 1) "
        "ON CONFLICT (name) DO UPDATE SET status = 'active', version = version + 1 RETURNING version",
        (skill.name,),
    ).fetchone()[0]
    connection.execute(
        "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)",
        (skill.name, number, skill.hash, change.operation, change.note, dump(skill)),
    )


def overwrite(connection: sqlite3.Connection, stored: StoredSkill, skill: Skill, note: str) -> None:
    """Replace a stored version's content; for forgetting only. A version that is withheld remains so."""
    version, hashed = stored.version, "" if stored.withheld else skill.hash
    before = connection.execute(
        "SELECT body FROM versions WHERE name = ? AND version = ?", (skill.name, version)
    ).fetchone()
    approvals.rebind(connection, skill.name, before[0], dump(skill))
    connection.execute(
        "UPDATE versions SET hash = ?, note = ?, body = ? WHERE name = ? AND version = ?",
        (hashed, note, dump(skill), skill.name, version),
    )


def accept(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Take withheld skills as they are stored for what they should be, because a person approved them."""
    for stored in (each for each in every(connection) if each.withheld and each.skill.name in set(names)):
        skill, body = stored.skill, dump(stored.skill)
        approvals.approve(connection, skill, body, stored.origin)
        connection.execute(
            "UPDATE versions SET hash = ?, body = ? WHERE name = ? AND version = ?",
            (skill.hash, body, skill.name, stored.version),
        )


def retire(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Mark skills as retired; their history is kept.

    Raises:
        LibraryError: There is no such skill.
    """
    for name in names:
        if connection.execute("SELECT 1 FROM skills WHERE name = ?", (name,)).fetchone() is None:
            raise LibraryError(_unknown(connection, name))
        connection.execute(
            "UPDATE skills SET status = 'retired' WHERE name = ? AND status != 'retired'", (name,)
        )


def dump(skill: Skill) -> str:
    """The skill as JSON with sorted keys."""
    return orjson.dumps(skill.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS).decode()


def _checked(connection: sqlite3.Connection, found: Iterable[tuple[Any, ...]]) -> Iterator[StoredSkill]:
    """The versions of these rows, those withheld whose bytes are not what was saved and approved."""
    known = approvals.Approvals(connection)
    for body, version, operation, status, note, hashed, name in found:
        objection = known.objection(name, body, hashed, operation)
        yield StoredSkill.model_validate(
            {
                "skill": Skill.model_validate_json(body),
                "version": version,
                "operation": operation,
                "status": "withheld" if objection and status == "active" else status,
                "note": note,
                "origin": known.origin(name, body),
                "withheld": objection,
            }
        )


def _withheld(stored: StoredSkill) -> str:
    name = stored.skill.name
    return (
        f"skill {name!r} is withheld: {stored.withheld}; `trace2skill skills quarantine {name}` shows it, "
        f"`skills approve {name}` takes it as it is, `skills rollback {name}` an earlier version"
    )


def _judged(connection: sqlite3.Connection, stored: Iterable[StoredSkill]) -> list[StoredSkill]:
    """The versions with the verdicts that hold for them; an active one that harms is rejected."""
    known = validations.by_skill(connection)
    return [_with_verdict(each, known.get(each.skill.name, [])) for each in stored]


def _with_verdict(stored: StoredSkill, known: list[Validation]) -> StoredSkill:
    verdict = standing_on(stored.skill, known) if known else None
    if verdict is None:
        return stored
    rejected = verdict.verdict == "harms" and stored.status == "active"
    status = "rejected" if rejected else stored.status
    return stored.model_copy(update={"validation": verdict, "status": status})


def _unknown(connection: sqlite3.Connection, name: str) -> str:
    close = difflib.get_close_matches(name, names(connection), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "list them with `trace2skill skills list`"
    return f"no skill {name!r} in the library; {hint}"
