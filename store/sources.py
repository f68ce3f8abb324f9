"""Resolve a library given by path or as an object, and read another library without changing it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from trace2skill.errors import LibraryError, SettingError
from trace2skill.skills.refusals import Refusal
from trace2skill.store import redaction, reviews, schema, skills, traces, validations
from trace2skill.store.database import explained
from trace2skill.store.embeddings import check_name, resolve_embedding
from trace2skill.store.folder import FILE
from trace2skill.store.index import place_of
from trace2skill.store.library import Library
from trace2skill.store.records import StoredSkill
from trace2skill.store.traces import Packed
from trace2skill.store.validations import Validation
from trace2skill.traces.redact import Level

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder
    from trace2skill.store.index import ChromaClient


class SourceLibrary:
    """The kept traces, current skills and rejections of a library that is only read.

    Args:
        path: The library's folder.

    Raises:
        LibraryError: There is no library, or it cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        self.file = Path(path) / FILE
        if not self.file.is_file():
            raise LibraryError(f"no library in {path}; name a folder that `trace2skill distill` has made")
        with self._reading() as connection:
            self.empty = schema.is_blank(connection, str(self.file))

    def traces(self) -> Iterator[Packed]:
        """The kept traces, sorted by hash, redacted with the source's level."""
        if not self.empty:
            with self._reading() as connection:
                yield from traces.packed(connection)

    @property
    def redaction(self) -> Level | None:
        """The level with which the traces were redacted; None if that is not known."""
        if self.empty:
            return None
        with self._reading() as connection:
            return redaction.level(connection)

    def skills(self) -> list[StoredSkill]:
        """The current versions of the active skills, sorted by name."""
        if self.empty:
            return []
        with self._reading() as connection:
            return skills.current(connection)

    def validations(self) -> list[Validation]:
        """The verdicts on its skills, oldest first."""
        with self._reading() as connection:
            return validations.listed(connection)

    def refusals(self) -> list[Refusal]:
        """What people have rejected at reviews, oldest first."""
        with self._reading() as connection:
            return reviews.refusals(connection) if schema.has_reviews(connection) else []

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        # Without a write-ahead log there is no writer, and `immutable` spares SQLite its lock files.
        no_writer = not self.file.with_name(f"{FILE}-wal").exists()
        address = f"file:{quote(str(self.file.resolve()))}?mode=ro{'&immutable=1' if no_writer else ''}"
        with explained(self.file):
            connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
            try:
                yield connection
            finally:
                connection.close()


class Named(NamedTuple):
    """A library's folder, and its index's embedding and place, given by name, as objects or not at all."""

    path: Path
    embedding: str | None = None
    embedder: "Embedder | Embeddings | None" = None
    chroma: str | None = None
    client: "ChromaClient | None" = None


def named(library: object, embedding: object = None, chroma: "str | ChromaClient | None" = None) -> Named:
    """The given library, with the given embedding and Chroma or else those of the `Library`.

    Args:
        library: The path of a folder, or a `Library`.
        embedding: What `Library` takes as an embedding, or None.
        chroma: What `Library` takes as the place of the index, or None.

    Raises:
        SettingError: One of them is something else.
    """
    if isinstance(library, Library):
        path, embedding = library.path, library.embedding if embedding is None else embedding
        chroma = library.chroma if chroma is None else chroma
    elif isinstance(library, str | PathLike) and str(library):
        path = Path(fspath(library))
    else:
        raise SettingError(
            f"a library is given by the path of its folder or as a Library, not as {_description(library)}"
        )
    meant = Named(path)
    if chroma is not None:
        place_of(chroma)  # it raises for anything else
        meant = meant._replace(chroma=chroma) if isinstance(chroma, str) else meant._replace(client=chroma)
    if embedding is None:
        return meant
    if isinstance(embedding, str):
        check_name(embedding)
        return meant._replace(embedding=embedding)
    resolve_embedding(embedding)  # type: ignore[arg-type]  # it raises for anything else
    return meant._replace(embedder=embedding)  # type: ignore[arg-type]


def _description(given: object) -> str:
    return repr(given) if isinstance(given, str | int | float | None) else type(given).__name__
