"""The search index, kept up with the library file: vectors in the file itself, documents in Chroma."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

from trace2skill.errors import LibraryError
from trace2skill.store import embeddings, skills
from trace2skill.store.database import Database
from trace2skill.store.documents import Document, digest, documents, wanted_texts
from trace2skill.store.embeddings import Embedder, resolve_embedding
from trace2skill.store.folder import WriteLock
from trace2skill.store.index import Chroma, DamagedIndexError, Shelf
from trace2skill.store.records import Kind
from trace2skill.store.vectors import VectorTable, mismatch

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

KINDS: tuple[Kind, ...] = get_args(Kind)

Result = TypeVar("Result")


class SearchIndex:
    """What is written for searching, brought up to date whenever the library is written.

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
        self._book = VectorTable(database)

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
            return self._with_shelves(self._update)

    def _update(self, shelves: Mapping[Kind, Shelf]) -> int:
        self._check_embedder(shelves)
        with self._database.reading() as connection:
            active, texts = skills.current(connection), wanted_texts(connection)
        self._book.update(texts, self.embedder)
        return sum(self._update_shelf(shelves[kind], documents(active, kind)) for kind in KINDS)

    def _update_shelf(self, shelf: Shelf, held: list[Document]) -> int:
        wanted = {each.id: each for each in held}
        target = digest(wanted)
        if shelf.digest != target or shelf.embedder != self.embedder.id:
            present = shelf.ids() if shelf.embedder == self.embedder.id else set[str]()
            missing = [each for name, each in wanted.items() if name not in present]
            vectors = self._book.matrix([each.text for each in missing], self.embedder).tolist()
            added = list(zip(missing, vectors, strict=True))
            shelf.change(present.difference(wanted), added, self.embedder.id, target)
        return len(wanted)

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


def _collection_name(database: Database, folder: Path) -> str:
    """Names the library on a server: its id tells machines apart, its place tells copies apart."""
    with database.reading() as connection:
        identity = connection.execute("SELECT id FROM library").fetchone()[0]
    return hashlib.sha256(f"{identity}\n{folder.resolve()}".encode()).hexdigest()[:16]
