"""Skills out of a library and into one: folders, clients, registries, imports, and a project's lock.

What `trace2skill skills export`, `import` and `install` do. Each function has an awaited twin, named with an
`a`, that works off the event loop.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from trace2skill.errors import InputError, LibraryError
from trace2skill.integrations import registries
from trace2skill.integrations.registries import Registered
from trace2skill.skillmd.arrivals import arrived
from trace2skill.skillmd.clients import client_folder, remarks
from trace2skill.skillmd.folder import SKILL_FILE, export_skill, skill_files
from trace2skill.skillmd.lock import LOCK_FILE, Locked, folder_digest, read_lock, write_lock
from trace2skill.skillmd.signing import SIGNATURE_FILE
from trace2skill.skills.model import Skill
from trace2skill.store.approvals import Origin
from trace2skill.store.approving import approve
from trace2skill.store.library import Library
from trace2skill.store.records import StoredSkill
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import find_secrets, redact_path

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder
    from trace2skill.store.index import ChromaClient

Where = str | Path | Library
DEFAULT = ".trace2skill"
AS_LOCKED = "as locked"


class Exports(Frozen):
    """The folders that were written, and what a client will cut of them, in words."""

    folders: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


class Imported(Frozen):
    """What became of a skill from outside.

    Attributes:
        name: Its name.
        rules: How many rules it has.
        state: Whether it is used from now on, waits for approval, or was in the library already.
        version: The version that was made of it, if it is approved.
        digest: What it waits under, if it waits.
        signer: The fingerprint of the key whose signature was verified.
    """

    name: str
    rules: int
    state: Literal["approved", "quarantine", "known"]
    version: int | None = None
    digest: str = ""
    signer: str = ""


class Installed(Frozen):
    """A skill of a project's lock, and in words how its folder stands; `good` if it is as locked."""

    skill: str
    version: int
    client: str
    digest: str
    state: str

    @property
    def good(self) -> bool:
        """Whether the folder is as it was locked."""
        return self.state.partition(",")[0] == AS_LOCKED


def export_skills(
    directory: str | Path,
    library: Where = DEFAULT,
    *,
    names: Collection[str] = (),
    to: str | None = None,
    sign: str | Path | None = None,
) -> Exports:
    """Write skills as Agent Skills folders.

    Args:
        directory: Where the folders go; with `to` a project's folder, or a home folder.
        library: The library: its folder, or an open one.
        names: Skills to export; all active ones if none is named.
        to: A client of Agent Skills (`CLIENTS` in skillmd/clients.py): the folders go to where it looks, and
            into the directory's lock, trace2skill.lock.
        sign: The file of an Ed25519 key, to sign each folder with.

    Raises:
        LibraryError: The library cannot be used, or has no such skill, or it waits in quarantine.
        InputError: There is no such client, or a folder holds other work, was edited, or lies behind a link.
        SettingError: The key cannot be used.
    """
    root, key = Path(directory), Path(sign) if sign else None
    with _opened(library) as opened:
        chosen = _chosen(opened, names)
    if to is None:
        return Exports(folders=tuple(export_skill(each.skill, each.version, root, key) for each in chosen))
    lock, where = read_lock(root), client_folder(root, to)
    folders, entries, shown = [], {}, []
    for each in chosen:
        files, name = skill_files(each.skill, each.version), each.skill.name
        folders.append(export_skill(each.skill, each.version, where, key))
        entries[to, name] = Locked(skill=name, version=each.version, client=to, digest=folder_digest(files))
        shown.append((each.skill, files[SKILL_FILE].decode()))
    if entries:
        write_lock(root, lock.with_entries(entries))
    return Exports(folders=tuple(folders), remarks=tuple(remarks(to, shown)))


def register_skills(
    address: str,
    library: Where = DEFAULT,
    *,
    names: Collection[str] = (),
    labels: Collection[str] = (),
) -> list[Registered]:
    """Put skills into a registry, each as a version there, unless the last one there has the same content.

    Args:
        address: `langfuse://` or `langfuse://prompts`, `langfuse://skills`, `mlflow://` or
            `mlflow://prompts`, `mlflow://skills`. Server and keys come from the environment.
        library: The library: its folder, or an open one.
        names: Skills to register; all active ones if none is named.
        labels: Labels (Langfuse) or aliases (MLflow) that are to point at these versions.

    Raises:
        LibraryError: The library cannot be used, or has no such skill, or one that may not be used.
        InputError: A name is taken there by something else, or the server refuses or is not there.
        SettingError: The address, the keys or the client cannot be used.
    """
    with _opened(library) as opened:
        registered = registries.register(address, _chosen(opened, names), labels)
        registries.note(opened.path, registered)
    return registered


def import_skill(  # noqa: PLR0913 - keyword only
    path: str | Path,
    library: Where = DEFAULT,
    *,
    trust: bool = False,
    verify: str | Path | None = None,
    embedding: "str | Embedder | Embeddings | None" = None,
    chroma: "str | ChromaClient | None" = None,
) -> Imported:
    """Take a skill folder into a library, where it waits in quarantine until somebody approves it.

    Args:
        path: An Agent Skills folder, its SKILL.md, or a ZIP of one.
        library: The library: its folder, made if absent, or an open one.
        trust: Approve it at once.
        verify: The file of an Ed25519 public key; refuse a folder that it did not sign.
        embedding: As `Library` takes it; for a folder only.
        chroma: As `Library` takes it; for a folder only.

    Raises:
        InputError: The folder is no skill, is not signed so, or holds what looks like a secret.
        LibraryError: The library cannot be used.
    """
    file = Path(path)
    skill, digest, signer = arrived(file, Path(verify) if verify else None)
    _refuse_secrets(skill, file)
    origin = Origin(door="skills import", source=redact_path(str(file)), digest=digest, signer=signer)
    with _opened(library, create=True, embedding=embedding, chroma=chroma) as opened:
        told = {"name": skill.name, "rules": len(skill.rules), "signer": signer}
        if not trust and _holds(opened, skill):
            return Imported(**told, state="known")
        opened.quarantine.hold([(skill, origin)])
        waiting = next(each for each in opened.quarantine.held(skill.name) if each.skill == skill)
        if not trust:
            return Imported(**told, state="quarantine", digest=waiting.digest)
        return Imported(**told, state="approved", version=approve(opened, skill.name, waiting.digest).version)


def install_skills(
    directory: str | Path = ".", library: Where = DEFAULT, *, check: bool = False
) -> list[Installed]:
    """Write the skills that a project's lock names, each just as it was locked, or not at all.

    Args:
        directory: The project's folder, with the trace2skill.lock of an export.
        library: The library: its folder, or an open one.
        check: Write nothing.

    Raises:
        InputError: There is no lock.
        LibraryError: The library cannot be used. A skill that it lacks is told in the result.
    """
    root = Path(directory)
    lock = read_lock(root)
    if not lock.skills:
        raise InputError(
            f"{root / LOCK_FILE}: there is none; make it with `trace2skill skills export {root} --to CLIENT`"
        )
    with _opened(library) as opened:
        return [
            Installed(**each.model_dump(), state=_installed(opened, root, each, check=check))
            for each in lock.skills
        ]


async def aexport_skills(directory: str | Path, library: Where = DEFAULT, **options: Any) -> Exports:  # noqa: ANN401
    """As `export_skills`, off the event loop."""
    return await asyncio.to_thread(export_skills, directory, library, **options)


async def aregister_skills(address: str, library: Where = DEFAULT, **options: Any) -> list[Registered]:  # noqa: ANN401
    """As `register_skills`, off the event loop."""
    return await asyncio.to_thread(register_skills, address, library, **options)


async def aimport_skill(path: str | Path, library: Where = DEFAULT, **options: Any) -> Imported:  # noqa: ANN401
    """As `import_skill`, off the event loop."""
    return await asyncio.to_thread(import_skill, path, library, **options)


async def ainstall_skills(
    directory: str | Path = ".", library: Where = DEFAULT, *, check: bool = False
) -> list[Installed]:
    """As `install_skills`, off the event loop."""
    return await asyncio.to_thread(install_skills, directory, library, check=check)


@contextmanager
def _opened(library: Where, *, create: bool = False, **options: Any) -> Iterator[Library]:  # noqa: ANN401
    if isinstance(library, Library):
        yield library
        return
    with Library(library, create=create, **options) as opened:
        yield opened


def _chosen(library: Library, names: Collection[str]) -> list[StoredSkill]:
    return [_named(library, name) for name in sorted(set(names))] if names else library.skills()


def _named(library: Library, name: str) -> StoredSkill:
    try:
        return library.skill(name)
    except LibraryError:
        if not library.quarantine.held(name):
            raise
    raise LibraryError(
        f"{name} waits in quarantine and goes nowhere before somebody approves it: "
        f"`trace2skill skills quarantine {name}`"
    )


def _installed(library: Library, root: Path, locked: Locked, *, check: bool) -> str:
    """Install one skill unless it is there; in words how it stands afterwards."""
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
        return f"{AS_LOCKED}{later}"
    if check:
        return "differs from what was locked" if there else "missing"
    try:
        export_skill(stored.skill, stored.version, where)
    except InputError as error:
        return str(error)
    return f"{AS_LOCKED}{later}"


def _files(folder: Path) -> Mapping[str, bytes]:
    """The contents of the regular files in a folder, by relative path, without a signature over them."""
    if folder.is_symlink() or not folder.is_dir():
        return {}
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: data for name, data in found.items() if name != SIGNATURE_FILE}


def _holds(library: Library, skill: Skill) -> bool:
    return any(each.skill == skill for each in library.skills(status=None) if each.status != "retired")


def _refuse_secrets(skill: Skill, path: Path) -> None:
    texts = (skill.title, skill.description, skill.human_text, *(rule.text for rule in skill.rules))
    if kinds := find_secrets("\n".join(texts)):
        raise InputError(
            f"{path}: holds what looks like a secret ({', '.join(sorted(kinds))}); take it out first"
        )
