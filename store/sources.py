"""Which library is meant, by path or as an object; and somebody else's library, which is only read."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from trace2skill.errors import LibraryError, SettingError
from trace2skill.skills.refusals import Refusal
from trace2skill.store import reviews, schema, skills, traces
from trace2skill.store.database import explained
from trace2skill.store.embeddings import check_name, resolve_embedding
from trace2skill.store.library import Library
from trace2skill.store.records import StoredSkill
from trace2skill.store.traces import Packed

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder


FILE = "library.sqlite3"


class SourceLibrary:
    """The kept traces, current skills and rejections of a library that stays as it is.

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
        """The kept traces, sorted by hash; they hold no secrets any more."""
        if not self.empty:
            with self._reading() as connection:
                yield from traces.packed(connection)

    def skills(self) -> list[StoredSkill]:
        """The current versions of the active skills, sorted by name."""
        if self.empty:
            return []
        with self._reading() as connection:
            return skills.current(connection)

    def refusals(self) -> list[Refusal]:
        """What people have rejected at reviews, oldest first."""
        with self._reading() as connection:
            return reviews.refusals(connection) if schema.has_reviews(connection) else []

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        # Without a write-ahead log nobody is writing, and SQLite need not even make its lock files.
        at_rest = not self.file.with_name(f"{FILE}-wal").exists()
        address = f"file:{quote(str(self.file.resolve()))}?mode=ro{'&immutable=1' if at_rest else ''}"
        with explained(self.file):
            connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
            try:
                yield connection
            finally:
                connection.close()


class Named(NamedTuple):
    """A library's folder, and the embedding of its index: by name, or as an object, or neither."""

    path: Path
    embedding: str | None = None
    embedder: "Embedder | Embeddings | None" = None


def named(library: object, embedding: object = None) -> Named:
    """The library that was given, with the embedding that was given or else the library's own.

    Args:
        library: The path of a folder, or a `Library`.
        embedding: As `Library` takes it.

    Raises:
        SettingError: It is neither, or no embedding.
    """
    if isinstance(library, Library):
        path, embedding = library.path, library.embedding if embedding is None else embedding
    elif isinstance(library, str | PathLike) and str(library):
        path = Path(fspath(library))
    else:
        raise SettingError(
            f"a library is given by the path of its folder or as a Library, not as {_told(library)}"
        )
    if embedding is None:
        return Named(path)
    if isinstance(embedding, str):
        check_name(embedding)
        return Named(path, embedding)
    resolve_embedding(embedding)  # type: ignore[arg-type]  # it refuses what is none
    return Named(path, embedder=embedding)  # type: ignore[arg-type]


def _told(given: object) -> str:
    return repr(given) if isinstance(given, str | int | float | None) else type(given).__name__
