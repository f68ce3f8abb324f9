"""Finds secrets: by the form of a token, by what stands before it, by the name of its field."""

import re
from functools import cache, lru_cache

from trace2skill.traces.command_detection import COMMANDS
from trace2skill.traces.context_detection import CREDENTIALS, HEADERS, NAMES, PASSWORDS, PROSE
from trace2skill.traces.gitleaks import gitleaks_patterns
from trace2skill.traces.patterns import Found, Pattern
from trace2skill.traces.secret_values import has_digit, is_login, is_random, is_secret_value
from trace2skill.traces.token_detection import CARD, HASHES, IN_URLS, TOKENS


@cache
def secret_patterns() -> tuple[Pattern, ...]:
    """All patterns for secrets; the more specific first."""
    ours = (*TOKENS, *IN_URLS, *HEADERS, *COMMANDS, *HASHES, *NAMES, *PROSE)
    return (*ours, *gitleaks_patterns(), CARD)


_PASSWORD_FIELD = re.compile(
    rf"(?:\w{{0,60}}[_-])?{PASSWORDS}|(?:\w{{1,60}}_)?pass|\w{{1,40}}Password", re.IGNORECASE
)
_CREDENTIAL_FIELD = re.compile(rf"(?:\w{{0,60}}[_-])?{CREDENTIALS}", re.IGNORECASE)
_HEADER_FIELD = re.compile(r"(?:proxy-)?authorization|(?:set-)?cookies?", re.IGNORECASE)
_TOKEN_FIELD = re.compile(
    r"token|auth|x-[\w-]{0,20}(?:key|token)|\w{1,20}(?:Token|ApiKey|SecretKey)", re.IGNORECASE
)
_CARD_FIELD = re.compile(r"(?:\w{0,30}_)?(?:card_?(?:number|no)|pan|cc_?(?:number|num))", re.IGNORECASE)
_CODE_FIELD = re.compile(
    r"cvv2?|cvc2?|card_?(?:security|verification)_?code|(?:\w{0,20}_)?pin(?:_?code)?|otp(?:_?code)?|(?:verification|one_?time|2fa|mfa)_?code",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?:bearer|basic|token|apikey|digest) +(?=\S)", re.IGNORECASE)
_FIELDS = (
    ("password", _PASSWORD_FIELD),
    ("credential", _CREDENTIAL_FIELD),
    ("authorization", _HEADER_FIELD),
    ("token", _TOKEN_FIELD),
    ("card", _CARD_FIELD),
    ("code", _CODE_FIELD),
)


def secret_by_field(text: str, name: str, *, number: bool = False) -> Found | None:
    """The secret in a text or a number, judged by the name of its field.

    A password may hold spaces, a credential may not. The field name `token` is often harmless, so the value must
    also be a single word of at least 16 characters with a digit. A number is a secret in the field of a password, a
    card or a code.
    """
    kind = secret_field(name)
    if not kind or not text:
        return None
    whole = Found(0, len(text), kind)
    if kind == "card":
        return whole if 12 <= len(re.sub(r"\D", "", text)) <= 19 else None
    if kind == "code":
        return whole._replace(kind="pin") if text.isdecimal() and 3 <= len(text) <= 8 else None
    if number:
        return whole if kind == "password" else None
    if not is_secret_value(text):
        return None
    scheme = _SCHEME.match(text)
    one_word = " " not in text.strip()
    if kind == "authorization":
        start = scheme.end() if scheme else 0
        return whole._replace(start=start) if start or has_digit(text) else None
    if kind == "token":
        return whole._replace(kind="credential") if one_word and (is_random(text) or is_login(text)) else None
    return whole if kind == "password" or one_word else None


@lru_cache(maxsize=4096)
def secret_field(name: str) -> str:
    """The kind of secret that a field of this name may hold; empty if none."""
    return next((kind for kind, pattern in _FIELDS if pattern.fullmatch(name[-100:])), "")
