"""JSON documents too large to hold: the items of their outermost lists, one at a time."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from pydantic import JsonValue

from trace2skill.traces.decoding import BOM, decoded, first_bytes, is_packed

LARGE = 1 << 28
"""Bytes from which a list is read item by item, and OTLP span by span; smaller files are read whole."""

PACKED = 1 << 25
"""The same for a compressed file."""

HEAD = 1 << 20
SPANS = 100
"""Spans of a batch."""

_OTLP = re.compile(rb'\s*\{\s*"(resourceSpans|resource_spans)"\s*:\s*\[')
_SCOPES = re.compile(rb'"(scopeSpans|scope_spans|instrumentationLibrarySpans)"\s*:\s*\[')


class BrokenDocumentError(Exception):
    """The document is no JSON from some place on; what stood before was yielded, but for the last 64 KiB."""


def items_of(path: Path) -> Iterator[tuple[str, JsonValue]] | None:
    """The items of a large document with their places, as far as it is JSON; None for any other file.

    A list is given item by item, an OTLP document as OTLP again, so many spans at a time.

    Raises:
        BrokenDocumentError: While it is read: what follows is no JSON.
        DamagedFileError: While it is read: the compressed data is damaged.
        OSError: The file cannot be read.
    """
    head = first_bytes(path, HEAD)
    if path.stat().st_size < (PACKED if is_packed(path) else LARGE) or _is_of_lines(head):
        return None
    if head.removeprefix(BOM).lstrip().startswith(b"["):
        return ((f"[{number}]", item) for number, item in enumerate(_items(path, "item")))
    groups, scopes = _OTLP.match(head.removeprefix(BOM)), _SCOPES.search(head)
    if groups and scopes:
        return _batches(path, groups[1].decode(), scopes[1].decode())
    return None


def _is_of_lines(head: bytes) -> bool:
    line, ended, _ = head.removeprefix(BOM).lstrip().partition(b"\n")
    if not ended:
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _batches(path: Path, groups: str, scopes: str) -> Iterator[tuple[str, JsonValue]]:
    spans: list[JsonValue] = []
    given = False
    for span in _items(path, f"{groups}.item.{scopes}.item.spans.item"):
        spans.append(span)
        if len(spans) == SPANS:
            yield "", {groups: [{scopes: [{"spans": spans}]}]}
            spans, given = [], True
    if spans or not given:
        yield "", {groups: [{scopes: [{"spans": spans}]}]}


def _items(path: Path, prefix: str) -> Iterator[Any]:
    import ijson

    try:
        yield from ijson.items(_Stream(path), prefix, use_float=True, multiple_values=True)
    except ijson.JSONError as error:
        raise BrokenDocumentError(" ".join(str(error).split())[:80]) from None


class _Stream:
    """The decoded bytes of a file, as ijson reads them."""

    def __init__(self, path: Path) -> None:
        self._chunks = decoded(path)
        self._rest = next(self._chunks, b"").removeprefix(BOM)

    def read(self, size: int) -> bytes:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        given, self._rest = self._rest[:size], self._rest[size:]
        return given
