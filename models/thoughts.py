"""Reasoning text that a model lets slip into its answer."""

import re

from pydantic import JsonValue

_NAMES = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad"
_CLOSED = re.compile(rf"[<\[◁]\s*({_NAMES})\s*[>\]▷].*?[<\[◁]\s*/\s*\1\s*[>\]▷]", re.I | re.S)
_UNOPENED = re.compile(rf"^.*[<\[◁]\s*/\s*(?:{_NAMES})\s*[>\]▷]", re.I | re.S)
_UNCLOSED = re.compile(rf"[<\[◁]\s*(?:{_NAMES})\s*[>\]▷].*$", re.I | re.S)


def without_thoughts(text: str) -> str:
    """The text without `<think>...</think>` and the like, also where one of the two tags is missing."""
    found = text
    for pattern in (_CLOSED, _UNOPENED, _UNCLOSED):
        found = pattern.sub("", found)
    return text if found == text else found.strip()


def value_without_thoughts(value: JsonValue) -> JsonValue:
    """The same for every string in a JSON value, names of fields included."""
    if isinstance(value, str):
        return without_thoughts(value)
    if isinstance(value, list):
        return [value_without_thoughts(each) for each in value]
    if isinstance(value, dict):
        return {without_thoughts(name): value_without_thoughts(each) for name, each in value.items()}
    return value
