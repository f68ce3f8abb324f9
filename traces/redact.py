"""Redaction: secrets leave a trace before anything else sees its text.

A secret becomes `<secret:KIND:N>`. Within a trace the same value always becomes the same placeholder, also
where it stands without the context that gave it away, so that data flow survives; N counts the values of a
kind in the order of their first appearance in the trace. (A hash of a weak secret could be guessed.)
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue

from trace2skill.traces.model import Trace
from trace2skill.traces.secret_fields import find_by_field
from trace2skill.traces.secret_patterns import PATTERNS, Detector, has_digit, is_card
from trace2skill.traces.secret_plugins import plugin_detectors
from trace2skill.traces.walk import as_text, map_trace, strings

Found = tuple[int, int, str]
"""Start, end and kind of a secret in a text."""

_APART = "\n" * 5
"""Keeps strings apart when they are looked at together: no pattern reaches over it."""


def redact(trace: Trace) -> tuple[Trace, Counter[str]]:
    """Replace every secret in every string of a trace (its `source` aside).

    Returns:
        The trace, the same object when it holds no secret, and how many places were replaced by kind.
    """
    redactor = _learnt(list(strings(trace)))
    return map_trace(trace, redactor.replace) if redactor.placeholders else trace, redactor.counts


def redact_text(text: str) -> str:
    """The same for a single text: a search, a note, a message."""
    return redact_texts([text])[0][0]


def redact_texts(texts: Sequence[str]) -> tuple[list[str], Counter[str]]:
    """The same for texts that belong together: a value has one placeholder in all of them."""
    redactor = _learnt([(text, None) for text in texts])
    if not redactor.placeholders:
        return list(texts), Counter()
    return [as_text(redactor.replace(text, None)) for text in texts], redactor.counts


def find_secrets(text: str) -> Counter[str]:
    """How many secrets of each kind `redact_text` would remove; never their values."""
    return redact_texts([text])[1]


def _learnt(said: Sequence[tuple[JsonValue, str | None]]) -> "_Redactor":
    redactor = _Redactor(_candidates(as_text(value) for value, _ in said))
    for value, name in said:
        redactor.learn(value, name)
    redactor.start_replacing()
    return redactor


class _Redactor:
    """Learns the secrets of one trace in a first pass, replaces them in a walk."""

    def __init__(self, detectors: list[Detector]) -> None:
        self.placeholders: dict[str, tuple[str, str]] = {}
        self.counts: Counter[str] = Counter()
        self._detectors = detectors
        self._numbers: Counter[str] = Counter()
        self._known: re.Pattern[str] | None = None

    def learn(self, value: JsonValue, name: str | None) -> None:
        """Note every secret of a string or number; `name` is the field it stands in."""
        for start, end, kind in self._find(value, name):
            self._placeholder(as_text(value)[start:end], kind)

    def start_replacing(self) -> None:
        """Close the learning: distinctive values are from now on replaced wherever they stand."""
        distinctive = (v for v in self.placeholders if len(v) >= 8 and (has_digit(v) or len(v) >= 20))
        longest_first = sorted(distinctive, key=lambda value: (-len(value), value))
        if longest_first:
            self._known = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")

    def replace(self, value: JsonValue, name: str | None) -> JsonValue:
        """The string or number with placeholders for its secrets."""
        text = as_text(value)
        found = list(self._find(value, name))
        if self._known:
            found += [(*match.span(), self.placeholders[match[0]][0]) for match in self._known.finditer(text)]
        if not found:
            return value
        pieces, end = [], 0
        for start, stop, guess in _merged(found):
            kind, placeholder = self._placeholder(text[start:stop], guess)
            pieces += [text[end:start], placeholder]
            self.counts[kind] += 1
            end = stop
        return "".join([*pieces, text[end:]])

    def _find(self, value: JsonValue, name: str | None) -> list[Found]:
        text = as_text(value)
        found = list(find_by_field(value, name))
        for detector in self._detectors if len(text) >= 8 else ():
            found += [(start, end, detector.kind) for start, end in detector.spans(text)]
        return _merged(found) if len(found) > 1 else found

    def _placeholder(self, value: str, kind: str) -> tuple[str, str]:
        same = value.replace(" ", "").replace("-", "") if is_card(value) else value
        if same not in self.placeholders:
            self._numbers[kind] += 1
            self.placeholders[same] = (kind, f"<secret:{kind}:{self._numbers[kind]}>")
        return self.placeholders[same]


def _merged(found: Iterable[Found]) -> list[Found]:
    """Unite overlapping secrets; the kind found first, by the more specific detector, names them."""
    order = {entry: rank for rank, entry in reversed(list(enumerate(found)))}
    merged: list[tuple[int, Found]] = []
    for entry in sorted(order):
        rank = order[entry]
        if merged and entry[0] < merged[-1][1][1]:
            before, (start, end, kind) = merged[-1]
            merged[-1] = (min(before, rank), (start, max(end, entry[1]), kind if before < rank else entry[2]))
        else:
            merged.append((rank, entry))
    return [entry for _, entry in merged]


def _candidates(texts: Iterable[str]) -> list[Detector]:
    """The detectors that find something in all strings taken together: for most traces none."""
    joined = _APART.join(texts)
    return list(_finding(joined, (*PATTERNS, *plugin_detectors())))


def _finding(text: str, detectors: Sequence[Detector]) -> Iterator[Detector]:
    low = text.lower()
    there = {anchor for anchor in {a for each in detectors for a in each.anchors} if anchor in low}
    for detector in detectors:
        anchored = not detector.anchors or not there.isdisjoint(detector.anchors)
        if anchored and next(detector.spans(text), None) is not None:
            yield detector
