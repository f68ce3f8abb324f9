"""The body of a request, within limits on its size, unpacked or not, and on that of all requests together."""

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from io import BufferedIOBase

from trace2skill.collector.otlp import RefusedError

CHUNK = 1 << 16
RATIO = 200
"""How many times its packed size a body may have, beyond `FREE` bytes; repeated messages pack well."""
FREE = 1 << 20
LONGEST_LINE = 1 << 10
"""Bytes of a line between the chunks of a body."""


class Pending:
    """The bytes of all requests that are being taken, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._lock = threading.Lock()

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """One request's part, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self._add(-share.size)

    def take(self, size: int) -> None:
        """Count bytes in.

        Raises:
            RefusedError: They exceed the limit; nothing was counted.
        """
        if not self._add(size):
            raise RefusedError(429, "too much is being taken at the moment", retry_after=1)

    def _add(self, size: int) -> bool:
        with self._lock:
            if size > 0 and self._held + size > self._limit:
                return False
            self._held += size
            return True


class Share:
    """What one request holds of what is pending."""

    def __init__(self, pending: Pending) -> None:
        self._pending = pending
        self.size = 0

    def grow(self, size: int) -> None:
        """Hold so many more bytes; as `Pending.take`."""
        self._pending.take(size)
        self.size += size


def read_body(stream: BufferedIOBase, headers: "Message[str, str]", limit: int, share: Share) -> bytes:
    """The body of a request, unpacked.

    Args:
        stream: Where the body comes from.
        headers: The request's headers.
        limit: The most bytes, packed and unpacked.
        share: The request's part of what is pending.

    Raises:
        RefusedError: It is too long, wrongly packed, or of no stated length; not all of it may be read then.
        ConnectionError: It broke off.
    """
    encoding = headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise RefusedError(415, f"the Content-Encoding is {encoding[:40]}; send gzip, or none")
    chunked = headers.get("Transfer-Encoding", "").strip().lower()
    length = headers.get("Content-Length")
    if chunked and (chunked != "chunked" or length is not None):
        raise RefusedError(400, "Transfer-Encoding is chunked alone, without Content-Length")
    packed = b"".join(_chunks(stream, limit, share)) if chunked else _whole(stream, length, limit, share)
    return packed if encoding == "identity" else _unpacked(packed, limit, share)


def _whole(stream: BufferedIOBase, length: str | None, limit: int, share: Share) -> bytes:
    if length is None:
        raise RefusedError(411, "the request has no Content-Length")
    if not (length.isascii() and length.isdecimal()):
        raise RefusedError(400, "Content-Length is no number")
    size = int(length) if len(length) < 20 else limit + 1
    _check(size, limit)
    share.grow(size)
    return _exactly(stream, size)


def _chunks(stream: BufferedIOBase, limit: int, share: Share) -> Iterator[bytes]:
    total = 0
    while size := _chunk_size(stream):
        total += size
        _check(total, limit)
        share.grow(size)
        yield _exactly(stream, size)
        if stream.readline(LONGEST_LINE).strip():
            raise RefusedError(400, "a chunk does not end where it should")
    for _ in range(20):  # the trailer: headers that nobody needs
        if not stream.readline(LONGEST_LINE).strip():
            return
    raise RefusedError(400, "the trailer is too long")


def _chunk_size(stream: BufferedIOBase) -> int:
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionError("the body broke off")
    digits = line.partition(b";")[0].strip()
    try:
        return int(digits, 16) if 0 < len(digits) < 16 and digits.isalnum() else _no_size()
    except ValueError:
        return _no_size()


def _no_size() -> int:
    raise RefusedError(400, "the size of a chunk is no number")


def _exactly(stream: BufferedIOBase, size: int) -> bytes:
    read = stream.read(size)
    if len(read) < size:
        raise ConnectionError("the body broke off")
    return read


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise RefusedError(413, f"the body has more than {limit} bytes; send smaller batches")


def _unpacked(packed: bytes, limit: int, share: Share) -> bytes:
    decoder = zlib.decompressobj(wbits=31)
    pieces: list[bytes] = []
    size, data = 0, packed
    while not decoder.eof:
        try:
            piece = decoder.decompress(data, CHUNK)
        except zlib.error:
            raise RefusedError(400, "the body is not valid gzip") from None
        data = decoder.unconsumed_tail
        if not piece and not data and not decoder.eof:
            raise RefusedError(400, "the gzip data breaks off")
        size += len(piece)
        _check(size, limit)
        if size > max(FREE, RATIO * len(packed)):
            raise RefusedError(413, f"the body unpacks to more than {RATIO} times its size")
        share.grow(len(piece))
        pieces.append(piece)
    if decoder.unused_data:
        raise RefusedError(400, "something follows the gzip data")
    return b"".join(pieces)
