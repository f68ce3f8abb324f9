"""What can be ranked for a query, as the library has it at one generation: its skills, and their rules."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from trace2skill.evidence.rows import Tier
from trace2skill.store.documents import Card, Document, everyday
from trace2skill.store.lexical import LexicalIndex, Postings
from trace2skill.store.ranking import Ranked, Ranker, calibrate, ranked
from trace2skill.store.records import Wanted

if TYPE_CHECKING:
    from trace2skill.store.lexical import Floats, Numbers

VectorsOf: TypeAlias = "Callable[[Sequence[str]], Floats]"
"""Gives one row for each text."""


class Snapshot:
    """The library's skills at one generation, ready to be ranked.

    Args:
        generation: The library's.
        entries: Its skills; their task texts may be missing.
        ranker: Their vectors, in order; None without skills.
        required: What each must score.
        postings: The words of everything each is known by.
    """

    def __init__(
        self,
        generation: int,
        entries: Sequence[Card],
        ranker: Ranker | None,
        required: Sequence[float],
        postings: Postings,
    ) -> None:
        self.generation = generation
        self.entries = entries
        self.ranker = ranker
        self.required = required
        self.lexical = LexicalIndex(postings)
        self._allowed: dict[Wanted, Numbers] = {}

    @classmethod
    def of(cls, generation: int, cards: Sequence[Card], vectors_of: VectorsOf) -> "Snapshot":
        """Worked out from the skills."""
        lexical = LexicalIndex.of(["\n".join(card.texts) for card in cards])
        if not cards:
            return cls(generation, cards, None, (), lexical.postings)
        texts = [text for card in cards for text in card.texts]
        vectors = vectors_of([*texts, *everyday()])
        sizes = [len(card.texts) for card in cards]
        ranker = Ranker(sizes, vectors[: len(texts)], vectors[len(texts) :])
        return cls(generation, cards, ranker, calibrate(cards, ranker).required, lexical.postings)

    def allowed(self, wanted: Wanted) -> "Numbers":
        """Positions of the skills that pass the filters."""
        import numpy as np

        if wanted not in self._allowed:
            fitting = [at for at, card in enumerate(self.entries) if _fits(card, wanted)]
            self._allowed[wanted] = np.array(fitting, dtype=np.intp)
        return self._allowed[wanted]

    def ranked(self, query: str, vector: "Floats", wanted: Wanted | None = None) -> list[Ranked]:
        """The skills that pass the filters, best first, with what they score above what they must."""
        import numpy as np

        if self.ranker is None:
            return []
        scores = self.ranker.scores(vector)[0] - np.asarray(self.required)
        return ranked(scores, self.lexical, query, self.allowed(wanted or Wanted()))


class Rules:
    """The rules of all active skills at one generation, ready to be ranked.

    Args:
        generation: The library's.
        entries: The rules.
        vectors: One row per rule.
        postings: Their words.
    """

    def __init__(
        self, generation: int, entries: Sequence[Document], vectors: "Floats", postings: Postings
    ) -> None:
        self.generation = generation
        self.entries = entries
        self.lexical = LexicalIndex(postings)
        self._vectors = vectors

    @classmethod
    def of(cls, generation: int, rules: Sequence[Document], vectors_of: VectorsOf) -> "Rules":
        """Worked out from the rules."""
        texts = [rule.text for rule in rules]
        return cls(generation, rules, vectors_of(texts), LexicalIndex.of(texts).postings)

    def ranked(self, query: str, vector: "Floats") -> list[Ranked]:
        """The rules, best first, with their cosine to the query."""
        import numpy as np

        return ranked(self._vectors @ vector[0], self.lexical, query, np.arange(len(self.entries)))


def _fits(card: Card, wanted: Wanted) -> bool:
    tiers = list(Tier)
    return (
        (wanted.status is None or card.status == wanted.status)
        and set(wanted.tags) <= set(card.tags)
        and card.tasks >= wanted.min_tasks
        and (wanted.min_tier is None or tiers.index(card.tier) >= tiers.index(wanted.min_tier))
    )
