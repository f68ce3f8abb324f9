"""A house with a small library of its own that nobody knows: what its calls mean, and what its checks say.

Every house has the same size: a call that takes a stretch of a list, one that reads an amount, one that looks
a rate up, one that opens a book and two that close it, one that moves an amount, two that round. Names, words
and numbers are drawn by the seed: where a stretch begins and ends, by how much an amount is multiplied, what
a missing rate is, which side of a move comes first. Each matter has two ways, of which a book has the one or
the other, so that other functions do not tell how one is to be mended.
"""

import random
from dataclasses import dataclass
from typing import Any

from benchmarks.held_out.counter.convention import ADJECTIVES, NOUNS

Pair = tuple[Any, Any]
"""What is right in the one way, and in the other."""


@dataclass(frozen=True)
class House:
    """What a house agrees on. Of a pair, a book calls for the one or the other.

    Attributes:
        seed: Drew it.
        stretch: Takes part of a list.
        reading: Reads an amount of a row.
        rate: Looks a rate up.
        opening: Opens a book.
        closing: Each closes one kind of book.
        moving: Moves an amount between two accounts.
        rounding: Each rounds down to a multiple of its own step.
        first: Where a stretch begins: this much more than a position that is counted from 0.
        last: The same for where it ends, against the position after the last.
        factors: What an amount is multiplied with.
        missing: What stands for a rate that is not there.
        steps: Of the roundings.
        mode: The reading that tells how a book moves amounts, and the value under which the target is first.
        words: What a check may say: for each of the two ways the word for a fault, then words for none.
        idle: Readings that mean nothing.
    """

    seed: int
    stretch: str
    reading: str
    rate: str
    opening: str
    closing: Pair
    moving: str
    rounding: Pair
    first: Pair
    last: Pair
    factors: Pair
    missing: Pair
    steps: Pair
    mode: tuple[str, str]
    words: dict[str, tuple[str, ...]]
    idle: tuple[str, ...]

    @property
    def ways(self) -> tuple[str, ...]:
        """The checks whose matter has two ways."""
        return (*self.ends, self.reading, self.rate, self.opening, "round")

    @property
    def ends(self) -> tuple[str, str]:
        """The checks of a stretch."""
        return f"{self.stretch}_first", f"{self.stretch}_last"

    def fault(self, check: str, way: int = 0) -> str:
        """The word for a fault."""
        return self.words[check][way]

    def fine(self, check: str) -> tuple[str, ...]:
        """The words that mean that nothing is wrong."""
        return self.words[check][2:]

    @property
    def source(self) -> str:
        """The library, as Python."""
        first, last = self.ends
        roundings = "".join(
            f"""
def {name}(amount):
    return amount // {step} * {step}
"""
            for name, step in zip(self.rounding, self.steps, strict=True)
        )
        closings = "".join(
            f"""
def {name}(book):
    if book["ways"][{self.opening!r}] != {way}:
        raise ValueError("another book")
    book["open"] -= 1
"""
            for way, name in enumerate(self.closing)
        )
        return f"""
def {self.stretch}(items, first, last):
    ways = items[0]["ways"]
    begin, end = first - {self.first}[ways[{first!r}]], last - {self.last}[ways[{last!r}]]
    return items[max(begin, 0):max(end, 0)]

def {self.reading}(row):
    return row["size"]

def {self.rate}(book, key, missing=None):
    return book["rates"].get(key, missing)

def {self.opening}(book):
    book["open"] += 1

def {self.moving}(book, one, two, amount):
    to, source = (one, two) if book["mode"] == {self.mode[1]!r} else (two, one)
    book["accounts"][to] = book["accounts"].get(to, 0) + amount
    book["accounts"][source] = book["accounts"].get(source, 0) - amount
{closings}{roundings}"""


def draw(seed: int) -> House:
    """The house of a seed."""
    rng = random.Random(f"debugging/{seed}")  # noqa: S311 - reproducible, no secret
    stretch, reading, rate, opening, moving, shut, closed, low, lower, mode, *idle = rng.sample(NOUNS, 12)
    ends = [f"{stretch}_first", f"{stretch}_last"]
    words = {
        name: tuple(rng.sample(ADJECTIVES, 5))
        for name in (*ends, reading, rate, opening, moving, "round", *idle)
    }
    words[mode] = tuple(rng.sample(ADJECTIVES, 3))

    def two(of: list[int]) -> Pair:
        one, other = rng.sample(of, 2)
        return one, other

    return House(
        seed=seed,
        stretch=stretch,
        reading=reading,
        rate=rate,
        opening=opening,
        closing=(shut, closed),
        moving=moving,
        rounding=(low, lower),
        first=two([-3, -2, -1, 1, 2, 3, 4]),
        last=two([-3, -2, -1, 1, 2, 3, 4]),
        factors=two([3, 7, 12, 16, 20, 36]),
        missing=two([4, 9, 15, 25, 40]),
        steps=two([6, 11, 25]),
        mode=(mode, words[mode][0]),
        words=words,
        idle=tuple(idle),
    )
