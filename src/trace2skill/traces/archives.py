"""ZIP archives of runs: Inspect's `.eval` logs, whose members are deflated or compressed with zstd."""

import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import orjson

from trace2skill.traces.decoding import DamagedFileError, zstd_decoder, zstd_error
from trace2skill.traces.files import Record
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
            for info in [header, *(info for info in samples if info.filename.endswith(".json"))]:
                yield _record(name, archive, info)
    except (zipfile.BadZipFile, OSError, ValueError):
        yield _unknown(name)


def _unknown(name: str) -> Problem:
    return Problem(name, "", "the file is a ZIP archive", "Unpack it, and name what is inside.", Scope.FILE)


def _record(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Record | Problem:
    try:
        return Record(name, info.filename, orjson.loads(_content(archive, info)))
    except orjson.JSONDecodeError as error:
        fault = f"not valid JSON ({error.msg})"
    except (
        zipfile.BadZipFile,
        zlib.error,
        zstd_error(),
        DamagedFileError,
        OSError,
        EOFError,
        RuntimeError,
    ) as error:
        fault = f"the compressed data is damaged ({error})"
    except NotImplementedError:
        fault = f"compressed in a way that is not known (method {info.compress_type})"
    return Problem(name, info.filename, fault, "Get the file again; the other samples are read.")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a member. Python reads zstd members itself from 3.14 on."""
    if info.compress_type != _ZSTD or sys.version_info >= (3, 14):
        return archive.read(info)
    assert archive.filename is not None
    with Path(archive.filename).open("rb") as file:
        file.seek(info.header_offset)
        local = file.read(30)
        if len(local) < 30 or not local.startswith(b"PK\x03\x04"):
            raise zipfile.BadZipFile("a member is not where the directory says")
        file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1)
        packed = file.read(info.compress_size)
    decoder = zstd_decoder()
    content = decoder.decompress(packed)
    if not decoder.eof or zlib.crc32(content) != info.CRC:
        raise zipfile.BadZipFile("bad CRC, or cut short")
    return content
