"""From a file to JSON records: a whole document, or one record per line."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import JsonValue, ValidationError

from trace2skill.traces.files import DamagedFileError, read_lines
from trace2skill.traces.model import Source, Trace
from trace2skill.traces.problem import BrokenRecordError, Problem, Scope, describe

PROBE = 20
"""How many records are looked at before a file counts as unrecognised."""

Item = TypeVar("Item")
Line = tuple[int, bytes]


@dataclass(frozen=True)
class Record:
    """One JSON value of a file; `where` is `line N`, or empty when it is the whole file."""

    path: str
    where: str
    value: JsonValue

    def inside(self, part: str) -> str:
        """Name a part of this record, e.g. `simulations[3]` or `line 7`."""
        return " ".join(filter(None, (self.where, part))) or "document"


def read_records(path: Path) -> Iterator[Record | Problem]:
    """Stream the JSON values of a file; what cannot be parsed comes out as a `Problem`."""
    name = str(path)
    try:
        yield from _records(name, enumerate(read_lines(path), start=1))
    except DamagedFileError as error:
        fix = "Get the file again; the records before this point were read."
        yield Problem(name, f"byte {error.offset}", str(error), fix, Scope.FILE)
    except OSError as error:
        yield Problem(name, "", f"cannot be read ({error.strerror})", "Check the permissions.", Scope.FILE)


def traces_from(
    record: Record, form: str, items: Iterable[tuple[str, Item]], build: Callable[[Item, Source], Trace]
) -> Iterator[Trace | Problem]:
    """Build one trace per named item; an item that cannot be used becomes a `Problem`, the rest goes on."""
    for part, item in items:
        where = record.inside(part)
        try:
            trace = build(item, Source(format=form, path=record.path, record=where))
            _ = trace.hash
        except ValidationError as error:
            yield Problem(record.path, where, describe(error), f"Mend or remove this record ({form}).")
        except BrokenRecordError as error:
            yield Problem(record.path, where, error.message, error.fix)
        except orjson.JSONEncodeError:
            yield Problem(record.path, where, "a value is nested too deeply", "Flatten it or drop it.")
        else:
            yield trace


def each_item(value: JsonValue) -> list[tuple[str, JsonValue]]:
    """A list as its items with their positions; any other value as the one item."""
    return [(f"[{i}]", item) for i, item in enumerate(value)] if isinstance(value, list) else [("", value)]


def from_json_text(text: str) -> JsonValue:
    """Parse text that is JSON; any other text, and a bare `null`, stays text."""
    if not text.lstrip()[:1] or text.lstrip()[0] not in '{["tf-0123456789':
        return text
    try:
        value: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value


def _records(path: str, lines: Iterator[Line]) -> Iterator[Record | Problem]:
    first = next((line for line in lines if line[1].strip()), None)
    if first is None:
        yield Problem(path, "", "the file is empty", "Remove it, or record the traces again.", Scope.FILE)
        return
    try:
        value = orjson.loads(first[1])
    except orjson.JSONDecodeError:
        yield from _document_or_lines(path, first, lines)
        return
    second = next((line for line in lines if line[1].strip()), None)
    if second is None:
        yield Record(path, "", value)
    else:
        yield Record(path, f"line {first[0]}", value)
        yield from _each_line(path, chain([second], lines))


def _document_or_lines(path: str, first: Line, lines: Iterator[Line]) -> Iterator[Record | Problem]:
    """The first line alone is no JSON: a document over several lines, or lines with a corrupt first one."""
    if first[1].lstrip()[:1] not in (b"{", b"["):
        yield from _each_line(path, chain([first], lines))
        return
    rest = list(lines)
    try:
        yield Record(path, "", orjson.loads(b"\n".join([first[1], *(text for _, text in rest)])))
    except orjson.JSONDecodeError as error:
        if any(_is_object(text) for _, text in rest[:PROBE]):
            yield from _each_line(path, chain([first], rest))
        else:
            line = f"line {error.lineno + first[0] - 1}"
            fix = "Mend the file; a JSON document is read whole or not at all."
            yield Problem(path, line, f"not valid JSON ({error.msg})", fix, Scope.FILE)


def _each_line(path: str, lines: Iterable[Line]) -> Iterator[Record | Problem]:
    for number, text in lines:
        if not text.strip():
            continue
        try:
            yield Record(path, f"line {number}", orjson.loads(text))
        except orjson.JSONDecodeError as error:
            yield Problem(path, f"line {number}", _fault(text, error), "Mend or remove the line.")


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _fault(text: bytes, error: orjson.JSONDecodeError) -> str:
    if b"\0" in text:
        return "not valid JSON (the line holds NUL bytes)"
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return f"not valid UTF-8 (byte {wrong.start + 1} of the line)"
    return f"not valid JSON ({error.msg}, column {error.colno})"
