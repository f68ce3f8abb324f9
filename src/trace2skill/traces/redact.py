"""Redaction: replaces secrets in a trace before any other code sees its text."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from pydantic import JsonValue

from trace2skill.traces.model import Action, Step, Tool, Trace, rebuild
from trace2skill.traces.secret_detection import (
    PATTERNS,
    Detector,
    find_by_field,
    has_digit,
    is_card,
    plugin_detectors,
)

Visit = Callable[[JsonValue, str | None], JsonValue]
"""Takes a string or integer and the name of its field (None if it has none); returns the replacement."""


def map_trace(trace: Trace, visit: Visit) -> Trace:
    """Rebuild a trace with every string and integer passed through `visit`, in a fixed order.

    Keys of objects are visited too; `source`, `instructions`, labels and times are not.
    """
    return rebuild(
        trace,
        id=visit(trace.id, None),
        task=visit(trace.task, None),
        task_key=_text(trace.task_key, visit),
        family=_text(trace.family, visit),
        domain=_text(trace.domain, visit),
        initial_observation=_value(trace.initial_observation, visit),
        steps=tuple(_step(step, visit) for step in trace.steps),
        tools=tuple(_tool(tool, visit) for tool in trace.tools),
        outcome=trace.outcome.model_copy(
            update={"failed_checks": tuple(visit(check, None) for check in trace.outcome.failed_checks)}
        ),
    )


def strings(trace: Trace) -> Iterator[tuple[JsonValue, str | None]]:
    """The values that `map_trace` visits, with their field names, in the same order."""
    for text in (trace.id, trace.task, trace.task_key, trace.family, trace.domain):
        if text is not None:
            yield text, None
    yield from _inside(trace.initial_observation)
    for step in trace.steps:
        yield from ((text, None) for text in (step.thought, step.text) if text is not None)
        if step.action:
            yield step.action.tool, None
            yield from _inside(step.action.arguments)
        yield from _inside(step.observation)
    for tool in trace.tools:
        yield tool.name, None
        yield tool.description, None
        yield from _inside(tool.parameters)
    yield from ((check, None) for check in trace.outcome.failed_checks)


def as_text(value: JsonValue) -> str:
    """A string unchanged, an integer as its digits, any other value as the empty string."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _step(step: Step, visit: Visit) -> Step:
    changes = {
        "thought": _text(step.thought, visit),
        "text": _text(step.text, visit),
        "action": _action(step.action, visit) if step.action else None,
        "observation": _value(step.observation, visit),
    }
    return step.model_copy(update=changes)


def _action(action: Action, visit: Visit) -> Action:
    changes = {"tool": visit(action.tool, None), "arguments": _value(action.arguments, visit)}
    return action.model_copy(update=changes)


def _tool(tool: Tool, visit: Visit) -> Tool:
    changes = {
        "name": visit(tool.name, None),
        "description": visit(tool.description, None),
        "parameters": _value(tool.parameters, visit),
    }
    return tool.model_copy(update=changes)


def _text(value: str | None, visit: Visit) -> JsonValue:
    return None if value is None else visit(value, None)


def _value(value: JsonValue, visit: Visit, name: str | None = None) -> JsonValue:
    if isinstance(value, dict):
        return {str(visit(key, None)): _value(inner, visit, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_value(inner, visit, name) for inner in value]
    return value if value is None or isinstance(value, bool | float) else visit(value, name)


def _inside(value: JsonValue, name: str | None = None) -> Iterator[tuple[JsonValue, str | None]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, None
            yield from _inside(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(inner, name)
    elif value is not None and not isinstance(value, bool | float):
        yield value, name


Found = tuple[int, int, str]
"""Start, end and kind of a secret in a text."""

_APART = "\n" * 5
"""Separator of strings that are scanned as one text; no pattern matches across it."""


def redact(trace: Trace) -> tuple[Trace, Counter[str]]:
    """Replace every secret in every string of a trace (its `source` aside).

    Returns:
        The trace (the same object if it holds no secret), and the number of replacements by kind.
    """
    redactor = _learnt(list(strings(trace)))
    clean = map_trace(trace, redactor.replace) if redactor.placeholders else trace
    if clean.instructions is None:
        return clean, redactor.counts
    instructions, found = _instructions(clean.instructions)
    if found:
        clean = rebuild(clean, instructions=instructions)
    return clean, redactor.counts + found


@lru_cache(maxsize=64)
def _instructions(text: str) -> tuple[str, Counter[str]]:
    """Many runs were given the same instructions: they are looked through once."""
    (clean,), found = redact_texts([text])
    return clean, found


def redact_text(text: str) -> str:
    """Replace every secret in a single text, such as a query, a note or a message."""
    return redact_texts([text])[0][0]


def redact_texts(texts: Sequence[str]) -> tuple[list[str], Counter[str]]:
    """Replace every secret in several texts; the same value gets the same placeholder in all of them.

    Returns:
        The texts, and the number of replacements by kind.
    """
    redactor = _learnt([(text, None) for text in texts])
    if not redactor.placeholders:
        return list(texts), Counter()
    return [as_text(redactor.replace(text, None)) for text in texts], redactor.counts


def find_secrets(text: str) -> Counter[str]:
    """The number of secrets of each kind that `redact_text` would replace."""
    return redact_texts([text])[1]


def _learnt(said: Sequence[tuple[JsonValue, str | None]]) -> "_Redactor":
    redactor = _Redactor(_candidates(as_text(value) for value, _ in said))
    for value, name in said:
        redactor.learn(value, name)
    redactor.start_replacing()
    return redactor


class _Redactor:
    """Collects the secrets of one trace in a first pass and replaces them in a second."""

    def __init__(self, detectors: list[Detector]) -> None:
        self.placeholders: dict[str, tuple[str, str]] = {}
        self.counts: Counter[str] = Counter()
        self._detectors = detectors
        self._numbers: Counter[str] = Counter()
        self._known: re.Pattern[str] | None = None

    def learn(self, value: JsonValue, name: str | None) -> None:
        """Register every secret of a string or integer; `name` is its field."""
        for start, end, kind in self._find(value, name):
            self._placeholder(as_text(value)[start:end], kind)

    def start_replacing(self) -> None:
        """End the first pass. Distinctive values are then replaced even where no detector finds them."""
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
    """Merge overlapping secrets; the kind found first (by the more specific detector) is kept."""
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
    """The detectors that match in the concatenation of all strings; none for most traces."""
    joined = _APART.join(texts)
    return list(_finding(joined, (*PATTERNS, *plugin_detectors())))


def _finding(text: str, detectors: Sequence[Detector]) -> Iterator[Detector]:
    low = text.lower()
    there = {anchor for anchor in {a for each in detectors for a in each.anchors} if anchor in low}
    for detector in detectors:
        anchored = not detector.anchors or not there.isdisjoint(detector.anchors)
        if anchored and next(detector.spans(text), None) is not None:
            yield detector
