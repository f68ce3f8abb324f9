"""The search index, kept up with the library file: vectors in the file itself, documents in Chroma."""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

from trace2skill.errors import LibraryError
from trace2skill.store import commits, embeddings, place, prepared, skills
from trace2skill.store.database import Database
from trace2skill.store.documents import Card, Document, active_cards, digest, documents, wanted_texts
from trace2skill.store.embeddings import Embedder, resolve_embedding
from trace2skill.store.folder import WriteLock
from trace2skill.store.index import Chroma, DamagedIndexError, Shelf, place_of
from trace2skill.store.records import Kind
from trace2skill.store.snapshot import Rules, Snapshot
from trace2skill.store.vectors import VectorTable, mismatch

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.index import ChromaClient
    from trace2skill.store.lexical import Floats

KINDS: tuple[Kind, ...] = get_args(Kind)

Result = TypeVar("Result")
logger = logging.getLogger("trace2skill")


class SearchIndex:
    """What is written for searching, brought up to date whenever the library is written.

    Args:
        database: The truth.
        lock: Held whenever the index is open.
        folder: The library's folder.
        embedding: As `resolve_embedding` takes it; resolved when first needed.
        given: Where the index lies: `folder`, a Chroma server's address, a client of Chroma's, or None for
            where the library has it.

    Raises:
        SettingError: The embedding's name or the server's address has no known form.
    """

    def __init__(
        self,
        database: Database,
        lock: WriteLock,
        folder: Path,
        embedding: "str | Embedder | Embeddings | None",
        given: "str | ChromaClient | None",
    ) -> None:
        if isinstance(embedding, str):
            embeddings.check_name(embedding)
        self._database = database
        self._lock = lock
        self._folder = folder
        self._embedding = embedding
        self._given = given
        self._wanted = None if given is None else place_of(given)
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
            if self._chroma().is_blank:
                _ = self.embedder  # what it lacks is said now
            else:
                self._with_shelves(self._check_embedder)
            if self._wanted:
                with self._database.writing() as connection:
                    place.note(connection, self._wanted)

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
            self._leave() if embed else self._chroma().wipe()
            if embed:
                self._book.clear()
            return self._with_shelves(self._update)

    def _leave(self) -> None:
        """Wipe the index where it lies, and where it shall lie.

        A server that is gone does not keep the index from moving away from it.
        """
        with self._database.reading() as connection:
            before = place.noted(connection)
        meant = self._wanted or before
        if meant != before:
            self._wipe_left(before)
            with self._database.writing() as connection:
                place.note(connection, meant)
        self._chroma().wipe()

    def _wipe_left(self, before: str) -> None:
        try:
            if before == place.CLIENT:
                raise LibraryError("the index lay with a client that a program gave")
            self._at(before).wipe()
        except LibraryError as error:
            logger.warning("documents of the library may be left where its index lay: %s", error)

    def _chroma(self) -> Chroma:
        """Where the index lies.

        Raises:
            LibraryError: It lies elsewhere than was given, or with a client that was not given.
        """
        with self._database.reading() as connection:
            noted, blank = place.noted(connection), not commits.generation(connection)
        meant = self._wanted or noted
        if meant != noted and not blank:
            raise LibraryError(
                f"the search index of {self._folder} lies {_words(noted)}, not {_words(meant)}; leave chroma "
                "out, or move the index: `trace2skill skills reindex --chroma URL`, Library(...).reindex()"
            )
        if meant == place.CLIENT and self._wanted is None:
            raise LibraryError(
                f"the search index of {self._folder} lies {_words(noted)}: give the client again, "
                "Library(..., chroma=client), or move it: `trace2skill skills reindex --chroma folder`"
            )
        return self._at(meant)

    def _at(self, meant: str) -> Chroma:
        folder = self._folder / "index"
        if meant == place.FOLDER:
            return Chroma(folder)
        name = _collection_name(self._database, self._folder)
        return Chroma(folder, self._given if meant == place.CLIENT else meant, name)

    def _update(self, shelves: Mapping[Kind, Shelf]) -> int:
        self._check_embedder(shelves)
        with self._database.reading() as connection:
            generation = commits.generation(connection)
            active, cards = skills.current(connection), active_cards(connection)
        held = {kind: documents(active, kind) for kind in KINDS}
        self._book.update(wanted_texts(cards, held["rule"]), self.embedder)
        self._prepare(generation, cards, held["rule"])
        return sum(self._update_shelf(shelves[kind], held[kind]) for kind in KINDS)

    def _prepare(self, generation: int, cards: list[Card], rules: list[Document]) -> None:
        """Work out what the first search would have to. The caller holds the lock."""
        made_with = prepared.form(self.embedder.id)
        with self._database.reading() as connection:
            if prepared.is_current(connection, generation, made_with):
                return
        known = Snapshot.of(generation, cards, self._vectors)
        said = Rules.of(generation, rules, self._vectors)
        with self._database.writing() as connection:
            prepared.save(connection, made_with, known, said)

    def _vectors(self, texts: Sequence[str]) -> "Floats":
        return self._book.matrix(texts, self.embedder)

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
        chroma = self._chroma()
        try:
            with chroma.open() as shelves:
                return action(shelves)
        except DamagedIndexError:
            chroma.wipe()
        with chroma.open() as shelves:
            return action(shelves)


def _words(where: str) -> str:
    if where == place.FOLDER:
        return "in its folder"
    return "with a client that a program gave" if where == place.CLIENT else f"at {where}"


def _collection_name(database: Database, folder: Path) -> str:
    """Names the library on a server: its id tells machines apart, its place tells copies apart."""
    with database.reading() as connection:
        identity = connection.execute("SELECT id FROM library").fetchone()[0]
    return hashlib.sha256(f"{identity}\n{folder.resolve()}".encode()).hexdigest()[:16]
