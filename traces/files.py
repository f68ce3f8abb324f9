"""From the paths a user names to files, and from a file to lines, whatever it is compressed with."""

import glob
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from trace2skill.errors import InputError

CHUNK = 1 << 20
BOM = b"\xef\xbb\xbf"
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class DamagedFileError(Exception):
    """Compressed data that breaks off or cannot be decoded; `offset` counts decoded bytes."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def find_files(paths: Iterable[Path | str]) -> list[Path]:
    """Expand files, folders (recursively) and globs into a sorted list of distinct files.

    Hidden files and folders inside a folder are passed over.

    Raises:
        InputError: A path does not exist, or a glob matches nothing.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _expand(Path(path)):
            found.setdefault(file.resolve(), file)
    return sorted(found.values())


def read_lines(path: Path) -> Iterator[bytes]:
    """Stream the lines of a plain, gzip or zstd file, told apart by content; line ends are removed.

    Raises:
        DamagedFileError: The compressed data breaks off or cannot be decoded; the lines before came out.
        OSError: The file cannot be read.
    """
    pending: list[bytes] = []
    first = True
    for chunk in _decoded(path):
        whole = chunk.removeprefix(BOM) if first else chunk
        first = False
        *ended, rest = whole.split(b"\n")
        for piece in ended:
            pending.append(piece)
            yield b"".join(pending).rstrip(b"\r")
            pending = []
        pending.append(rest)
    if last := b"".join(pending):
        yield last


def _expand(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from _walk(path)
    elif path.exists():
        yield path
    else:
        magic = glob.has_magic(str(path))
        matches = glob.glob(str(path), recursive=True) if magic else []  # noqa: PTH207 Path.glob takes no absolute pattern
        if not matches:
            raise InputError(f"{path}: no such file or folder. Check the path; a glob must match something.")
        for match in sorted(matches):
            yield from _walk(Path(match)) if Path(match).is_dir() else [Path(match)]


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(root, name)


def _decoded(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(CHUNK), b"")
        first = next(chunks, b"")
        if first.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
            yield from _decompress(first, chunks)
        else:
            yield first
            yield from chunks


def _decompress(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decode one or several gzip or zstd members that follow each other."""
    decoder, data, offset = _decoder(first), first, 0
    damage = (zlib.error, _zstd_error())
    while True:
        try:
            out = decoder.decompress(data)
        except damage as error:
            raise DamagedFileError(f"the compressed data is damaged ({error})", offset) from error
        offset += len(out)
        yield out
        data = decoder.unused_data if decoder.eof else b""
        data = data or next(chunks, b"")
        if not data:
            break
        if decoder.eof:
            if not data.strip(b"\0"):
                continue
            decoder = _decoder(data)
    if not decoder.eof:
        raise DamagedFileError("the compressed data breaks off", offset)


def _decoder(data: bytes) -> _Decoder:
    if not data.startswith(ZSTD_MAGIC):
        return zlib.decompressobj(wbits=31)
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdDecompressor()
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


def _zstd_error() -> type[Exception]:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdError
    import zstandard

    return zstandard.ZstdError
