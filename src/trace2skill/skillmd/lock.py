"""The lock of a project's skills: which version lies where, with the digest of its files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import orjson
from pydantic import ValidationError

from trace2skill.errors import InputError
from trace2skill.skillmd.folder import read_inside
from trace2skill.traces.model import Frozen
from trace2skill.traces.problem import describe

LOCK_FILE = "trace2skill.lock"
LIMIT = 4 * 1024 * 1024


class Locked(Frozen):
    """One folder of a skill: `client` as `--to` takes it, `digest` as `folder_digest` gives it."""

    skill: str
    version: int
    client: str
    digest: str


class Lock(Frozen):
    """All of a project, sorted by client and skill."""

    schema_version: Literal[1] = 1
    skills: tuple[Locked, ...] = ()

    def with_entries(self, entries: Mapping[tuple[str, str], Locked]) -> "Lock":
        """The lock with these in the place of those of the same client and skill."""
        kept = {(each.client, each.skill): each for each in self.skills}
        return Lock(skills=tuple(each for _, each in sorted({**kept, **entries}.items())))


def folder_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the files of a skill's folder: each path, then the SHA-256 of its content, sorted."""
    lines = (f"{path}\0{hashlib.sha256(data).hexdigest()}\n" for path, data in sorted(files.items()))
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()


def read_lock(root: Path) -> Lock:
    """The lock in a project's folder; an empty one if there is none.

    Raises:
        InputError: The file is no lock.
    """
    file = root / LOCK_FILE
    if not file.exists():
        return Lock()
    try:
        return Lock.model_validate_json(read_inside(file, LIMIT))
    except ValidationError as error:
        raise InputError(
            f"{file}: is no lock of skills ({describe(error)}); restore it, or delete it and export again"
        ) from None


def write_lock(root: Path, lock: Lock) -> Path:
    """Write the lock, whole or not at all.

    Raises:
        InputError: It cannot be written.
    """
    file = root / LOCK_FILE
    scratch = file.with_name(f".{LOCK_FILE}.new")
    try:
        scratch.write_bytes(
            orjson.dumps(lock.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
        )
        scratch.replace(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror})") from error
    return file
