"""What is embedded and searched: one document a skill and one a rule, and what retrieval knows of each."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import orjson

from trace2skill.evidence.rows import Tier
from trace2skill.skills.model import Skill
from trace2skill.store import validations
from trace2skill.store.approvals import Approvals
from trace2skill.store.records import Kind, Status, StoredSkill
from trace2skill.store.validations import Validation, standing_on
from trace2skill.traces.model import Frozen


class Document(Frozen):
    """A searchable text. Its id changes with its text, so that an index knows by ids alone what it lacks."""

    skill: str
    version: int
    rule: str | None = None
    text: str

    @property
    def id(self) -> str:
        """`skill/rule@text digest`."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:16]
        return f"{self.skill}/{self.rule or ''}@{digest}"


def documents(skills: Iterable[StoredSkill], kind: Kind) -> list[Document]:
    """The documents of one kind, ids unique, in the order of the skills and their rules."""
    make = skill_documents if kind == "skill" else rule_documents
    return list({each.id: each for stored in skills for each in make(stored)}.values())


def skill_documents(stored: StoredSkill) -> list[Document]:
    """One text, as `skill_text` makes it."""
    skill = stored.skill
    text = skill_text(skill.title, skill.when_to_use, skill.goal, skill.description)
    return [Document(skill=skill.name, version=stored.version, text=text)]


def skill_text(*parts: str) -> str:
    """The parts that say anything, one a line, repeated ones once.

    Title, when to use it, goal, description. Without what it is not for: those are other skills' words.
    """
    from trace2skill.skills.naming import without_exclusions

    said = (without_exclusions(part) for part in parts)
    return "\n".join(dict.fromkeys(part for part in said if part))


def rule_documents(stored: StoredSkill) -> list[Document]:
    """One text per rule: its sentence."""
    return [
        Document(skill=stored.skill.name, version=stored.version, rule=rule.name, text=rule.text)
        for rule in stored.skill.rules
        if rule.text.strip()
    ]


def digest(ids: Iterable[str]) -> str:
    """What a whole index of these documents is recognised by."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:16]


EXAMPLES = 16
"""Task texts a skill is known by, at most, evenly spread over the sorted distinct ones."""


class Card(NamedTuple):
    """A skill's current version, as far as finding it needs.

    `examples` are task texts of the runs it was distilled from. `tier` is `validated` if agents did better
    with this version, at most `hypothesis` if it is stale, else the best among its rules; `tasks` the most
    distinct tasks that any of them rests on.
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
    """The cards of all skills, rejected and retired ones too, but none that is withheld, sorted by name."""
    known = validations.by_skill(connection)
    tasks = dict(connection.execute("SELECT trace, task FROM tasks"))
    approved = Approvals(connection)
    found = connection.execute(
        "SELECT v.name, v.body, v.version, s.status, v.hash, v.operation "
        "FROM versions v JOIN skills s USING (name, version) ORDER BY name"
    )
    made = (
        (body, _card(orjson.loads(body), version, status, tasks))
        for name, body, version, status, hashed, operation in found
        if not approved.objection(name, body, hashed, operation)
    )
    return [
        _with_verdict(card, body, known[card.skill]) if card.skill in known else card for body, card in made
    ]


def _with_verdict(card: Card, body: str, known: Sequence[Validation]) -> Card:
    verdict = standing_on(Skill.model_validate_json(body), known)
    if verdict is None or verdict.verdict == "undecided":
        return card
    if verdict.verdict == "helps":
        return card._replace(tier=Tier.VALIDATED)
    if verdict.verdict == "stale":
        return card._replace(tier=min(card.tier, Tier.HYPOTHESIS, key=list(Tier).index))
    return card._replace(status="rejected") if card.status == "active" else card


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


@cache
def everyday() -> tuple[str, ...]:
    """The everyday requests of `everyday.txt` in their order, without comments and blank lines."""
    lines = files(__package__).joinpath("everyday.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def active_cards(connection: sqlite3.Connection) -> list[Card]:
    """The cards of the active skills, sorted by name."""
    return [card for card in cards(connection) if card.status == "active"]


def wanted_texts(active: Sequence[Card], rules: Sequence[Document]) -> list[str]:
    """All texts to embed: active skills with their tasks, rules, everyday requests; none without a skill."""
    known = [text for card in active for text in card.texts]
    return [*known, *(rule.text for rule in rules), *everyday()] if active else []
