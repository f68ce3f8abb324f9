"""The rules of gitleaks (https://github.com/gitleaks/gitleaks, MIT) as patterns.

`rules/gitleaks.toml` is its file of rules as it is published, at commit b58d3f1; its licence lies beside it.
A newer file may be put in its place.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import re2

from trace2skill.traces.patterns import Pattern

_LEFT_OUT = frozenset(
    {
        "curl-auth-header",  # its value is found as a header
        "curl-auth-user",  # it takes the user's name with the password
        "private-key",  # it wants 64 characters and an end
        "jwt",
    }
)
"""Rules that patterns of our own replace."""

_ANCHORS = {
    "generic-api-key": (
        r"access|auth|api|cred|key|pass|secret|token"
        r"?(?:access|auth|api|credential|creds|key|passw(?:or)?d|secret|token)[ \t\w.-]*[\s'\"]{0,3}"
        r"[=>:,|?]{1,4}[\x60'\"\s=]{0,5}[\w.=+/-]{10}",
    ),
    "kubernetes-secret-yaml": (r"?kind:[ \t]*[\"']?secret",),
    "twilio-api-key": ("?sk[0-9a-f]{32}",),
    "vault-service-token": (r"?hvs\.|s\.[a-z0-9]{24}",),
}
"""Closer than the keywords of these rules, which are in every other text."""

_TOLD = frozenset(
    {
        "airtable-personnal-access-token",
        "facebook-access-token",
        "sidekiq-sensitive-url",
        "slack-config-access-token",
        "slack-webhook-url",
        "sourcegraph-access-token",
    }
)
"""Rules whose keywords need not be in what they match: a hash is Sourcegraph's token only beside its name."""

_END = r"""(?:[\x60'"\s;]|\\[nr]|$)"""
_WIDER_END = r"(?:[^\w+/=-]|$)"
"""A value in prose or code also ends at a comma, a full stop or a bracket."""


@cache
def gitleaks_patterns() -> tuple[Pattern, ...]:
    """The rules, in the order of the file."""
    content = tomllib.loads((files("trace2skill.traces") / "rules/gitleaks.toml").read_text(encoding="utf-8"))
    return tuple(
        _pattern(rule) for rule in content["rules"] if "regex" in rule and rule["id"] not in _LEFT_OUT
    )


def _pattern(rule: Mapping[str, Any]) -> Pattern:
    return Pattern(
        kind=re.sub(r"[^a-z0-9]+", "_", rule["id"].lower()),
        anchors=_ANCHORS.get(rule["id"], tuple(rule["keywords"])),
        regex=rule["regex"].replace(_END, _WIDER_END),
        accept=_Accept(rule),
        named=True,
        told=rule["id"] in _TOLD,
    )


class _Accept:
    """Whether a value is random enough, and none of those that the rule allows."""

    def __init__(self, rule: Mapping[str, Any]) -> None:
        self._entropy = rule.get("entropy", 0.0)
        lists = [each for each in rule.get("allowlists", ()) if each.get("condition") != "AND"]
        own = [each for each in lists if each.get("regexTarget", "secret") == "secret"]
        self._allowed = tuple(regex for each in own for regex in each.get("regexes", ()))
        self._words = tuple(word.lower() for each in lists for word in each.get("stopwords", ()))

    def __call__(self, value: str) -> bool:
        if entropy(value) <= self._entropy:
            return False
        low = value.lower()
        return not any(word in low for word in self._words) and not any(
            _allowed(regex).search(value) for regex in self._allowed
        )


@cache
def _allowed(regex: str) -> "re2._Regexp[str]":
    return re2.compile(regex)


def entropy(value: str) -> float:
    """Shannon's entropy of the characters, in bits for each."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
