"""What came of it: the outcome of a task, reported under the receipt of what was offered for it."""

from typing import Literal

from trace2skill.errors import LibraryError
from trace2skill.store.library import Library
from trace2skill.store.records import Usage
from trace2skill.traces.model import Trace
from trace2skill.traces.redact import redact

Verdict = Literal["helped", "harmed"]


def report_outcome(library: Library, receipt: str, outcome: Verdict, note: str = "") -> tuple[str, ...]:
    """Say of the skills offered under a receipt that they helped or harmed; the names of those skills.

    Secrets in the note are replaced before it is stored.

    Raises:
        LibraryError: The usage record holds no such receipt, or nothing was offered under it.
    """
    offered = [each for each in library.usage() if each.receipt == receipt and each.event == "offered"]
    if not offered:
        raise LibraryError(
            f"no skill was offered under the receipt {receipt!r}; give the one that came with the skills"
        )
    note = redact(Trace(id="note", task=note, steps=()))[0].task
    library.record_usage(
        Usage(receipt=receipt, event=outcome, skill=each.skill, version=each.version, note=note)
        for each in offered
    )
    return tuple(each.skill for each in offered if each.skill)
