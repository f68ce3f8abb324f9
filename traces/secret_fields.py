"""Secrets given away by the field they stand in, such as `{"password": "..."}`."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from pydantic import JsonValue

from trace2skill.traces.secret_patterns import CREDENTIALS, PASSWORDS, has_digit, is_card, is_secret_value

_PASSWORD = re.compile(rf"(?:\w*[_-])?{PASSWORDS}", re.IGNORECASE)
_CREDENTIAL = re.compile(rf"(?:\w*[_-])?{CREDENTIALS}", re.IGNORECASE)
_HEADER = re.compile(r"(?:proxy-)?authorization|(?:set-)?cookie", re.IGNORECASE)
_TOKEN = re.compile(r"token", re.IGNORECASE)
_SCHEME = re.compile(r"(?:bearer|basic|token|apikey) +(?=\S)", re.IGNORECASE)


class _Field(StrEnum):
    PASSWORD = "password"  # noqa: S105 a kind, no password
    CREDENTIAL = "credential"
    HEADER = "authorization"
    TOKEN = "token"  # noqa: S105 a kind, no token
    ORDINARY = ""


def find_by_field(value: JsonValue, name: str | None) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of the secret that a string or whole number is because of its field.

    A number is one in a password field, or when it is a payment card. A password may hold blanks, a
    credential not; behind `token` stands many a harmless word, so that the value must look like one.
    """
    if not isinstance(value, str):
        yield from _number(value, name)
        return
    kind = _kind(name) if name else _Field.ORDINARY
    if kind is _Field.ORDINARY or not is_secret_value(value):
        return
    scheme = _SCHEME.match(value)
    start = scheme.end() if scheme and kind is _Field.HEADER else 0
    one_word = " " not in value.strip()
    if (
        kind is _Field.PASSWORD
        or (kind is _Field.CREDENTIAL and one_word)
        or (kind is _Field.HEADER and (start or has_digit(value)))
    ):
        yield start, len(value), kind.value
    elif kind is _Field.TOKEN and one_word and len(value) >= 16 and has_digit(value):
        yield start, len(value), _Field.CREDENTIAL.value


def _number(value: JsonValue, name: str | None) -> Iterator[tuple[int, int, str]]:
    digits = str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
    if len(digits) >= 13 and is_card(digits):
        yield 0, len(digits), "card"
    elif digits and name and _kind(name) is _Field.PASSWORD:
        yield 0, len(digits), _Field.PASSWORD.value


@lru_cache(maxsize=4096)
def _kind(name: str) -> _Field:
    patterns = (
        (_PASSWORD, _Field.PASSWORD),
        (_CREDENTIAL, _Field.CREDENTIAL),
        (_HEADER, _Field.HEADER),
        (_TOKEN, _Field.TOKEN),
    )
    return next((kind for pattern, kind in patterns if pattern.fullmatch(name)), _Field.ORDINARY)
