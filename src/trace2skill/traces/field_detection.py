"""Finds what belongs to a person by the name of its field."""

import re
from collections.abc import Callable
from functools import lru_cache

from trace2skill.traces.check_digits import digits_of
from trace2skill.traces.patterns import Found
from trace2skill.traces.personal_detection import NOT_PEOPLE, is_account, is_machine_address

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PERSONS = (
    r"(?:account_?holder|caller|client|contact|customer|employee|guest|member|owner|passenger|patient|payer|payee|person|"
    r"recipient|sender|subscriber|user|buyer|seller|tenant|student|traveler|traveller|driver|friend|spouse|holder|author|"
    r"assignee|reporter|requester|cardholder)"
)
_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"(?:\w{0,40}_)?e_?mail(?:_?address(?:es)?)?s?")),
    ("phone", re.compile(r"(?:\w{0,40}_)?(?:phone|mobile|cell|fax|msisdn|tel|telephone|whatsapp)(?:_?(?:number|no|nr))?s?\d?")),
    ("birth_date", re.compile(r"(?:\w{0,40}_)?(?:dob|birth_?(?:date|day)|date_of_birth|birthdate|geburtsdatum)")),
    (
        "national_id",
        re.compile(
            r"(?:\w{0,40}_)?(?:ssn|social_security(?:_(?:number|no))?|national_id(?:entity)?(?:_number)?|tax_(?:id|number)|"
            r"passport(?:_(?:number|no|id))?|nino|dni|nie|nif|cpf|aadhaar|pesel|bsn|curp|personnummer|steuer_?id|"
            r"driver_?s?_licen[cs]e(?:_(?:number|no))?|licen[cs]e_number|id_card(?:_number)?)"
        ),
    ),
    (
        "name",
        re.compile(
            r"(?:\w{0,40}_)?(?:full|first|last|middle|given|family|sur|nick|maiden|legal|preferred)_?name"
            rf"|{_PERSONS}_(?:full_)?name|(?:card|account)_?holder(?:_name)?|cardholder|surname|beneficiary(?:_name)?"
            r"|name_on_card|display_?name|author_name|payer|payee|recipient|passenger"
        ),
    ),
    ("user", re.compile(r"(?:\w{0,30}_)?(?:user_?name|login_?name|screen_?name|nick)|user_id")),
    ("address", re.compile(r"(?:\w{0,40}_)?(?:street(?:_?address)?\d?|address(?:_?line)?_?\d?|zip(?:_?code)?|post(?:al)?_?code|house_number)")),
    ("host", re.compile(r"(?:\w{0,30}_)?(?:host|computer|machine|device)_?name")),
    ("ip", re.compile(r"(?:\w{0,30}_)?(?:ip(?:_?addr(?:ess)?)?(?:v[46])?|remote_addr)")),
    ("mac", re.compile(r"(?:\w{0,30}_)?mac(?:_?addr(?:ess)?)?")),
    ("session", re.compile(r"(?:\w{0,30}_)?sess(?:ion)?_?(?:id|key)|sid")),
    ("iban", re.compile(r"(?:\w{0,30}_)?iban")),
)  # fmt: skip
FIELD_WORDS = (
    r"mail|phone|mobile|cell|fax|msisdn|tel|whatsapp|dob|birth|geburtsdatum|ssn|social|national|tax|passport|nino|dni|"
    r"ni[ef]|cpf|aadhaar|pesel|bsn|curp|personnummer|steuer|licen[cs]e|card|name|holder|beneficiary|payer|payee|recipient|"
    r"passenger|nick|user[ _-]?id|street|address|zip|post|house|addr|(?:(?:\b|_)i|(?-i:I))p|mac|sess|sid|iban"
)
"""Of these one is in every name that `personal_field` knows; upper and lower case are alike."""

_PERSON = re.compile(rf"(?:\w{{0,40}}_)?{_PERSONS}s?(?:_(?:info|details|profile|record|data))?")
_OWN = ("email", "phone", "birth_date", "national_id", "name")
_MADE_OF_NAMES = re.compile(r"[a-z]{2,20}[._-][a-z]{2,20}(?:[._-]?\d{1,8})?")
_WORDS_OF_IDS = frozenset(
    [
        "user",
        "guest",
        "test",
        "demo",
        "customer",
        "client",
        "account",
        "member",
        "agent",
        "admin",
        "id",
        "new",
        "sample",
        "example",
    ]
)


def _snake(name: str) -> str:
    return re.sub(r"[\s-]+", "_", _CAMEL.sub("_", name[-100:])).lower()


@lru_cache(maxsize=4096)
def personal_field(name: str) -> str:
    """The kind of what a field of this name holds of a person; empty if nothing."""
    field = _snake(name)
    return next((kind for kind, pattern in _FIELDS if pattern.fullmatch(field)), "")


@lru_cache(maxsize=4096)
def is_person(name: str) -> bool:
    """Whether a record under a field of this name is about a person, so that its `name` is somebody's."""
    return _PERSON.fullmatch(_snake(name)) is not None


@lru_cache(maxsize=4096)
def tells_a_person(name: str) -> bool:
    """Whether a record with a field of this name is about a person."""
    return personal_field(name) in _OWN


_HOST_IN_FIELD = re.compile(r"[A-Za-z0-9][\w-]+(?:\.[\w-]+)*")
_CHECKS: dict[str, Callable[[str], bool]] = {
    "email": lambda text: "@" in text,
    "phone": lambda text: 6 <= len(digits_of(text)) <= 15,
    "birth_date": lambda text: any(map(str.isdigit, text)),
    "national_id": lambda text: len(digits_of(text)) >= 4,
    "ip": is_machine_address,
    "mac": lambda text: len(re.sub(r"[^0-9A-Fa-f]", "", text)) == 12,
    "session": lambda text: len(text) >= 12 and " " not in text and any(map(str.isdigit, text)),
    "iban": lambda text: len(text) >= 12 and any(map(str.isdigit, text)),
    "host": lambda text: _HOST_IN_FIELD.fullmatch(text) is not None and text.lower() not in NOT_PEOPLE,
}
_POSTCODE = re.compile(r"\d{4,5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d")
_LONGEST = 120
_MADE_OF_WORDS = re.compile(r"[^\W\d_][^\d:;(){}\[\]<>=@/\\_]+")


def personal_by_field(text: str, name: str) -> Found | None:
    """What belongs to a person in a text or a number, judged by the name of its field; always all of it."""
    kind = personal_field(name)
    value = text.strip(" \t\r\n*`")
    if not kind or not value or len(value) > _LONGEST:
        return None
    if kind == "name":
        told = _snake(name).endswith("name") or not value.islower()
        fits = told and _MADE_OF_WORDS.fullmatch(value) is not None and len(value.split()) <= 6
    elif kind == "user":
        fits = _is_user(value, _snake(name))
    elif kind == "address":
        fits = bool(_POSTCODE.fullmatch(value)) or (" " in value and any(map(str.isdigit, value)))
    else:
        fits = _CHECKS[kind](value)
    return Found(text.index(value), text.index(value) + len(value), kind) if fits else None


_ACCOUNT = re.compile(r"(?=[\d.@+-]{0,60}[^\W\d])\w[\w.@+-]{1,60}")


def _is_user(value: str, field: str) -> bool:
    """Whether an account's name tells a person; an id does if it is made of names, such as `mia_li_3668`."""
    if " " in value or not is_account(value):
        return False
    if field == "user_id":
        parts = set(re.split(r"[._-]", value.lower()))
        return bool(_MADE_OF_NAMES.fullmatch(value)) and parts.isdisjoint(_WORDS_OF_IDS)
    return _ACCOUNT.fullmatch(value) is not None
