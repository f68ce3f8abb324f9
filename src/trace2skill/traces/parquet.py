"""Parquet files, as tracing services export in bulk, read row by row."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

MAGIC = b"PAR1"
ROWS = 500
"""Rows that are held at a time."""


class NoParquetError(Exception):
    """Parquet cannot be read: pyarrow is not installed."""


def read_rows(path: str) -> Iterator[dict[str, JsonValue]]:
    """The rows of a file as JSON objects: times as ISO 8601, maps as objects; empty cells are left out.

    Raises:
        NoParquetError: pyarrow is not installed.
        ValueError: The file is damaged.
    """
    with _opened(path) as file:
        for batch in file.iter_batches(batch_size=ROWS):
            for row in batch.to_pylist():
                yield {str(key): _plain(value) for key, value in row.items() if value is not None}


def read_ids(path: str, names: Collection[str], beside: Collection[str]) -> Iterator[str]:
    """The texts of the first of these columns, without the others of the file.

    Args:
        path: The file.
        names: The names of the column, one of which the file may have.
        beside: Names of columns of which the file has one, or it is of another kind and nothing comes.

    Raises:
        NoParquetError: pyarrow is not installed.
        ValueError: The file is damaged.
    """
    with _opened(path) as file:
        there = file.schema_arrow.names
        column = next((name for name in names if name in there), None)
        if column is None or not any(name in there for name in beside):
            return
        for batch in file.iter_batches(batch_size=ROWS, columns=[column]):
            yield from (str(each) for each in batch.column(0).to_pylist() if each is not None)


@contextmanager
def _opened(path: str) -> "Iterator[ParquetFile]":
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise NoParquetError from error
    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (arrow.ArrowException, OSError, EOFError) as error:
        raise ValueError(type(error).__name__) from error


def _plain(value: Any) -> JsonValue:  # noqa: ANN401 - whatever a cell holds
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(each, tuple) and len(each) == 2 for each in value):  # a map
            return {str(key): _plain(each) for key, each in value}
        return [_plain(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str | int | float | bool) else str(value)
