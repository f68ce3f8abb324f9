"""Draws texts that a pattern in RE2's syntax matches, in upper and lower case and with look-alike letters."""

import re
from collections.abc import Iterator, Sequence
from random import Random
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MORE = 3
"""Repetitions above the least."""

_FOLDED = {"k": "\u212a", "s": "\u017f", "K": "\u212a", "S": "\u017f", "å": "\u212b", "ß": "\u1e9e"}
"""Letters that RE2 takes for others where case does not count."""
_SCRIPTS = {"Han": "王小明", "Hiragana": "ひら", "Katakana": "カナ", "Hangul": "한글"}
_ANY = " \t\"'=:;,.-_/@<>+%&?aZ09éжΩ漢\u200b\U0001f600"
_CLASSES = {
    op.CATEGORY_DIGIT: "0123456789",
    op.CATEGORY_NOT_DIGIT: "aZ_ -:é漢",
    op.CATEGORY_SPACE: " \t\n\r",
    op.CATEGORY_NOT_SPACE: "aZ09_-:é漢",
    op.CATEGORY_WORD: "abzAZ059_",
    op.CATEGORY_NOT_WORD: ' -:\n"é漢',
}


def samples(regex: str, rng: Random, number: int) -> Iterator[str]:
    """Texts that the pattern is likely to match, but for what has to stand around them."""
    parsed = _parser.parse(python(regex))
    ignoring = bool(parsed.state.flags & re.IGNORECASE)
    for _ in range(number):
        yield "".join(_drawn(parsed, rng, ignoring=ignoring))


def python(regex: str) -> str:
    """The pattern in Python's syntax: the end, classes of letters, and flags that begin within it."""
    regex = regex.replace(r"\z", r"\Z").replace("[[:alnum:]]", "[A-Za-z0-9]")
    for name, letters in _SCRIPTS.items():
        regex = regex.replace(f"\\p{{{name}}}", letters)
    at = regex.find("(?i)", 1)
    if at < 0:
        return regex
    end, depth = at + 4, 0
    while end < len(regex) and depth >= 0:
        skip = 2 if regex[end] == "\\" else 1
        depth += {"(": 1, ")": -1}.get(regex[end], 0)
        end += skip
    end -= depth < 0
    return python(f"{regex[:at]}(?i:{regex[at + 4 : end]}){regex[end:]}")


def _drawn(parsed: Sequence[Any], rng: Random, *, ignoring: bool) -> Iterator[str]:
    for code, what in parsed:
        yield from _one(code, what, rng, ignoring=ignoring)


def _one(code: Any, what: Any, rng: Random, *, ignoring: bool) -> Iterator[str]:
    if code is op.LITERAL:
        yield _cased(chr(what), rng, ignoring=ignoring)
    elif code is op.NOT_LITERAL:
        yield rng.choice([char for char in _ANY if char != chr(what)])
    elif code is op.ANY:
        yield rng.choice(_ANY)
    elif code is op.IN:
        yield _cased(_member(what, rng), rng, ignoring=ignoring)
    elif code is op.BRANCH:
        yield from _drawn(rng.choice(what[1]), rng, ignoring=ignoring)
    elif code is op.SUBPATTERN:
        _, added, removed, inner = what
        yield from _drawn(
            inner, rng, ignoring=(ignoring or added & re.IGNORECASE) and not removed & re.IGNORECASE
        )
    elif code in {op.MAX_REPEAT, op.MIN_REPEAT}:
        least, most, inner = what
        for _ in range(rng.randint(least, min(most, least + MORE))):
            yield from _drawn(inner, rng, ignoring=ignoring)
    elif code is not op.AT:
        raise NotImplementedError(code)


def _member(parts: Sequence[Any], rng: Random) -> str:
    if parts[0][0] is op.NEGATE:
        return rng.choice([char for char in _ANY if not any(_holds(part, char) for part in parts[1:])])
    code, what = rng.choice(parts)
    if code is op.LITERAL:
        return chr(what)
    return chr(rng.randint(*what)) if code is op.RANGE else rng.choice(_CLASSES[what])


def _holds(part: Any, char: str) -> bool:
    code, what = part
    if code is op.LITERAL:
        return chr(what) == char
    return what[0] <= ord(char) <= what[1] if code is op.RANGE else char in _CLASSES[what]


def _cased(char: str, rng: Random, *, ignoring: bool) -> str:
    return rng.choice([char, char.swapcase(), _FOLDED.get(char, char)]) if ignoring else char
