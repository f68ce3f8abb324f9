"""Verdicts on skills in the library: what was found when agents ran with them and without.

A verdict is about one version's exact content. That a skill helps holds for no other version; that it harms
holds for every version with the same rules and text, whatever their numbers. A version that came to be
followed, or to help, less than before is stale.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from trace2skill.skills.model import Skill
from trace2skill.store import schema
from trace2skill.traces.model import Frozen

Verdict = Literal["helps", "harms", "undecided", "stale"]
"""What runs with and without the skill show; `stale` is what runs over time show (`store/demotions.py`)."""

Saved = Literal["cost", "tokens", "turns", ""]
"""What a saving is counted in; empty for nothing."""


class Interval(Frozen):
    """A mean and its confidence interval."""

    mean: float
    low: float
    high: float


class Validation(Frozen):
    """A verdict on one version of a skill, and what it rests on.

    Differences are treatment less control, in shares of success from -1 to 1. `saving` is the mean of
    (control - treatment) / (control + treatment) of what is named in `saved`.
    """

    skill: str
    version: int
    hash: str = Field(description="the content hash of the version that was run")
    rules: str = Field(description="the digest of its rules and text, whatever their numbers")
    verdict: Verdict
    reason: str
    suite: str
    suite_digest: str
    control: str = Field(description="what the skill was compared with")
    solver: str
    models: tuple[str, ...] = Field((), description="the models that the solver named")
    tasks: int = Field(description="distinct held-out tasks that were run")
    pairs: int
    runs: int
    success: Interval
    saving: Interval | None = None
    saved: Saved = ""
    harm_budget: float
    level: float
    time: str = Field(description="UTC, to the second")
    standing: bool = Field(True, description="not withdrawn")


def rules_digest(skill: Skill) -> str:
    """16 hex digits of the claims, notes and human text of a skill; evidence and order do not count."""
    keys = sorted(rule.finding.id if rule.finding else rule.text for rule in skill.rules)
    return hashlib.sha256("\n".join([*keys, skill.human_text]).encode()).hexdigest()[:16]


def listed(connection: sqlite3.Connection, skill: str | None = None) -> list[Validation]:
    """The verdicts on a skill, or all, oldest first."""
    if not schema.has_validations(connection):
        return []
    found = connection.execute(
        "SELECT body, standing FROM validations WHERE :skill IS NULL OR skill = :skill ORDER BY number",
        {"skill": skill},
    )
    return [
        Validation.model_validate_json(body).model_copy(update={"standing": bool(standing)})
        for body, standing in found
    ]


def by_skill(connection: sqlite3.Connection) -> dict[str, list[Validation]]:
    """The verdicts of each skill that has any, oldest first."""
    known: dict[str, list[Validation]] = {}
    for validation in listed(connection):
        known.setdefault(validation.skill, []).append(validation)
    return known


def save(connection: sqlite3.Connection, validation: Validation) -> None:
    """Add a verdict."""
    connection.execute(
        "INSERT INTO validations (skill, standing, body) VALUES (?, ?, ?)",
        (validation.skill, int(validation.standing), validation.model_dump_json()),
    )


def withdraw(connection: sqlite3.Connection, skill: str) -> int:
    """Take back the verdicts that a skill harms or is stale; they stay listed. Return their number."""
    wrong = [
        number
        for number, body in connection.execute(
            "SELECT number, body FROM validations WHERE skill = ? AND standing", (skill,)
        ).fetchall()
        if Validation.model_validate_json(body).verdict in {"harms", "stale"}
    ]
    connection.executemany(
        "UPDATE validations SET standing = 0 WHERE number = ?", ((each,) for each in wrong)
    )
    return len(wrong)


def standing_on(skill: Skill, known: Iterable[Validation]) -> Validation | None:
    """The latest verdict that holds for a version, if any.

    One that decided nothing does not replace one that did.

    Args:
        skill: The version.
        known: The verdicts on the skill of that name, oldest first.
    """
    holding = [each for each in known if each.standing and _holds_for(skill, each)]
    decided = [each for each in holding if each.verdict != "undecided"]
    return next(reversed(decided or holding), None)


def _holds_for(skill: Skill, validation: Validation) -> bool:
    if validation.verdict == "harms":
        return validation.rules == rules_digest(skill)
    return validation.hash == skill.hash
