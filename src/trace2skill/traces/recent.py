"""What was made of values that come again, for as long as the memory given to it lasts."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")


class Recent(Generic[Key, Made]):
    """Makes something of each value, and remembers what it made of those that were asked for last.

    It keeps two halves: a value of the older one that is asked for moves to the younger one, and when this one
    is full, the older one is forgotten.
    """

    def __init__(self, make: Callable[[Key], Made], size: Callable[[Key], int], room: int) -> None:
        """Take what makes it, the size of a value, and the sum of sizes that is kept at most."""
        self._make = make
        self._size = size
        self._half = room // 2
        self._filled = 0
        self._young: dict[Key, Made] = {}
        self._old: dict[Key, Made] = {}

    def all(self, keys: Iterable[Key]) -> list[Made]:
        """What is made of each of them."""
        known = self._young.get
        return [self._made(key) if (made := known(key)) is None else made for key in keys]

    def _made(self, key: Key) -> Made:
        made = self._old.get(key)
        if made is None:
            made = self._make(key)
        size = self._size(key)
        if size <= self._half:
            self._filled += size
            if self._filled > self._half:
                self._old, self._young, self._filled = self._young, {}, size
            self._young[key] = made
        return made
