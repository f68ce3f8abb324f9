"""Retrieval and search: which skills to offer for a task, and which are nearest. Takes no lock."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trace2skill.store import commits, prepared, skills
from trace2skill.store.database import Database
from trace2skill.store.documents import Card, Document, active_cards, cards, documents, rule_documents
from trace2skill.store.embeddings import Embedder, embed_query
from trace2skill.store.ranking import Ranked, Ranker, unit
from trace2skill.store.records import Hit, Kind, Offer, Retrieval, Wanted
from trace2skill.store.snapshot import Rules, Snapshot
from trace2skill.store.vectors import VectorTable, mismatch
from trace2skill.traces.redact import redact_text, without_placeholders

if TYPE_CHECKING:
    from trace2skill.store.lexical import Floats
    from trace2skill.store.prepared import Prepared

CONSIDERED = 5
"""How many of the best skills a retrieval tells of, offered or not."""
REMEMBERED = 64
"""Answers kept, so that the turns of one task cost one retrieval."""


class LibraryReader:
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
        self._rules: Rules | None = None
        self._checked: tuple[int, set[str]] = (0, set())
        self._doubted = -1
        self._answers: OrderedDict[tuple[int, str, Wanted], Retrieval] = OrderedDict()

    def retrieve(self, query: str, wanted: Wanted) -> Retrieval:
        """The skills to offer for a task, or none and why; what redaction would replace in it is left out.

        Raises:
            IndexMismatchError: The library's vectors were made with another embedding.
            LibraryError: The library cannot be read.
        """
        query = without_placeholders(redact_text(query))
        with self._mutex:
            asked = (self.snapshot(active=wanted.status == "active").generation, query, wanted)
            if asked not in self._answers:
                self._answers[asked] = self._answer(query, wanted)
                if len(self._answers) > REMEMBERED:
                    self._answers.popitem(last=False)
            return self._answers[asked]

    def search(self, query: str, k: int, kind: Kind) -> list[Hit]:
        """The k best skills, in the order in which `retrieve` considers them, or the k best rules.

        A blank query finds nothing. What redaction would replace in it is left out.

        Raises:
            IndexMismatchError: The library's vectors were made with another embedding.
            LibraryError: The library cannot be read.
        """
        query = without_placeholders(redact_text(query))
        if k < 1 or not query.strip():
            return []
        with self._mutex:
            known = self.rules() if kind == "rule" else self.snapshot()
            if not known.entries:
                return []
            places = known.ranked(query, self._vector(query))[:k]
            hits = [_hit(known.entries[place.at], place) for place in places]
            return hits if self._stands(known.generation, hits) else self.search(query, k, kind)

    def snapshot(self, *, active: bool = True) -> Snapshot:
        """The library as it is now: its active skills, or all."""
        with self._mutex:
            generation, last = self._generation(), self._snapshots.get(active)
            if last and last.generation == generation:
                return last
            ready = self._prepared("skill", generation) if active else None
            if ready:
                known, vectors = ready
                bundles = sum(known.sizes)
                ranker = Ranker(known.sizes, vectors[:bundles], vectors[bundles:]) if bundles else None
                made = Snapshot(generation, known.entries, ranker, known.required, known.postings)
            else:
                with self._database.reading() as connection:
                    generation = commits.generation(connection)
                    found = active_cards(connection) if active else cards(connection)
                made = Snapshot.of(generation, found, self._vectors)
            self._snapshots[active] = made
            return made

    def rules(self) -> Rules:
        """The rules of the active skills as they are now."""
        with self._mutex:
            generation = self._generation()
            if self._rules and self._rules.generation == generation:
                return self._rules
            ready = self._prepared("rule", generation)
            if ready:
                known, vectors = ready
                self._rules = Rules(generation, known.entries, vectors, known.postings)
            else:
                with self._database.reading() as connection:
                    generation = commits.generation(connection)
                    found = documents(skills.current(connection), "rule")
                self._rules = Rules.of(generation, found, self._vectors)
            return self._rules

    def _generation(self) -> int:
        with self._database.reading() as connection:
            return commits.generation(connection)

    def _prepared(self, kind: Kind, generation: int) -> "tuple[Prepared, Floats] | None":
        """What was prepared of one kind, with its vectors, unless something of it cannot be relied on."""
        if generation == self._doubted:
            return None
        embedder = self._embedder().id
        with self._database.reading() as connection:
            known = prepared.load(connection, kind, generation, prepared.form(embedder))
        vectors = None if known is None else self._book.stored(known.keys, embedder)
        return None if known is None or vectors is None else (known, vectors)

    def _stands(self, generation: int, found: Sequence[Hit | Offer]) -> bool:
        """Whether the skills found are still as they were saved and approved.

        What was prepared does not tell. If one is not, nothing that was prepared at this generation is used.
        """
        if generation == self._doubted:
            return True
        if self._checked[0] != generation:
            self._checked = generation, set()
        unchecked = {each.skill for each in found if each.skill not in self._checked[1]}
        if unchecked:
            with self._database.reading() as connection:
                if skills.objections(connection, unchecked):
                    self._doubted = generation
                    self._snapshots.clear()
                    self._rules = None
                    return False
            self._checked[1].update(unchecked)
        return True

    def _vector(self, query: str) -> "Floats":
        """The query's vector, as one row of length 1."""
        import numpy as np

        return unit(np.asarray([embed_query(self._embedder(), query)], dtype=np.float32))

    def _vectors(self, texts: Sequence[str]) -> "Floats":
        embedder = self._embedder()
        made_by = self._book.embedders()
        if made_by and embedder.id not in made_by:
            raise mismatch(self._folder, min(made_by), embedder.id)
        return self._book.matrix(texts, embedder)

    def _answer(self, query: str, wanted: Wanted) -> Retrieval:
        snapshot = self.snapshot(active=wanted.status == "active")
        if not query.strip():
            return _nothing(snapshot, query, "the task says nothing")
        if not len(snapshot.allowed(wanted)):
            few = "no skill passes the filters" if snapshot.entries else "the library has no skills"
            return _nothing(snapshot, query, few)
        vector = self._vector(query)
        places = snapshot.ranked(query, vector, wanted)
        considered = [_offer(snapshot.entries[place.at], place) for place in places]
        threshold = 0.0 if wanted.threshold is None else wanted.threshold
        near = [offer for offer in considered if offer.score >= threshold]
        offered = near[: wanted.k] if wanted.threshold is not None else undisputed(near, wanted.k)
        if not self._stands(snapshot.generation, [*considered[:CONSIDERED], *offered]):
            return self._answer(query, wanted)
        return Retrieval(
            query=query,
            generation=snapshot.generation,
            offered=tuple(self._with_rules(offer, vector[0]) for offer in offered),
            considered=tuple(considered[:CONSIDERED]),
            threshold=threshold,
            reason=_reason(considered, offered, threshold),
        )

    def _with_rules(self, offer: Offer, vector: "Floats") -> Offer:
        import numpy as np

        with self._database.reading() as connection:
            rules = rule_documents(skills.one(connection, offer.skill, offer.version))
        if not rules:
            return offer
        near = self._book.matrix([rule.text for rule in rules], self._embedder()) @ vector
        names = [rules[at].rule or "" for at in np.argsort(-near, kind="stable")]
        return offer.model_copy(update={"rules": tuple(names)})


def _nothing(snapshot: Snapshot, query: str, reason: str) -> Retrieval:
    return Retrieval(query=query, generation=snapshot.generation, reason=reason)


def _offer(card: Card, place: Ranked) -> Offer:
    return Offer(
        skill=card.skill,
        version=card.version,
        score=place.score,
        tier=card.tier,
        tasks=card.tasks,
        dense_rank=place.dense_rank,
        lexical_rank=place.lexical_rank,
    )


def _hit(found: Card | Document, place: Ranked) -> Hit:
    return Hit(
        skill=found.skill,
        version=found.version,
        rule=found.rule if isinstance(found, Document) else None,
        score=place.score,
        dense_rank=place.dense_rank,
        lexical_rank=place.lexical_rank,
        text=found.text,
    )


def undisputed(near: Sequence[Offer], most: int) -> list[Offer]:
    """The first k, without those that score below one that is left out."""
    left_out = max((offer.score for offer in near[most:]), default=-1.0)
    return [offer for offer in near[:most] if offer.score >= left_out]


def _reason(considered: Sequence[Offer], offered: Sequence[Offer], threshold: float) -> str:
    best = max(considered, key=lambda offer: offer.score)
    if offered:
        return f"{offered[0].skill} scores {offered[0].score:.2f}, the threshold is {threshold:.2f}"
    if best.score >= threshold:
        first = next(offer.skill for offer in considered if offer.score >= threshold)
        return f"undecided: with its words {first} comes first, by meaning alone {best.skill}"
    return f"nothing is near: the best, {best.skill}, scores {best.score:.2f}, below {threshold:.2f}"
