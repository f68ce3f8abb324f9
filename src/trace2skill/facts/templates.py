"""Mines the vocabulary: sentences and sentence templates of tools that are tracked as facts.

Sentences of the same tool that differ in one word become a template with a placeholder (`Airplane Mode is
now {1}`); the word in its place is the fact's value. The template is the fact's key, so a claim that uses it
can be checked on any trace without the pool it was mined from. Unlike online template miners such as Drain,
the result does not depend on the order of lines.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import JsonValue

from trace2skill.facts.extract import Sentence, sentences
from trace2skill.facts.fact import Fact, Value, is_instance
from trace2skill.facts.held import Held
from trace2skill.facts.untrusted_text import no_name, no_status
from trace2skill.traces.model import Trace

SAYS = " says: "
HOLE = "{1}"
_MOST_FILLINGS = 8
_LONGEST = 24
"""Maximum number of words of a tracked sentence."""

_MOST_SENTENCES = 1 << 13
"""Distinct sentences of which a vocabulary remembers what they read."""


@dataclass(frozen=True)
class Vocabulary:
    """Fact keys of the form `<tool> says: <sentence>`, some with a placeholder."""

    keys: frozenset[str] = frozenset()
    _of_tool: Mapping[str, frozenset[str]] = field(default_factory=dict, init=False, compare=False)
    _readings: dict[tuple[str, str], tuple[tuple[str, str | None], ...]] = field(
        default_factory=dict, init=False, compare=False
    )

    def __post_init__(self) -> None:
        by_tool: dict[str, set[str]] = defaultdict(set)
        for key in self.keys:
            by_tool[key.split(SAYS, 1)[0]].add(key)
        object.__setattr__(self, "_of_tool", {tool: frozenset(keys) for tool, keys in by_tool.items()})

    @property
    def tools(self) -> Collection[str]:
        """The tools whose sentences are read."""
        return self._of_tool.keys()

    def facts(self, tool: str, text: str, arguments: Mapping[str, JsonValue]) -> Iterator[Fact]:
        """The facts of a tool's text: values of templates, and for each plain sentence whether it occurs."""
        if tool in self._of_tool:
            yield from self.facts_of(tool, sentences(text, arguments), arguments)

    def facts_of(
        self, tool: str, told: Iterable[Sentence], arguments: Mapping[str, JsonValue]
    ) -> Iterator[Fact]:
        """The facts of a tool's sentences; see `facts`."""
        keys = self._of_tool.get(tool, frozenset())
        said: dict[str, Value] = {}
        for sentence in told:
            number = True if sentence.number is None else sentence.number
            for key, word in self._read(tool, sentence.text):
                said.setdefault(key, number if word is None else word)
        for key in sorted(keys):
            if key in said:
                yield Fact(key, _entity(key, arguments), said[key])
            elif HOLE not in key and "{n}" not in key:
                yield Fact(key, _entity(key, arguments), False)

    def _read(self, tool: str, text: str) -> tuple[tuple[str, str | None], ...]:
        """The keys that a sentence reads, each with the word in its placeholder's place."""
        found = self._readings.get((tool, text))
        if found is None:
            keys = self._of_tool[tool]
            found = tuple((key, word) for key, word in _readings(tool, text) if key in keys)
            if len(self._readings) < _MOST_SENTENCES:
                self._readings[tool, text] = found
        return found

    @classmethod
    def of(cls, keys: Iterable[str]) -> "Vocabulary":
        """The vocabulary needed to check claims about these fact keys."""
        return _vocabulary(frozenset(key for key in keys if SAYS in key))

    @classmethod
    def mine(cls, traces: Iterable[Trace], *, least: int = 3) -> "Vocabulary":
        """Mine sentences and templates that occur in at least `least` traces (all, if there are fewer).

        Sentences that read like an order or are not recognised as statements are excluded.
        """
        seen: dict[tuple[str, str], set[str]] = defaultdict(set)
        pool = 0
        for trace in traces:
            pool += 1
            told = SENTENCES.of(trace)
            for step in trace.steps:
                if step.action and not no_name(step.action.tool):
                    for sentence in told[step.index]:
                        words = sentence.text.split(" ")
                        fit = len(words) <= _LONGEST and not any(map(is_instance, words))
                        if fit and not no_status(sentence.text):
                            seen[step.action.tool, sentence.text].add(trace.hash)
        return cls(frozenset(_choose(seen, min(least, max(pool, 1)))))


def _told(trace: Trace) -> tuple[tuple[Sentence, ...], ...]:
    return tuple(
        tuple(sentences(step.observation, step.action.arguments))
        if step.action and isinstance(step.observation, str)
        else ()
        for step in trace.steps
    )


SENTENCES = Held(_told)
"""For each step of a trace, the sentences of its observation; none without an action or a text."""


@lru_cache(maxsize=256)
def _vocabulary(keys: frozenset[str]) -> Vocabulary:
    return Vocabulary(keys)


def _readings(tool: str, text: str) -> Iterator[tuple[str, str | None]]:
    """All fact keys that a sentence may match, each with the word in the place of its placeholder."""
    yield f"{tool}{SAYS}{text}", None
    words = text.split(" ")
    for position, word in enumerate(words[:_LONGEST]):
        yield f"{tool}{SAYS}{_masked(words, position)}", word


def _entity(key: str, arguments: Mapping[str, JsonValue]) -> str:
    """The entity of a sentence: the values of the arguments named by its placeholders."""
    return ", ".join(str(value) for name, value in sorted(arguments.items()) if f"{{{name}}}" in key)


def _choose(seen: Mapping[tuple[str, str], set[str]], least: int) -> Iterator[str]:
    groups: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (tool, text), traces in seen.items():
        words = text.split(" ")
        for position, word in enumerate(words):
            if len(words) > 2 and not word.startswith("{"):
                groups[f"{tool}{SAYS}{_masked(words, position)}"][word] |= traces
    covered: set[tuple[str, str]] = set()
    for key, fillings in sorted(groups.items(), key=lambda item: (-_reach(item[1]), item[0])):
        tool, text = key.split(SAYS, 1)
        members = {(tool, text.replace(HOLE, word)) for word in fillings}
        enough = 1 < len(fillings) <= _MOST_FILLINGS and _reach(fillings) >= least
        if enough and not members <= covered and _tells_apart(fillings):
            covered |= members
            yield key
    for (tool, text), traces in seen.items():
        if len(traces) >= least and (tool, text) not in covered:
            yield f"{tool}{SAYS}{text}"


def _reach(fillings: Mapping[str, set[str]]) -> int:
    return len(set().union(*fillings.values()))


def _tells_apart(fillings: Mapping[str, set[str]]) -> bool:
    """Whether all fillings are words, not numbers or fragments of markup."""
    return all(re.search(r"[A-Za-z]", word) for word in fillings)


def _masked(words: list[str], position: int) -> str:
    return " ".join([*words[:position], HOLE, *words[position + 1 :]])
