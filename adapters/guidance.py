"""Guidance for a task: what the library offers, and a receipt; never an exception because of the library."""

from pathlib import Path

from trace2skill.adapters.matching import fitting
from trace2skill.adapters.reader import Reader
from trace2skill.adapters.receipt import Guidance, Receipt, new_id, offer
from trace2skill.adapters.record import UNUSABLE, lines, logger, noted
from trace2skill.errors import SettingError
from trace2skill.skills.render import approx_tokens, render
from trace2skill.store.library import Library

BUDGET_TOKENS = 2000
"""Room for one skill of the usual size; a longer one is cut to its best rules and its example."""


def guidance(
    task: str,
    library: str | Path | Library,
    *,
    limit: int = 1,
    budget_tokens: int = BUDGET_TOKENS,
    record: bool = True,
) -> Guidance:
    """What the library offers for a task: for a node of a LangGraph graph, or any loop of your own.

    Put the text into the system prompt. It is empty when no skill fits, or when the library is empty, locked,
    damaged or absent; then the receipt says why. It blocks: in asynchronous code call it with
    `asyncio.to_thread`.

    Args:
        task: What the agent is asked to do.
        library: The folder of the library, or an open one, which spares opening it each time.
        limit: The most skills to offer.
        budget_tokens: The most tokens the text may take.
        record: Add the receipt to the library's usage record.

    Raises:
        SettingError: A number is below 1.
    """
    reader = Reader(library)
    try:
        return Guide(reader, limit=limit, budget_tokens=budget_tokens, record=record).guidance(task)
    finally:
        reader.close()


class Guide:
    """Asks one library for guidance, task after task. Threads may share it.

    Args:
        reader: The library.
        limit: The most skills to offer.
        budget_tokens: The most tokens the text may take.
        record: Add each receipt to the library's usage record.

    Raises:
        SettingError: A number is below 1.
    """

    def __init__(
        self, reader: Reader, *, limit: int = 1, budget_tokens: int = BUDGET_TOKENS, record: bool = True
    ) -> None:
        if limit < 1 or budget_tokens < 1:
            raise SettingError(f"limit={limit} and budget_tokens={budget_tokens} must be 1 or more")
        self._reader = reader
        self._limit = limit
        self._budget_tokens = budget_tokens
        self._record = record

    def guidance(self, task: str) -> Guidance:
        """What the library offers for a task. A library that cannot be used is a warning in the log."""
        try:
            given = self._reader.use(lambda library: self._look_up(library, task))
        except UNUSABLE as error:
            logger.warning("no guidance from the skills of %s: %s", self._reader.path, error)
            return Guidance(receipt=Receipt(id=new_id(), reason=str(error), failed=True))
        if not (self._record and noted(self._reader, lines(given.receipt))):
            return given
        return Guidance(text=given.text, receipt=given.receipt.model_copy(update={"recorded": True}))

    def _look_up(self, library: Library, task: str) -> Guidance:
        found, reason = fitting(library, task, self._limit)
        texts, offered, left = [], [], self._budget_tokens
        for match in found:
            text = render(match.stored.skill, budget_tokens=left)
            if text:
                left -= approx_tokens(text)
                texts.append(text)
                offered.append(offer(match))
        if found and not texts:
            reason = f"not even one rule fits into {self._budget_tokens} tokens"
        receipt = Receipt(id=new_id(), offered=tuple(offered), reason=reason)
        return Guidance(text="\n\n".join(texts), receipt=receipt)
