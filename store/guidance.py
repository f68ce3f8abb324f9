"""Guidance: a task in, the text to give the agent and a receipt out, whatever state the library is in."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from trace2skill.errors import Trace2SkillError
from trace2skill.skills.guidance_text import approx_tokens, render
from trace2skill.store.embeddings import check_name
from trace2skill.store.library import FILE, Library
from trace2skill.store.receipts import Receipt, new_id, receipt, usages
from trace2skill.store.records import Retrieval, SkillUse, Wanted
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import redact_text

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder

BUDGET_TOKENS = 2000
NEAREST = 5
"""How many of a skill's rules count as near the task when not all fit."""
UNUSABLE = (Trace2SkillError, OSError, sqlite3.Error, ValidationError)
"""What a missing, locked or damaged library can raise; an agent has to work without it."""

Result = TypeVar("Result")
logger = logging.getLogger("trace2skill")


class Rendered(Frozen):
    """The text for a retrieval, empty when nothing is offered; the retrieval says why.

    `skills` names those that the text shows: an offered skill of which the budget holds nothing is left out.
    """

    text: str = ""
    skills: tuple[str, ...] = ()
    retrieval: Retrieval


class Guidance(Frozen):
    """Text for the agent's system prompt, empty when nothing fits, and the receipt for it.

    The receipt holds nothing of the task. Its `generation` is None when the library could not be used.
    """

    text: str = ""
    receipt: Receipt


class Guide:
    """Reads one library for agents, task after task. Threads may share it; it blocks.

    The library is opened at the first use, and anew when it could not be read or another was put in its
    place, so that an agent can be built before its library is. A `Library` that was passed in stays its
    owner's to close.

        guide = Guide(".trace2skill")
        found = guide.guidance("the customer cannot send picture messages")
        print(found.text or found.receipt.reason)

    Args:
        library: The folder, or an open library.
        embedding: As `Library` takes it; for a folder only.
        wanted: How many skills, and which; by default the best one.
        budget_tokens: The most tokens that a text may take; None for no limit.

    Raises:
        SettingError: The embedding's name has no known form.
    """

    def __init__(
        self,
        library: "str | Path | Library" = ".trace2skill",
        *,
        embedding: "str | Embedder | Embeddings | None" = None,
        wanted: Wanted | None = None,
        budget_tokens: int | None = BUDGET_TOKENS,
    ) -> None:
        if isinstance(embedding, str):
            check_name(embedding)
        self._given = library if isinstance(library, Library) else None
        self.path = library.path if isinstance(library, Library) else Path(library)
        self.budget_tokens = budget_tokens
        self._embedding = embedding
        self._wanted = wanted or Wanted()
        self._mutex = threading.Lock()
        self._opened: Library | None = None
        self._file: tuple[int, int] | None = None

    def use(self, action: Callable[[Library], Result]) -> Result:
        """Do something with the open library.

        Raises:
            LibraryError: There is none, or it cannot be opened; the message says why.
        """
        return action(self._given or self._current())

    def guidance(self, task: str, *, record: bool = True) -> Guidance:
        """The text for a task and its receipt. A library that cannot be used is a warning in the log.

        Args:
            task: What the agent is asked to do.
            record: Add the receipt to the library's usage record.
        """
        rendered = self.render(self.retrieve(task))
        given = receipt(new_id(), rendered.retrieval, used=rendered.skills)
        if given.generation is None:
            logger.warning("no guidance from the skills of %s: %s", self.path, given.reason)
            return Guidance(receipt=given)
        note = self.record(usages(given)) if record else "recording is off"
        update = {"recorded": not note, "note": note}
        return Guidance(text=rendered.text, receipt=given.model_copy(update=update))

    def retrieve(self, task: str) -> Retrieval:
        """What the library offers for a task; nothing, and why, when it cannot be used."""
        try:
            return self.use(lambda library: library.retrieve(task, self._wanted))
        except UNUSABLE as error:
            return Retrieval(query=redact_text(task), reason=self._unusable(error))

    def render(self, retrieval: Retrieval) -> Rendered:
        """The offered versions as one text within the budget, the best first and whole if it fits.

        What does not fit is cut to the rules nearest the task and the worked example
        (skills/guidance_text.py).
        """
        if retrieval.abstained:
            return Rendered(retrieval=retrieval)
        try:
            return self.use(lambda library: self._rendered(library, retrieval))
        except UNUSABLE as error:
            update = {"offered": (), "generation": None, "reason": self._unusable(error)}
            return Rendered(retrieval=retrieval.model_copy(update=update))

    def record(self, usages: Sequence[SkillUse]) -> str:
        """Add lines to the usage record, whoever is writing the library.

        Returns:
            Nothing, or why that was not possible; then it is a warning in the log too.
        """
        try:
            self.use(lambda library: library.record_usage(usages))
        except UNUSABLE as error:
            logger.warning("the receipt %s is not in the usage record: %s", usages[0].receipt, error)
            return f"not recorded: {error}"
        return ""

    def close(self) -> None:
        """Let go of the library: it is closed when nobody uses it, and opened again at the next use."""
        with self._mutex:
            self._opened = None

    def _current(self) -> Library:
        with self._mutex:
            file = _identity(self.path / FILE)
            if self._opened is None or file != self._file:
                self._opened = None
                self._opened = Library(self.path, embedding=self._embedding, create=False)
                self._file = file
            return self._opened

    def _unusable(self, error: Exception) -> str:
        self.close()
        return f"the library cannot be used: {error}"

    def _rendered(self, library: Library, retrieval: Retrieval) -> Rendered:
        blocks: dict[str, str] = {}
        left = self.budget_tokens
        for offer in retrieval.offered:
            skill = library.skill(offer.skill, offer.version).skill
            block = render(skill, budget_tokens=left, rules=offer.rules[:NEAREST])
            if block:
                blocks[offer.skill] = block
                left = None if left is None else max(0, left - approx_tokens(block) - 1)
        return Rendered(text="\n\n".join(blocks.values()), skills=tuple(blocks), retrieval=retrieval)


def _identity(file: Path) -> tuple[int, int] | None:
    """Which file lies there now: a restored backup is another file of the same name."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def guidance(  # noqa: PLR0913 - keyword only
    task: str,
    library: "str | Path | Library" = ".trace2skill",
    *,
    embedding: "str | Embedder | Embeddings | None" = None,
    wanted: Wanted | None = None,
    budget_tokens: int = BUDGET_TOKENS,
    record: bool = True,
) -> Guidance:
    """What the library offers for a task: for a node of a LangGraph graph, or any loop of your own.

    Put the text into the system prompt. It is empty when no skill fits, or when the library is empty, damaged
    or absent; then the receipt says why. It blocks: in asynchronous code await `aguidance`.

    Args:
        task: What the agent is asked to do.
        library: The folder of the library, or an open one, which spares opening it each time.
        embedding: As `Library` takes it; for a folder only.
        wanted: How many skills, and which; by default the best one.
        budget_tokens: The most tokens the text may take.
        record: Add the receipt to the library's usage record.
    """
    guide = Guide(library, embedding=embedding, wanted=wanted, budget_tokens=budget_tokens)
    return guide.guidance(task, record=record)


async def aguidance(task: str, library: "str | Path | Library" = ".trace2skill", **options: Any) -> Guidance:  # noqa: ANN401
    """As `guidance`, off the event loop.

    Args:
        task: What the agent is asked to do.
        library: As for `guidance`.
        **options: The keywords of `guidance`.
    """
    return await asyncio.to_thread(guidance, task, library, **options)
