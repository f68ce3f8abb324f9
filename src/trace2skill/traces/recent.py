"""What was made of values that come again, for as long as the memory given to it lasts."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")


class Recent(Generic[Key, Made]):
    """Makes something of each value, and remembers what it made of those that were asked for last.

    It keeps two halves: a value of the older one that is asked for moves to the younger one, and when this
    is full, the older one is forgotten.
    """

    def __init__(
        self, make: Callable[[list[Key]], list[Made]], size: Callable[[Key], int], room: int
    ) -> None:
        """Take what makes them, the size of a value, and the sum of sizes that is kept at most."""
        self._make = make
        self._size = size
        self._half = room // 2
        self._filled = 0
        self._young: dict[Key, Made] = {}
        self._old: dict[Key, Made] = {}

    def all(self, keys: Sequence[Key]) -> list[Made]:
        """What is made of each of them."""
        made = {key: self._young.get(key) for key in keys}
        if lacking := [key for key, each in made.items() if each is None]:
            made.update(self._again(lacking))
        return [made[key] for key in keys]  # type: ignore[misc]

    def _again(self, keys: Sequence[Key]) -> dict[Key, Made]:
        made = {key: self._old[key] for key in keys if key in self._old}
        new = [key for key in keys if key not in made]
        made.update(zip(new, self._make(new), strict=True))
        for key, each in made.items():
            self._put(key, each)
        return made

    def _put(self, key: Key, made: Made) -> None:
        size = self._size(key)
        if size > self._half:
            return
        self._filled += size
        if self._filled > self._half:
            self._old, self._young, self._filled = self._young, {}, size
        self._young[key] = made
