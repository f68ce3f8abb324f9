"""Finds values that belong to one run (identifiers, contact data, names); a skill needs slots instead."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import JsonValue

from trace2skill.claims.model import Claim, Compare, Constant, FactTerm
from trace2skill.claims.traversal import constant_arguments, keys_of, leaves_of, patterns_of
from trace2skill.traces.model import Trace
from trace2skill.traces.patterns import PLACEHOLDER

COMMON = 5
"""Distinct tasks from which a code such as `HTTP404` counts as vocabulary, unless it is a record's id."""

_ALWAYS = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+"  # e-mail
    rf"|{PLACEHOLDER.pattern}"
    r"|\d{5,}"  # order numbers, card numbers
    r"|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b|\+\d[\d ()-]{7,}"  # telephone
    r"|#\w*\d\w*"  # #W12345
    r"|\b[a-z]+(?:_[a-z]+)*_\d{4,}\b"  # ann_lee_3850
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{4,}\b",  # UUID
    re.IGNORECASE,
)
_DATE = re.compile(r"\b(?:19|20)\d\d-\d\d-\d\d\b")
_CODE = re.compile(r"\b[A-Za-z]*[A-Z][A-Za-z]*[-_]?\d{3,}\b|\b(?=\w*\d)(?=\w*[A-Z])[A-Z0-9]{6,}\b")
_PERSON = re.compile(
    r"(?:^|[._])(?:(?:full|first|last|user)_?name|e?mail|phone(?:_number)?|address\d?|street"
    r"|date_of_birth|dob|zip(?:_code)?)$",
    re.IGNORECASE,
)
_ID_FIELD = re.compile(
    r"(?:^|_)(?:id|email|phone|phone_number|number|first_name|last_name|full_name)s?$", re.I
)


def instance_values(claim: Claim, tasks: int, identities: frozenset[str] = frozenset()) -> list[str]:
    """The constants and keys of a claim that look specific to one run, sorted.

    Words, small numbers and enumeration values (`4g_5g_preferred`) are not. A date or long number is specific
    only if it must be equal; in an order comparison it is a threshold.

    Args:
        claim: The claim.
        tasks: Distinct tasks the claim was seen on; a code seen on at least `COMMON` of them is vocabulary.
        identities: Values known to be identifiers, from `identities_in`.
    """
    found = {use.text for use in _constants(claim) if _one_runs_own(use, tasks, identities)}
    found |= {key for key in keys_of(claim) if _ALWAYS.search(key) or _ids_inside(key, identities)}
    return sorted(found)


def is_personal(field: str) -> bool:
    """Whether a field or argument of this name holds personal data."""
    return _PERSON.search(field) is not None


def mentions_instance(text: str, allowed: str) -> list[str]:
    """Contact data and long numbers of a text that do not occur in `allowed`, in order of appearance."""
    return [match[0] for match in _ALWAYS.finditer(text) if match[0] not in allowed]


def identities_in(traces: Iterable[Trace]) -> frozenset[str]:
    """Values with a digit in identifying fields (`line_id`, `email`) of all records and arguments."""
    found: set[str] = set()
    for trace in traces:
        for step in trace.steps:
            found.update(_identifying(step.observation, ""))
            found.update(_identifying(step.action.arguments if step.action else None, ""))
    return frozenset(found)


class _Use(NamedTuple):
    """A constant as text, the field it is assigned to or compared with, and whether equality is required."""

    text: str
    field: str
    exact: bool


def _one_runs_own(use: _Use, tasks: int, identities: frozenset[str]) -> bool:
    number = re.fullmatch(r"-?\d+(?:\.\d+)?", use.text)
    if use.text in identities or (_PERSON.search(use.field) and not number):
        return True
    if _ALWAYS.search(use.text):
        return use.exact or not number
    return use.exact and bool(_DATE.search(use.text) or (_CODE.search(use.text) and tasks < COMMON))


def _constants(claim: Claim) -> Iterator[_Use]:
    for pattern in patterns_of(claim):
        for name, constant in constant_arguments(pattern).items():
            yield _Use(str(constant.value), name, exact=True)
    for leaf in leaves_of(claim):
        if isinstance(leaf, Compare):
            exact = leaf.operator in {"=", "!=", "in", "not in", "matches"}
            for side, other in ((leaf.left, leaf.right), (leaf.right, leaf.left)):
                if isinstance(side, Constant):
                    yield _Use(str(side.value), other.key if isinstance(other, FactTerm) else "", exact)


def _ids_inside(key: str, identities: frozenset[str]) -> bool:
    return any(part in identities for part in re.split(r"[\s.]+", key))


def _identifying(value: JsonValue, field: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _identifying(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _identifying(inner, field)
    elif isinstance(value, str) and _ID_FIELD.search(field) and any(map(str.isdigit, value)):
        yield value
