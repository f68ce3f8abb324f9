"""What can be ranked for a query, as the library has it at one generation: its skills, and their rules."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from trace2skill.evidence.rows import Tier
from trace2skill.store.documents import Card, Document
from trace2skill.store.ranking import Calibration, LexicalIndex, Ranked, Ranker, calibrate, ranked
from trace2skill.store.records import Wanted

if TYPE_CHECKING:
    from trace2skill.store.ranking import Floats, Numbers


class Snapshot:
    """The library's skills at one generation, ready to be ranked.

    Args:
        generation: The library's.
        entries: Its skills.
        vectors: One row per text of every skill, in order.
        everyday: One row per everyday request.
    """

    def __init__(
        self, generation: int, entries: Sequence[Card], vectors: "Floats", everyday: "Floats"
    ) -> None:
        self.generation = generation
        self.entries = entries
        self.ranker = Ranker(entries, vectors, everyday) if entries else None
        self._allowed: dict[Wanted, Numbers] = {}

    def allowed(self, wanted: Wanted) -> "Numbers":
        """Positions of the skills that pass the filters."""
        import numpy as np

        if wanted not in self._allowed:
            fitting = [at for at, card in enumerate(self.entries) if _fits(card, wanted)]
            self._allowed[wanted] = np.array(fitting, dtype=np.intp)
        return self._allowed[wanted]

    @cached_property
    def lexical(self) -> LexicalIndex:
        """BM25 over everything a skill is known by."""
        return LexicalIndex(["\n".join(card.texts) for card in self.entries])

    @cached_property
    def calibration(self) -> Calibration | None:
        """What each skill must score; None without skills."""
        return calibrate(self.entries, self.ranker) if self.ranker else None

    def ranked(self, query: str, vector: "Floats", wanted: Wanted | None = None) -> list[Ranked]:
        """The skills that pass the filters, best first, with what they score above what they must."""
        import numpy as np

        if self.ranker is None or self.calibration is None:
            return []
        scores = self.ranker.scores(vector)[0] - np.asarray(self.calibration.required)
        return ranked(scores, self.lexical, query, self.allowed(wanted or Wanted()))


class Rules:
    """The rules of all active skills at one generation, ready to be ranked.

    Args:
        generation: The library's.
        entries: The rules.
        vectors: One row per rule.
    """

    def __init__(self, generation: int, entries: Sequence[Document], vectors: "Floats") -> None:
        self.generation = generation
        self.entries = entries
        self._vectors = vectors

    @cached_property
    def _lexical(self) -> LexicalIndex:
        return LexicalIndex([each.text for each in self.entries])

    def ranked(self, query: str, vector: "Floats") -> list[Ranked]:
        """The rules, best first, with their cosine to the query."""
        import numpy as np

        return ranked(self._vectors @ vector[0], self._lexical, query, np.arange(len(self.entries)))


def _fits(card: Card, wanted: Wanted) -> bool:
    tiers = list(Tier)
    return (
        (wanted.status is None or card.status == wanted.status)
        and set(wanted.tags) <= set(card.tags)
        and card.tasks >= wanted.min_tasks
        and (wanted.min_tier is None or tiers.index(card.tier) >= tiers.index(wanted.min_tier))
    )
