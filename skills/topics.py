"""What a family of tasks is about: the words its task texts share, without names, numbers or other values."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from pydantic import JsonValue

from trace2skill.facts.untrusted_text import requested
from trace2skill.traces.model import Trace

SHARED_BY = 0.4
"""The part of the distinct tasks that must use a word."""

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?\n:;,()\"]+")
_PERSONAL = re.compile(
    r"name|address|street|city|state|country|zip|email|phone|birth|(?:^|_)id$", re.IGNORECASE
)
_FILLER = frozenset(
    """able agent anything currently different dollar dollars don eight figure first five fix follow
    following four going good having hello help hey higher issue issues just keep keeps know let like
    looking lower make need needs nine past please problem really second seven showing six sure task
    tasks tell ten thank thanks thing things three trouble trying two unable use used user uses using
    very want wants way work working would
    """.split()  # noqa: SIM905 - a list would put each word on a line of its own
)
"""Words of any request, which name no kind of task."""


def topics(traces: Sequence[Trace], most: int = 6) -> tuple[str, ...]:
    """The phrases of one or two words that most distinct tasks share, most shared first; no order's words.

    With a single task nothing tells its words from its values, so there are none.
    """
    tasks = sorted({task for trace in traces if (task := requested(trace.task)).strip()})
    if len(tasks) < 2:
        return ()
    private = frozenset(word for trace in traces for word in _private_words(trace))
    shared: Counter[str] = Counter()
    for task in tasks:
        shared.update(_phrases(task, private))
    needed = max(2, round(SHARED_BY * len(tasks)))
    common = sorted(
        (phrase for phrase, count in shared.items() if count >= needed),
        key=lambda phrase: (-shared[phrase], -phrase.count(" "), phrase),
    )
    return tuple(spelt(phrase, tasks) for phrase in _without_parts(common, shared)[:most])


def spelt(phrase: str, tasks: Sequence[str]) -> str:
    """The phrase with its words in capitals where the tasks mostly write them so: "MMS messages"."""
    return " ".join(_spelt(word, tasks) for word in phrase.split(" "))


def _spelt(word: str, tasks: Sequence[str]) -> str:
    written = [
        found for task in tasks for found in re.findall(rf"\b{re.escape(word)}\b", task, re.IGNORECASE)
    ]
    capitals = sum(found.isupper() for found in written)
    return word.upper() if len(word) > 1 and 2 * capitals > len(written) else word


def _phrases(task: str, private: frozenset[str]) -> set[str]:
    """Words and pairs of neighbouring words, lower case; names and what stands beside numbers left out."""
    found: set[str] = set()
    for sentence in _SENTENCE.split(task):
        words = [word if _telling(word, at, private) else "" for at, word in enumerate(_tokens(sentence))]
        found.update(word.lower() for word in words if word)
        found.update(f"{a} {b}".lower() for a, b in pairwise(words) if a and b)
    return found


def _tokens(sentence: str) -> list[str]:
    return [token.strip("'\u2019*_`<>[]{}") for token in sentence.split()]


def _telling(word: str, at: int, private: frozenset[str]) -> bool:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    lower = word.lower()
    if not _WORD.fullmatch(word) or len(word) < 3 or lower in private:
        return False
    if lower in ENGLISH_STOP_WORDS or lower in _FILLER:
        return False
    return at == 0 or not word[0].isupper() or word.isupper()


def _without_parts(phrases: Iterable[str], shared: Counter[str]) -> list[str]:
    """Single words dropped where a pair that holds them is nearly as common."""
    pairs = [phrase for phrase in phrases if " " in phrase]
    kept: list[str] = []
    for phrase in phrases:
        inside = [pair for pair in pairs if phrase in pair.split()]
        overlapping = " " in phrase and any(set(phrase.split()) & set(other.split()) for other in kept)
        if not overlapping and not any(shared[pair] >= 0.6 * shared[phrase] for pair in inside):
            kept.append(phrase)
    return kept


def _private_words(trace: Trace) -> Iterator[str]:
    """Words of the values that calls and replies carry under personal keys: names, addresses, identifiers."""
    for step in trace.steps:
        if step.action:
            yield from _under_personal(step.action.arguments, personal=False)
        yield from _under_personal(step.observation, personal=False)


def _under_personal(value: JsonValue, *, personal: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _under_personal(inner, personal=personal or bool(_PERSONAL.search(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from _under_personal(inner, personal=personal)
    elif personal and isinstance(value, str):
        yield from (word.lower() for word in _WORD.findall(value))
