"""Fact keys and terms in English: `line.status`, `task.price_lower_than`, `go says: You are in the {1}`."""

import re
from typing import NamedTuple

from trace2skill.claims.model import (
    ArgumentTerm,
    Combined,
    Constant,
    CountTerm,
    FactTerm,
    OwnTerm,
    Quantifier,
    SizeTerm,
    Term,
)
from trace2skill.skills.action_wording import call
from trace2skill.skills.marks import code, italic, plain

_SAYS = re.compile(r"^(?:(?P<tool>.+?) )?says: (?P<sentence>.+)$", re.DOTALL)
_HOLE = re.compile(r"\{1\}|\{n\}")
_ARTICLE = {"exists": "some", "all": "every", "last": "the latest"}
_NO_ENTITY = {"task", "last", "tool", "choices"}
_READINGS = {"label", "number", "low", "high", "count"}
"""What a labelled line is split into; such a fact belongs to the world, not to one of several entities."""


class Reply(NamedTuple):
    """A fact key that is a sentence of a tool's reply, with a hole where its value stood."""

    tool: str
    sentence: str

    def filled(self, value: str = "…") -> str:
        """The sentence with `value` in its hole, and `…` in every further one."""
        return _HOLE.sub("…", _HOLE.sub(lambda _: value, self.sentence, count=1))

    @property
    def speaker(self) -> str:
        """The tool as code, or "the latest reading" where the key names none."""
        return code(self.tool) if self.tool else "the latest reading"


class Topic(NamedTuple):
    """The tool that the sentence is about, and the word that stands for it: `it`, once it has been named."""

    tool: str = ""
    word: str = "the tool"


def reply(key: str) -> Reply | None:
    """The key as a reply, if it is one: `go says: You are in the {1}`."""
    found = _SAYS.match(key)
    return Reply(found["tool"] or "", found["sentence"]) if found else None


def owner(key: str, quantifier: Quantifier) -> tuple[str, str]:
    """Who has the fact and the rest of the key: ("some line", "status"); no owner for a fact of the world."""
    head, _, path = key.partition(".")
    if not path or reply(key) or head in _NO_ENTITY or path in _READINGS:
        return "", key
    return f"{_ARTICLE[quantifier]} {' '.join(head.replace('_', ' ').split())}", path


def named(key: str) -> str:
    """A fact as a noun phrase: "*line.status*", "the task's *price lower than*"."""
    head, _, path = key.partition(".")
    if said := reply(key):
        return f"the value in {italic(said.filled())}"
    if path == "count":
        return f"the number of {italic(head)}"
    if words := asked(key):
        return f"the task's {italic(words)}"
    return f"the last call's {italic(path)}" if head == "last" and path else italic(key)


def is_path(key: str) -> bool:
    """Whether the key itself is the best name of the fact."""
    return named(key) == italic(key)


def phrase(term: Term) -> str:
    """A term as a noun phrase."""
    match term:
        case Constant():
            return italic(plain(term.value)) if isinstance(term.value, str) else plain(term.value)
        case FactTerm():
            return named(term.key)
        case ArgumentTerm():
            return f"its argument {code(term.name)}"
        case OwnTerm():
            return (
                "whether its latest call failed"
                if term.attribute == "failed"
                else f"its {term.attribute} so far"
            )
        case CountTerm():
            return f"the number of {call(term.action)} calls so far"
        case _:
            return _measured(term)


def _measured(term: SizeTerm | Combined) -> str:
    if isinstance(term, SizeTerm):
        return f"the number of {italic(term.key)}"
    noun = "sum" if term.operator == "+" else "product"
    return f"the {noun} of {phrase(term.left)} and {phrase(term.right)}"


def asked(key: str) -> str | None:
    """What a `task.` fact is called in the task: "price lower than"; None for any other key."""
    path = key.removeprefix("task.")
    return path.replace("_", " ").strip() if path != key else None
