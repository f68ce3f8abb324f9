"""ZIP archives of runs: Inspect's `.eval` logs, whose members are deflated or compressed with zstd."""

import sys
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import orjson

from trace2skill.traces.decoding import (
    CHUNK,
    PIECE,
    TRUSTED,
    DamagedFileError,
    zstd_decoder,
    zstd_error,
)
from trace2skill.traces.encodings import parsed
from trace2skill.traces.files import Record
from trace2skill.traces.limits import limits, variable
from trace2skill.traces.problem import Problem, Scope

_ZSTD = 93
_HEADERS = ("header.json", "_journal/start.json")
"""The log's own description; the second is all that a log has whose run was killed."""


def archive_records(path: Path) -> Iterator[Record | Problem]:
    """The records of an evaluation log: its header, then each sample. Any other archive is one `Problem`."""
    name = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            header = next((members[each] for each in _HEADERS if each in members), None)
            if header is None:
                yield _unknown(name)
                return
            samples = [info for each, info in members.items() if each.startswith("samples/")]
            room = _Room(path.stat().st_size)
            for info in [header, *(info for info in samples if info.filename.endswith(".json"))]:
                yield _record(name, archive, info, room)
    except (zipfile.BadZipFile, OSError, ValueError):
        yield _unknown(name)


def _unknown(name: str) -> Problem:
    return Problem(name, "", "the file is a ZIP archive", "Unpack it, and name what is inside.", Scope.FILE)


class _Room:
    """Counts what an archive unpacks to, member by member; members may lie over each other."""

    def __init__(self, packed: int) -> None:
        self._packed = packed
        self._unpacked = 0
        self._bounds = limits()

    def gathered(self, chunks: Iterator[bytes]) -> bytes:
        """One member.

        Raises:
            DamagedFileError: It is too large, or the archive is with it.
        """
        kept, size = list[bytes](), 0
        for chunk in chunks:
            kept.append(chunk)
            size, self._unpacked = size + len(chunk), self._unpacked + len(chunk)
            exceeded = self._bounds.exceeded(self._packed, self._unpacked)
            if size > self._bounds.record:
                exceeded = f"longer than {self._bounds.max_record_mb} MB ({variable('max_record_mb')})"
            if exceeded:
                raise DamagedFileError(exceeded, size, TRUSTED)
        return b"".join(kept)


def _record(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: _Room) -> Record | Problem:
    fix = "Get the file again"
    try:
        return Record(name, info.filename, parsed(room.gathered(_content(archive, info))))
    except orjson.JSONDecodeError as error:
        fault = f"not valid JSON ({error.msg})"
    except DamagedFileError as error:
        fault, fix = str(error), error.fix
    except (zipfile.BadZipFile, zlib.error, zstd_error(), OSError, EOFError, RuntimeError) as error:
        fault = f"the compressed data is damaged ({error})"
    except NotImplementedError:
        fault = f"compressed in a way that is not known (method {info.compress_type})"
    return Problem(name, info.filename, fault, f"{fix}; the other samples are read.")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member, in chunks. Python reads zstd members itself from 3.14 on."""
    if info.compress_type != _ZSTD or sys.version_info >= (3, 14):
        with archive.open(info) as member:
            yield from iter(partial(member.read, CHUNK), b"")
        return
    decoder, checksum = zstd_decoder(), 0
    for piece in _packed(archive, info):
        content = decoder.decompress(piece)
        checksum = zlib.crc32(content, checksum)
        yield content
        if decoder.eof:
            break
    if not decoder.eof or checksum != info.CRC:
        raise zipfile.BadZipFile("bad CRC, or cut short")


def _packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The compressed bytes of a member, in pieces so small that what each becomes fits into memory."""
    assert archive.filename is not None
    with Path(archive.filename).open("rb") as file:
        file.seek(info.header_offset)
        local = file.read(30)
        if len(local) < 30 or not local.startswith(b"PK\x03\x04"):
            raise zipfile.BadZipFile("a member is not where the directory says")
        file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1)
        left = info.compress_size
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
