"""The messages of a LangGraph state, out of a channel's value and what was written to it since."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.packed_values import OVERWRITE

REMOVE_ALL = "__remove_all__"
"""The id of the message with which LangGraph takes away every message before it."""

_ROLES = ("human", "user", "ai", "assistant", "system", "developer", "tool", "function")
Messages = list[dict[str, Any]]


def after_writes(held: JsonValue, writes: Iterable[JsonValue]) -> Messages:
    """The messages of a channel once these were written to it, oldest first.

    As LangGraph's `add_messages` has it: a message takes the place of the one with its id, else it comes
    last; a message of type `remove` takes one away, or all; a write that overwrites begins anew.
    """
    numbers = count()
    messages = {_key(each, numbers): each for each in message_list(held)}
    for write in writes:
        if isinstance(write, dict) and (OVERWRITE in write or write.get("type") == OVERWRITE):
            messages.clear()
            write = write.get(OVERWRITE, write.get("value"))  # noqa: PLW2901 - what is written
        for message in message_list(write):
            if message.get("type") != "remove":
                messages[_key(message, numbers)] = message
            elif identity(message) == REMOVE_ALL:
                messages.clear()
            else:
                messages.pop(identity(message), None)
    return list(messages.values())


def message_list(value: JsonValue) -> Messages:
    """A value as messages: a list of messages, or one; also texts and pairs of role and content."""
    listed = value if isinstance(value, list) and not _is_pair(value) else [value]
    return [message for each in listed if (message := _message(each))]


def identity(message: dict[str, Any]) -> str:
    """The id of a message, or an empty text."""
    held = message["kwargs"] if isinstance(message.get("kwargs"), dict) else message
    found = held.get("id")
    return found if isinstance(found, str) else ""


def _message(value: JsonValue) -> dict[str, Any] | None:
    if isinstance(value, str):
        return {"role": "user", "content": value}
    if isinstance(value, list) and _is_pair(value):
        return {"role": value[0], "content": value[1]}
    return dict(value) if isinstance(value, dict) and ("role" in value or "type" in value) else None


def _is_pair(value: list[JsonValue]) -> bool:
    """Whether a list is a role and a content: `["user", "Hello"]`."""
    named = len(value) == 2 and isinstance(value[0], str) and value[0] in _ROLES
    return named and isinstance(value[1], str | list)


def _key(message: dict[str, Any], numbers: Iterator[int]) -> str:
    return identity(message) or f"\0{next(numbers)}"
