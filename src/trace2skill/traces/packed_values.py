"""Values as LangGraph's serializer writes them, read as plain data.

The format is that of `langgraph.checkpoint.serde.jsonplus` (langgraph-checkpoint 4): a tag and bytes, in most
cases msgpack whose extension types name a class and what it was made of. LangGraph imports that class and
calls it. Here nothing is imported, called or unpickled, since a file may come from anybody: of an object only
what it was made of is kept, as JSON.
"""

import math
from typing import Any

import orjson
import ormsgpack
from pydantic import JsonValue

MADE_OF = range(6)
"""Extension types of objects: `[module, name, what it was made of, ...]`."""

DELTA_SNAPSHOT = 7
OVERWRITE = "__overwrite__"
"""LangGraph's key for a value that takes the place of a channel's, and is not added to it."""

NESTED = 8
"""Objects within objects that are read: each may fill the stack with the parser's 1,024 levels of lists."""

DEEPEST = 100
"""Levels of lists and objects of a value."""

_EMPTY = {"null": None, "bytes": None, "bytearray": None}


class UnreadableValueError(Exception):
    """A stored value is damaged, or in a form that is not read; the message says which, without the value."""


def read_packed(tag: object, data: object) -> JsonValue:
    """The value of a tag and its bytes; bytes themselves, arrays of numbers and unknown types are None.

    Raises:
        UnreadableValueError: It cannot be read, or must not be.
    """
    if not isinstance(tag, str) or tag in _EMPTY:
        return None
    if not isinstance(data, bytes):
        raise UnreadableValueError("it holds no data")
    if tag == "pickle":
        raise UnreadableValueError("it is pickled, and unpickling could run code that is hidden in it")
    if "+" in tag:
        raise UnreadableValueError("it is encrypted")
    try:
        if tag == "json":
            return _plain(orjson.loads(data))
        if tag == "msgpack":
            return _plain(_unpack(data, 0))
    except (ValueError, TypeError, RecursionError) as error:
        told = str(error) if isinstance(error, _DeepError) else f"it is no valid {tag}"
        raise UnreadableValueError(told) from None
    raise UnreadableValueError("it is in a form that is not known")


class _DeepError(ValueError):
    """Lists and objects lie too deep in each other."""

    def __init__(self) -> None:
        super().__init__("it is nested too deeply")


def _unpack(data: bytes, depth: int) -> Any:  # noqa: ANN401 - whatever msgpack holds
    def extension(code: int, content: bytes) -> Any:  # noqa: ANN401
        if depth >= NESTED:
            raise _DeepError
        if code == DELTA_SNAPSHOT:
            return _unpack(bytes(content), depth + 1)
        if code not in MADE_OF:
            return None
        made = _unpack(bytes(content), depth + 1)
        if not isinstance(made, list) or len(made) < 3:
            return None
        inner = made[2]
        return {OVERWRITE: inner.get("value")} if _overwrites(made) and isinstance(inner, dict) else inner

    return ormsgpack.unpackb(data, ext_hook=extension, option=ormsgpack.OPT_NON_STR_KEYS)


def _overwrites(made: list[Any]) -> bool:
    return made[:2] == ["langgraph.types", "Overwrite"]


def _plain(value: Any, depth: int = 0) -> JsonValue:  # noqa: ANN401
    if depth > DEEPEST:
        raise _DeepError
    if isinstance(value, dict):
        return {str(key): _plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, depth + 1) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, str | int) else None
