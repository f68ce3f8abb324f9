"""Broken inputs, made by mutating records of every format: seeded, so that a failure can be had again."""

import json
import random
from collections.abc import Callable
from typing import Any

from tests.traces.test_fuzz import CHAT, OWN, TAU, TAU2

SEEDS: tuple[Any, ...] = (CHAT, {"messages": CHAT}, TAU2, TAU, OWN)
WRONG: tuple[Any, ...] = (None, True, -1, 1e308, 10**30, "", "\x00", [], {}, [[]], {"a": None}, "x" * 10)
Mutation = Callable[[random.Random], bytes]


def truncated(chance: random.Random) -> bytes:
    """Cut anywhere."""
    whole = _lines(chance)
    return whole[: chance.randrange(1, len(whole))]


def of_wrong_type(chance: random.Random) -> bytes:
    """One to three values replaced by something else."""
    value = json.loads(json.dumps(chance.choice(SEEDS)))
    for _ in range(chance.randint(1, 3)):
        _replace(value, chance, chance.choice(WRONG))
    return json.dumps(value).encode()


def of_bad_utf8(chance: random.Random) -> bytes:
    """Bytes that are no text, anywhere."""
    return _inserted(chance, bytes(chance.randrange(128, 256) for _ in range(chance.randint(1, 4))))


def with_nul(chance: random.Random) -> bytes:
    """NUL bytes, or escaped ones inside a string."""
    return _inserted(chance, chance.choice((b"\x00", b"\\u0000", b"\x00" * 100)))


def huge(chance: random.Random) -> bytes:
    """One value of a hundred thousand characters, digits or items."""
    value = json.loads(json.dumps(chance.choice(SEEDS)))
    size = 100_000
    big = chance.choice(
        ("y" * size, "a=b " * (size // 4), [0] * size, {str(n): n for n in range(size // 10)})
    )
    _replace(value, chance, big)
    return json.dumps(value).encode()


def deep(chance: random.Random) -> bytes:
    """Nested so deeply that a careless reader runs out of stack."""
    depth = chance.choice((90, 200, 254, 900, 1100, 100_000))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    nested = opening * depth + b"1" + closing * depth
    text = json.dumps(OWN).encode()
    return chance.choice((nested, text.replace(b"[1]", nested)))


def doubled(chance: random.Random) -> bytes:
    """The same ids again, with other content and with the same."""
    record = json.loads(json.dumps(OWN))
    other = {**record, "task": f"another {chance.random()}"}
    return b"\n".join(
        json.dumps(chance.choice((record, other))).encode() for _ in range(chance.randint(2, 5))
    )


MUTATIONS: tuple[Mutation, ...] = (truncated, of_wrong_type, of_bad_utf8, with_nul, huge, deep, doubled)


def mutated(number: int) -> bytes:
    """The input of that number."""
    chance = random.Random(number)
    return MUTATIONS[number % len(MUTATIONS)](chance)


def _lines(chance: random.Random) -> bytes:
    return b"\n".join(json.dumps(chance.choice(SEEDS)).encode() for _ in range(chance.randint(1, 3)))


def _inserted(chance: random.Random, junk: bytes) -> bytes:
    whole = _lines(chance)
    at = chance.randrange(len(whole))
    return whole[:at] + junk + whole[at + chance.randint(0, 3) :]


def _replace(value: Any, chance: random.Random, new: Any) -> None:
    """Put `new` in the place of some value inside, wherever chance leads."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = chance.choice(keys)
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.3:
            value[key] = new
            return
        value = inner
