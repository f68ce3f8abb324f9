"""Skills in a project's folders: exported to where a client looks, and installed again from a lock."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trace2skill.cli.options import DEFAULT_LIBRARY, JsonOption, LibraryOption
from trace2skill.cli.output import add_row, console, note, print_json, table
from trace2skill.errors import InputError, LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trace2skill.skillmd.lock import Locked
    from trace2skill.store.library import Library
    from trace2skill.store.records import StoredSkill

FAILED = 1


def export_to(root: Path, client: str, chosen: "Iterable[StoredSkill]") -> list[Path]:
    """Write skills to where the client looks, and into the project's lock; the folders.

    Raises:
        InputError: A folder may not be written, or is not an export's.
    """
    from trace2skill.skillmd.clients import client_folder, remarks
    from trace2skill.skillmd.folder import SKILL_FILE, export_skill, skill_files
    from trace2skill.skillmd.lock import Locked, folder_digest, read_lock, write_lock

    lock, where = read_lock(root), client_folder(root, client)
    folders, entries, shown = [], {}, []
    for each in chosen:
        files = skill_files(each.skill, each.version)
        folders.append(export_skill(each.skill, each.version, where))
        locked = Locked(
            skill=each.skill.name, version=each.version, client=client, digest=folder_digest(files)
        )
        entries[client, each.skill.name] = locked
        shown.append((each.skill, files[SKILL_FILE].decode()))
    if entries:
        write_lock(root, lock.with_entries(entries))
    for remark in remarks(client, shown):
        note(remark)
    return folders


def install(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The project, with the trace2skill.lock of an export.")
    ] = Path(),
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: say what differs from the lock, and exit with 1.")
    ] = False,
    library: LibraryOption = DEFAULT_LIBRARY,
    as_json: JsonOption = False,
) -> None:
    """Install the skills that a project's lock names.

    `skills export DIR --to CLIENT` writes the lock, DIR/trace2skill.lock: keep it with the project, and the
    skills' folders need not be. Each skill is written in just the version and with just the bytes that were
    locked, or not at all.
    """
    from trace2skill.skillmd.lock import LOCK_FILE, read_lock
    from trace2skill.store.library import Library

    lock = read_lock(directory)
    if not lock.skills:
        raise InputError(
            f"{directory / LOCK_FILE}: there is none; make it with "
            f"`trace2skill skills export {directory} --to CLIENT`"
        )
    with Library(library, create=False) as opened:
        states = [(each, _installed(opened, directory, each, check=check)) for each in lock.skills]
    if as_json:
        print_json([{**each.model_dump(), "state": state} for each, state in states])
    else:
        grid = table("skill", "#version", "client", "state")
        for each, state in states:
            add_row(grid, each.skill, each.version, each.client, state)
        console().print(grid)
    if any(state.partition(",")[0] != "as locked" for _, state in states):
        raise typer.Exit(FAILED)


def _installed(library: "Library", root: Path, locked: "Locked", *, check: bool) -> str:
    """Install one skill unless it is there; in words how it stands afterwards."""
    from trace2skill.skillmd.clients import client_folder
    from trace2skill.skillmd.folder import export_skill, skill_files
    from trace2skill.skillmd.lock import folder_digest

    where = client_folder(root, locked.client)
    try:
        stored = library.skill(locked.skill, locked.version)
        newest = library.skill(locked.skill).version
    except LibraryError as error:
        return f"not in the library: {error}"
    if folder_digest(skill_files(stored.skill, stored.version)) != locked.digest:
        return "the library has other content under this version: export it again, and look at the change"
    later = f", version {newest} is in the library" if newest > locked.version else ""
    there = _files(where / locked.skill)
    if there and folder_digest(there) == locked.digest:
        return f"as locked{later}"
    if check:
        return "differs from what was locked" if there else "missing"
    try:
        export_skill(stored.skill, stored.version, where)
    except InputError as error:
        return str(error)
    return f"as locked{later}"


def _files(folder: Path) -> "Mapping[str, bytes]":
    """The contents of the regular files in a folder, by relative path."""
    if folder.is_symlink() or not folder.is_dir():
        return {}
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
