"""Receipts: what a task was offered, what was used, and how it went."""

import uuid
from pathlib import Path

from pydantic import Field

from trace2skill.errors import InputError, LibraryError
from trace2skill.evidence.rows import Tier
from trace2skill.store.demotions import by_feedback
from trace2skill.store.library import Library
from trace2skill.store.records import Retrieval, SkillUse
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import redact_text


class Offered(Frozen):
    """One skill version that was offered, with the score that earned it the offer."""

    skill: str
    version: int
    score: float
    tier: Tier


class Receipt(Frozen):
    """What one task got from the library. `used` names the skills whose text a model was given."""

    id: str
    generation: int | None = None
    threshold: float | None = None
    offered: tuple[Offered, ...] = ()
    used: tuple[str, ...] = ()
    abstained: bool
    reason: str = Field(description="why these skills, or why none")
    model: str | None = Field(None, description="None: no model was asked")
    recorded: bool = False
    note: str = Field("", description="why it is not in the library's usage record")


def receipt(
    identity: str, retrieval: Retrieval, *, used: tuple[str, ...] = (), model: str | None = None
) -> Receipt:
    """The receipt of a retrieval, not yet recorded."""
    return Receipt(
        id=identity,
        generation=retrieval.generation,
        threshold=retrieval.threshold,
        offered=tuple(
            Offered(skill=each.skill, version=each.version, score=each.score, tier=each.tier)
            for each in retrieval.offered
        ),
        used=used,
        abstained=retrieval.abstained,
        reason=retrieval.reason,
        model=model,
    )


def new_id() -> str:
    """An id that no other receipt has."""
    return uuid.uuid4().hex


def usages(given: Receipt) -> list[SkillUse]:
    """The receipt as lines of the usage record: what was offered and used, or one line that nothing was."""
    if given.abstained:
        return [SkillUse(receipt=given.id, event="abstained", note=given.reason)]
    lines = [
        SkillUse(receipt=given.id, event="offered", skill=each.skill, version=each.version, score=each.score)
        for each in given.offered
    ]
    used = [each for each in lines if each.skill in given.used]
    return [*lines, *(each.model_copy(update={"event": "used"}) for each in used)]


def feedback(
    given: Receipt | str, success: bool, *, library: Library | str | Path = ".trace2skill", note: str = ""
) -> list[SkillUse]:
    """Report how a task went: each skill that was used (or else offered) helped, or harmed.

    Saying the same again adds nothing; what is said last counts. A skill that helps less than it did becomes
    stale (`demotions.by_feedback`).

    Args:
        given: The receipt, or its id.
        success: Whether the task was solved.
        library: The library it came from.
        note: A person's words on it; secrets in them are replaced before they are stored.

    Returns:
        The lines added to the usage record.

    Raises:
        LibraryError: The library cannot be used, or has no such receipt.
        InputError: No skill was offered under it.
    """
    if not isinstance(library, Library):
        with Library(library, create=False) as opened:
            return feedback(given, success, library=opened, note=note)
    identity = given if isinstance(given, str) else given.id
    known = [line for line in library.usage() if line.receipt == identity]
    if not known:
        raise LibraryError(
            f"no receipt {identity!r} in {library.path}; give the id that `trace2skill solve` printed"
        )
    about = [line for line in known if line.event == "used"] or [
        line for line in known if line.event == "offered"
    ]
    if not about:
        why = "".join(f" ({line.note})" for line in known if line.event == "abstained" and line.note)
        raise InputError(
            f"under the receipt {identity!r} no skill was offered{why}, so that none can have helped or "
            "harmed; nothing was recorded"
        )
    said = {"event": "helped" if success else "harmed", "score": None, "note": redact_text(note)}
    lines = [line.model_copy(update=said) for line in about]
    judged = [line for line in known if line.event in ("helped", "harmed")]
    if judged[-len(lines) :] == lines:
        return []
    library.record_usage(lines)
    for name in sorted({line.skill for line in lines if line.skill}):
        by_feedback(library, name)
    return lines
