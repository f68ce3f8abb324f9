"""Parquet files, as tracing services export in bulk, read row by row."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import JsonValue

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
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise NoParquetError from error
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=ROWS):
                for row in batch.to_pylist():
                    yield {str(key): _plain(value) for key, value in row.items() if value is not None}
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
