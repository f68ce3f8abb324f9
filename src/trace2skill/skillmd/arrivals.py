"""A skill as it arrives from outside, in a folder or a ZIP archive, with its digest and its signer."""

import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from trace2skill.errors import InputError
from trace2skill.skillmd.folder import (
    JSON_FILE,
    JSON_LIMIT,
    MARKDOWN_LIMIT,
    PLAIN_FILE,
    SKILL_FILE,
    bytes_inside,
    import_skill,
    refuse,
)
from trace2skill.skillmd.signing import SIGNATURE_FILE, content_digest, verify
from trace2skill.skills.model import Skill
from trace2skill.skills.playbook import EVIDENCE_FILE

READ = {
    SKILL_FILE: MARKDOWN_LIMIT,
    SKILL_FILE.lower(): MARKDOWN_LIMIT,
    EVIDENCE_FILE: JSON_LIMIT,
    JSON_FILE: JSON_LIMIT,
    PLAIN_FILE: JSON_LIMIT,
    SIGNATURE_FILE: MARKDOWN_LIMIT,
}
"""The files of a skill folder, and the most bytes of each; others are not looked at."""

MOST_MEMBERS = 10_000


class Arrival(NamedTuple):
    """A skill, the SHA-256 of the files it was read from, and the fingerprint of the key that signed them."""

    skill: Skill
    digest: str
    signer: str = ""


def arrived(path: Path, key: Path | None = None) -> Arrival:
    """The skill in a folder, in the folder of the SKILL.md that is named, or in a ZIP archive.

    Args:
        path: What is imported.
        key: The public key that must have signed it; None for any, or no, signature.

    Raises:
        InputError: It holds no skill, or is not as it was signed; the message names the file and the fix.
        SettingError: The key cannot be used.
    """
    if path.is_file() and zipfile.is_zipfile(path):
        with _unpacked(path) as folder:
            try:
                return _of_folder(folder, key)
            except InputError as error:
                raise InputError(str(error).replace(str(folder.resolve()), str(path))) from None
    return _of_folder(path.parent if path.name.lower() == "skill.md" else path, key)


def _of_folder(folder: Path, key: Path | None) -> Arrival:
    before = _files(folder)
    signer = verify(before, key, folder) if key else ""
    skill = import_skill(folder)
    found = content_digest(before)
    if content_digest(_files(folder)) != found:
        refuse(folder, "was changed while it was read; import it again")
    return Arrival(skill, found, signer)


def _files(folder: Path) -> dict[str, bytes]:
    found = {}
    for name, most in READ.items():
        file = folder / name
        if file.is_symlink() or (file.exists() and not file.parent.is_symlink()):
            found[name] = bytes_inside(file, most)
    return found


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The files of the one skill in an archive, in a folder of its own for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with zipfile.ZipFile(path) as archive:
                folder = _unpack(path, archive, Path(scratch))
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            OSError,
        ) as error:
            raise InputError(f"{path}: cannot be unpacked ({error}); get it again, or unpack it") from None
        yield folder


def _unpack(path: Path, archive: zipfile.ZipFile, scratch: Path) -> Path:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        refuse(path, f"holds {len(members)} files; unpack it, and import the folder of the skill")
    skills = [PurePosixPath(each.filename) for each in members if each.filename.lower().endswith("skill.md")]
    skills = [each for each in skills if each.name.lower() == "skill.md"]
    if len(skills) != 1:
        many = len(skills) or "no"
        refuse(path, f"holds {many} {SKILL_FILE}; one skill at a time: unpack it, and name its folder")
    inside = skills[0].parent
    folder = scratch / (inside.name or path.stem)
    for member in members:
        place = PurePosixPath(member.filename)
        if not place.is_relative_to(inside) or str(place.relative_to(inside)) not in READ:
            continue
        name = str(place.relative_to(inside))
        if stat.S_ISLNK(member.external_attr >> 16):
            refuse(path / name, "is a symbolic link; a skill holds its own files")
        with archive.open(member) as file:
            data = file.read(READ[name] + 1)
        if len(data) > READ[name]:
            refuse(path / name, f"unpacks to more than the {READ[name]} bytes that are read")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder
