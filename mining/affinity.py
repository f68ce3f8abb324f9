"""Affinity: how much of what an action's name says a condition speaks of.

Names are given to be understood: `toggle_airplane_mode` is about `airplane_mode`. Where few runs leave many
conditions that explain an action equally well, that decides; rare words weigh more.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import ActionPattern, AllOf, Compare, Constant, CountTerm, Predicate
from trace2skill.facts.probes import is_probe
from trace2skill.mining.pool import Pool


class Affinity:
    """Affinities of actions to some literals, whose facts the probes of some views of a pool read."""

    def __init__(self, pool: Pool, views: Sequence[int], literals: Sequence[Predicate]) -> None:
        self._pool = pool
        self._views = views
        self._literals = literals

    def of(self, action: ActionPattern, row: int) -> float:
        """The share of what the action's name says that the literal speaks of, rare words weighing more."""
        said = {word: weight for word in _action_words(action) if (weight := self._weight.get(word))}
        total = sum(said.values())
        own, around = self._literal_words[row]
        shared = sum(
            weight * (1.0 if word in own else 0.5 * (word in around)) for word, weight in said.items()
        )
        return shared / total if total else 0.0

    @cached_property
    def _literal_words(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """For each literal its own words, and the words of the tools that read its facts."""
        readers: dict[str, set[str]] = defaultdict(set)
        for at in self._views:
            view = self._pool.views[at]
            for key in view.belief.keys:
                for timeline in view.belief.timeline(key).values():
                    tools = {view.tools[reading.step] for reading in timeline if reading.step >= 0}
                    readers[key].update(filter(is_probe, tools))
        return [
            (_words(_text(literal)), _words(" ".join(t for key in fact_keys(literal) for t in readers[key])))
            for literal in self._literals
        ]

    @cached_property
    def _weight(self) -> Mapping[str, float]:
        keys = {words for own, around in self._literal_words for words in (own | around,)}
        count = Counter(word for words in keys for word in words)
        return {word: math.log(1 + len(keys) / number) for word, number in count.items()}


def flat(predicate: Predicate) -> Sequence[Predicate]:
    """The conjuncts of a predicate."""
    return predicate.parts if isinstance(predicate, AllOf) else (predicate,)


def _text(predicate: Predicate) -> str:
    texts = [part.value for part in _constants(predicate)]
    return " ".join([*fact_keys(predicate), *map(str, texts)]) if not is_event(predicate) else ""


def _constants(predicate: Predicate) -> Iterator[Constant]:
    for part in flat(predicate):
        if isinstance(part, Compare):
            yield from (term for term in (part.left, part.right) if isinstance(term, Constant))


def is_event(predicate: Predicate) -> bool:
    """Whether it asks what was done before, and nothing of the world."""
    return isinstance(predicate, Compare) and isinstance(predicate.left, CountTerm)


def _action_words(action: ActionPattern) -> frozenset[str]:
    constants = [str(value.value) for _, value in action.arguments if isinstance(value, Constant)]
    return _words(" ".join([action.tool, *constants]))


def _words(text: str) -> frozenset[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    return frozenset(word.rstrip("s") for word in re.split(r"[^a-z0-9]+", spaced.lower()) if len(word) > 1)
