"""What of a library's catalogue a client's listing has room for: names and descriptions, within a budget.

Limits as their vendors and users state them in November 2026: Claude Code cuts an entry's description with
when-to-use at 1,536 characters and lists within 1 % of the context, dropping descriptions of the least used
skills first; Codex lists within about 2 % of the context, 8,000 characters where that is unknown.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from trace2skill.store.library import Library
from trace2skill.traces.model import Frozen

CONTEXT = 200_000
"""Tokens of a client's context, if nothing else is said."""

CHARACTERS = 4
"""Of a token, as clients reckon."""

AROUND = 4
"""Characters around a name and its description in a listing: `- `, `: `."""


class Client(NamedTuple):
    """A client's limits: the characters of an entry's description, and of the whole listing."""

    name: str
    entry: int
    listing: int


class ClientListing(Frozen):
    """What becomes of the catalogue in a client."""

    client: str
    budget: int = Field(description="characters of the whole listing")
    needed: int = Field(description="characters that all entries take, each cut to its limit")
    cut: tuple[str, ...] = Field(description="skills whose own entry is longer than the client's limit")
    left_out: tuple[str, ...] = Field(
        description="skills for whose description there is no room, if the most used come first"
    )
    alike: tuple[tuple[str, ...], ...] = Field(description="skills whose entries, as cut, say the same")


def clients(context: int = CONTEXT) -> tuple[Client, ...]:
    """The clients that are known, with a context of so many tokens."""
    return (
        Client("Claude Code, 1 % of context", 1536, context * CHARACTERS // 100),
        Client("Codex, 2 % of context", 1024, context * CHARACTERS * 2 // 100),
        Client("Codex, context unknown", 1024, 8000),
    )


def listings(library: Library, context: int = CONTEXT) -> tuple[ClientListing, ...]:
    """The catalogue of the active skills in each client.

    Args:
        library: The library; how often its skills were used orders them.
        context: Tokens of the client's context.
    """
    used = Counter(line.skill for line in library.usage() if line.event == "used")
    skills = [stored.skill for stored in library.skills()]
    entries = [
        (skill.name, skill.description) for skill in sorted(skills, key=lambda s: (-used[s.name], s.name))
    ]
    return tuple(_listing(client, entries) for client in clients(context))


def _listing(client: Client, entries: Sequence[tuple[str, str]]) -> ClientListing:
    shown = [(name, text[: client.entry]) for name, text in entries]
    room = client.listing - sum(len(name) + AROUND for name, _ in shown)
    left_out = []
    for name, text in shown:
        room -= len(text)
        if room < 0:
            left_out.append(name)
    same: dict[str, list[str]] = {}
    for name, text in shown:
        same.setdefault(" ".join(text.lower().split()), []).append(name)
    return ClientListing(
        client=client.name,
        budget=client.listing,
        needed=sum(len(name) + len(text) + AROUND for name, text in shown),
        cut=tuple(name for name, text in entries if len(text) > client.entry),
        left_out=tuple(left_out),
        alike=tuple(tuple(sorted(names)) for names in same.values() if len(names) > 1),
    )
