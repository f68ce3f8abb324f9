"""Session logs: a file as a whole is a run, and several files may make one."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from pydantic import JsonValue

from trace2skill.traces.decoding import DamagedFileError, read_lines
from trace2skill.traces.files import Record, read_records, traces_from
from trace2skill.traces.model import Source, Trace
from trace2skill.traces.problem import Problem, Scope

T = TypeVar("T")


@dataclass(frozen=True)
class Joined:
    """What to say of a file whose content is read with another one: that it is no trace of its own."""

    path: Path


Entry = Trace | Problem | Joined


class Folders:
    """What was found in folders; kept for one pass, so that each is looked through once."""

    def __init__(self) -> None:
        self._found: dict[object, Any] = {}

    def files(self, folder: Path, pattern: str) -> tuple[Path, ...]:
        """The files of a folder that match a glob, sorted; none if the folder is no folder."""
        return self.kept((folder, pattern), lambda: _files(folder, pattern))

    def kept(self, key: object, find: Callable[[], T]) -> T:
        """What was found under this key before, or is found now."""
        if key not in self._found:
            self._found[key] = find()
        found: T = self._found[key]
        return found


def _files(folder: Path, pattern: str) -> tuple[Path, ...]:
    try:
        inside, found = folder.resolve(), (path for path in folder.glob(pattern) if path.is_file())
        return tuple(sorted(path for path in found if path.resolve().is_relative_to(inside)))
    except (OSError, ValueError):  # a name out of a log may be no name of a file
        return ()


@dataclass(frozen=True)
class SessionFile:
    """One file, its records, whether another file is read in the same pass, and what lies in folders."""

    path: Path
    records: Iterator[Record | Problem]
    among: Callable[[Path], bool]
    folders: Folders

    def beside(self, path: Path) -> Iterator[Record | Problem]:
        """The records of a file that belongs to this one."""
        return read_records(path)


@runtime_checkable
class SessionReader(Protocol):
    """A reader of a format in which files, not their records, are runs."""

    NAME: str

    def recognises(self, sample: JsonValue) -> bool:
        """Whether a JSON value of a file (the whole document, or one line) is of this format."""
        ...

    def read_file(self, file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:
        """The traces of a file; what cannot be used is yielded as a `Problem`."""
        ...


def one_trace(path: Path, form: str, build: Callable[[Source], Trace], where: str = "") -> Iterator[Entry]:
    """Build the trace of a session; if it cannot be built, yield a `Problem`."""
    record = Record(str(path), where, None)
    yield from traces_from(record, form, [("", None)], lambda _, source: build(source))


def nothing_in(path: Path, what: str) -> Problem:
    """The problem of a session file without anything to read."""
    return Problem(str(path), "", what, "Remove the file, or leave it out.", Scope.FILE)


def first_record(path: Path) -> JsonValue:
    """The first JSON value of a file, or None if there is none."""
    entry = next(iter(read_records(path)), None)
    return entry.value if isinstance(entry, Record) else None


def first_lines(path: Path, size: int = 1 << 16) -> list[str]:
    """The first lines of a text file, up to about `size` bytes; none if it cannot be read."""
    lines: list[str] = []
    try:
        for line in read_lines(path):
            lines.append(line[:size].decode("utf-8", "replace"))
            size -= len(line)
            if size <= 0:
                break
    except (OSError, DamagedFileError):
        return lines
    return lines


def grouped(files: Iterable[Path], key: Callable[[Path], str]) -> dict[str, list[Path]]:
    """Files by a key; those without one are left out."""
    groups: dict[str, list[Path]] = {}
    for path in files:
        if name := key(path):
            groups.setdefault(name, []).append(path)
    return groups


def within(folder: Path, name: str) -> Path | None:
    """The file of this name in a folder or below it; None if there is none, or it is no name of a file."""
    try:
        found = (folder / name).resolve()
        return found if name and folder.resolve() in found.parents and found.is_file() else None
    except (OSError, ValueError):
        return None


def project(cwd: JsonValue) -> str | None:
    """The name of the project that an agent worked on: the last part of its working directory."""
    parts = re.split(r"[\\/]", cwd.rstrip("\\/")) if isinstance(cwd, str) else []
    return parts[-1] or None if parts else None
