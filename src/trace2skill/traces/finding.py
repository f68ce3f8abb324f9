"""Finds the files to read; what lies there and is no file, or is not to be followed, is a `Problem`."""

import errno
import glob
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from trace2skill.errors import InputError
from trace2skill.traces.problem import Problem, Scope

FIXES = {errno.ENOENT: "It is gone, or a link that leads nowhere.", errno.ELOOP: "Mend the link."}
KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def find_files(paths: Iterable[Path | str]) -> tuple[list[Path], list[Problem]]:
    """Expand files, folders (recursively) and globs into a sorted list of distinct files.

    Hidden files and folders inside a folder are skipped. Links are followed where they are named, and inside
    a folder as far as they stay in it. Pipes, sockets and devices are not opened.

    Returns:
        The files, and what was not read for what it is.

    Raises:
        InputError: A path does not exist, or a glob matches nothing.
    """
    found: dict[Path, Path] = {}
    problems: list[Problem] = []
    for path in paths:
        for entry in _expand(Path(path)):
            wrong = entry if isinstance(entry, Problem) else _no_file(entry)
            if wrong:
                problems.append(wrong)
            elif isinstance(entry, Path):
                found.setdefault(entry.resolve(), entry)
    return sorted(found.values()), problems


def _expand(path: Path) -> Iterator[Path | Problem]:
    if path.is_dir():
        yield from _walk(path)
    elif path.exists():
        yield path
    else:
        magic = glob.has_magic(str(path))
        matches = glob.glob(str(path), recursive=True) if magic else []  # noqa: PTH207 Path.glob takes no absolute pattern
        if not matches and not path.is_symlink():
            raise InputError(f"{path}: no such file or folder. Check the path; a glob must match something.")
        for match in map(Path, sorted(matches) or [str(path)]):
            yield from _walk(match) if match.is_dir() else [match]


def _walk(top: Path) -> Iterator[Path | Problem]:
    unread: list[Problem] = []
    inside = top.resolve()

    def note(error: OSError) -> None:
        unread.append(unreadable(str(error.filename), error))

    for root, folders, names in os.walk(top, onerror=note):
        yield from unread
        unread.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(root, name)
            if name.startswith("."):
                continue
            if path.is_symlink() and _leads_out(path, inside):
                fix = "Name what it leads to, if that is to be read."
                yield _not_read(path, "a link out of the folder is not followed", fix)
            elif name not in links:  # what a link to a folder inside leads to is met anyway
                yield path
    yield from unread


def _leads_out(path: Path, inside: Path) -> bool:
    """Whether a link leads to something outside of a folder; one that leads nowhere does not."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return inside not in target.parents and target != inside


def _no_file(path: Path) -> Problem | None:
    """What keeps a path from being read as a file, before it is opened."""
    try:
        kind = KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except OSError as error:
        return unreadable(str(path), error)
    fix = "Write what it gives to a file, and name that."
    return _not_read(path, f"it is {kind}, not a file", fix) if kind else None


def unreadable(name: str, error: OSError) -> Problem:
    """The problem of a file or folder that the system does not let be read."""
    fix = FIXES.get(error.errno or 0, "Check the permissions.")
    return Problem(name, "", f"cannot be read ({error.strerror})", fix, Scope.FILE)


def _not_read(path: Path, what: str, fix: str) -> Problem:
    return Problem(str(path), "", what, fix, Scope.FILE)
