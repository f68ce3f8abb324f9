"""Guidance: a task in, the text to give the agent out, whatever state the library is in."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trace2skill.errors import LibraryError
from trace2skill.skills.guidance_text import approx_tokens, render
from trace2skill.store.library import FILE, Library
from trace2skill.store.records import Retrieval, SkillUse, Wanted
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import redact_text

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder

BUDGET_TOKENS = 2000
PATIENCE = 0.25
"""Seconds that an agent waits for another writer before it goes on without recording."""
UNUSABLE = "the library cannot be used"
NEAREST = 5
"""How many of a skill's rules count as near the task when not all fit."""


class Rendered(Frozen):
    """What an agent is told for a task. `text` is empty when nothing is offered; the retrieval says why.

    `skills` names those that the text shows: an offered skill of which the budget holds nothing is left out.
    """

    text: str = ""
    skills: tuple[str, ...] = ()
    retrieval: Retrieval


class Guide:
    """Gives guidance for tasks for as long as an agent runs; never raises for the library's sake.

    The library is opened when first asked and again after it could not be read, so that one that is made
    or mended later is found. Threads may share it. Loops call it through `asyncio.to_thread`.

        guide = Guide(".trace2skill")
        guidance = guide.guidance("the customer cannot send picture messages")
        print(guidance.text or guidance.retrieval.reason)

    Args:
        library: The library's folder.
        embedding: As `Library` takes it.
        wanted: How many skills, and which.
        budget_tokens: The most tokens the text may take; None for no limit.

    Raises:
        SettingError: The embedding's name has no known form, or what it needs is missing.
    """

    def __init__(
        self,
        library: str | Path = ".trace2skill",
        *,
        embedding: "str | Embedder | Embeddings | None" = None,
        wanted: Wanted | None = None,
        budget_tokens: int | None = BUDGET_TOKENS,
    ) -> None:
        self._path = Path(library)
        self._embedding = embedding
        self._wanted = wanted or Wanted()
        self._budget = budget_tokens
        self._mutex = threading.RLock()
        self._library: Library | None = None
        self._last: Rendered | None = None

    def guidance(self, task: str) -> Rendered:
        """The text to give the agent for a task, and how it was found."""
        with self._mutex:
            try:
                return self._guidance(task)
            except LibraryError as error:
                self.close()
                return Rendered(retrieval=Retrieval(query=redact_text(task), reason=f"{UNUSABLE}: {error}"))

    def render(self, retrieval: Retrieval) -> Rendered:
        """The text for an earlier retrieval, in the versions offered then."""
        with self._mutex:
            try:
                return guidance(self._opened(), retrieval, self._budget)
            except LibraryError as error:
                self.close()
                reason = f"{UNUSABLE}: {error}"
                return Rendered(retrieval=retrieval.model_copy(update={"offered": (), "reason": reason}))

    def record(self, usages: Sequence[SkillUse]) -> str:
        """Add usage lines to the library; what went wrong, or nothing. It hardly waits for another writer."""
        with self._mutex:
            try:
                self._opened().record_usage(usages, patience=PATIENCE)
            except LibraryError as error:
                return f"not recorded: {error}"
        return ""

    def close(self) -> None:
        """Close the library; the next question opens it again."""
        with self._mutex:
            if self._library is not None:
                self._library.close()
            self._library = self._last = None

    def _opened(self) -> Library:
        if self._library is not None and not (self._path / FILE).is_file():
            self.close()
        if self._library is None:
            self._library = Library(self._path, embedding=self._embedding, create=False)
        return self._library

    def _guidance(self, task: str) -> Rendered:
        library = self._opened()
        retrieval = library.retrieve(task, self._wanted)
        if self._last is None or self._last.retrieval != retrieval:
            self._last = guidance(library, retrieval, self._budget)
        return self._last


def guidance(library: Library, retrieval: Retrieval, budget_tokens: int | None = BUDGET_TOKENS) -> Rendered:
    """The offered skills as one text within the budget, the best first and whole if it fits.

    What does not fit is cut to the rules nearest the task and the worked example (skills/guidance_text.py).

    Raises:
        LibraryError: The library cannot be read.
    """
    blocks: dict[str, str] = {}
    left = budget_tokens
    for offer in retrieval.offered:
        skill = library.skill(offer.skill, offer.version).skill
        block = render(skill, budget_tokens=left, rules=offer.rules[:NEAREST])
        if block:
            blocks[offer.skill] = block
            left = None if left is None else max(0, left - approx_tokens(block) - 1)
    return Rendered(text="\n\n".join(blocks.values()), skills=tuple(blocks), retrieval=retrieval)


def guidance_text(library: Library, retrieval: Retrieval, budget_tokens: int | None = BUDGET_TOKENS) -> str:
    """The text of `guidance` alone."""
    return guidance(library, retrieval, budget_tokens).text
