"""What a library answers to a client that cannot read it itself: plain records for each question."""

from trace2skill.adapters.feedback import Verdict, report_outcome
from trace2skill.adapters.guidance import BUDGET_TOKENS
from trace2skill.adapters.matching import fitting
from trace2skill.adapters.reader import Reader
from trace2skill.adapters.receipt import Receipt, new_id, offer
from trace2skill.adapters.record import lines, noted
from trace2skill.skills.markdown import to_markdown
from trace2skill.skills.render import render
from trace2skill.store.records import StoredSkill, Usage
from trace2skill.traces.model import Frozen


class SkillEntry(Frozen):
    """A skill in a list; `similarity` (cosine to the task) where a task was searched for."""

    name: str
    version: int
    title: str
    description: str
    rules: int
    similarity: float | None = None


class Found(Frozen):
    """What a search found, best first; with nothing found, `reason` says why."""

    receipt: str
    skills: tuple[SkillEntry, ...]
    reason: str = ""


class Reported(Frozen):
    """The skills that an outcome was noted for."""

    receipt: str
    skills: tuple[str, ...]


class Desk:
    """Answers from one library. Threads may share it.

    Every method raises `LibraryError` when the library cannot be used, or does not hold what was asked for.

    Args:
        reader: The library.
        budget_tokens: The most tokens that reading a skill may take.
    """

    def __init__(self, reader: Reader, budget_tokens: int = BUDGET_TOKENS) -> None:
        self._reader = reader
        self._budget_tokens = budget_tokens

    def search(self, task: str, limit: int) -> Found:
        """The skills that fit a task, under a new receipt."""
        found, reason = self._reader.use(lambda library: fitting(library, task, limit))
        receipt = Receipt(id=new_id(), offered=tuple(map(offer, found)), reason=reason)
        noted(self._reader, lines(receipt))
        entries = tuple(_entry(each.stored, each.similarity) for each in found)
        return Found(receipt=receipt.id, skills=entries, reason=reason)

    def read(self, name: str, receipt: str = "") -> str:
        """A skill as guidance for a task; under a receipt it is noted as used."""
        stored = self._reader.use(lambda library: library.skill(name))
        if receipt:
            noted(self._reader, [Usage(receipt=receipt, event="used", skill=name, version=stored.version)])
        return render(stored.skill, budget_tokens=self._budget_tokens)

    def entries(self) -> list[SkillEntry]:
        """All active skills, sorted by name."""
        return [_entry(stored) for stored in self._reader.use(lambda library: library.skills())]

    def markdown(self, name: str) -> str:
        """A skill as its SKILL.md."""
        stored = self._reader.use(lambda library: library.skill(name))
        return to_markdown(stored.skill, stored.version)

    def report(self, receipt: str, outcome: Verdict, note: str) -> Reported:
        """Note that the skills offered under a receipt helped or harmed."""
        skills = self._reader.use(lambda library: report_outcome(library, receipt, outcome, note))
        return Reported(receipt=receipt, skills=skills)


def _entry(stored: StoredSkill, similarity: float | None = None) -> SkillEntry:
    skill = stored.skill
    return SkillEntry(
        name=skill.name,
        version=stored.version,
        title=skill.title,
        description=skill.when_to_use or skill.description,
        rules=len(skill.rules),
        similarity=similarity,
    )
