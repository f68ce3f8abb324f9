"""The machine-readable half of an exported folder: the whole skill, compressed, beside the texts."""

import gzip
import io
import stat
import zlib
from pathlib import Path
from typing import Literal, NoReturn

import orjson
from pydantic import ValidationError

from trace2skill.errors import InputError
from trace2skill.skills.model import Skill
from trace2skill.traces.model import Frozen

JSON_FILE = "references/skill.json.gz"
PLAIN_FILE = "references/skill.json"
"""Where exports before it was compressed have it."""

JSON_LIMIT = 32 * 1024 * 1024
"""Bytes of JSON, once decompressed."""

_GZIP = 31  # zlib's window bits for a gzip stream


class Exported(Frozen):
    """The skill, its version, and SKILL.md as it was exported with it."""

    schema_version: Literal[1] = 1
    generator: Literal["trace2skill"] = "trace2skill"
    version: int
    markdown: str
    skill: Skill


def packed(exported: Exported) -> bytes:
    """The content of `references/skill.json.gz`: sorted JSON, compressed without time or file name.

    Equal content gives equal bytes, as far as zlib is the same.
    """
    body = orjson.dumps(exported.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(body)
    return buffer.getvalue()


def read_exported(folder: Path) -> Exported:
    """The machine-readable half of an exported folder, compressed or as older exports have it.

    Raises:
        InputError: it is missing or not valid.
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
    data = _bytes_inside(file, JSON_LIMIT)
    try:
        return Exported.model_validate_json(data if file == plain else _decompressed(file, data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        refuse(file, f"{f'{place}: ' if place else ''}{first['msg']}; export the skill again")


def read_inside(file: Path, limit: int) -> str:
    """The UTF-8 text of a regular file, which must not be a link, of at most `limit` bytes.

    Raises:
        InputError: it is anything else.
    """
    data = _bytes_inside(file, limit)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{file}:{line}: is not UTF-8; save it as UTF-8") from None


def refuse(file: Path, problem: str) -> NoReturn:
    """Say what is wrong with a file.

    Raises:
        InputError: always.
    """
    raise InputError(f"{file}: {problem}")


def _bytes_inside(file: Path, limit: int) -> bytes:
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
    """The content, of which no more is unpacked than may be read."""
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
