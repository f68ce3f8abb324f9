"""Detects secrets by token format, by the name of their field, and with the plugins of detect-secrets."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

if TYPE_CHECKING:
    from detect_secrets.plugins.keyword import KeywordDetector


Span = tuple[int, int]

PASSWORDS = r"(?:passw(?:or)?d|passphrase|pwd)"
CREDENTIALS = (
    r"(?:(?:client|app|shared|webhook|signing)[_-]?secret|secret(?:[_-]?(?:access)?[_-]?key)?|"
    r"(?:api|access|private|account|auth|encryption|signing)[_ -]?key|"
    r"(?:auth|access|refresh|session|bearer|api|id|secret)[_-]?token)"
)
_SUFFIX = r"(?:[_-]?\d+)?"
_ASSIGN = r"[\\\"'`\]]{0,3}\s{0,3}(?:=>|:=|={1,3}|:)\s{0,3}"
_VALUE = r"[\"'\\]{0,2}(?P<value>[\w.~+/=-]{16,})"
_NO_SECRETS = re.compile(
    r"null|none|true|false|yes|no|undefined|required|optional|missing|invalid|incorrect|hidden|redacted|str|string|"
    r"text|unknown|empty|changed|reset|expired|password|secret|token|changeme|example|placeholder",
    re.IGNORECASE,
)
_STAND_IN = re.compile(
    r"<.*>|\$\{?\w+\}?|\{\{.*\}\}|%\(?\w+\)?s?|([*xX.•#-])\1*|your[_ -].*|process\.env.*|os\..*|"
    r"[~.]{0,2}/[\w./-]*"
)
_CARD = re.compile(
    r"(?<![\w.#/-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -])\d{6}\2\d{5}|\d{13,19})(?![\w-]|\.\d)"
)
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}"
)


class Detector(Protocol):
    """Finds secrets of one kind."""

    @property
    def kind(self) -> str:
        """The kind, as written in the placeholder."""
        ...

    @property
    def anchors(self) -> tuple[str, ...]:
        """Lower-case strings of which one must occur in the text; if empty, the detector is always run."""
        ...

    def spans(self, text: str) -> Iterator[Span]:
        """Start and end of every secret in a text."""
        ...


@dataclass(frozen=True)
class Pattern:
    """A regular-expression detector; the secret is its group `value`, or the whole match without one."""

    kind: str
    anchors: tuple[str, ...]
    regex: re.Pattern[str]
    accept: Callable[[str], bool] = bool

    def spans(self, text: str) -> Iterator[Span]:
        """Start and end of every accepted match."""
        group = "value" if "value" in self.regex.groupindex else 0
        for match in self.regex.finditer(text):
            if match[group] and self.accept(match[group]):
                yield match.span(group)


def is_secret_value(value: str) -> bool:
    """Whether an assigned value can be a secret: not a path or a stand-in (`***`, `${VAR}`, `required`)."""
    return len(value) >= 4 and not _NO_SECRETS.fullmatch(value) and not _STAND_IN.fullmatch(value)


def is_card(value: str) -> bool:
    """Whether digits are a payment card number: issuer prefix and length, and Luhn check digit."""
    digits = value.replace(" ", "").replace("-", "")
    if not _ISSUER.fullmatch(digits):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def has_digit(value: str) -> bool:
    """Whether a value holds a digit; words of prose do not."""
    return any(char.isdigit() for char in value)


def _unquoted(value: str) -> bool:
    """Whether an unquoted value can be a secret: not a plain word, as it often follows a colon in prose."""
    a_word = value.replace("-", "").replace(".", "").isalpha()
    return is_secret_value(value) and not a_word


def _assignments(kind: str, key: str, anchors: tuple[str, ...]) -> tuple[Pattern, ...]:
    key = rf"(?<!<)(?<!<secret:){key}"  # words inside a placeholder are not field names
    named = rf"{key}{_SUFFIX}{_ASSIGN}"
    quoted = rf"{named}(?P<q>\\?[\"'`])(?P<value>[^\n]{{1,500}}?)(?P=q)"
    equals = rf"{key}{_SUFFIX}=(?P<value>[^\s\"'`,;&<>{{}}\[\]()\\]{{4,}})"
    bare = rf"{named}(?P<value>[^\s\"'`,;&<>{{}}\[\]()\\]{{4,}})"
    told = rf"{key} (?:is|was) (?P<value>[^\s\"'`,;]{{5,}}[^\s\"'`,;.?!])"
    return (
        Pattern(kind, anchors, re.compile(quoted, re.IGNORECASE), is_secret_value),
        Pattern(kind, anchors, re.compile(equals, re.IGNORECASE), is_secret_value),
        Pattern(kind, anchors, re.compile(bare, re.IGNORECASE), _unquoted),
        Pattern(kind, anchors, re.compile(told, re.IGNORECASE), has_digit),
    )


def _token(kind: str, anchors: str, regex: str, accept: Callable[[str], bool] = bool) -> Pattern:
    return Pattern(kind, tuple(anchors.split()), re.compile(rf"(?<![A-Za-z0-9_-])(?:{regex})"), accept)


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "private_key",
        ("-----begin",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
            r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
            re.DOTALL,
        ),
    ),
    _token("anthropic_key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}"),
    _token("openai_key", "sk-", r"sk-[A-Za-z0-9_-]{20,}", has_digit),
    _token("github_token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    _token("github_token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,}"),
    _token("aws_key", "a3t abia acca akia asia", r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}\b"),
    _token("slack_token", "xox xapp-", r"(?:xox[abceoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    _token("google_key", "aiza ya29. gocspx-", r"AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}"),
    _token("stripe_key", "k_live_ k_test_ whsec_", r"(?:[rsp]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,}"),
    _token("huggingface_token", "hf_", r"hf_[A-Za-z0-9]{30,}"),
    _token("jwt", "eyj", r"eyJ[\w-]{8,}={0,2}\.[\w-]{8,}={0,2}(?:\.[\w-]*)?"),
    Pattern(
        "authorization",
        ("bearer", "authorization"),
        re.compile(
            r"(?:\bbearer\s+|authorization[\\\"']*\s*[:=]\s*[\\\"']*(?:(?:bearer|basic|token|apikey)\s+)?)"
            r"(?P<value>[A-Za-z0-9._~+/=-]{12,})",
            re.IGNORECASE,
        ),
        has_digit,
    ),
    Pattern(
        "url_password",
        ("://",),
        re.compile(r"://[^\s/:@\"'<>]*:(?P<value>[^\s/@\"'<>]+)@(?=[\w\[])"),
        lambda value: not _STAND_IN.fullmatch(value),
    ),
    *_assignments("password", PASSWORDS, ("passw", "passphrase", "pwd")),
    *_assignments("credential", CREDENTIALS, ("secret", "key", "token")),
    _token("credential", "token", rf"(?i:token){_ASSIGN}{_VALUE}", has_digit),
    Pattern("card", (), _CARD, is_card),
)


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
    """Start, end and kind of the secret in a string or integer, judged by the name of its field.

    An integer is a secret in a password field, or if it is a payment card number. A password may hold
    spaces, a credential may not. The field name `token` is often harmless, so the value must also be a
    single word of at least 16 characters with a digit.
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


_QUOTES = re.compile(r"[\"'`]")


@dataclass(frozen=True)
class Keyword:
    """The keyword plugin of detect-secrets, applied line by line: a suspicious name with a quoted value."""

    plugin: "KeywordDetector"
    kind: str = "credential"
    anchors: tuple[str, ...] = field(default=("passw", "pwd", "secret", "key", "_pass", "contrase"))

    def spans(self, text: str) -> Iterator[Span]:
        """Start and end of every quoted value assigned to a suspicious name."""
        start = 0
        for line in text.splitlines(keepends=True):
            if len(line) < 2000 and _QUOTES.search(line):
                for value in sorted(set(self.plugin.analyze_string(line))):
                    at = line.find(value)
                    if at >= 0 and " " not in value and is_secret_value(value):
                        yield start + at, start + at + len(value)
            start += len(line)


@cache
def plugin_detectors() -> tuple[Detector, ...]:
    """The detectors, built once, on first use: importing detect-secrets takes a third of a second."""
    from detect_secrets.plugins import (
        aws,
        azure_storage_key,
        discord,
        github_token,
        gitlab_token,
        keyword,
        mailchimp,
        npm,
        openai,
        pypi_token,
        sendgrid,
        slack,
        square_oauth,
        stripe,
        telegram_token,
        twilio,
    )

    chosen = (
        ("aws_key", aws.AWSKeyDetector(), ("a3t", "abia", "acca", "akia", "asia", "aws")),
        ("azure_key", azure_storage_key.AzureStorageKeyDetector(), ("accountkey=",)),
        ("discord_token", discord.DiscordBotTokenDetector(), ()),
        ("github_token", github_token.GitHubTokenDetector(), ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
        ("gitlab_token", gitlab_token.GitLabTokenDetector(), ("gl", "gr1348941")),
        ("mailchimp_key", mailchimp.MailchimpDetector(), ("-us",)),
        ("npm_token", npm.NpmDetector(), (":_authtoken",)),
        ("openai_key", openai.OpenAIDetector(), ("t3blbkfj",)),
        ("pypi_token", pypi_token.PypiTokenDetector(), ("pypi-",)),
        ("sendgrid_key", sendgrid.SendGridDetector(), ("sg.",)),
        ("slack_token", slack.SlackDetector(), ("xox", "hooks.slack.com")),
        ("square_secret", square_oauth.SquareOAuthDetector(), ("sq0csp-",)),
        ("stripe_key", stripe.StripeDetector(), ("k_live_",)),
        ("telegram_token", telegram_token.TelegramBotTokenDetector(), (":",)),
        ("twilio_key", twilio.TwilioKeyDetector(), ("ac", "sk")),
    )
    patterns = [
        Pattern(kind, anchors, regex) for kind, plugin, anchors in chosen for regex in plugin.denylist
    ]
    return (*patterns, Keyword(keyword.KeywordDetector()))
