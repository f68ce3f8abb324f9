"""Takes values out of JSON whose shape nobody promised: session logs change from release to release."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import JsonValue


def as_object(value: JsonValue) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: JsonValue) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: JsonValue) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def as_key(value: JsonValue) -> str:
    """An identifier: a text, or a number as text; anything else is empty."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def as_number(value: JsonValue) -> float | None:
    """A number, or None; a truth value is no number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_time(value: JsonValue) -> datetime | None:
    """ISO 8601 text, or seconds since 1970; None where it is neither."""
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        number = as_number(value)
        return None if number is None else datetime.fromtimestamp(number, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def joined(content: JsonValue, depth: int = 8) -> str:
    """The text of a text, of a list of parts, or of one part; a part that is no text shows as `[type]`.

    Lists that are nested deeper than `depth` say nothing.
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, (joined(each, depth - 1) for each in content))) if depth else ""
    if not isinstance(content, dict):
        return ""
    text, kind = content.get("text", content.get("content")), content.get("type")
    return text if isinstance(text, str) else f"[{kind}]" if isinstance(kind, str) else ""


def shown(value: JsonValue) -> str:
    """Any value as text: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def paragraphs(parts: Sequence[str | None]) -> str | None:
    """The distinct parts that are not empty, in order, with blank lines between; None if there is none."""
    return "\n\n".join(dict.fromkeys(part for part in parts if part)) or None
