"""Redaction: replaces secrets and what belongs to people in a trace before any other code sees its text."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import JsonValue

from trace2skill.traces.check_digits import digits_of
from trace2skill.traces.field_detection import personal_by_field, personal_field
from trace2skill.traces.known_values import KnownValues
from trace2skill.traces.model import Trace, rebuild
from trace2skill.traces.pairs import in_pairs
from trace2skill.traces.patterns import PLACEHOLDER, Entry, Finder, Finding, Found, find_told
from trace2skill.traces.personal_detection import PLAIN_WORDS, personal_patterns
from trace2skill.traces.recent import Recent
from trace2skill.traces.secret_detection import secret_by_field, secret_field, secret_patterns
from trace2skill.traces.secret_values import has_digit
from trace2skill.traces.trace_values import Named, as_text, map_trace, strings

Level = Literal["secrets", "personal", "off"]
"""What is replaced: secrets; secrets and what belongs to people; nothing."""

DEFAULT: Level = "personal"


def redact(trace: Trace, level: Level = DEFAULT) -> tuple[Trace, Counter[str]]:
    """Replace every secret, and what belongs to people, in every string of a trace.

    Returns:
        The trace (the same object if nothing was replaced), and the number of replacements by kind.
    """
    if level != "off" and trace.source.path.startswith(_home()):
        source = trace.source.model_copy(update={"path": _at_home(trace.source.path)})
        trace = rebuild(trace, source=source)
    redactor = _Redactor(strings(trace), level)
    return (map_trace(trace, redactor.replace), redactor.counts) if redactor.finds else (trace, Counter())


def redact_text(text: str, level: Level = DEFAULT) -> str:
    """Replace secrets and what belongs to people in a single text, such as a query, a note or a message."""
    return redact_texts([text], level)[0][0]


def redact_texts(texts: Sequence[str], level: Level = DEFAULT) -> tuple[list[str], Counter[str]]:
    """Replace secrets and what belongs to people; the same value gets the same placeholder in all texts.

    Returns:
        The texts, and the number of replacements by kind.
    """
    redactor = _Redactor([(text, "") for text in texts], level)
    if not redactor.finds:
        return list(texts), Counter()
    return [as_text(redactor.replace(text, "")) for text in texts], redactor.counts


def redact_path(path: str, level: Level = DEFAULT) -> str:
    """A path that begins at `~` if it lies in the home directory, with the rest redacted."""
    return redact_text(_at_home(path), level)


def _at_home(path: str) -> str:
    return f"~/{path.removeprefix(_home())}" if path.startswith(_home()) else path


@cache
def _home() -> str:
    return f"{Path.home()}{os.sep}"


def find_secrets(text: str) -> Counter[str]:
    """The number of secrets of each kind in a text."""
    return redact_texts([text], "secrets")[1]


def find_personal(text: str) -> Counter[str]:
    """The number of values of each kind in a text that belong to people."""
    found = redact_texts([text])[1]
    return Counter({kind: count for kind, count in found.items() if kind in PERSONAL})


def private_values(trace: Trace) -> dict[str, str]:
    """The secrets and personal values in a trace, as they are written, with their kinds, longest first."""
    found = _Redactor(strings(trace), "personal").found
    return dict(sorted(found.items(), key=lambda each: (-len(each[0]), each[0])))


def without_placeholders(text: str) -> str:
    """The text with a space where something was replaced."""
    return PLACEHOLDER.sub(" ", text) if "<" in text else text


class _Replaced(NamedTuple):
    """A text with placeholders, and the kinds of what was replaced."""

    text: str
    kinds: tuple[str, ...]


class _Redactor:
    """Looks through all values first, then replaces what it found, wherever it stands.

    Attributes:
        finds: Whether there is anything to replace.
        counts: What was replaced so far, by kind.
        found: The values that are replaced, with their kinds.
    """

    def __init__(self, values: Iterable[Named], level: Level) -> None:
        self.counts: Counter[str] = Counter()
        self.found: dict[str, str] = {}
        self._placeholders: dict[str, tuple[str, str]] = {}
        self._numbers: Counter[str] = Counter()
        self._replaced: dict[Entry, _Replaced] = {}
        if level != "off":
            self._learn(_entries(values), personal=level == "personal")
        self.finds = bool(self._replaced)
        self._texts = {entry.text for entry in self._replaced}

    def replace(self, value: JsonValue, name: str) -> JsonValue:
        """The string or number with placeholders."""
        if isinstance(value, str) and value not in self._texts:
            return value
        replaced = self._replaced.get(
            Entry(as_text(value), name if isinstance(value, str) else f"{name}{_NUMBER}")
        )
        if replaced is None:
            return value
        self.counts.update(replaced.kinds)
        return replaced.text

    def _learn(self, entries: list[Entry], *, personal: bool) -> None:
        findings = _findings(entries, personal=personal)
        known = _Known()
        for entry, own in zip(entries, findings, strict=True):
            for start, end, kind in own:
                known.add(entry.text[start:end], kind)
        known.join_names(entries)
        added = known.find([entry.text for entry in entries])
        for entry, own, more in zip(entries, findings, added, strict=True):
            if whole := _merged([*own, *more]) if more else own:
                self._replaced[entry] = self._with_placeholders(entry.text, whole)

    def _with_placeholders(self, text: str, found: Sequence[Found]) -> _Replaced:
        pieces, kinds, end = [], [], 0
        for start, stop, guess in found:
            kind, placeholder = self._placeholder(text[start:stop], guess)
            pieces += [text[end:start], placeholder]
            kinds.append(kind)
            self.found.setdefault(text[start:stop], kind)
            end = stop
        return _Replaced("".join([*pieces, text[end:]]), tuple(kinds))

    def _placeholder(self, value: str, kind: str) -> tuple[str, str]:
        same = _same(value, kind)
        if same not in self._placeholders:
            self._numbers[kind] += 1
            group = "personal" if kind in PERSONAL else "secret"
            self._placeholders[same] = (kind, f"<{group}:{kind}:{self._numbers[kind]}>")
        return self._placeholders[same]


PERSONAL = frozenset(pattern.kind for pattern in personal_patterns())
"""The kinds that belong to people."""

_BY_DIGITS = frozenset({"card", "phone", "national_id"})


def _same(value: str, kind: str) -> str:
    """What spellings of a value have in common: a number's digits, an address in lower case."""
    if kind in _BY_DIGITS:
        return digits_of(value)[-10:] if kind == "phone" else re.sub(r"[\W_]", "", value)
    return re.sub(r"[ -]", "", value) if kind == "iban" else value.lower() if kind == "email" else value


_ROOM = 8_000_000
"""Characters of texts that are remembered at most, with what was found in them."""


def _size(entry: Entry) -> int:
    return len(entry.text) + _OVERHEAD


_OVERHEAD = 200
"""Bytes that remembering a text takes, beside its characters."""


@cache
def _reader(*, personal: bool) -> Recent[Entry, Finding]:
    """Finds what a text holds by itself, whatever others say; one that comes again is not read again."""
    finder = Finder((*secret_patterns(), *personal_patterns()) if personal else secret_patterns())

    def read(entries: list[Entry]) -> list[Finding]:
        return [
            Finding(_merged([*_by_field(entry, personal=personal), *found]), told)
            for entry, (found, told) in zip(entries, finder.find(entries), strict=True)
        ]

    return Recent(read, _size, _ROOM)


def _findings(entries: Sequence[Entry], *, personal: bool) -> list[list[Found]]:
    """What was found in each text, by itself or since another tells of it; in order, none overlapping."""
    findings = _reader(personal=personal).all(entries)
    told = list(dict.fromkeys(pattern for each in findings if each.told for pattern in each.told))
    if not told:
        return [each.found for each in findings]
    return [
        _merged([*each.found, *find_told(entry, told)]) for entry, each in zip(entries, findings, strict=True)
    ]


def _entries(values: Iterable[Named]) -> list[Entry]:
    """The texts of the values, each once for each name."""
    texts: dict[tuple[str, str], None] = {}
    for value, name in values:
        if isinstance(value, str):
            texts[value, name] = None
        else:
            texts[as_text(value), f"{name}{_NUMBER}"] = None
    return [Entry(text, name) for text, name in texts if text]


_NUMBER = "#"
"""Follows the field's name of a number, so that it differs from a text with the same digits."""


def _by_field(entry: Entry, *, personal: bool) -> Iterator[Found]:
    text, field = entry
    name = field.removesuffix(_NUMBER)
    if name and _tells(name) and not PLACEHOLDER.fullmatch(text.strip()):
        secret = secret_by_field(text, name, number=field != name)
        own = personal_by_field(text, name) if personal else None
        yield from (each for each in (secret, own) if each)
    if personal and (":" in text or "=" in text):
        yield from in_pairs(text)


@lru_cache(maxsize=4096)
def _tells(name: str) -> bool:
    """Whether a field of this name may hold a secret or what belongs to a person."""
    return bool(secret_field(name) or personal_field(name))


def _merged(found: Iterable[Found]) -> list[Found]:
    """Merge overlapping values; the kind found first (by the more specific pattern) is kept."""
    order = {entry: rank for rank, entry in reversed(list(enumerate(found)))}
    merged: list[tuple[int, Found]] = []
    for entry in sorted(order):
        rank = order[entry]
        if merged and entry.start < merged[-1][1].end:
            before, last = merged[-1]
            kind = last.kind if before < rank else entry.kind
            merged[-1] = (min(before, rank), Found(last.start, max(last.end, entry.end), kind))
        else:
            merged.append((rank, entry))
    return [entry for _, entry in merged]


_SHORTEST_NAME = 3
_SEPARATORS = re.compile(r"[ .()/-]+")


def _spellings(value: str, kind: str) -> Iterator[str]:
    """Other ways to write a number that is told by its digits."""
    if kind in _BY_DIGITS or kind == "iban":
        yield from (_SEPARATORS.sub(by, value).strip(by) for by in ("", " ", "-", "."))


class _Known:
    """Values found somewhere, to be replaced wherever they stand."""

    def __init__(self) -> None:
        self._values = KnownValues()
        self._kinds: dict[str, str] = {}

    def add(self, value: str, kind: str) -> None:
        """Add a value, and the parts of a name that a field or a sentence calls one, if no words."""
        value = value.strip()
        if kind == "person" and " " in value:
            self._put(value, kind)
        elif kind == "name":
            parts = [value, *value.split()] if " " in value else [value]
            for part in parts:
                if len(part) >= _SHORTEST_NAME and part[0].isupper() and part.lower() not in PLAIN_WORDS:
                    self._put(part, kind)
        elif len(value) >= 8 and (has_digit(value) or len(value) >= 20 or "@" in value):
            for spelt in (value, *_spellings(value, kind)):
                self._put(spelt, kind)

    def join_names(self, entries: Sequence[Entry]) -> None:
        """Add first and last names that stand one after the other as whole names."""
        for (first, _), (last, name) in pairwise(entries):
            if self._kinds.get(first) == "name" and name and last[:1].isupper() and " " not in first + last:
                self._put(f"{first} {last}", "name")

    def find(self, texts: Sequence[str]) -> list[list[Found]]:
        """Where they stand in each of the texts."""
        told = self._values.may_hold(texts)
        return [
            [Found(start, end, self._kinds[text[start:end]]) for start, end in self._values.find(text)]
            if hold
            else []
            for text, hold in zip(texts, told, strict=True)
        ]

    def _put(self, value: str, kind: str) -> None:
        if not PLACEHOLDER.search(value):
            self._values.add(value)
            self._kinds.setdefault(value, kind)
