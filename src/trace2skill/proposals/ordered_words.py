"""Orders that recordings hold: the words that only they bring, by which a note in other words is known."""

import re
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from trace2skill.facts.untrusted_text import reads_like_an_order
from trace2skill.proposals.plain_words import PLAIN_WORDS
from trace2skill.traces.model import Trace

_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]{4,}")
LETTERS = 4
FEWEST = 2
SHARE = 0.25
"""A text takes up an order that has so many of its words, and at least this share of the text's."""


class OrderedWords:
    """The words of sentences in what tools returned that read like orders to an agent, and of nothing else.

    Args:
        traces: The runs that a model was shown.
    """

    def __init__(self, traces: Iterable[Trace]) -> None:
        ordered: set[str] = set()
        plain: set[str] = set()
        for trace in traces:
            plain |= _words(trace.task)
            for step in trace.steps:
                plain |= _words(f"{step.thought or ''} {step.text or ''}")
                if step.action:
                    plain |= _words(step.action.tool.replace("_", " "))
                    plain |= _words(" ".join(_leaves(step.action.arguments)))
                for text in _leaves(step.observation):
                    for sentence in _SENTENCE.split(text):
                        (ordered if reads_like_an_order(sentence) else plain).update(_words(sentence))
        self._only = ordered - plain

    def taken_up_by(self, text: str) -> bool:
        """Whether the text says in other words what a recorded text would have an agent do."""
        said = _words(text)
        found = said & self._only
        return len(found) >= FEWEST and len(found) >= SHARE * len(said)


def _words(text: str) -> set[str]:
    """The beginnings of a text's telling words, so that endings do not matter."""
    return {word[:LETTERS] for word in _WORD.findall(text.lower()) if word not in PLAIN_WORDS}


def _leaves(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key.replace("_", " ")
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
