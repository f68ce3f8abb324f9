"""Export a skill as an Agent Skills folder, written completely or not at all, and import it."""

import gzip
import io
import os
import re
import shutil
import stat
import tempfile
import zlib
from pathlib import Path
from typing import Any, Literal, NoReturn

import orjson
from pydantic import ValidationError

from trace2skill.errors import InputError
from trace2skill.skillmd.edits import take_edits
from trace2skill.skillmd.evidence_page import to_evidence
from trace2skill.skillmd.parse import ParsedFile, from_hand, read_document, same_text
from trace2skill.skillmd.signing import SIGNATURE_FILE, sign
from trace2skill.skills.model import Skill
from trace2skill.skills.playbook import EVIDENCE_FILE, GENERATOR, to_markdown
from trace2skill.traces.model import Frozen

JSON_FILE = "references/skill.json.gz"
PLAIN_FILE = "references/skill.json"
"""The same file in older exports, which did not compress it."""

JSON_LIMIT = 32 * 1024 * 1024
"""Most bytes of JSON after decompression."""

_GZIP = 31  # zlib's window bits for a gzip stream


class Exported(Frozen):
    """A skill, its version, and the SKILL.md that was exported with it."""

    schema_version: Literal[1] = 1
    generator: Literal["trace2skill"] = "trace2skill"
    version: int
    markdown: str
    skill: Skill


def packed(exported: Exported) -> bytes:
    """The content of `references/skill.json.gz`: JSON with sorted keys, compressed without time or file name.

    Equal content gives equal bytes with the same version of zlib.
    """
    body = orjson.dumps(exported.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(body)
    return buffer.getvalue()


def read_exported(folder: Path) -> Exported:
    """The machine-readable part of an exported folder, compressed or, in older exports, plain.

    Raises:
        InputError: It is missing or not valid.
    """
    file = folder / JSON_FILE
    if file.parent.is_symlink():
        refuse(file.parent, "is a symbolic link; a skill folder holds its own files")
    plain = folder / PLAIN_FILE
    if not file.exists() and plain.exists():
        file = plain
    if not file.exists():
        refuse(
            file,
            "is missing; export the skill again, or delete `generator` in the frontmatter to import the text",
        )
    data = bytes_inside(file, JSON_LIMIT)
    try:
        return Exported.model_validate_json(data if file == plain else _decompressed(file, data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        refuse(file, f"{f'{place}: ' if place else ''}{first['msg']}; export the skill again")


def read_inside(file: Path, limit: int) -> str:
    """The text of a file.

    Raises:
        InputError: It is not a regular file (a link, for example), larger than `limit` bytes, or not UTF-8.
    """
    data = bytes_inside(file, limit)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{file}:{line}: is not UTF-8; save it as UTF-8") from None


def refuse(file: Path, problem: str) -> NoReturn:
    """Report a problem with a file.

    Raises:
        InputError: Always.
    """
    raise InputError(f"{file}: {problem}")


def bytes_inside(file: Path, limit: int) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: It is not a regular file (a link, for example), or larger than `limit` bytes.
    """
    try:
        status = file.lstat()
    except OSError as error:
        refuse(file, f"cannot be read ({error.strerror})")
    if not stat.S_ISREG(status.st_mode):
        refuse(file, "is not a plain file; a skill folder holds its own files, no links")
    if status.st_size > limit:
        refuse(
            file, f"has {status.st_size} bytes; at most {limit} are read. Move long text to files of its own"
        )
    try:
        return file.read_bytes()
    except OSError as error:
        refuse(file, f"cannot be read ({error.strerror})")


def _decompressed(file: Path, data: bytes) -> bytes:
    """The decompressed content; at most `JSON_LIMIT` bytes and one are unpacked."""
    stream = zlib.decompressobj(_GZIP)
    try:
        body = stream.decompress(data, JSON_LIMIT + 1)
    except zlib.error:
        refuse(file, "is not compressed with gzip; export the skill again")
    if len(body) > JSON_LIMIT:
        refuse(file, f"unpacks to more than the {JSON_LIMIT} bytes that are read")
    if not stream.eof or stream.unused_data:
        refuse(file, "is cut off, or holds more than one export writes; export the skill again")
    return body


SKILL_FILE = "SKILL.md"
MARKDOWN_LIMIT = 512 * 1024
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def import_skill(path: Path) -> Skill:
    """The skill in a folder (or in the folder of the SKILL.md that `path` names).

    An export of trace2skill is read without loss; edits of its SKILL.md are applied as
    `trace2skill.skillmd.edits` says. The body of any other SKILL.md is kept verbatim as `human_text`, and its
    list items under headings that name steps, conditions or pitfalls become cited notes. Only SKILL.md and
    references/skill.json.gz (skill.json in older exports) are read, and never through a symbolic link.

    Raises:
        InputError: A file is missing, too large, a link, not UTF-8 or not valid; the message names the file
            and the fix.
    """
    folder = (path.parent if path.name.lower() == "skill.md" else path).resolve()
    file = _skill_file(folder)
    text = read_inside(file, MARKDOWN_LIMIT)
    document = read_document(text, str(file))
    if document.metadata.get("generator") != GENERATOR:
        fields = from_hand(document, folder.name)
        return _skill(fields, file, text)
    stored = read_exported(folder)
    if same_text(text, stored.markdown):
        return stored.skill
    exported = read_document(stored.markdown, str(folder / JSON_FILE))
    if "digest" not in exported.metadata:
        refuse(
            file,
            "was edited after an older version had exported it, in a layout that is no longer read; import "
            "the folder as it was exported, and edit the export of that",
        )
    return _edited(stored.skill, exported, document, file, text)


def with_edits(skill: Skill, exported: str, text: str) -> Skill:
    """The skill with a person's edits applied, as `trace2skill.skillmd.edits` says.

    Args:
        skill: The skill.
        exported: Its SKILL.md before the edits.
        text: The edited SKILL.md.

    Raises:
        InputError: The edited text is not a skill; the message names the line and the fix.
    """
    if same_text(text, exported):
        return skill
    if len(text.encode()) > MARKDOWN_LIMIT:
        raise InputError(f"{SKILL_FILE}: at most {MARKDOWN_LIMIT} bytes are read")
    document = read_document(text, SKILL_FILE)
    return _edited(skill, read_document(exported, SKILL_FILE), document, Path(SKILL_FILE), text)


def _skill_file(folder: Path) -> Path:
    for file in (folder / SKILL_FILE, folder / SKILL_FILE.lower()):
        if file.is_symlink() or file.exists():
            return file
    raise InputError(f"{folder}: holds no {SKILL_FILE}; name a folder that does")


def _edited(skill: Skill, exported: ParsedFile, document: ParsedFile, file: Path, text: str) -> Skill:
    fields = {name: getattr(skill, name) for name in Skill.model_fields}
    return _skill(fields | take_edits(skill, exported, document), file, text)


def _skill(fields: dict[str, Any], file: Path, text: str) -> Skill:
    if not NAME.fullmatch(fields["name"]) or len(fields["name"]) > 64:
        slug = "-".join(re.findall(r"[a-z0-9]+", fields["name"].lower()))[:64].strip("-") or "my-skill"
        _refuse_field(
            file, text, "name", f"`{fields['name']}` is not lower-case words joined by `-`; write `{slug}`"
        )
    if not fields["description"].strip():
        _refuse_field(
            file, text, "description", "is missing; add `description: what the skill does and when to use it`"
        )
    if len(fields["description"]) > 1024:
        _refuse_field(
            file, text, "description", f"has {len(fields['description'])} characters; shorten it to 1024"
        )
    return Skill.model_validate(fields)


def _refuse_field(file: Path, text: str, field: str, problem: str) -> NoReturn:
    lines = text.splitlines()
    line = next((number for number, line in enumerate(lines, 1) if line.startswith(f"{field}:")), 1)
    raise InputError(f"{file}:{line}: {field} {problem}")


def export_skill(skill: Skill, version: int, directory: Path, key: Path | None = None) -> Path:
    """Write `<directory>/<name>/` with SKILL.md and references/, and return that folder.

    With the file of a private key, a signature over the other files is written too.

    The folder is written under another name beside its place and then moved there. An earlier export is
    replaced unless something would be lost: a SKILL.md edited since, or a file that no export wrote.

    Raises:
        InputError: The name cannot be a folder's, or the place holds something that an export may not
            replace or cannot be written.
        SettingError: The key cannot be used.
    """
    if not NAME.fullmatch(skill.name):
        raise InputError(
            f"`{skill.name}` cannot be a folder name; a skill's name is lower-case words joined by `-`"
        )
    target = directory / skill.name
    files = skill_files(skill, version)
    if key:
        files[SIGNATURE_FILE] = sign(files, key)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _check_replaceable(target)
        _write(files, target)
    except OSError as error:
        raise InputError(f"{target}: cannot be written ({error.strerror})") from error
    return target


def skill_files(skill: Skill, version: int) -> dict[str, bytes]:
    """The contents of the folder's files by relative path; equal skills and versions give equal bytes."""
    markdown = to_markdown(skill, version)
    exported = Exported(version=version, markdown=markdown, skill=skill)
    return {
        SKILL_FILE: markdown.encode(),
        EVIDENCE_FILE: to_evidence(skill, version).encode(),
        JSON_FILE: packed(exported),
    }


def plain_files(skill: Skill, version: int) -> dict[str, str]:
    """The same folder for where only text may lie: the machine-readable part is not compressed."""
    files = skill_files(skill, version)
    body = gzip.decompress(files.pop(JSON_FILE))
    return {path: data.decode() for path, data in {**files, PLAIN_FILE: body}.items()}


def _check_replaceable(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(f"{target}: is not a folder; move it away, or export elsewhere")
    found = _found(target)
    if not found:
        return
    foreign = sorted(found - {SKILL_FILE, EVIDENCE_FILE, JSON_FILE, PLAIN_FILE, SIGNATURE_FILE})
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
    """The relative paths of all files in the folder and of links to folders."""
    if not target.is_dir():
        return set()
    found = set()
    for folder, folders, files in os.walk(target):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        found |= {(Path(folder) / name).relative_to(target).as_posix() for name in (*files, *links)}
    return found


def _write(files: dict[str, bytes], target: Path) -> None:
    """Write beside the target, then move into place; the old folder is restored if the move fails."""
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        new, old = scratch / "new", scratch / "old"
        for name, data in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(data)
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        shutil.rmtree(scratch)
