"""Decodes files: plain, gzip or zstd, recognised by content, as streams of lines."""

import sys
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Protocol

from trace2skill.traces.limits import limits

CHUNK = 1 << 20
PIECE = 1 << 8
BOM = b"\xef\xbb\xbf"
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
TRUSTED = "Raise the bound if you trust the file"


class DamagedFileError(Exception):
    """Compressed data breaks off, cannot be decoded or exceeds a bound, after `offset` decoded bytes."""

    def __init__(self, message: str, offset: int, fix: str = "Get the file again") -> None:
        super().__init__(message)
        self.offset = offset
        self.fix = fix


class Overlong(bytes):
    """The beginning of a line that is longer than a record may be; the rest was passed over."""


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def read_lines(path: Path) -> Iterator[bytes]:
    """Stream the lines of a plain, gzip or zstd file, recognised by content; line ends are removed.

    Of a line longer than `Limits.record` only the beginning is given, as `Overlong`.

    Raises:
        DamagedFileError: The compressed data is truncated or corrupt, or unpacks to more than `Limits` allow;
            the lines before it were yielded.
        OSError: The file cannot be read.
    """
    line = _Line(limits().record)
    first = True
    for chunk in decoded(path):
        whole = chunk.removeprefix(BOM) if first else chunk
        first = False
        *ended, rest = whole.split(b"\n")
        for piece in ended:
            line.add(piece)
            yield line.taken().rstrip(b"\r") if line.fits else line.taken()
        line.add(rest)
    if last := line.taken():
        yield last


class _Line:
    """A line that is put together of pieces, as far as it is not too long."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def fits(self) -> bool:
        return self._size <= self._limit

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self.fits:
            self._pieces.append(piece)
        else:
            self._pieces = [b"".join([*self._pieces[:1], piece[:PIECE]])[:PIECE]]

    def taken(self) -> bytes:
        """The line; the next one begins."""
        whole = b"".join(self._pieces)
        line = whole if self.fits else Overlong(whole)
        self._pieces, self._size = [], 0
        return line


def first_bytes(path: Path, size: int = 1 << 16) -> bytes:
    """The beginning of a plain, gzip or zstd file.

    Raises:
        DamagedFileError: The compressed data is corrupt.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(size)
    packed = head.startswith((GZIP_MAGIC, ZSTD_MAGIC))
    return next(_gathered(_decompress(head, iter(()))), b"")[:size] if packed else head


def is_packed(path: Path) -> bool:
    """Whether a file is gzip or zstd, by its first bytes.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return file.read(len(ZSTD_MAGIC)).startswith((GZIP_MAGIC, ZSTD_MAGIC))


def decoded(path: Path) -> Iterator[bytes]:
    """The content of a plain, gzip or zstd file in chunks.

    Raises:
        DamagedFileError: The compressed data is truncated or corrupt; the chunks before it were yielded.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(CHUNK), b"")
        first = next(chunks, b"")
        if first.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
            yield from _gathered(_decompress(first, chunks))
        else:
            yield first
            yield from chunks


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Compressed data in pieces so small that what each becomes fits into memory, whatever it holds."""
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces put together to chunks; what stands before damage is passed on first."""
    kept: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            kept.append(piece)
            size += len(piece)
            if size >= CHUNK:
                yield b"".join(kept)
                kept, size = [], 0
    except DamagedFileError:
        yield b"".join(kept)
        raise
    yield b"".join(kept)


def _decompress(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decode one or several gzip or zstd members that follow each other."""
    pieces = _pieces(chain([first], chunks))
    data, offset, packed = next(pieces), 0, 0
    decoder = _decoder(data)
    bounds, damage = limits(), (zlib.error, zstd_error())
    while True:
        try:
            out = decoder.decompress(data)
        except damage as error:
            raise DamagedFileError(f"the compressed data is damaged ({error})", offset) from error
        offset, packed = offset + len(out), packed + len(data)
        yield out
        if exceeded := bounds.exceeded(packed, offset):
            raise DamagedFileError(exceeded, offset, TRUSTED)
        if not decoder.eof:
            data = next(pieces, b"")
        elif data := _next_member(decoder.unused_data, pieces):
            decoder = _decoder(data)
        if not data:
            break
    if not decoder.eof:
        raise DamagedFileError("the compressed data breaks off", offset)


def _next_member(data: bytes, pieces: Iterator[bytes]) -> bytes:
    """The data from the next member on, with all of its magic number; empty if only padding is left."""
    data = data.lstrip(b"\0")
    while len(data) < len(ZSTD_MAGIC):
        piece = next(pieces, None)
        if piece is None:
            break
        data = (data + piece).lstrip(b"\0")
    return data


def _decoder(data: bytes) -> _Decoder:
    return zstd_decoder() if data.startswith(ZSTD_MAGIC) else zlib.decompressobj(wbits=31)


def zstd_decoder() -> _Decoder:
    """A decoder of one zstd frame; from Python 3.14 on, the standard library's."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdDecompressor()
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


def zstd_error() -> type[Exception]:
    """What a decoder of zstd raises for damaged data."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdError
    import zstandard

    return zstandard.ZstdError
