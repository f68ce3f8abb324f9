"""Where clients of Agent Skills look for folders, and what they cut of a listing.

As their documentation said in November 2026; docs/embedding.md has the table.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from trace2skill.errors import InputError
from trace2skill.skills.model import Skill


class Client(NamedTuple):
    """One client.

    Attributes:
        folder: Where it looks, below a project's folder and below the home folder alike.
        description: The most characters of one description that a listing shows; None for no limit known.
        catalogue: The most characters of the whole listing, where the context's size is not known.
        lines: The most lines of SKILL.md that are read at once.
    """

    folder: str
    description: int | None = None
    catalogue: int | None = None
    lines: int | None = None


CLIENTS = {
    "agents": Client(".agents/skills"),
    "claude": Client(".claude/skills", description=1536),
    "codex": Client(".agents/skills", catalogue=8000),
    "cursor": Client(".cursor/skills"),
    "deepagents": Client(".deepagents/skills", lines=100),
    "gemini": Client(".gemini/skills"),
    "opencode": Client(".opencode/skills"),
}
"""By the name that `--to` takes; `agents` is the place that several clients share."""


def client_folder(root: Path, client: str) -> Path:
    """The folder of a client below a project's or the home folder.

    Raises:
        InputError: There is no such client, or a part of the way is a link: what is written there would land
            elsewhere.
    """
    if client not in CLIENTS:
        raise InputError(f"there is no client {client!r}; give one of {', '.join(CLIENTS)}")
    folder = root
    for part in Path(CLIENTS[client].folder).parts:
        folder /= part
        if folder.is_symlink():
            raise InputError(f"{folder}: is a link, and exports go through none; export to where it leads")
    return folder


def remarks(client: str, skills: Iterable[tuple[Skill, str]]) -> list[str]:
    """What the client will cut of these skills, given with their SKILL.md; empty where all fits."""
    known, told, total = CLIENTS[client], [], 0
    for skill, markdown in skills:
        length, lines = len(skill.description), markdown.count("\n")
        total += len(skill.name) + length
        if known.description and length > known.description:
            told.append(
                f"{skill.name}: {client} shows {known.description} of {length} characters of the description"
            )
        if known.lines and lines > known.lines:
            told.append(f"{skill.name}: {client} reads {known.lines} lines at once, the playbook has {lines}")
    if known.catalogue and total > known.catalogue:
        told.append(
            f"{client} lists about {known.catalogue} characters of all skills, and these take {total}: "
            "it will shorten descriptions; export fewer"
        )
    return told
