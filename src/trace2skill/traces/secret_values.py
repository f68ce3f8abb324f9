"""Whether a value can be a secret: what a pattern or a field's name points to may be a word or a stand-in."""

import base64
import binascii
import re

from trace2skill.traces.gitleaks import entropy

_NO_SECRETS = re.compile(
    r"null|none|true|false|yes|no|undefined|required|optional|missing|invalid|incorrect|hidden|redacted|str|string|"
    r"text|unknown|empty|changed|reset|expired|password|passwort|secret|token|changeme|example|placeholder|"
    r"[a-z_]+(?:\.[a-z_]+)+",
    re.IGNORECASE,
)
_STAND_IN = re.compile(
    r"<.*>|\$\{?\w+\}?|\{\{.*\}\}|%\(?\w+\)?s?|([*xX.•#-])\1*|your[_ -].*|process\.env.*|os\..*|"
    r"\{.*|[\w.]{1,60}\([\w\s\"',.=/-]*\)?"
)
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
_PATH = re.compile(r"[~.]{0,2}/[\w./-]*")


def is_secret_value(value: str) -> bool:
    """Whether an assigned value can be a secret: no path, name or stand-in (`***`, `${VAR}`, `required`)."""
    if (
        len(value) < 4
        or _CONSTANT.fullmatch(value)
        or _NO_SECRETS.fullmatch(value)
        or _STAND_IN.fullmatch(value)
    ):
        return False
    return not _PATH.fullmatch(value) or (len(value) >= 32 and has_digit(value) and entropy(value) > 4.3)


def has_digit(value: str) -> bool:
    """Whether a value holds a digit; words of prose do not."""
    return any(char.isdigit() for char in value)


_IDENTIFIER = re.compile(r"_*[A-Za-z]+(?:_+[A-Za-z]+)+_*|_\w+|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.[A-Za-z_]+")


def is_no_identifier(value: str) -> bool:
    """Whether an unquoted value can be a secret: it is no variable, as it is in code."""
    return is_secret_value(value) and not _IDENTIFIER.fullmatch(value)


def is_no_word(value: str) -> bool:
    """Whether an unquoted value can be a secret: not a plain word, as it often follows a colon in prose."""
    a_word = value.replace("-", "").replace(".", "").isalpha()
    return is_no_identifier(value) and not a_word


def is_told(value: str) -> bool:
    """Whether a value in a sentence can be a password: no plain word, number or date."""
    mixed = any(map(str.isalpha, value)) and (
        has_digit(value) or any(char in "@#$%^&*!_" for char in value[:-1])
    )
    return len(value) >= 5 and mixed and is_secret_value(value)


def is_random(value: str) -> bool:
    """Whether a value looks drawn by chance."""
    return len(value) >= 16 and has_digit(value) and is_secret_value(value) and entropy(value) > 3


def is_login(value: str) -> bool:
    """Whether base64 stands for `name:password`."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
