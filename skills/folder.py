"""A skill as an Agent Skills folder on disk, written whole or not at all."""

import os
import shutil
import tempfile
from pathlib import Path

from trace2skill.errors import InputError
from trace2skill.skills.evidence_page import to_evidence
from trace2skill.skills.exported import (
    JSON_FILE,
    PLAIN_FILE,
    Exported,
    packed,
    read_exported,
    read_inside,
)
from trace2skill.skills.importer import MARKDOWN_LIMIT, NAME, SKILL_FILE
from trace2skill.skills.markdown import EVIDENCE_FILE, GENERATOR, to_markdown
from trace2skill.skills.model import Skill
from trace2skill.skills.parse import read_document, same_text


def export_skill(skill: Skill, version: int, directory: Path) -> Path:
    """Write `<directory>/<name>/` with SKILL.md and references/, and return that folder.

    The folder appears at once: it is written beside its place and then moved there. An earlier export is
    replaced, unless that would lose something: a SKILL.md edited since, or a file that no export wrote.

    Raises:
        InputError: the place is taken by something an export may not replace, or cannot be written.
    """
    if not NAME.fullmatch(skill.name):
        raise InputError(
            f"`{skill.name}` cannot be a folder name; a skill's name is lower-case words joined by `-`"
        )
    target = directory / skill.name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _check_replaceable(target)
        _write(skill_files(skill, version), target)
    except OSError as error:
        raise InputError(f"{target}: cannot be written ({error.strerror})") from error
    return target


def skill_files(skill: Skill, version: int) -> dict[str, bytes]:
    """The files of the folder by relative path. Equal skills and versions give equal bytes."""
    markdown = to_markdown(skill, version)
    exported = Exported(version=version, markdown=markdown, skill=skill)
    return {
        SKILL_FILE: markdown.encode(),
        EVIDENCE_FILE: to_evidence(skill, version).encode(),
        JSON_FILE: packed(exported),
    }


def _check_replaceable(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(f"{target}: is not a folder; move it away, or export elsewhere")
    found = _found(target)
    if not found:
        return
    foreign = sorted(found - {SKILL_FILE, EVIDENCE_FILE, JSON_FILE, PLAIN_FILE})
    if SKILL_FILE not in found or foreign:
        named = f"`{foreign[0]}`, which no export wrote" if foreign else f"no {SKILL_FILE}"
        raise InputError(f"{target}: holds {named}; move it away, or export elsewhere")
    text = read_inside(target / SKILL_FILE, MARKDOWN_LIMIT)
    if read_document(text, str(target / SKILL_FILE)).metadata.get("generator") != GENERATOR:
        raise InputError(
            f"{target / SKILL_FILE}: was not written by an export; move it away, or export elsewhere"
        )
    if not same_text(text, read_exported(target).markdown):
        raise InputError(
            f"{target / SKILL_FILE}: was edited after its export; run `trace2skill skills import {target}` "
            "to take the edits over, then delete the folder and export again"
        )


def _found(target: Path) -> set[str]:
    """Relative paths of everything in the folder that is not a plain sub-folder."""
    if not target.is_dir():
        return set()
    found = set()
    for folder, folders, files in os.walk(target):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        found |= {(Path(folder) / name).relative_to(target).as_posix() for name in (*files, *links)}
    return found


def _write(files: dict[str, bytes], target: Path) -> None:
    """Write beside the target, then move into place; the earlier folder comes back if the move fails."""
    workshop = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        fresh, earlier = workshop / "new", workshop / "old"
        for name, data in files.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(data)
        if target.exists():
            target.rename(earlier)
        try:
            fresh.rename(target)
        except OSError:
            if earlier.exists():
                earlier.rename(target)
            raise
    finally:
        shutil.rmtree(workshop)
