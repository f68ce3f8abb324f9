"""Records read before, recognised by their bytes, so that they are not checked and redacted again."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from trace2skill.traces.files import Record


class Part(NamedTuple):
    """One trace of a record: its content hash as read, its format, and whether a tool is called in it.

    `removed` counts, by kind, what redaction replaced in it; empty until it was redacted.
    """

    hash: str
    form: str
    calls: bool
    removed: tuple[tuple[str, int], ...] = ()


class KnownRecords:
    """Tells which records were read before, and notes those read now.

    A record is known by a digest of its bytes, of its reader, and of everything else that decides what
    comes of it. A record of which anything was rejected is never noted, since the problem has to be told
    again. Before `start` no record is known or noted.

    Attributes:
        noted: What came of the records read now, by their digests.
        removed: What redaction replaced in the traces of known records, by kind.
    """

    def __init__(self) -> None:
        self.noted: dict[bytes, list[Part]] = {}
        self.removed: Counter[str] = Counter()
        self._find: Callable[[bytes], Sequence[Part]] | None = None
        self._settings = b""

    def start(self, find: Callable[[bytes], Sequence[Part]], settings: Sequence[object] = ()) -> None:
        """From now on know records.

        Args:
            find: The traces that came of a record, by its digest; nothing if it is not known, or if one of
                them is not kept any more.
            settings: The settings that decide what comes of a record, such as the level of redaction.
        """
        self._find = find
        self._settings = repr((version("trace2skill"), *settings)).encode()

    def digest(self, reader: str, record: "Record") -> bytes:
        """16 bytes that stand for a record; empty if its bytes are not at hand."""
        if self._find is None or not record.raw:
            return b""
        digest = hashlib.blake2b(self._settings, digest_size=16)
        digest.update(f"\0{reader}\0".encode())
        digest.update(record.raw)
        return digest.digest()

    def parts(self, digest: bytes) -> Sequence[Part]:
        """The traces that came of the record of that digest; none if it is not known."""
        return self._find(digest) if self._find and digest else ()

    def note(self, digest: bytes, parts: list[Part]) -> None:
        """Note what came of a record."""
        if digest and parts:
            self.noted[digest] = parts
