"""Guidance for a task: what the library offers, and a receipt; never an exception because of the library."""

import uuid
from collections.abc import Iterable
from pathlib import Path

from trace2skill.adapters.late import LateLibrary
from trace2skill.adapters.receipt import Guidance, Offered, Receipt
from trace2skill.adapters.record import UNUSABLE, logger, noted
from trace2skill.skills.render import TAG
from trace2skill.store.guidance import BUDGET_TOKENS, guidance_text
from trace2skill.store.library import Library
from trace2skill.store.records import Offer, Retrieval, Wanted


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
            return Guidance(receipt=Receipt(id=new_id(), reason=str(error), failed=True))
        recorded = self._record and noted(self._library, given.receipt.lines())
        return Guidance(text=given.text, receipt=given.receipt.model_copy(update={"recorded": recorded}))

    def _look_up(self, library: Library, task: str) -> Guidance:
        retrieval = library.retrieve(task, self._wanted)
        text = guidance_text(library, retrieval, self._budget_tokens)
        shown = [offer for offer in retrieval.offered if f'<{TAG} name="{offer.skill}">' in text]
        receipt = new_receipt(retrieval, shown)
        if shown or retrieval.abstained:
            return Guidance(text=text, receipt=receipt)
        reason = f"{retrieval.reason}, but not one rule of it fits into {self._budget_tokens} tokens"
        return Guidance(receipt=receipt.model_copy(update={"reason": reason}))


def new_receipt(retrieval: Retrieval, shown: Iterable[Offer]) -> Receipt:
    """The receipt for those of the retrieved skills that were put before the agent."""
    offered = tuple(Offered(skill=each.skill, version=each.version, score=each.score) for each in shown)
    return Receipt(id=new_id(), offered=offered, reason=retrieval.reason)


def new_id() -> str:
    """An id that no other receipt has."""
    return uuid.uuid4().hex
