"""Streams the JSON records of a file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import JsonValue, ValidationError

from trace2skill.traces.database import MAGIC as SQLITE_MAGIC
from trace2skill.traces.database import is_database
from trace2skill.traces.decoding import TRUSTED, DamagedFileError, Overlong, read_lines
from trace2skill.traces.documents import BrokenDocumentError, items_of
from trace2skill.traces.encodings import conversion, fault, is_utf8, parsed, wide
from trace2skill.traces.finding import unreadable
from trace2skill.traces.limits import limits, variable
from trace2skill.traces.model import Source, Trace
from trace2skill.traces.parquet import MAGIC as PARQUET_MAGIC
from trace2skill.traces.parquet import NoParquetError, read_rows
from trace2skill.traces.problem import BrokenRecordError, Problem, Scope, describe

ZIP_MAGIC = b"PK\x03\x04"

PROBE = 20
"""Number of records examined before a file counts as unrecognised."""

Item = TypeVar("Item")
Line = tuple[int, bytes]


@dataclass(frozen=True)
class Record:
    """One JSON value of a file; `where` is `line N`, or empty when it is the whole file.

    `raw` are its bytes in the file, if they are at hand.
    """

    path: str
    where: str
    value: JsonValue
    raw: bytes = field(default=b"", compare=False, repr=False)

    def inside(self, part: str) -> str:
        """The location of a part of this record, e.g. `simulations[3]` or `line 7`."""
        return " ".join(filter(None, (self.where, part))) or "document"


def read_records(path: Path) -> Iterator[Record | Problem]:
    """Stream the JSON values of a file; a value that cannot be parsed is yielded as a `Problem`.

    Of a ZIP archive, only evaluation logs are read (`archives`), of SQLite LangGraph's checkpoints.
    """
    name = str(path)
    try:
        if _is_archive(path):
            from trace2skill.traces.archives import archive_records

            yield from archive_records(path)
            return
        if is_database(path):
            from trace2skill.traces.checkpoint_threads import thread_records

            yield from thread_records(path)
            return
        if (items := items_of(path)) is not None:
            yield from (Record(name, where, value) for where, value in items)
            return
        yield from _records(name, enumerate(read_lines(path), start=1))
    except BrokenDocumentError as error:
        fix = "Mend the file; most of what stands before this place was read."
        yield Problem(name, "", f"not valid JSON ({error})", fix, Scope.FILE)
    except DamagedFileError as error:
        fix = f"{error.fix}; the records before this point were read."
        yield Problem(name, f"byte {error.offset}", str(error), fix, Scope.FILE)
    except OSError as error:
        yield unreadable(name, error)


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(ZIP_MAGIC)) == ZIP_MAGIC


def traces_from(
    record: Record, form: str, items: Iterable[tuple[str, Item]], build: Callable[[Item, Source], Trace]
) -> Iterator[Trace | Problem]:
    """Build one trace per named item; an item that cannot be used is yielded as a `Problem` instead."""
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
    """The items of a list with their positions; any other value as a single item."""
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
    if first[1].startswith(PARQUET_MAGIC):
        yield from _rows(path)
        return
    if first[1].startswith(SQLITE_MAGIC):
        yield Problem(path, "", "the file is a packed SQLite file", "Unpack it.", Scope.FILE)
        return
    if encoding := wide(first[1]):
        fix = f"Convert it to UTF-8, e.g. iconv -f {encoding} -t UTF-8."
        yield Problem(path, "", f"the file is {encoding[:6]}, not UTF-8", fix, Scope.FILE)
        return
    try:
        value = parsed(first[1])
    except orjson.JSONDecodeError:
        yield from _document_or_lines(path, first, lines)
        return
    second = next((line for line in lines if line[1].strip()), None)
    if second is None:
        yield Record(path, "", value, first[1])
    else:
        yield Record(path, f"line {first[0]}", value, first[1])
        yield from _each_line(path, chain([second], lines))


def _rows(path: str) -> Iterator[Record | Problem]:
    try:
        for number, row in enumerate(read_rows(path), start=1):
            yield Record(path, f"row {number}", row)
    except NoParquetError:
        fix = 'Install what reads it: pip install "trace2skill[parquet]".'
        yield Problem(path, "", "the file is Parquet, and pyarrow is not installed", fix, Scope.FILE)
    except ValueError as error:
        fix = "Get the file again; it must not be compressed as a whole."
        yield Problem(path, "", f"the Parquet file cannot be read ({error})", fix, Scope.FILE)


def _document_or_lines(path: str, first: Line, lines: Iterator[Line]) -> Iterator[Record | Problem]:
    """Read a file whose first line is not JSON: a multi-line document, or lines with a corrupt first one."""
    if first[1].lstrip()[:1] not in (b"{", b"["):
        yield from _each_line(path, chain([first], lines))
        return
    rest, more = _gathered(first, lines)
    if more:
        rest += islice(lines, 2)
        if any(_is_object(text) for _, text in (*rest[:PROBE], *rest[-2:])):
            yield from _each_line(path, chain([first], rest, lines))
        else:
            yield _too_long(path, f"line {first[0]}", Scope.FILE)
        return
    whole = b"\n".join([first[1], *(text for _, text in rest)])
    try:
        yield Record(path, "", parsed(whole), whole)
    except orjson.JSONDecodeError as error:
        if blocks := _indented([first, *rest]):
            yield from _each_line(path, blocks)
        elif any(_is_object(text) for _, text in rest[:PROBE]):
            yield from _each_line(path, chain([first], rest))
        else:
            yield _broken_document(path, [first, *rest], error)


def _gathered(first: Line, lines: Iterator[Line]) -> tuple[list[Line], bool]:
    """Further lines as far as a document may go on, and whether it is longer than that."""
    left, gathered = limits().record - len(first[1]), list[Line]()
    more = isinstance(first[1], Overlong)
    while not more and (line := next(lines, None)):
        gathered.append(line)
        left -= len(line[1]) + 1
        more = left < 0 or isinstance(line[1], Overlong)
    return gathered, more


def _too_long(path: str, where: str, scope: Scope = Scope.RECORD) -> Problem:
    wrong = f"longer than {limits().max_record_mb} MB ({variable('max_record_mb')})"
    return Problem(path, where, wrong, f"{TRUSTED} and have the memory.", scope)


def _broken_document(path: str, lines: list[Line], error: orjson.JSONDecodeError) -> Problem:
    line, wrong = f"line {error.lineno + lines[0][0] - 1}", f"not valid JSON ({error.msg})"
    fix = "Mend the file; a JSON document is read whole or not at all."
    if foreign := next((each for each in lines if not is_utf8(each[1])), None):
        line, wrong, fix = f"line {foreign[0]}", fault(foreign[1], error), conversion(foreign[1])
    return Problem(path, line, wrong, fix, Scope.FILE)


def _indented(lines: Iterable[Line]) -> list[Line]:
    """Objects that are written one after the other over several lines each, as programs print spans.

    Returns:
        The text of each with the line it begins at, or nothing if there are not two.
    """
    blocks: list[Line] = []
    open_: list[Line] = []
    for line in lines:
        open_ += [line] if open_ or line[1].strip() == b"{" else []
        if open_ and line[1].rstrip() in (b"}", b"},"):
            blocks.append((open_[0][0], b"\n".join(text for _, text in open_).rstrip(b",\n")))
            open_ = []
    return blocks if len(blocks) > 1 else []


def _each_line(path: str, lines: Iterable[Line]) -> Iterator[Record | Problem]:
    for number, text in lines:
        if not text.strip():
            continue
        if isinstance(text, Overlong):
            yield _too_long(path, f"line {number}")
            continue
        try:
            yield Record(path, f"line {number}", parsed(text), text)
        except orjson.JSONDecodeError as error:
            fix = "Mend or remove the line." if is_utf8(text) else conversion(text)
            yield Problem(path, f"line {number}", fault(text, error), fix)


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(parsed(text), dict)
    except orjson.JSONDecodeError:
        return False
