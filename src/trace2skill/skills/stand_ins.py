"""Stand-ins such as `<customer name>` and `<line id 2>` for values that belong to one run.

Every id, name, number and address in a run's records or calls whose field says that it is one gets a stand-in
named after the field. The same value gets the same stand-in throughout the run, so that data can be followed
from one call to the next. In free text the known values are replaced, and also whatever has the form of such
a value: mail and street addresses, telephone numbers, codes, names that are introduced.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import JsonValue

from trace2skill.facts.untrusted_text import no_name
from trace2skill.facts.words import singular
from trace2skill.traces.known_values import KnownValues
from trace2skill.traces.model import Trace
from trace2skill.traces.patterns import PLACEHOLDER
from trace2skill.traces.redact import private_values

_SHORTEST = 3
_MOST_LABEL_WORDS = 3

_ID = re.compile(
    r"(?:^|_)(?:ids?|number|numbers|key|uuid|ssn|iban|passport|licen[cs]e|imei|serial|last_?(?:4|four))$"
)
_MAIL = re.compile(r"e_?mail")
_PHONE = re.compile(r"(?:^|_)(?:phone|mobile|fax|msisdn|tel|telephone)(?:_|$)(?!data|network|plan)")
_BIRTH = re.compile(r"(?:^|_)(?:dob|birth\w*|date_of_birth)$")
_NAME = re.compile(
    r"(?:^|_)(?:full|first|last|middle|given|family|sur|user|nick|maiden|customer|passenger|contact|holder)_?name$|cardholder$"
)
_PERSON = re.compile(
    r"(?:^|_)(?:account_holder|caller|client|contact|customer|employee|guest|member|owner|passenger|patient|payer|"
    r"person|recipient|sender|subscriber|user)s?$"
)
_CARD = re.compile(
    r"(?:^|_)(?:card|account|payment|payment_method|pan|cvv|cvc|expir\w+)(?:_number|_id|_date|_no)?$"
)
_STREET = re.compile(r"(?:^|_)(?:street|address(?:_?line)?_?\d?|zip|zip_code|zipcode|post(?:al)?_?code)$")
_PLACE = re.compile(r"(?:^|_)(?:city|town|state|province|county|country|region)$")

_CALLED = (("e-mail", _MAIL), ("phone number", _PHONE), ("date of birth", _BIRTH))

_FORMS = (
    ("e-mail", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")),
    (
        "address",
        re.compile(
            r"\b\d{1,5} (?:[A-Z][\w.'-]{0,20} ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Court|Ct"
            r"|Boulevard|Blvd|Way|Place|Pl|Square|Terrace)\b\.?(?:,? (?:Suite|Apt|Apartment|Unit) ?\w{1,6})?"
        ),
    ),
    ("uuid", re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{4,23}\b", re.IGNORECASE)),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")),
    ("card number", re.compile(r"\b\d(?:[ .-]?\d){12,18}\b")),
    (
        "phone number",
        re.compile(r"(?<!\w)\+\d[\d ().-]{6,18}\d\b|\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b|\b\d{3}-\d{4}\b"),
    ),
    (
        "id",
        re.compile(
            r"#\w{0,20}\d\w{0,20}|\b[a-z]{1,20}(?:_[a-z]{1,20}){0,4}_\d{3,}\b"
            r"|\b[A-Za-z]{0,9}[A-Z][A-Za-z]{0,9}[-_]?\d{3,}\b"
        ),
    ),
    ("ip address", re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")),
    ("number", re.compile(r"(?<![\w.])\d{5,}(?![\w.]\d)")),
)
_INTRODUCED = re.compile(
    r"(?P<by>\b(?:[Nn]ame(?: is|:| =)?|[Ii] am|I'm|[Tt]his is|[Yy]ou are|[Cc]alled|Mrs?\.?|Ms\.?|Dr\.?)\s+)"
    r"(?P<name>[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,2})"
)
_BORN = re.compile(
    r"(?P<by>\b(?:born|birth(?:day|date)?|[Dd][Oo][Bb])\W{1,3}(?:on |is )?)"
    r"(?P<date>\d[\d./-]{5,9}\d|[A-Z][a-z]{2,8} \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
_STATE = re.compile(r"(?<=>, )[A-Z]{2}\b")
"""Only after a comma, as behind a city; elsewhere two capitals may be any word."""

_KINDS = {
    "birth_date": "date of birth",
    "card": "card number",
    "email": "e-mail",
    "host": "host name",
    "ip": "ip address",
    "mac": "hardware address",
    "national_id": "id number",
    "person": "name",
    "phone": "phone number",
    "session": "session id",
    "user": "user name",
}
"""Labels of what redaction finds, where they differ from its kinds."""

_PERSONAL = "<personal:"
_STAND_IN = re.compile(r"(<[^<>]{1,60}>)")


class _Found(NamedTuple):
    """A value that belongs to the run, and the label of its stand-in.

    A part of a name has the stand-in of the `whole`. A `personal` value is replaced in free text even if it
    could be any word.
    """

    value: str
    label: str
    whole: str = ""
    personal: bool = False


class StandIns:
    """The stand-ins for the values of one run.

    Args:
        trace: The run.
        bound: Tool and argument name of values that rules bind by a slot; these always get a stand-in.
    """

    def __init__(self, trace: Trace, bound: Iterable[tuple[str, str]] = ()) -> None:
        self._names: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._in_text = KnownValues()
        for value, label, whole, personal in _values(trace, frozenset(bound)):
            if value not in self._names:
                self._names[value] = self._names.get(whole) or self._new(label)
            if len(value) >= _SHORTEST and (personal or _is_code(value)):
                self._in_text.add(value)
        self._labels = {value: _label_of(kind) for value, kind in private_values(trace).items()}
        for value in self._labels:
            self._in_text.add(value)

    def of(self, value: JsonValue) -> str | None:
        """The stand-in for a whole value; None if it does not belong to the run."""
        if not isinstance(value, str | int | float):
            return None
        written = _written(value)
        if written in self._labels and written not in self._names:
            return self._known(written, self._labels[written])
        return self._names.get(written)

    def text(self, text: str) -> str:
        """Free text with stand-ins for what belongs to the run."""
        pieces, last = [], 0
        for start, end in self._in_text.longest(text):
            value = text[start:end]
            pieces += [text[last:start], self._names.get(value) or self._known(value, self._labels[value])]
            last = end
        text = "".join([*pieces, text[last:]])
        text = PLACEHOLDER.sub(self._for_placeholder, text)
        text = _STATE.sub("<state>", text)
        text = _INTRODUCED.sub(lambda found: found["by"] + self._known(found["name"], "name"), text)
        text = _BORN.sub(lambda found: found["by"] + self._known(found["date"], "date of birth"), text)
        return "".join(
            piece if _STAND_IN.fullmatch(piece) else self._formed(piece) for piece in _STAND_IN.split(text)
        )

    def _formed(self, text: str) -> str:
        for label, form in _FORMS:
            pieces = _STAND_IN.split(text)
            text = "".join(
                piece
                if _STAND_IN.fullmatch(piece)
                else form.sub(lambda found, label=label: self._known(found[0], label), piece)
                for piece in pieces
            )
        return text

    def _for_placeholder(self, found: re.Match[str]) -> str:
        if not found[0].startswith(_PERSONAL):
            return found[0]
        return self._known(found[0], _label_of(found[0].split(":")[1]))

    def _known(self, value: str, label: str) -> str:
        if value not in self._names:
            self._names[value] = self._new(label)
        return self._names[value]

    def _new(self, label: str) -> str:
        self._counts[label] += 1
        number = self._counts[label]
        return f"<{label}>" if number == 1 else f"<{label} {number}>"


def _label_of(kind: str) -> str:
    return _KINDS.get(kind, kind.replace("_", " "))


def _is_code(value: str) -> bool:
    """Whether the value cannot be a word: it contains a digit or consists of capitals."""
    return any(map(str.isdigit, value)) or (value.isupper() and len(value) > _SHORTEST)


def _values(trace: Trace, bound: frozenset[tuple[str, str]]) -> Iterator[_Found]:
    """The values that belong to the run, in order of appearance."""
    for step in trace.steps:
        if step.action:
            for name, value in step.action.arguments.items():
                if (step.action.tool, name) in bound and isinstance(value, str | int | float):
                    yield _Found(_written(value), _label(name, ""))
                yield from _inside(value, name, "", personal=False)
        yield from _inside(step.observation, "", "", personal=False)
    yield from _inside(trace.initial_observation, "", "", personal=False)


def _inside(value: JsonValue, field: str, parent: str, *, personal: bool) -> Iterator[_Found]:
    """The values in a record that belong to the run; `personal`: the record around it is an address."""
    if isinstance(value, dict):
        fields = {_snake(name) for name in value}
        lives = personal or bool(_STREET.search(field)) or any(map(_STREET.search, fields))
        kind = _kind(field, parent, fields)
        for name, inner in value.items():
            if any(map(str.isdigit, name)) and isinstance(inner, dict):
                yield _Found(name, _label("id", field))
            yield from _inside(inner, _snake(name), kind, personal=lives)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(inner, field, parent, personal=personal)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        label = _personal_label(field, parent, personal=personal)
        if label and (text := _written(value)):
            own = _is_personal(field, parent, personal=personal)
            yield _Found(text, label, personal=own)
            parts = text.split() if label.endswith("name") else []
            yield from (_Found(part, label, text, own) for part in parts if len(part) >= _SHORTEST)


def _kind(field: str, parent: str, fields: set[str]) -> str:
    """What a record is about: the field it is in, else the first of its id fields that names a person."""
    if field and field != "name":
        return singular(field)
    named = sorted(name.removesuffix("_id") for name in fields if name.endswith("_id"))
    persons = [name for name in named if _PERSON.search(name)]
    return persons[0] if persons else parent


def _personal_label(field: str, parent: str, *, personal: bool) -> str | None:
    """The label for a field's value; None if the field does not say that the value belongs to the run."""
    for label, form in _CALLED:
        if form.search(field):
            return label
    if field in {"full_name", "name"} and _PERSON.search(parent):
        return f"{parent} name"
    own = _is_personal(field, parent, personal=personal) or _ID.search(field) or _CARD.search(field)
    return _label(field, parent) if own else None


def _is_personal(field: str, parent: str, *, personal: bool) -> bool:
    """Whether the field says who somebody is or where they live."""
    called = any(form.search(field) for _, form in _CALLED)
    named = _NAME.search(field) or (field == "name" and _PERSON.search(parent))
    lives = _STREET.search(field) or (personal and _PLACE.search(field))
    return bool(called or named or lives)


def _label(field: str, parent: str) -> str:
    """The label of a field: `line id` for `line_ids`; a bare `id` gets the record's kind before it.

    `value` if the field or the record's kind does not look like a name.
    """
    if no_name(field) or (parent and no_name(parent)):
        return "value"
    words = singular(_snake(field)).split("_")
    if words in (["id"], ["key"], ["number"], ["uuid"]) and parent:
        words = [*singular(parent).split("_"), *words]
    plain = [re.sub(r"[^a-z]", "", word) for word in words]
    return " ".join([word for word in plain if word][-_MOST_LABEL_WORDS:]) or "value"


def _snake(name: str) -> str:
    return re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()


def _written(value: str | int | float) -> str:
    return (
        value.strip() if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
    )
