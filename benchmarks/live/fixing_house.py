"""A house with a small library of its own that nobody knows: what its calls mean, and what its checks say.

Every house has the same size: a call that takes a stretch of a list, one that reads an amount, one that looks
a rate up, one that opens a book and one that closes it, one that moves an amount, one that rounds. Names,
words and numbers are drawn by the seed: where a stretch begins and ends, by how much an amount is multiplied,
what a missing rate is, which side of a move comes first, and in what way it is rounded.
"""

import random
from dataclasses import dataclass

from benchmarks.held_out.counter.convention import ADJECTIVES, NOUNS, VERBS


@dataclass(frozen=True)
class House:
    """What a house agrees on.

    Attributes:
        seed: Drew it.
        stretch: Takes part of a list.
        reading: Reads an amount of a row.
        rate: Looks a rate up.
        opening: Opens a book.
        closing: Closes it.
        moving: Moves an amount between two accounts.
        rounding: Rounds.
        first: Where a stretch begins: this much more than a position that is counted from 0.
        last: The same for where it ends, against the position after the last.
        factors: What an amount is multiplied with, by the unit of a book.
        missing: What stands for a rate that is not there.
        mode: The reading that tells how a book moves amounts, and the value under which the target comes first.
        step: What amounts are rounded down to a multiple of.
        words: What a check of a call may say; the first mean a fault.
        idle: Readings that mean nothing.
    """

    seed: int
    stretch: str
    reading: str
    rate: str
    opening: str
    closing: str
    moving: str
    rounding: str
    first: int
    last: int
    factors: dict[str, int]
    missing: int
    mode: tuple[str, str]
    step: int
    words: dict[str, tuple[str, ...]]
    idle: tuple[str, ...]

    def fault(self, check: str, at: int = 0) -> str:
        """The word for a fault."""
        return self.words[check][at]

    def fine(self, check: str) -> tuple[str, ...]:
        """The words that mean that nothing is wrong."""
        return self.words[check][2:]

    @property
    def source(self) -> str:
        """The library, as Python."""
        return f"""
def {self.stretch}(items, first, last):
    begin, end = first - {self.first}, last - {self.last}
    return items[max(begin, 0):max(end, 0)]

def {self.reading}(row):
    return row["size"]

def {self.rate}(book, key, missing=None):
    return book["rates"].get(key, missing)

def {self.opening}(book):
    book["open"] += 1

def {self.closing}(book):
    book["open"] -= 1

def {self.moving}(book, one, two, amount):
    to, source = (one, two) if book["mode"] == {self.mode[1]!r} else (two, one)
    book["accounts"][to] = book["accounts"].get(to, 0) + amount
    book["accounts"][source] = book["accounts"].get(source, 0) - amount

def {self.rounding}(amount):
    return amount // {self.step} * {self.step}
"""


def draw(seed: int) -> House:
    """The house of a seed."""
    rng = random.Random(f"debugging/{seed}")  # noqa: S311 - reproducible, no secret
    names = [f"{verb}_{noun}" for verb, noun in zip(rng.sample(VERBS, 7), rng.sample(NOUNS, 7), strict=True)]
    stretch, reading, rate, opening, closing, moving, rounding = names
    mode, *idle = rng.sample([noun for noun in NOUNS if not any(noun in name for name in names)], 3)
    checks = [f"{stretch}_first", f"{stretch}_last", reading, rate, opening, moving, rounding, *idle]
    words = {name: tuple(rng.sample(ADJECTIVES, 4)) for name in checks}
    words[mode] = tuple(rng.sample(ADJECTIVES, 3))
    first, last = rng.sample([each for each in range(-3, 5) if each], 2)
    return House(
        seed=seed,
        stretch=stretch,
        reading=reading,
        rate=rate,
        opening=opening,
        closing=closing,
        moving=moving,
        rounding=rounding,
        first=first,
        last=last,
        factors=dict(zip(("left", "right"), rng.sample((3, 7, 12, 16, 20, 36), 2), strict=True)),
        missing=rng.choice((4, 9, 15, 25, 40)),
        mode=(mode, words[mode][0]),
        step=rng.choice((5, 8, 25)),
        words=words,
        idle=tuple(idle),
    )
