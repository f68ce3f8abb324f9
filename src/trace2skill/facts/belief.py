"""Belief: the latest known value of every fact at every step of a trace.

A fact read from a text observation becomes unknown when the same call (tool and arguments) is repeated and no
longer reports it; facts of JSON records stay until they are read again. A value that reads like an order is
not stored: its fact becomes unknown. A fact whose key cannot be a name is ignored.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from trace2skill.facts.extract import labelled_facts, record_facts, task_facts, utterance_facts
from trace2skill.facts.fact import Fact, Scalar, Value
from trace2skill.facts.held import Held
from trace2skill.facts.templates import SAYS, SENTENCES, Vocabulary
from trace2skill.facts.untrusted_text import ADDRESS, no_name, reads_like_an_order
from trace2skill.traces.model import Actor, Step, StepOutcome, Trace

BEFORE: Final = -1
"""The step index of the task text and the initial observation."""

_CHOICES = "choices."


class FactReading(NamedTuple):
    """The value of a fact read at a step; with `known=False` the fact becomes unknown."""

    step: int
    value: Value
    known: bool = True


class Belief:
    """The timelines of all facts of one trace.

    `timeline(key)` maps each entity that has the fact to its readings, in order of step.
    """

    def __init__(self, trace: Trace, vocabulary: Vocabulary | None = None) -> None:
        self._readings: dict[str, dict[str, list[FactReading]]] = defaultdict(lambda: defaultdict(list))
        self._seen: dict[str, dict[str, int]] = defaultdict(dict)
        self._said_by_call: dict[bytes, set[tuple[str, str]]] = {}
        self._vocabulary = vocabulary or Vocabulary()
        self._add(BEFORE, _named(task_facts(trace.task)))
        self._add(BEFORE, _observed(trace.initial_observation, "", {}, self._vocabulary))
        for step in trace.steps:
            self.read(step)

    @property
    def keys(self) -> list[str]:
        """The keys of all facts read in the trace, sorted."""
        return sorted(self._readings)

    def timeline(self, key: str) -> Mapping[str, list[FactReading]]:
        """Readings by entity; empty for a key that was never read."""
        return self._readings.get(key, {})

    def sources(self, value: Scalar) -> Mapping[str, int]:
        """The fact keys under which a value was seen (as number or text), with the first step of each."""
        return self._seen.get(_written(value), {})

    def read(self, step: Step) -> None:
        """Process the next step of the run; also used while the run is still in progress."""
        if step.text and step.actor == Actor.USER:
            self._add(step.index, utterance_facts(step.text))
        if step.action is None:
            return
        tool, arguments = step.action.tool, step.action.arguments
        self._observe(step, list(_observed(step.observation, tool, arguments, self._vocabulary)))
        self._add(step.index, _history(step))

    def _observe(self, step: Step, facts: Sequence[Fact]) -> None:
        if step.action and isinstance(step.observation, str):
            call = orjson.dumps([step.action.tool, step.action.arguments], option=orjson.OPT_SORT_KEYS)
            said = {(fact.key, fact.entity) for fact in facts}
            withdrawn = self._said_by_call.get(call, set()) - said
            if any(fact.key == "choices.count" for fact in facts):
                withdrawn |= {(key, "") for key in self._readings if key.startswith(_CHOICES)} - said
            for key, entity in sorted(withdrawn):
                self._readings[key][entity].append(FactReading(step.index, None, known=False))
            self._said_by_call[call] = said
        self._add(step.index, facts)

    def _add(self, step: int, facts: Iterable[Fact]) -> None:
        for fact in facts:
            reading = _believed(step, fact.value)
            self._readings[fact.key][fact.entity].append(reading)
            for value in reading.value if isinstance(reading.value, tuple) else (reading.value,):
                if value is not None and not isinstance(value, bool):
                    self._seen[_written(value)].setdefault(fact.key, step)


class _OfSentences(Belief):
    """The belief about a vocabulary alone: what the observations' sentences say.

    The facts of each key are worked out by themselves, so that these can be put beside those of a belief
    without vocabulary.
    """

    def __init__(self, trace: Trace, vocabulary: Vocabulary) -> None:
        super().__init__(_NO_TRACE)
        for step, told in zip(trace.steps, SENTENCES.of(trace), strict=True):
            if step.action and isinstance(step.observation, str):
                tool = "" if no_name(step.action.tool) else step.action.tool
                if tool in vocabulary.tools:
                    self._observe(step, list(vocabulary.facts_of(tool, told, step.action.arguments)))


class _Joined(Belief):
    """Two beliefs about a trace that have no key in common."""

    def __init__(self, one: Belief, other: Belief) -> None:
        self._readings = {**one._readings, **other._readings}
        self._parts = (one, other)

    def sources(self, value: Scalar) -> Mapping[str, int]:
        """See `Belief.sources`."""
        one, other = (part.sources(value) for part in self._parts)
        return {**one, **other} if other else one

    def read(self, step: Step) -> None:
        """Not possible: the parts are shared with other beliefs."""
        raise TypeError(f"step {step.index}: this belief is of a whole trace")


_NO_TRACE = Trace(id="")
_PLAIN = Held(Belief)


def belief_of(trace: Trace, vocabulary: Vocabulary) -> Belief:
    """The belief after the whole trace. What it shares with other vocabularies is worked out once.

    It must not be given further steps.
    """
    # A new choice withdraws the facts of earlier ones; a key without a tool is read before the first step.
    if "" in vocabulary.tools or any(key.startswith(_CHOICES) for key in vocabulary.keys):
        return Belief(trace, vocabulary)
    plain = _PLAIN.of(trace)
    return _Joined(plain, _OfSentences(trace, vocabulary)) if vocabulary.keys else plain


@lru_cache(maxsize=1 << 14)
def _is_key(key: str) -> bool:
    """Whether every part of the key can be a name; keys of sentences were checked when they were mined."""
    return SAYS in key or not any(map(no_name, key.split(".")))


def _believed(step: int, value: Value) -> FactReading:
    """The reading of a value, without members that read like an order; a lone address is allowed."""
    if isinstance(value, tuple):
        return FactReading(step, tuple(member for member in value if not _orders(member)))
    return FactReading(step, None, known=False) if _orders(value) else FactReading(step, value)


def _orders(value: Scalar) -> bool:
    if not isinstance(value, str) or (value.isalnum() and value.isascii()):  # the common case, and fast
        return False
    reason = reads_like_an_order(value)
    return reason is not None and (reason != ADDRESS or len(value.split()) > 1)


def _named(facts: Iterable[Fact]) -> Iterator[Fact]:
    return (fact for fact in facts if _is_key(fact.key))


def _observed(
    observation: object, tool: str, arguments: Mapping[str, object], vocabulary: Vocabulary
) -> Iterator[Fact]:
    yield from _named(_facts(observation, "" if no_name(tool) else tool, arguments, vocabulary))


def _facts(
    observation: object, tool: str, arguments: Mapping[str, object], vocabulary: Vocabulary
) -> Iterator[Fact]:
    if isinstance(observation, str):
        yield from labelled_facts(observation)
        yield from vocabulary.facts(tool, observation, arguments)  # type: ignore[arg-type]
    elif observation is not None:
        yield from record_facts(observation, tool, arguments)  # type: ignore[arg-type]


def _history(step: Step) -> Iterator[Fact]:
    assert step.action is not None
    yield Fact("last.tool", "", step.action.tool)
    yield Fact("last.outcome", "", step.outcome.value)
    if step.outcome == StepOutcome.ERROR and isinstance(step.observation, str):
        yield Fact("last.error", "", first_line(step.observation))


def _written(value: Scalar) -> str:
    """A value as text, so that the number 32286 and the text "32286" are equal."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def first_line(text: str) -> str:
    """The first line of a message without words that contain digits, so that similar errors are equal."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    return " ".join("…" if any(map(str.isdigit, word)) else word for word in line.split())[:120]
