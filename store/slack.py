"""Blanking what Chroma writes into its vector files besides vectors.

Chroma (its fork of hnswlib) writes the whole memory it has set aside for a segment, also the part that holds
no vector yet. That part was never cleared: it says whatever the process had there before, be it the text of
a trace that was to be forgotten or a secret that was taken out of one. Nothing ever reads it.
"""

import struct
from pathlib import Path
from typing import NamedTuple

_HEADER = struct.Struct("<i6Q")
_VERSION = 1
_LENGTH = 4
"""Bytes that `length.bin` keeps for each vector."""


class _Header(NamedTuple):
    """How `header.bin` begins: sizes in bytes, `room` and `used` in vectors."""

    version: int
    links_at: int
    room: int
    used: int
    size: int
    label_at: int
    vector_at: int


def blank(index: Path) -> None:
    """Overwrite with zeros what no vector occupies, in every segment of a closed index.

    A segment of a form not known here is left as it is.

    Raises:
        OSError: A file cannot be written.
    """
    for path in sorted(index.glob("*/header.bin")):
        header = _read(path)
        if header:
            _zero(path.with_name("data_level0.bin"), header.used * header.size, header.room * header.size)
            _zero(path.with_name("length.bin"), header.used * _LENGTH, header.room * _LENGTH)


def _read(path: Path) -> _Header | None:
    start = path.read_bytes()[: _HEADER.size]
    if len(start) < _HEADER.size:
        return None
    header = _Header._make(_HEADER.unpack(start))
    known = header.version == _VERSION and header.used <= header.room and header.vector_at < header.label_at
    return header if known and header.label_at < header.size else None


def _zero(path: Path, start: int, end: int) -> None:
    """Zeros from `start` on, in a file of just `end` bytes; where they are there already nothing is done."""
    if not path.is_file() or path.stat().st_size != end:
        return
    with path.open("r+b") as file:
        file.seek(start)
        if any(file.read()):
            file.seek(start)
            file.write(bytes(end - start))
