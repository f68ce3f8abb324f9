"""Reasoning text that a model lets slip into its answer."""

import re

from pydantic import JsonValue

_TAG = re.compile(
    r"(?i:<\s*(?P<slash>/?)\s*(?:think|thinking|thoughts?|reasoning|reflection|scratchpad)\s*>)"
    r"|\[(?P<stroke>/?)THINK\]|◁(?P<line>/?)think▷"
)


def without_thoughts(text: str) -> str:
    """The text without `<think>...</think>` and the like, also where one of the two tags is missing.

    What precedes a closing tag alone is thought, since some prompts already hold the opening one.
    """
    kept: list[str] = []
    at, thinking, found = 0, False, False
    for tag in _TAG.finditer(text):
        found = True
        if any(tag.groups()):
            if not thinking:
                kept.clear()
            at, thinking = tag.end(), False
        elif not thinking:
            kept.append(text[at : tag.start()])
            thinking = True
    if not thinking:
        kept.append(text[at:])
    return "".join(kept).strip() if found else text


def value_without_thoughts(value: JsonValue) -> JsonValue:
    """The same for every string in a JSON value, names of fields included."""
    if isinstance(value, str):
        return without_thoughts(value)
    if isinstance(value, list):
        return [value_without_thoughts(each) for each in value]
    if isinstance(value, dict):
        return {without_thoughts(name): value_without_thoughts(each) for name, each in value.items()}
    return value
