"""What is embedded and searched: one document per skill and one per rule."""

import hashlib
from collections.abc import Iterable

from trace2skill.skills.naming import without_exclusions
from trace2skill.store.records import Kind, StoredSkill
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
