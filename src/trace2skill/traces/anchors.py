"""Which of many patterns can match a text at all: in each match one of its pattern's anchors occurs."""

import re
from collections import defaultdict
from collections.abc import Sequence

import re2

PROBE = "?"
"""Before an anchor that is itself a pattern; before that again may stand a gate."""

_END = "\x01\x01"
"""Is looked for too, behind the text: an automaton that gives up does not come to it."""

_MEMORY = 64 << 20
"""Bytes that an automaton may take at most."""


class Anchors:
    """Finds the anchors of many patterns in texts, upper and lower case alike, in linear time.

    An automaton of all of them would multiply the states of one by those of the others, and each text would
    meet new ones. So those that are alike share one.
    """

    def __init__(self, anchors: Sequence[Sequence[str]]) -> None:
        """Take the anchors of each pattern.

        Args:
            anchors: For each pattern lower-case texts, or patterns in RE2's syntax after `PROBE`, of which
                one occurs in whatever it matches; without any it may match anything. `GATE?PATTERN` is looked
                for where the pattern `GATE` occurs: wherever the anchor does, but in few other texts.
        """
        owners: defaultdict[str, list[int]] = defaultdict(list)
        for owner, own in enumerate(anchors):
            for anchor in own:
                owners[anchor].append(owner)
        alike: defaultdict[str, list[str]] = defaultdict(list)
        for anchor in sorted(owners):
            alike[_likeness(anchor)].append(anchor)
        self._sets = [_Set(each, owners) for each in alike.values()]
        self._always = [owner for owner, own in enumerate(anchors) if not own]

    def present(self, texts: Sequence[bytes]) -> list[list[int]]:
        """The patterns that can match, for each text in order; all of a set whose search breaks off."""
        joined = b"\n".join(texts)
        ended = [text + _END.encode() for text in texts]
        found: list[set[int]] = [set(self._always) for _ in texts]
        for each in self._sets:
            if len(texts) < _FEW or each.may_occur(joined):
                for text, own in zip(ended, found, strict=True):
                    each.add(text, own)
        return [sorted(own) if own else [] for own in found]


_FEW = 4
"""So many texts are not looked through together before each of them is."""


class _Set:
    """Anchors that share an automaton; all have the same gate, or none."""

    def __init__(self, anchors: Sequence[str], owners: dict[str, list[int]]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = _MEMORY
        options.log_errors = False
        options.never_capture = True
        regexes = [
            anchor.partition(PROBE)[2] if PROBE in anchor else re2.escape(anchor) for anchor in anchors
        ]
        several = re2.Set.SearchSet(options)
        for regex in [*regexes, _END]:
            several.Add(regex)
        several.Compile()
        self._match = several.Match
        gate = anchors[0].partition(PROBE)[0] if PROBE in anchors[0] else ""
        self._gate = re2.compile(gate, options) if gate else None
        self._first = self._gate or re2.compile("|".join(f"(?:{regex})" for regex in regexes), options)
        self._owners = [owners[anchor] for anchor in anchors]
        self._nothing = [len(anchors)]

    def may_occur(self, text: bytes) -> bool:
        """Whether any of the anchors may be in a text."""
        return self._first.search(text) is not None

    def add(self, text: bytes, found: set[int]) -> None:
        """Add the owners of anchors that are in the text, which ends with `_END`."""
        if self._gate and self._gate.search(text) is None:
            return
        present = self._match(text) or []
        if present == self._nothing:
            return
        whole = self._nothing[0] in present
        for at in present if whole else range(len(self._owners)):
            if at < len(self._owners):
                found.update(self._owners[at])


def _likeness(anchor: str) -> str:
    """What anchors have in common that share an automaton: a gate, or being texts, words or numbers."""
    gate, probe, regex = anchor.partition(PROBE)
    if not probe:
        return "text"
    if gate:
        return f"{gate}{PROBE}"
    if re.search("[a-z]{3}", _CLASSES.sub(" ", regex)):
        return "word"
    return "number" if r"\d" in regex else ""


_CLASSES = re.compile(r"\\.|\[[^]]*\]")
