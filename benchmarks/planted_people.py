"""Values that belong to a person, as records, messages and tools write them; check digits are right.

Every third template is held back: patterns are never tuned on it.
"""

import json
import random
from collections.abc import Callable
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple

from benchmarks.planted_secrets import Planted, some, uuid
from trace2skill.traces.model import Frozen

Rng = random.Random
FIRST = [
    "Amara",
    "Bogdan",
    "Clara",
    "Dmitri",
    "Elif",
    "Farid",
    "Greta",
    "Hiro",
    "Ines",
    "Jorge",
    "Katja",
    "Liam",
    "Mireille",
    "Noor",
    "Olga",
    "Priya",
]
LAST = [
    "Abara",
    "Becker",
    "Castillo",
    "Duarte",
    "Eriksen",
    "Fontaine",
    "Gallo",
    "Haddad",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
]
STREETS = ["Maple", "Oak", "Hillcrest", "Riverside", "Juniper", "Willow", "Sunset", "Chestnut"]


class Record(Frozen):
    """A value under a field of a JSON record, and what must be gone afterwards."""

    fields: dict[str, object]
    gone: tuple[str, ...]


def person(rng: Rng) -> tuple[str, str]:
    """First and last name."""
    return rng.choice(FIRST), rng.choice(LAST)


def luhn(body: str) -> str:
    """The digits with their Luhn check digit."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        number = int(digit) * (1 if place % 2 else 2)
        total += number - 9 if number > 9 else number
    return body + str(-total % 10)


def card(rng: Rng) -> str:
    """A payment card of 16 or, rarely, 15 digits."""
    if rng.random() < 0.2:
        return luhn("37" + some(rng, digits, 12))
    start = rng.choice(["4", "51", "55", "6011"])
    return luhn(start + some(rng, digits, 15 - len(start)))


def grouped(number: str, by: str) -> str:
    """A card number in its usual groups."""
    cuts = (4, 10) if len(number) == 15 else (4, 8, 12)
    edges = [0, *cuts, len(number)]
    return by.join(number[a:b] for a, b in pairwise(edges))


def iban(rng: Rng) -> str:
    """An IBAN of one of a few countries."""
    country, body = rng.choice(
        [
            ("DE", some(rng, digits, 18)),
            ("FR", some(rng, digits, 23)),
            ("NL", "INGB" + some(rng, digits, 10)),
            ("GB", "NWBK" + some(rng, digits, 14)),
            ("ES", some(rng, digits, 20)),
        ]
    )
    spelt = "".join(str(int(char, 36)) for char in f"{body}{country}00")
    return f"{country}{98 - int(spelt) % 97:02d}{body}"


def _by_four(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def email(rng: Rng) -> str:
    """A mail address."""
    first, last = (part.lower() for part in person(rng))
    name = rng.choice(
        [f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}{rng.randint(1, 99)}", f"{last}+shop"]
    )
    return (
        f"{name}@{rng.choice(['mail.example.com', 'posta.example.org', 'acme.co.uk', 'uni-bonn.example.de'])}"
    )


def _nino(rng: Rng) -> str:
    return f"{some(rng, 'ABCEGHJKLMNPRSTWXYZ', 2)}{some(rng, digits, 6)}{rng.choice('ABCD')}"


def _dni(rng: Rng) -> str:
    number = rng.randint(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def _cpf(rng: Rng) -> str:
    body = [rng.randint(0, 9) for _ in range(9)]
    for length in (9, 10):
        body.append(sum(d * w for d, w in zip(body, range(length + 1, 1, -1), strict=False)) * 10 % 11 % 10)
    text = "".join(map(str, body))
    return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"


def _nir(rng: Rng) -> str:
    born = f"{rng.choice('12')}{rng.randint(40, 99)}{rng.randint(1, 12):02d}"
    body = f"{born}{rng.randint(1, 95):02d}{some(rng, digits, 6)}"
    key = 97 - int(body) % 97
    return f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key:02d}"


def ssn(rng: Rng) -> str:
    """A US social security number."""
    return f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"


def _aadhaar(rng: Rng) -> str:
    d = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ]  # fmt: skip
    p = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(p) < 8:
        p.append([p[-1][p[1][i]] for i in range(10)])
    body = str(rng.randint(2, 9)) + some(rng, digits, 10)
    for check in range(10):
        c = 0
        for place, digit in enumerate(reversed(body + str(check))):
            c = d[c][p[place % 8][int(digit)]]
        if c == 0:
            return _by_four(body + str(check))
    raise AssertionError


PHONES: tuple[Callable[[Rng], str], ...] = (
    lambda r: f"+1 {r.randint(201, 989)}-{r.randint(201, 989)}-{some(r, digits, 4)}",
    lambda r: f"({r.randint(201, 989)}) {r.randint(201, 989)}-{some(r, digits, 4)}",
    lambda r: f"{r.randint(201, 989)}-{r.randint(201, 989)}-{some(r, digits, 4)}",
    lambda r: f"{r.randint(201, 989)}.{r.randint(201, 989)}.{some(r, digits, 4)}",
    lambda r: f"+44 7{some(r, digits, 3)} {some(r, digits, 6)}",
    lambda r: f"+49 (0)30 {some(r, digits, 8)}",
    lambda r: f"+33 6 {some(r, digits, 2)} {some(r, digits, 2)} {some(r, digits, 2)} {some(r, digits, 2)}",
    lambda r: f"+91{r.randint(7, 9)}{some(r, digits, 9)}",
    lambda r: f"+55 11 9{some(r, digits, 4)}-{some(r, digits, 4)}",
    lambda r: " ".join([f"0{r.choice('67')}", *(some(r, digits, 2) for _ in range(4))]),
    lambda r: f"07{some(r, digits, 3)} {some(r, digits, 6)}",
)


def phone(rng: Rng) -> str:
    """A telephone number in one of the usual spellings."""
    return rng.choice(PHONES)(rng)


def address(rng: Rng) -> str:
    """A street address."""
    way = rng.choice(["Street", "Avenue", "Road", "Lane", "Dr", "Blvd"])
    return f"{rng.randint(1, 9999)} {rng.choice(STREETS)} {way}"


def ipv4(rng: Rng) -> str:
    """A public address."""
    return (
        f"{rng.choice([81, 93, 141, 203])}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(2, 254)}"
    )


def ipv6(rng: Rng) -> str:
    """A global address, in full or shortened."""
    groups = [some(rng, "0123456789abcdef", 4) for _ in range(6)]
    return f"2001:db8:{':'.join(groups)}" if rng.random() < 0.5 else f"2001:db8:{groups[0]}::{groups[1]}"


def birth(rng: Rng) -> str:
    """A date of birth."""
    return f"{rng.randint(1940, 2005)}-{rng.randint(1, 12):02d}-{rng.randint(10, 28)}"


class Template(NamedTuple):
    """A kind and one way of writing it."""

    kind: str
    plant: Callable[[Rng], Planted | Record]


def in_text(kind: str, form: str, make: Callable[[Rng], str]) -> Template:
    """A value in a text, at `{}`."""

    def plant(rng: Rng) -> Planted:
        value = make(rng)
        return Planted(form.replace("{}", value), (value,))

    return Template(kind, plant)


def in_field(kind: str, field: str, make: Callable[[Rng], object]) -> Template:
    """A value under a field of a record."""

    def plant(rng: Rng) -> Record:
        value = make(rng)
        return Record(fields={"id": f"R{rng.randint(1000, 9999)}", field: value}, gone=(str(value),))

    return Template(kind, plant)


def in_json(kind: str, field: str, make: Callable[[Rng], str]) -> Template:
    """A value under a field of a record that is text."""

    def plant(rng: Rng) -> Planted:
        value = make(rng)
        return Planted(json.dumps({"ok": True, field: value, "count": 3}), (value,))

    return Template(kind, plant)


def full_name(rng: Rng) -> str:
    """First and last name."""
    return " ".join(person(rng))


def user(rng: Rng) -> str:
    """The name of an account."""
    first, last = person(rng)
    return rng.choice([first.lower(), f"{first[0]}{last}".lower(), f"{first}.{last}".lower()])


def _first_and_last(rng: Rng) -> Record:
    first, last = person(rng)
    return Record(
        fields={"customer": {"first_name": first, "last_name": last}, "note": f"{first} {last} called."},
        gone=(first, last),
    )


def _named_owner(rng: Rng) -> Record:
    name = full_name(rng)
    return Record(fields={"passengers": [{"name": name, "seat": "12A"}]}, gone=(name,))


def _card_number(rng: Rng) -> int:
    return int(card(rng))


TEMPLATES: tuple[Template, ...] = (
    in_text("email", "Mail me at {}.", email),
    in_field("email", "email", email),
    in_text("email", "From: Support <{}>", email),
    in_json("email", "contact", email),
    in_text("email", "https://example.com/unsubscribe?u={}&k=2", email),
    in_text("phone", "You can reach me at {}.", phone),
    in_field("phone", "phone_number", phone),
    in_text("phone", "Call {} after six", phone),
    in_json("phone", "mobile", phone),
    in_text("phone", "tel:{}", lambda r: f"+49{some(r, digits, 11)}"),
    in_field("phone", "phone", lambda r: int(f"{r.randint(2, 9)}{some(r, digits, 9)}")),
    in_text("card", "charge {} please", lambda r: grouped(card(r), " ")),
    in_text("card", "card number {}", card),
    in_text("card", "card: {}, exp 12/29", lambda r: grouped(card(r), ".")),
    in_text("card", '{"pan": {}}', card),
    in_field("card", "card", _card_number),
    in_text("card", "pay with {}", lambda r: grouped(card(r), "-")),
    in_text("iban", "Transfer it to {} today", iban),
    in_text("iban", "IBAN: {}", lambda r: _by_four(iban(r))),
    in_field("iban", "account", iban),
    in_json("iban", "iban", lambda r: _by_four(iban(r))),
    in_text("national id", "My SSN is {}.", ssn),
    in_field("national id", "ssn", lambda r: ssn(r).replace("-", "")),
    in_text("national id", "NI number {}", _nino),
    in_text("national id", "mi DNI es {}", _dni),
    in_text("national id", "CPF {}", _cpf),
    in_text("national id", "numéro de sécurité sociale : {}", _nir),
    in_text("national id", "Aadhaar {}", _aadhaar),
    in_field("national id", "passport_number", lambda r: f"{r.choice(ascii_uppercase)}{some(r, digits, 8)}"),
    in_json("national id", "tax_id", lambda r: some(r, digits, 11)),
    in_text("user", "open /home/{}/projects/app/main.py", user),
    in_text("user", 'File "/Users/{}/code/x.py", line 3', user),
    in_text("user", "C:\\Users\\{}\\Documents\\plan.xlsx", user),
    in_text("user", "{}@build-box-7:~/app$ ls", user),
    in_field("user", "username", user),
    in_text("host", "hostname: {}", lambda r: f"{r.choice(FIRST).lower()}-laptop-{r.randint(1, 9)}"),
    in_text("host", "ping {}", lambda r: f"{r.choice(FIRST)}s-MacBook-Pro.local"),
    in_field("host", "hostname", lambda r: f"ws-{r.choice(LAST).lower()}-{r.randint(10, 99)}"),
    in_text("ip", "login from {} failed", ipv4),
    in_text("ip", "ssh root@{}", ipv4),
    in_field("ip", "remote_addr", ipv4),
    in_text("ip", "client {} connected", ipv6),
    in_text("ip", "http://{}:8080/admin", ipv4),
    in_text("name", "Customer name: {}", full_name),
    in_field("name", "full_name", full_name),
    Template("name", _first_and_last),
    Template("name", _named_owner),
    in_text("name", "Hi, my name is {} and I need help.", full_name),
    in_text("name", "Hello, this is {}.", full_name),
    in_text("name", "Dear Ms. {}, thank you", lambda r: r.choice(LAST)),
    in_json("name", "customer_name", full_name),
    in_field("name", "cardholder", full_name),
    in_text("name", "Best regards,\n{}", full_name),
    in_text("address", "Ship it to {}, Springfield.", address),
    in_field("address", "street", address),
    in_json("address", "address1", address),
    in_text("address", "I live at {}", address),
    in_text(
        "address",
        "Lieferung an {}",
        lambda r: f"{r.choice(['Goethestraße', 'Lindenweg', 'Hauptstr.'])} {r.randint(1, 99)}",
    ),
    in_text(
        "address",
        "livrer au {}",
        lambda r: f"{r.randint(1, 99)} rue de {r.choice(['Lyon', 'Verdun', 'Rivoli'])}",
    ),
    in_text("session", "Cookie: sid={}", lambda r: some(r, ascii_lowercase + digits, 26)),
    in_field("session", "session_id", uuid),
    in_text("session", "GET /cart;jsessionid={} HTTP/1.1", lambda r: some(r, "0123456789ABCDEF", 32)),
    in_text("session", "session_id={}", lambda r: some(r, ascii_lowercase + digits, 32)),
    in_text("birth date", "I was born on {}", birth),
    in_field("birth date", "date_of_birth", birth),
    in_text("birth date", "DOB: {}", birth),
    in_text("mac", "wlan0 {} up", lambda r: ":".join(some(r, "0123456789abcdef", 2) for _ in range(6))),
    in_field("mac", "mac_address", lambda r: "-".join(some(r, "0123456789ABCDEF", 2) for _ in range(6))),
)
HELD_BACK = frozenset(range(2, len(TEMPLATES), 3))
"""Every third template."""
