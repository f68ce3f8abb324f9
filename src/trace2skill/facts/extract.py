"""Extracts facts from JSON records, labelled lines, sentences, task texts and user utterances."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from pydantic import JsonValue

from trace2skill.facts.fact import LONGEST_VALUE, Fact, Scalar, Value, as_scalar, is_redacted, slug
from trace2skill.facts.untrusted_text import reads_like_an_order
from trace2skill.facts.words import singular
from trace2skill.traces.patterns import PLACEHOLDER
from trace2skill.traces.redact import without_placeholders

_CONSENT = re.compile(
    r"\b(yes|yep|yeah|sure|confirm(ed)?|go ahead|proceed|that'?s (right|correct)|sounds good)\b", re.I
)
_REFUSAL = re.compile(r"\b(no,|no thanks?|don'?t want|do not want|cancel that|never ?mind|rather not)", re.I)


def utterance_facts(text: str) -> Iterator[Fact]:
    """The facts `user.consents` and `user.refuses` (true or false) of one user utterance."""
    yield Fact("user.consents", "", bool(_CONSENT.search(text)))
    yield Fact("user.refuses", "", bool(_REFUSAL.search(text)))


_LABELLED = re.compile(r"^\W*([A-Za-z][^:\[\]{}<>|]{0,48}?):\s+(\S.*)$")
_CHOICES = re.compile(r"^([A-Za-z][\w &/'-]*?)?\s*((?:\[[^\[\]]+\]\s*)+)$")
_BRACKET = re.compile(r"\[([^\[\]]+)\]")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
_RANGE = re.compile(r"^(\S+) to (\S+)$")
_IN_PARENTHESES = re.compile(r"\(([^()]+)\)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_MOST_WORDS_IN_KEY = 6


class Sentence(NamedTuple):
    """A sentence with placeholders, and the first number that was replaced."""

    text: str
    number: int | float | None


def labelled_facts(text: str) -> Iterator[Fact]:
    """Facts without entity from `Key: value` lines and from lines of choices (`Size [S] [M]`)."""
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
    """Sentences outside labelled and choice lines; argument values become `{name}`, numbers `{n}`."""
    for line in text.splitlines():
        if _CHOICES.match(line.strip()) or _pair(line):
            continue
        for part in _SENTENCE_END.split(line):
            stripped = part.strip(" \t.!-*")
            if 1 < len(stripped) <= LONGEST_VALUE:
                yield _with_holes(stripped, arguments)


def task_facts(task: str) -> Iterator[Fact]:
    """Numbers in a task, keyed by the words before: `price lower than 20` -> `task.price_lower_than = 20`."""
    task = without_placeholders(task)
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
    if reads_like_an_order(text):  # extract nothing from its parts
        yield Fact(key, "", text)
        return
    value = _parse(text)
    yield Fact(key, "", value)
    if is_redacted(text):
        return
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
        if value.lower() in text.lower():  # cheap test first: compiling a pattern costs more
            pattern = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
            text = pattern.sub(partial(_hole, name), text)
    text = PLACEHOLDER.sub("{n}", text)
    number = _NUMBER.search(text)
    value_of = as_scalar(number.group()) if number else None
    return Sentence(_NUMBER.sub("{n}", text), value_of if isinstance(value_of, int | float) else None)


def _hole(name: str, _match: re.Match[str]) -> str:
    """The placeholder; a function, because `sub` would interpret a backslash in a replacement string."""
    return f"{{{name}}}"


_ID_FIELD = re.compile(r"^(?:(.+)_)?(?:id|number|key|uuid)$")
_ID_LIKE = re.compile(r"\d")
_DEPTH = 6


class _Place(NamedTuple):
    """The position of a value in an observation: its entity's type and id, and the path below it."""

    kind: str
    entity: str = ""
    path: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}.{self.path}" if self.path else self.kind

    def below(self, name: str) -> "_Place":
        return self._replace(path=f"{self.path}.{name}" if self.path else name)


def record_facts(
    value: JsonValue, tool: str = "", arguments: Mapping[str, JsonValue] | None = None
) -> list[Fact]:
    """The facts of one structured observation, in document order."""
    asked = {
        str(argument): name
        for name, argument in (arguments or {}).items()
        if isinstance(argument, str | int) and not isinstance(argument, bool)
    }
    return list(_walk(value, _Place(_noun(tool)), asked, 0))


def _walk(value: JsonValue, place: _Place, asked: Mapping[str, str], depth: int) -> Iterator[Fact]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield from _object(value, place, asked, depth)
    elif isinstance(value, list):
        yield from _list(value, place, asked, depth)
    elif not (isinstance(value, str) and len(value) > LONGEST_VALUE):
        yield Fact(place.key, place.entity, value)


def _object(
    value: Mapping[str, JsonValue], place: _Place, asked: Mapping[str, str], depth: int
) -> Iterator[Fact]:
    identity = _identity(value, place.kind, asked, top=depth == 0)
    if identity:
        place = _Place(*identity)
    for name, child in value.items():
        if isinstance(child, dict) and _keyed_by_id(child):
            for key, member in child.items():
                yield Fact(f"{singular(name)}.id", key, key)
                yield from _walk(member, _Place(singular(name), key), {}, depth + 1)
        else:
            yield from _walk(child, place.below(name), {}, depth + 1)


def _identity(
    value: Mapping[str, JsonValue], kind: str, asked: Mapping[str, str], *, top: bool
) -> tuple[str, str] | None:
    """Type and id of the entity that an object describes; None if it is only a part of its parent.

    In order of preference, and independent of the order of fields: an id field whose value was an argument of
    the call; the id field of the expected type; another field whose value was an argument; the only id field
    of a top-level object.
    """
    fields = sorted(
        (name, found.group(1) or kind, str(value[name]))
        for name in value
        if isinstance(value[name], str | int) and (found := _ID_FIELD.match(name))
    )
    choices = (
        [field for field in fields if field[2] in asked and field[0].endswith("id")],
        [field for field in fields if kind.endswith(field[1])],
        [field for field in fields if field[2] in asked],
        fields if top and len(fields) == 1 else [],
    )
    for chosen in choices:
        if chosen:
            return chosen[0][1:]
    if top and asked:
        id_, argument = next(iter(sorted(asked.items(), key=lambda item: item[1])))
        found = _ID_FIELD.match(argument)
        return (found.group(1) or kind if found else kind), id_
    return None


def _list(value: list[JsonValue], place: _Place, asked: Mapping[str, str], depth: int) -> Iterator[Fact]:
    scalars: list[Scalar] = [item for item in value if not isinstance(item, dict | list)]
    if scalars or not value:
        yield Fact(place.key, place.entity, tuple(scalars))
    member = singular(place.path.rsplit(".", 1)[-1] or place.kind)
    for position, item in enumerate(value):
        if isinstance(item, dict):
            inner = _identity(item, member, asked, top=False) or (member, f"{place.entity}/{position}")
            yield from _walk(item, _Place(*inner), asked, depth + 1)
        elif isinstance(item, list) and depth < _DEPTH:
            yield from _list(item, place, asked, depth + 1)


def _keyed_by_id(value: Mapping[str, JsonValue]) -> bool:
    """Whether an object is a table: most of its keys contain a digit and map to objects."""
    ids = sum(bool(_ID_LIKE.search(key)) and isinstance(child, dict) for key, child in value.items())
    return ids * 2 > len(value)


_PARTICLES = frozenset({"at", "down", "in", "into", "off", "on", "out", "over", "through", "up"})


def _noun(tool: str) -> str:
    """The entity type in a tool's name: `get_customer_by_phone` -> `customer`, `look_up_bill` -> `bill`."""
    words = re.split(r"[_\W]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", tool).lower())
    words = [word for word in words if word]
    for stop in ("by", "for", "from", "to", "with"):
        if stop in words[1:]:
            words = words[: words.index(stop, 1)]
    if len(words) > 1 and words[-1] in {"details", "info", "status", "list"}:
        words = words[:-1]
    kind = words[1:]
    while len(kind) > 1 and kind[0] in _PARTICLES:
        kind = kind[1:]
    return singular("_".join(kind) or "".join(words) or "result")
