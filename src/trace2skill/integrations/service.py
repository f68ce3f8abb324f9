"""What a library answers to a client that cannot read it itself: plain records for each question."""

from collections.abc import Iterable
from typing import Literal

from trace2skill.errors import LibraryError
from trace2skill.skillmd.folder import skill_files
from trace2skill.skills.guidance_text import render
from trace2skill.store.guidance import Guide
from trace2skill.store.library import Library
from trace2skill.store.receipts import feedback, new_id, usages
from trace2skill.store.receipts import receipt as receipt_of
from trace2skill.store.records import Offer, SkillUse, StoredSkill, Wanted
from trace2skill.traces.model import Frozen
from trace2skill.wording.escape import no_tags, one_line

Verdict = Literal["helped", "harmed"]


class SkillEntry(Frozen):
    """A skill in a list; `score` (nearness to the task, at most 1) where one was searched for."""

    name: str
    version: int
    title: str
    description: str
    rules: int
    score: float | None = None


class Found(Frozen):
    """What a search found, best first, and why these, or why none."""

    receipt: str
    skills: tuple[SkillEntry, ...]
    reason: str


class Reported(Frozen):
    """The outcome that stands under a receipt now."""

    receipt: str
    outcome: Verdict


class SkillService:
    """Answers from one library. Threads may share it.

    Every method raises `LibraryError` when the library cannot be used, or does not hold what was asked for.

    Args:
        guide: Reads the library.
    """

    def __init__(self, guide: Guide) -> None:
        self._guide = guide

    def search(self, task: str, limit: int) -> Found:
        """The skills that fit a task, under a new receipt."""
        retrieval = self._guide.use(lambda library: library.retrieve(task, Wanted(k=limit)))
        given = receipt_of(new_id(), retrieval)
        self._guide.record(usages(given))
        entries = self._guide.use(lambda library: _entries(library, retrieval.offered))
        return Found(receipt=given.id, skills=entries, reason=retrieval.reason)

    def read(self, name: str, receipt: str = "") -> str:
        """A skill as guidance for a task; under a receipt it is noted as used."""
        stored = self._guide.use(lambda library: library.skill(name))
        if receipt:
            used = SkillUse(receipt=receipt, event="used", skill=name, version=stored.version)
            self._guide.record([used])
        return render(stored.skill, budget_tokens=self._guide.budget_tokens)

    def entries(self) -> list[SkillEntry]:
        """All active skills, sorted by name."""
        return [_entry(stored) for stored in self._guide.use(lambda library: library.skills())]

    def files(self, name: str) -> dict[str, bytes]:
        """The files of an active skill's folder, by relative path.

        Raises:
            LibraryError: There is no active skill of that name.
        """
        stored = self._guide.use(lambda library: library.skill(name))
        active = {entry.name for entry in self.entries()}
        if name not in active:
            raise LibraryError(f"the skill {name!r} is not active: retired, rejected, or not reviewed")
        return skill_files(stored.skill, stored.version)

    def report(self, receipt: str, outcome: Verdict, note: str) -> Reported:
        """Note that the skills used, or else offered, under a receipt helped or harmed."""
        self._guide.use(lambda library: feedback(receipt, outcome == "helped", library=library, note=note))
        return Reported(receipt=receipt, outcome=outcome)


def _entries(library: Library, offers: Iterable[Offer]) -> tuple[SkillEntry, ...]:
    return tuple(_entry(library.skill(offer.skill, offer.version), offer.score) for offer in offers)


def _entry(stored: StoredSkill, score: float | None = None) -> SkillEntry:
    skill = stored.skill
    return SkillEntry(
        name=skill.name,
        version=stored.version,
        title=skill.title,
        description=no_tags(one_line(skill.when_to_use or skill.description)),
        rules=len(skill.rules),
        score=score,
    )
