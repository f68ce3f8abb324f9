"""A library that an agent reads from, opened when first asked."""

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from trace2skill.store.embeddings import check_name
from trace2skill.store.library import FILE, Library

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder

Result = TypeVar("Result")


class LateLibrary:
    """A library opened late and kept open, so that an agent can be built before its library is.

    One that was not there, or was replaced by another, is opened at the next use. Threads may share it. What
    it opened is closed with it; a `Library` that was passed in stays its owner's to close.

    Args:
        library: The folder, or an open library.
        embedding: As `Library` takes it; for a folder only.

    Raises:
        SettingError: The embedding's name has no known form.
    """

    def __init__(
        self,
        library: "str | Path | Library",
        embedding: "str | Embedder | Embeddings | None" = None,
    ) -> None:
        if isinstance(embedding, str):
            check_name(embedding)
        self._given = library if isinstance(library, Library) else None
        self.path = library.path if isinstance(library, Library) else Path(library)
        self._embedding = embedding
        self._mutex = threading.Lock()
        self._opened: list[Library] = []  # the last is current; a replaced one may still be in use
        self._file: tuple[int, int] | None = None
        self.close = weakref.finalize(self, _close, self._opened)

    def use(self, action: Callable[[Library], Result]) -> Result:
        """Do something with the open library.

        Raises:
            LibraryError: There is none, or it cannot be opened; the message says why.
        """
        return action(self._given or self._current())

    def _current(self) -> Library:
        with self._mutex:
            file = _identity(self.path / FILE)
            if not self._opened or file != self._file:
                self._opened.append(Library(self.path, embedding=self._embedding, create=False))
                self._file = file
            return self._opened[-1]


def _close(libraries: list[Library]) -> None:
    while libraries:
        libraries.pop().close()


def _identity(file: Path) -> tuple[int, int] | None:
    """Which file lies there now: a restored backup is another file of the same name."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
