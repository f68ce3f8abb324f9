"""Times as exporters write them."""

from datetime import UTC, datetime

from pydantic import JsonValue

_SCALES = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e8, 1.0))
"""From which number on a time since 1970 is in nano-, micro-, milliseconds or seconds."""


def to_time(value: JsonValue) -> datetime | None:
    """A time from ISO 8601 text, or from a number since 1970 in whatever unit; None where it is neither.

    A time without a zone is taken to be UTC.
    """
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= 30:
        value = int(value)
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        scale = next((unit for least, unit in _SCALES if value >= least), None)
        if scale and value / scale < 1e11:
            return datetime.fromtimestamp(value / scale, UTC)
    return None
