"""Facts from free text: labelled lines, choices and sentences.

`Key: value` lines give world facts (`status_bar`, a list where the value is split by bars or commas);
`label [a][b]` lines give choices; everything else is split into sentences, whose argument values and
numbers are replaced by holes, so that the same sentence about another object is the same key.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from pydantic import JsonValue

from trace2skill.facts.fact import LONGEST_VALUE, Fact, Scalar, Value, as_scalar, slug
from trace2skill.facts.untrusted_text import reads_like_an_order

_LABELLED = re.compile(r"^\W*([A-Za-z][^:\[\]{}<>|]{0,48}?):\s+(\S.*)$")
_CHOICES = re.compile(r"^([A-Za-z][\w &/'-]*?)?\s*((?:\[[^\[\]]+\]\s*)+)$")
_BRACKET = re.compile(r"\[([^\[\]]+)\]")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
_RANGE = re.compile(r"^(\S+) to (\S+)$")
_IN_PARENTHESES = re.compile(r"\(([^()]+)\)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_MOST_WORDS_IN_KEY = 6


class Sentence(NamedTuple):
    """A sentence with holes, and the first number that was taken out."""

    text: str
    number: int | float | None


def labelled_facts(text: str) -> Iterator[Fact]:
    """World facts from `Key: value` lines and from lines of choices."""
    groups = 0
    controls: list[Scalar] = []
    every: list[Scalar] = []
    for line in text.splitlines():
        choices = _CHOICES.match(line.strip())
        if choices:
            options = tuple(option.strip() for option in _BRACKET.findall(choices.group(2)))
            if choices.group(1):
                groups += 1
                every.extend(options)
                yield Fact(f"choices.{slug(choices.group(1))}", "", options)
            else:
                controls.extend(options)
        elif pair := _pair(line):
            yield from _value_facts(*pair)
    if controls:
        yield Fact("controls", "", tuple(controls))
        yield Fact("choices", "", tuple(every))
        yield Fact("choices.count", "", groups)


def sentences(text: str, arguments: Mapping[str, JsonValue]) -> Iterator[Sentence]:
    """The sentences of a text that are no labelled lines, with holes for arguments and numbers."""
    for line in text.splitlines():
        if _CHOICES.match(line.strip()) or _pair(line):
            continue
        for part in _SENTENCE_END.split(line):
            stripped = part.strip(" \t.!-*")
            if 1 < len(stripped) <= LONGEST_VALUE:
                yield _with_holes(stripped, arguments)


def task_facts(task: str) -> Iterator[Fact]:
    """Numbers in a task text, by the words before: `price lower than 20` -> `task.price_lower_than = 20`."""
    for found in _NUMBER.finditer(task):
        words = re.findall(r"[A-Za-z]+", task[: found.start()].rsplit("\n", 1)[-1])[-3:]
        if len(words) > 1:
            yield Fact(f"task.{slug('_'.join(words))}", "", as_scalar(found.group()))


def _pair(line: str) -> tuple[str, str] | None:
    found = _LABELLED.match(line)
    if not found:
        return None
    key, value = found.group(1).strip(), found.group(2).strip()
    if len(key.split()) > _MOST_WORDS_IN_KEY or len(value) > LONGEST_VALUE:
        return None
    if ". " in key or key.count("(") != key.count(")"):
        return None
    return slug(key), value


def _value_facts(key: str, text: str) -> Iterator[Fact]:
    if reads_like_an_order(text):  # no part of it is a value either
        yield Fact(key, "", text)
        return
    value = _parse(text)
    yield Fact(key, "", value)
    between = _RANGE.match(text)
    if between and not isinstance(as_scalar(between.group(1)), str):
        yield Fact(f"{key}.low", "", as_scalar(between.group(1)))
        yield Fact(f"{key}.high", "", as_scalar(between.group(2)))
    elif isinstance(value, str) and (number := _NUMBER.search(text)):
        yield Fact(f"{key}.number", "", as_scalar(number.group()))
    elif not isinstance(value, str | tuple):
        yield Fact(f"{key}.low", "", value)
    if isinstance(value, str) and (label := _IN_PARENTHESES.search(text)):
        yield Fact(f"{key}.label", "", label.group(1))


def _parse(text: str) -> Value:
    if " | " in text:
        return tuple(part.strip() for part in text.split(" | "))
    parts: list[Scalar] = [part.strip(" .") for part in text.split(", ")]
    if len(parts) > 1 and all(isinstance(part, str) and len(part.split()) <= 3 for part in parts):
        return tuple(parts)
    return as_scalar(text.rstrip("."))


def _with_holes(text: str, arguments: Mapping[str, JsonValue]) -> Sentence:
    named = [(value, name) for name, value in arguments.items() if isinstance(value, str) and len(value) > 1]
    for value, name in sorted(named, key=lambda pair: (-len(pair[0]), pair[1])):
        if value.lower() in text.lower():  # most are not, and compiling costs more than looking
            pattern = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
            text = pattern.sub(partial(_hole, name), text)
    number = _NUMBER.search(text)
    value_of = as_scalar(number.group()) if number else None
    return Sentence(_NUMBER.sub("{n}", text), value_of if isinstance(value_of, int | float) else None)


def _hole(name: str, _match: re.Match[str]) -> str:
    """In place of a template, in which a backslash of the name would mean something."""
    return f"{{{name}}}"
