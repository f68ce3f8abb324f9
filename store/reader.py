"""Retrieval for agents: which skill to offer for a task, or none. It takes no lock and writes nothing."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from trace2skill.evidence.rows import Tier
from trace2skill.store import commits, skills
from trace2skill.store.database import Database
from trace2skill.store.documents import Card, cards, everyday, rule_documents
from trace2skill.store.embeddings import Embedder, embed_query
from trace2skill.store.ranking import Calibration, LexicalIndex, Ranker, calibrate, fuse, unit
from trace2skill.store.records import Offer, Retrieval, Wanted
from trace2skill.store.vectors import VectorTable, mismatch
from trace2skill.traces.redact import redact_text

if TYPE_CHECKING:
    from trace2skill.store.ranking import Floats, Numbers

DEPTH = 50
"""How many skills each ranking contributes to the fusion."""
CONSIDERED = 5
"""How many of the best skills a retrieval tells of, offered or not."""
REMEMBERED = 64
"""Answers kept, so that the turns of one task cost one retrieval."""


class Snapshot:
    """The library's skills at one generation, ready to be ranked.

    Args:
        generation: The library's.
        cards: Its skills.
        vectors: One row per text of every card, in order.
        everyday: One row per everyday request.
    """

    def __init__(self, generation: int, cards: Sequence[Card], vectors: "Floats", everyday: "Floats") -> None:
        self.generation = generation
        self.cards = cards
        self.ranker = Ranker(cards, vectors, everyday) if cards else None
        self._allowed: dict[Wanted, Numbers] = {}

    def allowed(self, wanted: Wanted) -> "Numbers":
        """Positions of the skills that pass the filters."""
        import numpy as np

        if wanted not in self._allowed:
            fitting = [at for at, card in enumerate(self.cards) if _fits(card, wanted)]
            self._allowed[wanted] = np.array(fitting, dtype=np.intp)
        return self._allowed[wanted]

    @cached_property
    def lexical(self) -> LexicalIndex:
        """BM25 over everything a skill is known by."""
        return LexicalIndex(["\n".join(card.texts) for card in self.cards])

    @cached_property
    def calibration(self) -> Calibration | None:
        """What each skill must score; None without skills."""
        return calibrate(self.cards, self.ranker) if self.ranker else None


class Reader:
    """Answers from a snapshot of the library, renewed when the library's generation has moved.

    Threads may share it.

    Args:
        database: The library file.
        folder: The library's folder, for messages.
        embedder: Gives the embedding; asked when first needed.
    """

    def __init__(self, database: Database, folder: Path, embedder: Callable[[], Embedder]) -> None:
        self._database = database
        self._folder = folder
        self._embedder = embedder
        self._book = VectorTable(database)
        self._mutex = threading.RLock()
        self._snapshots: dict[bool, Snapshot] = {}
        self._answers: OrderedDict[tuple[int, str, Wanted], Retrieval] = OrderedDict()

    def retrieve(self, query: str, wanted: Wanted) -> Retrieval:
        """The skills to offer for a task, or none and why; what looks like a secret in it is replaced first.

        Raises:
            IndexMismatchError: The library's vectors were made with another embedding.
            LibraryError: The library cannot be read.
        """
        query = redact_text(query)
        with self._mutex:
            snapshot = self.snapshot(active=wanted.status == "active")
            asked = (snapshot.generation, query, wanted)
            if asked not in self._answers:
                self._answers[asked] = self._answer(snapshot, query, wanted)
                if len(self._answers) > REMEMBERED:
                    self._answers.popitem(last=False)
            return self._answers[asked]

    def snapshot(self, *, active: bool = True) -> Snapshot:
        """The library as it is now: its active skills, or all."""
        with self._mutex:
            with self._database.reading() as connection:
                generation = commits.generation(connection)
                last = self._snapshots.get(active)
                if last and last.generation == generation:
                    return last
                found = [card for card in cards(connection) if card.status == "active" or not active]
            texts = [text for card in found for text in card.texts]
            vectors = self._vectors([*texts, *everyday()])
            known, background = vectors[: len(texts)], vectors[len(texts) :]
            self._snapshots[active] = Snapshot(generation, found, known, background)
            return self._snapshots[active]

    def _vectors(self, texts: Sequence[str]) -> "Floats":
        embedder = self._embedder()
        made_by = self._book.embedders()
        if made_by and embedder.id not in made_by:
            raise mismatch(self._folder, min(made_by), embedder.id)
        return self._book.matrix(texts, embedder)

    def _answer(self, snapshot: Snapshot, query: str, wanted: Wanted) -> Retrieval:
        if not query.strip():
            return _nothing(snapshot, query, "the task says nothing")
        allowed = snapshot.allowed(wanted)
        calibration = snapshot.calibration
        if not len(allowed) or calibration is None or snapshot.ranker is None:
            few = "no skill passes the filters" if snapshot.cards else "the library has no skills"
            return _nothing(snapshot, query, few)
        import numpy as np

        vector = unit(np.asarray([embed_query(self._embedder(), query)], dtype=np.float32))
        scores = snapshot.ranker.scores(vector)[0] - np.asarray(calibration.required)
        ranked = _ranked(snapshot, allowed, scores, query)
        threshold = 0.0 if wanted.threshold is None else wanted.threshold
        near = [offer for offer in ranked if offer.score >= threshold]
        offered = near[: wanted.k] if wanted.threshold is not None else undisputed(near, wanted.k)
        return Retrieval(
            query=query,
            generation=snapshot.generation,
            offered=tuple(self._with_rules(offer, vector[0]) for offer in offered),
            considered=tuple(ranked[:CONSIDERED]),
            threshold=threshold,
            reason=_reason(ranked, offered, threshold),
        )

    def _with_rules(self, offer: Offer, vector: "Floats") -> Offer:
        import numpy as np

        with self._database.reading() as connection:
            documents = rule_documents(skills.one(connection, offer.skill, offer.version))
        if not documents:
            return offer
        near = self._vectors([document.text for document in documents]) @ vector
        names = [documents[at].rule or "" for at in np.argsort(-near, kind="stable")]
        return offer.model_copy(update={"rules": tuple(names)})


def _nothing(snapshot: Snapshot, query: str, reason: str) -> Retrieval:
    return Retrieval(query=query, generation=snapshot.generation, reason=reason)


def _fits(card: Card, wanted: Wanted) -> bool:
    tiers = list(Tier)
    return (
        (wanted.status is None or card.status == wanted.status)
        and set(wanted.tags) <= set(card.tags)
        and card.tasks >= wanted.min_tasks
        and (wanted.min_tier is None or tiers.index(card.tier) >= tiers.index(wanted.min_tier))
    )


def _ranked(snapshot: Snapshot, among: "Numbers", scores: "Floats", query: str) -> list[Offer]:
    """The allowed skills that either ranking lists, both rankings fused."""
    import numpy as np

    dense = among[np.argsort(-scores[among], kind="stable")[:DEPTH]].tolist()
    lexical = snapshot.lexical.best(query, DEPTH, among)
    dense_rank = {at: rank for rank, at in enumerate(dense, start=1)}
    lexical_rank = {at: rank for rank, at in enumerate(lexical, start=1)}
    return [
        Offer(
            skill=card.skill,
            version=card.version,
            score=round(float(scores[at]), 4),
            tier=card.tier,
            tasks=card.tasks,
            dense_rank=dense_rank.get(at),
            lexical_rank=lexical_rank.get(at),
        )
        for at, card in ((at, snapshot.cards[at]) for at, _ in fuse([dense, lexical]))
    ]


def undisputed(near: Sequence[Offer], most: int) -> list[Offer]:
    """The first ones, but none that scores below one left out: there the words and the meaning disagree."""
    left_out = max((offer.score for offer in near[most:]), default=-1.0)
    return [offer for offer in near[:most] if offer.score >= left_out]


def _reason(ranked: Sequence[Offer], offered: Sequence[Offer], threshold: float) -> str:
    best = max(ranked, key=lambda offer: offer.score)
    if offered:
        return f"{offered[0].skill} scores {offered[0].score:.2f}, the threshold is {threshold:.2f}"
    if best.score >= threshold:
        first = next(offer.skill for offer in ranked if offer.score >= threshold)
        return f"undecided: with its words {first} comes first, by meaning alone {best.skill}"
    return f"nothing is near: the best, {best.skill}, scores {best.score:.2f}, below {threshold:.2f}"
