"""Finds files, and streams the JSON records of each."""

import glob
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import JsonValue, ValidationError

from trace2skill.errors import InputError
from trace2skill.traces.decoding import DamagedFileError, read_lines
from trace2skill.traces.model import Source, Trace
from trace2skill.traces.parquet import MAGIC as PARQUET_MAGIC
from trace2skill.traces.parquet import NoParquetError, read_rows
from trace2skill.traces.problem import BrokenRecordError, Problem, Scope, describe

UTF16 = (b"\xff\xfe", b"\xfe\xff")
ZIP_MAGIC = b"PK\x03\x04"


def find_files(paths: Iterable[Path | str]) -> list[Path]:
    """Expand files, folders (recursively) and globs into a sorted list of distinct files.

    Hidden files and folders inside a folder are skipped.

    Raises:
        InputError: A path does not exist, or a glob matches nothing.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _expand(Path(path)):
            found.setdefault(file.resolve(), file)
    return sorted(found.values())


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


PROBE = 20
"""Number of records examined before a file counts as unrecognised."""

CONVERT = "Convert the file to UTF-8, e.g. iconv -f GB18030 -t UTF-8."

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

    Of a ZIP archive, only evaluation logs are read (`archives`).
    """
    name = str(path)
    try:
        if _is_archive(path):
            from trace2skill.traces.archives import archive_records

            yield from archive_records(path)
            return
        yield from _records(name, enumerate(read_lines(path), start=1))
    except DamagedFileError as error:
        fix = "Get the file again; the records before this point were read."
        yield Problem(name, f"byte {error.offset}", str(error), fix, Scope.FILE)
    except OSError as error:
        yield Problem(name, "", f"cannot be read ({error.strerror})", "Check the permissions.", Scope.FILE)


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
    if first[1].startswith(UTF16):
        fix = "Convert it to UTF-8, e.g. iconv -f UTF-16 -t UTF-8."
        yield Problem(path, "", "the file is UTF-16, not UTF-8", fix, Scope.FILE)
        return
    try:
        value = orjson.loads(first[1])
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
    rest = list(lines)
    whole = b"\n".join([first[1], *(text for _, text in rest)])
    try:
        yield Record(path, "", orjson.loads(whole), whole)
    except orjson.JSONDecodeError as error:
        if blocks := _indented([first, *rest]):
            yield from _each_line(path, blocks)
        elif any(_is_object(text) for _, text in rest[:PROBE]):
            yield from _each_line(path, chain([first], rest))
        else:
            line = f"line {error.lineno + first[0] - 1}"
            fix = "Mend the file; a JSON document is read whole or not at all."
            fault = f"not valid JSON ({error.msg})"
            wrong = next((each for each in [first, *rest] if not _is_utf8(each[1])), None)
            if wrong:
                line, fault, fix = f"line {wrong[0]}", _fault(wrong[1], error), CONVERT
            yield Problem(path, line, fault, fix, Scope.FILE)


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
        try:
            yield Record(path, f"line {number}", orjson.loads(text), text)
        except orjson.JSONDecodeError as error:
            fix = "Mend or remove the line." if _is_utf8(text) else CONVERT
            yield Problem(path, f"line {number}", _fault(text, error), fix)


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _is_utf8(text: bytes) -> bool:
    if b"\0" in text:  # no text in any encoding that is read line by line
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fault(text: bytes, error: orjson.JSONDecodeError) -> str:
    if b"\0" in text:
        return "not valid JSON (the line holds NUL bytes)"
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return f"not valid UTF-8 (byte {wrong.start + 1} of the line)"
    return f"not valid JSON ({error.msg}, column {error.colno})"
