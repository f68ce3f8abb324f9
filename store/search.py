"""Search over the library: dense and lexical rankings, fused, over an index that heals itself."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

from trace2skill.errors import LibraryError
from trace2skill.store import commits, embeddings, skills
from trace2skill.store.database import Database
from trace2skill.store.documents import Document, digest, documents, wanted_texts
from trace2skill.store.embeddings import Embedder, resolve_embedding
from trace2skill.store.folder import WriteLock
from trace2skill.store.index import Chroma, DamagedIndexError, Match, Shelf
from trace2skill.store.ranking import LexicalIndex, fuse
from trace2skill.store.records import Hit, Kind
from trace2skill.store.vectors import VectorTable, mismatch
from trace2skill.traces.redact import redact_text

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

KINDS: tuple[Kind, ...] = get_args(Kind)
DEPTH = 50
"""How many documents each ranking contributes to the fusion."""

Result = TypeVar("Result")


class Texts:
    """The documents of one kind as the library file has them at one generation."""

    def __init__(self, generation: int, documents: list[Document]) -> None:
        self.generation = generation
        self.documents = documents

    @cached_property
    def lexical(self) -> LexicalIndex:
        """BM25 over them."""
        return LexicalIndex([each.text for each in self.documents])


class SearchIndex:
    """The index beside the library file, brought up to date whenever it is used.

    Args:
        database: The truth.
        lock: Held whenever the index is open.
        folder: The library's folder.
        embedding: As `resolve_embedding` takes it; resolved when first needed.
        server: A Chroma server's address, or None for the embedded index.

    Raises:
        SettingError: The embedding's name or the server's address has no known form.
    """

    def __init__(
        self,
        database: Database,
        lock: WriteLock,
        folder: Path,
        embedding: "str | Embedder | Embeddings | None",
        server: str | None,
    ) -> None:
        if isinstance(embedding, str):
            embeddings.check_name(embedding)
        self._database = database
        self._lock = lock
        self._folder = folder
        self._embedding = embedding
        self._chroma = Chroma(folder / "index", server, _collection_name(database, folder) if server else "")
        self._texts: dict[Kind, Texts] = {}
        self._book = VectorTable(database)
        self._booked = -1

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding in use."""
        return resolve_embedding(self._embedding)

    def check(self) -> None:
        """Raise what would keep the index from being updated, before anything is written.

        Raises:
            IndexMismatchError: The index was made with another embedding.
            LibraryError: The index, or the server that holds it, cannot be used.
            SettingError: The embedding lacks something.
        """
        with self._lock:
            self._with_shelves(self._check_embedder)

    def update(self) -> int:
        """Bring the index up to the library's generation; the number of documents."""
        with self._lock:
            return self._with_shelves(self._update)

    def follow(self, generation: int, *, rebuild: bool = False) -> None:
        """Bring the index up to what has just been saved, or build it anew so that nothing old stays in it.

        Raises:
            LibraryError: Only the index could not be changed; the message names the generation saved.
        """
        try:
            self.rebuild(embed=False) if rebuild else self.update()
        except LibraryError as error:
            raise LibraryError(
                f"saved as generation {generation}, but the search index is behind: {error}"
            ) from error

    def rebuild(self, *, embed: bool = True) -> int:
        """Wipe the index and build it with the embedding in use; the number of documents.

        Args:
            embed: Embed every text again; False: only what has no vector yet.
        """
        with self._lock:
            self._chroma.wipe()
            if embed:
                self._book.clear()
                self._booked = -1
            return self._with_shelves(self._update)

    def search(self, query: str, k: int, kind: Kind) -> list[Hit]:
        """The k best documents of a kind; a blank query finds nothing. Its secrets are replaced first."""
        query = redact_text(query)
        if k < 1 or not query.strip() or not self._read(kind).documents:
            return []
        vector = embeddings.embed_query(self.embedder, query)
        with self._lock:
            texts = self._read(kind)
            if not texts.documents:
                return []
            dense = self._with_shelves(lambda shelves: self._nearest(shelves, vector, kind))
        return _hits(texts, dense, texts.lexical.rank(query)[:DEPTH])[:k]

    def _nearest(self, shelves: Mapping[Kind, Shelf], vector: list[float], kind: Kind) -> list[Match]:
        self._update(shelves)
        wanted = min(DEPTH, len(self._read(kind).documents))
        matches = shelves[kind].nearest(vector, wanted)
        if len(matches) < wanted:
            raise DamagedIndexError(f"the search index in {self._folder} has lost documents")
        return matches

    def _update(self, shelves: Mapping[Kind, Shelf]) -> int:
        self._check_embedder(shelves)
        self._update_book()
        return sum(self._update_shelf(shelves[kind], kind) for kind in KINDS)

    def _update_shelf(self, shelf: Shelf, kind: Kind) -> int:
        wanted = {each.id: each for each in self._read(kind).documents}
        target = digest(wanted)
        if shelf.digest != target or shelf.embedder != self.embedder.id:
            present = shelf.ids() if shelf.embedder == self.embedder.id else set[str]()
            missing = [each for name, each in wanted.items() if name not in present]
            vectors = self._book.matrix([each.text for each in missing], self.embedder).tolist()
            added = list(zip(missing, vectors, strict=True))
            shelf.change(present.difference(wanted), added, self.embedder.id, target)
        return len(wanted)

    def _update_book(self) -> None:
        with self._database.reading() as connection:
            generation = commits.generation(connection)
            texts = None if generation == self._booked else wanted_texts(connection)
        if texts is not None:
            self._book.update(texts, self.embedder)
            self._booked = generation

    def _check_embedder(self, shelves: Mapping[Kind, Shelf]) -> None:
        for shelf in shelves.values():
            if shelf.embedder not in ("", self.embedder.id) and shelf.ids():
                raise mismatch(self._folder, shelf.embedder, self.embedder.id)

    def _with_shelves(self, action: Callable[[Mapping[Kind, Shelf]], Result]) -> Result:
        """Act on the open index; a damaged one is wiped and, by the action itself, built anew."""
        try:
            with self._chroma.open() as shelves:
                return action(shelves)
        except DamagedIndexError:
            self._chroma.wipe()
        with self._chroma.open() as shelves:
            return action(shelves)

    def _read(self, kind: Kind) -> Texts:
        with self._database.reading() as connection:
            generation = commits.generation(connection)
            known = self._texts.get(kind)
            if known is None or known.generation != generation:
                known = Texts(generation, documents(skills.current(connection), kind))
                self._texts[kind] = known
        return known


def _hits(texts: Texts, dense: list[Match], lexical: list[int]) -> list[Hit]:
    """Fuse two rankings of the same documents, positions standing for documents."""
    position = {document.id: at for at, document in enumerate(texts.documents)}
    similarity = {position[match.id]: match.similarity for match in dense}
    dense_rank = {at: rank for rank, at in enumerate(similarity, start=1)}
    lexical_rank = {at: rank for rank, at in enumerate(lexical, start=1)}
    hits = []
    for at, score in fuse([list(dense_rank), lexical]):
        document = texts.documents[at]
        hits.append(
            Hit(
                skill=document.skill,
                version=document.version,
                rule=document.rule,
                score=score,
                dense_rank=dense_rank.get(at),
                lexical_rank=lexical_rank.get(at),
                similarity=similarity.get(at),
                text=document.text,
            )
        )
    return hits


def _collection_name(database: Database, folder: Path) -> str:
    """Names the library on a server: its id tells machines apart, its place tells copies apart."""
    with database.reading() as connection:
        identity = connection.execute("SELECT id FROM library").fetchone()[0]
    return hashlib.sha256(f"{identity}\n{folder.resolve()}".encode()).hexdigest()[:16]
