"""Guidance for a task: what the library offers, and a receipt; never an exception because of the library."""

import uuid
from pathlib import Path

from trace2skill.adapters.late import LateLibrary
from trace2skill.adapters.record import UNUSABLE, logger, noted
from trace2skill.store.guidance import BUDGET_TOKENS
from trace2skill.store.guidance import guidance as render
from trace2skill.store.library import Library
from trace2skill.store.receipts import Receipt, usages
from trace2skill.store.receipts import receipt as receipt_of
from trace2skill.store.records import Retrieval, Wanted
from trace2skill.traces.model import Frozen


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
    late = LateLibrary(library)
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
        library: LateLibrary,
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
