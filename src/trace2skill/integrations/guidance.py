"""Guidance for a task.

What a library offers, opened when first asked; a receipt; never an error to the agent.
"""

import logging
import sqlite3
import threading
import uuid
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from trace2skill.errors import Trace2SkillError
from trace2skill.store.embeddings import check_name
from trace2skill.store.guidance import BUDGET_TOKENS, PATIENCE
from trace2skill.store.guidance import guidance as render
from trace2skill.store.library import FILE, Library
from trace2skill.store.receipts import Receipt, usages
from trace2skill.store.receipts import receipt as receipt_of
from trace2skill.store.records import Retrieval, SkillUse, Wanted
from trace2skill.traces.model import Frozen

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder


Result = TypeVar("Result")


class LazyLibrary:
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


logger = logging.getLogger("trace2skill")

UNUSABLE = (Trace2SkillError, OSError, sqlite3.Error, ValidationError)
"""What a missing, locked or damaged library can raise; an agent has to work without it."""


def noted(library: LazyLibrary, usages: Sequence[SkillUse]) -> str:
    """Add lines to the usage record: nothing, or why that was not possible, which is a warning in the log."""
    try:
        library.use(lambda opened: opened.record_usage(usages, patience=PATIENCE))
    except UNUSABLE as error:
        logger.warning("the receipt %s is not in the usage record: %s", usages[0].receipt, error)
        return f"not recorded: {error}"
    return ""


class Guidance(Frozen):
    """Text for the agent's system prompt, empty when nothing fits, and the receipt for it.

    The receipt holds nothing of the task. Its `generation` is None when the library could not be used.
    """

    text: str = ""
    receipt: Receipt


def guidance(
    task: str,
    library: str | Path | Library,
    *,
    wanted: Wanted | None = None,
    budget_tokens: int = BUDGET_TOKENS,
    record: bool = True,
) -> Guidance:
    """What the library offers for a task: for a node of a LangGraph graph, or any loop of your own.

    Put the text into the system prompt. It is empty when no skill fits, or when the library is empty, damaged
    or absent; then the receipt says why. It blocks: in asynchronous code call it with `asyncio.to_thread`.

    Args:
        task: What the agent is asked to do.
        library: The folder of the library, or an open one, which spares opening it each time.
        wanted: How many skills, and which; by default the best one.
        budget_tokens: The most tokens the text may take.
        record: Add the receipt to the library's usage record.
    """
    late = LazyLibrary(library)
    try:
        return Adviser(late, wanted=wanted, budget_tokens=budget_tokens, record=record).guidance(task)
    finally:
        late.close()


class Adviser:
    """Asks one library for guidance, task after task. Threads may share it.

    Args:
        library: The library.
        wanted: How many skills, and which; by default the best one.
        budget_tokens: The most tokens the text may take.
        record: Add each receipt to the library's usage record.
    """

    def __init__(
        self,
        library: LazyLibrary,
        *,
        wanted: Wanted | None = None,
        budget_tokens: int = BUDGET_TOKENS,
        record: bool = True,
    ) -> None:
        self._library = library
        self._wanted = wanted or Wanted()
        self._budget_tokens = budget_tokens
        self._record = record

    def guidance(self, task: str) -> Guidance:
        """What the library offers for a task. A library that cannot be used is a warning in the log."""
        try:
            given = self._library.use(lambda library: self._look_up(library, task))
        except UNUSABLE as error:
            logger.warning("no guidance from the skills of %s: %s", self._library.path, error)
            reason = f"the library cannot be used: {error}"
            return Guidance(receipt=receipt_of(new_id(), Retrieval(query=task, reason=reason)))
        if not self._record:
            return _noted(given, "recording is off")
        return _noted(given, noted(self._library, usages(given.receipt)))

    def _look_up(self, library: Library, task: str) -> Guidance:
        retrieval = library.retrieve(task, self._wanted)
        rendered = render(library, retrieval, self._budget_tokens)
        return Guidance(text=rendered.text, receipt=receipt_of(new_id(), retrieval, used=rendered.skills))


def _noted(given: Guidance, note: str) -> Guidance:
    update = {"recorded": not note, "note": note}
    return Guidance(text=given.text, receipt=given.receipt.model_copy(update=update))


def new_id() -> str:
    """An id that no other receipt has."""
    return uuid.uuid4().hex
