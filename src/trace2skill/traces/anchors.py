"""Which of many patterns can match a text at all: in each match one of its pattern's anchors occurs."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

import re2

PROBE = "?"
"""Begins an anchor that is itself a pattern."""

_END = "\x01\x01"
"""Is looked for too, behind the text: an automaton that gives up does not come to it."""

_MEMORY = 64 << 20
"""Bytes that an automaton may take at most."""


class Anchors:
    """Finds the anchors of many patterns in a text, upper and lower case alike, in linear time.

    An automaton of all of them would multiply the states of one by those of the others, and each text would
    meet new ones. So those that are alike share one.
    """

    def __init__(self, anchors: Sequence[Sequence[str]]) -> None:
        """Take the anchors of each pattern.

        Args:
            anchors: For each pattern lower-case texts, or patterns in RE2's syntax after `PROBE`, of which one occurs
                in whatever it matches. A pattern without any may match anything.
        """
        owners: defaultdict[str, list[int]] = defaultdict(list)
        for owner, own in enumerate(anchors):
            for anchor in own:
                owners[anchor].append(owner)
        alike: defaultdict[int, list[str]] = defaultdict(list)
        for anchor in sorted(owners):
            alike[_likeness(anchor)].append(anchor)
        self._always = [owner for owner, own in enumerate(anchors) if not own]
        self._sets = [_Set(each, owners) for each in alike.values()]

    def present(self, data: bytes) -> list[int]:
        """The patterns that can match the text, in order; all of a set whose search does not come to its end."""
        data += _END.encode()
        found = set(self._always)
        for each in self._sets:
            each.add(data, found)
        return sorted(found)


class _Set:
    def __init__(self, anchors: Sequence[str], owners: dict[str, list[int]]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = _MEMORY
        options.log_errors = False
        joined = re2.Set.SearchSet(options)
        for anchor in [*anchors, _END]:
            joined.Add(anchor.removeprefix(PROBE) if anchor.startswith(PROBE) else re2.escape(anchor))
        joined.Compile()
        self._owners = [owners[anchor] for anchor in anchors]
        self._match: Callable[[bytes], list[int] | None] = joined.Match

    def add(self, data: bytes, found: set[int]) -> None:
        present = self._match(data) or []
        if present == [len(self._owners)]:
            return
        if len(self._owners) not in present:
            present = list(range(len(self._owners)))
        for at in present:
            if at < len(self._owners):
                found.update(self._owners[at])


def _likeness(anchor: str) -> int:
    """Plain texts, words for secrets, other words, numbers, random strings."""
    if not anchor.startswith(PROBE):
        return 0
    bare = _CLASSES.sub(" ", anchor)
    if re.search("pass|secret|token|key", bare):
        return 1
    if re.search("[a-z]{3}", bare):
        return 2
    return 3 if r"\d" in anchor else 4


_CLASSES = re.compile(r"\\.|\[[^]]*\]")
