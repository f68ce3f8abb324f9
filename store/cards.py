"""Cards: what retrieval knows of each skill, read without building the whole skill."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from trace2skill.claims.evidence import Tier
from trace2skill.store.documents import skill_text
from trace2skill.store.records import Status

EXAMPLES = 16
"""Task texts a skill is known by, at most, evenly spread over the sorted distinct ones."""


class Card(NamedTuple):
    """A skill's current version, as far as finding it needs.

    `examples` are task texts of the runs it was distilled from; `tier` is the best among its rules and
    `tasks` the most distinct tasks that any of them rests on.
    """

    skill: str
    version: int
    status: Status
    domain: str
    tags: tuple[str, ...]
    tier: Tier
    tasks: int
    text: str
    examples: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything embedded of it: its own text first."""
        return (self.text, *self.examples)


def cards(connection: sqlite3.Connection) -> list[Card]:
    """The cards of all skills, retired ones too, sorted by name."""
    tasks = dict(connection.execute("SELECT trace, task FROM tasks"))
    found = connection.execute(
        "SELECT v.body, v.version, s.status FROM versions v JOIN skills s USING (name, version) ORDER BY name"
    )
    return [_card(orjson.loads(body), version, status, tasks) for body, version, status in found]


def spread(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """At most so many of the distinct texts that say anything, evenly spread over their sorted list."""
    distinct = sorted({text for text in texts if text.strip()})
    count = min(most, len(distinct))
    return tuple(distinct[number * len(distinct) // count] for number in range(count))


def _card(skill: dict[str, Any], version: int, status: Status, tasks: dict[str, str]) -> Card:
    findings = list(_findings(skill["rules"]))
    return Card(
        skill=skill["name"],
        version=version,
        status=status,
        domain=skill["domain"] or skill["family"],
        tags=tuple(skill["tags"]),
        tier=max((Tier(each["tier"]) for each in findings), key=list(Tier).index, default=Tier.CITED),
        tasks=max((each["summary"]["support"]["tasks"] for each in findings), default=0),
        text=skill_text(skill["title"], skill["when_to_use"], skill["goal"], skill["description"]),
        examples=spread((tasks[trace] for trace in skill["traces"] if trace in tasks), EXAMPLES),
    )


def _findings(rules: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for rule in rules:
        if rule["finding"]:
            yield rule["finding"]
