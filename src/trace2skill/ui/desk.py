"""What the pages read: the library as it is, and what is worth keeping between two requests."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from trace2skill.errors import LibraryError
from trace2skill.evidence.rows import Tier
from trace2skill.store.folder import FILE
from trace2skill.store.guidance import Guide
from trace2skill.store.library import Library
from trace2skill.store.records import Outline, Status, StoredSkill
from trace2skill.store.runs import RunRecord, runs
from trace2skill.store.validations import Validation

if TYPE_CHECKING:
    from trace2skill.skills.model import SkillRule

KEPT = 32
"""Results that are kept in memory."""
Result = TypeVar("Result")


class AbsentError(LibraryError):
    """There is nothing under the address that was asked for."""


@dataclass(frozen=True)
class SkillCard:
    """A skill in a list, without its rules."""

    name: str
    title: str
    family: str
    description: str
    version: int
    status: str
    standing: str
    tiers: tuple[tuple[str, int], ...]
    rules: int
    traces: int

    @classmethod
    def of(cls, outline: Outline) -> "SkillCard":
        """The card of a stored skill."""
        return cls(
            name=outline.name,
            title=outline.title,
            family=outline.family,
            description=outline.description,
            version=outline.version,
            status=outline.status,
            standing=_standing(outline.status, outline.validation, outline.tiers),
            tiers=tuple(sorted(Counter(outline.tiers).items())),
            rules=len(outline.tiers),
            traces=outline.traces,
        )


def standing(stored: StoredSkill) -> str:
    """What a stored skill counts for: see `_standing`."""
    tiers = [str(rule.tier) for rule in stored.skill.rules]
    return _standing(stored.status, stored.validation, tiers)


def _standing(status: Status, validation: Validation | None, tiers: Collection[str]) -> str:
    """One of `STANDINGS`: the status of a skill that is not offered, else the best of what it rests on.

    `validated` is a verdict that it helps; `hypotheses` means that none of its rules is more than that.
    """
    if status != "active":
        return status
    if validation and validation.verdict == "helps":
        return "validated"
    return next((name for name, tier in _BY_TIER.items() if tier in tiers), "cited")


_BY_TIER = {
    "validated": Tier.VALIDATED,
    "corroborated": Tier.CORROBORATED,
    "mined": Tier.MINED,
    "hypotheses": Tier.HYPOTHESIS,
}
STANDINGS = (*_BY_TIER, "cited", "rejected", "retired")
"""What a skill counts for, in a word; the best first."""


class Desk:
    """Reads one library for pages. Threads share it; it takes no lock, so that a writer is never in the way.

    Args:
        library: The library's folder; it may be made later, or replaced.
        embedding: As `Library` takes it.
        checkpoints: The server that holds the checkpoints of runs, if not the library.
    """

    def __init__(self, library: Path, embedding: str | None = None, checkpoints: str | None = None) -> None:
        self.path = library
        self.checkpoints = checkpoints
        self._guide = Guide(library, embedding=embedding)
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._mutex = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether there is a library by now."""
        return (self.path / FILE).is_file()

    def read(self, action: Callable[[Library], Result]) -> Result:
        """Do something with the open library.

        Raises:
            LibraryError: It cannot be opened.
        """
        return self._guide.use(action)

    def close(self) -> None:
        """Let go of a library that could not be read, so that a mended one is opened anew."""
        self._guide.close()

    def kept(self, name: Hashable, make: Callable[[Library], Result]) -> Result:
        """What `make` returns for the library as it is; made once for each generation."""
        key = (name, self.read(lambda library: (library.generation, _stamp(library))))
        with self._mutex:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: Result = self._kept[key]
                return found
        made = self.read(make)
        with self._mutex:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made

    def cards(self) -> list[SkillCard]:
        """All skills, sorted by name."""
        return self.kept("cards", lambda library: list(map(SkillCard.of, library.outlines())))

    def names(self) -> set[str]:
        """The names of all skills."""
        return set(self.read(Library.names))

    def skill(self, name: str, version: int | None = None) -> StoredSkill:
        """A skill's version, or its current one.

        Raises:
            AbsentError: There is no such skill or version.
        """
        return self.read(lambda library: _or_absent(lambda: library.skill(name, version)))

    def history(self, name: str) -> list[StoredSkill]:
        """All versions of a skill, oldest first.

        Raises:
            AbsentError: There is no such skill.
        """
        return self.read(lambda library: _or_absent(lambda: library.history(name)))

    def runs(self) -> list[RunRecord]:
        """The distil runs, newest first; none without a library."""
        try:
            return runs(self.path)
        except LibraryError:
            return []


def _stamp(library: Library) -> int:
    return (library.path / FILE).stat().st_ino


def _or_absent(find: Callable[[], Result]) -> Result:
    try:
        return find()
    except LibraryError as error:
        raise AbsentError(str(error)) from error


def rule_of(stored: StoredSkill, name: str) -> "SkillRule":
    """A rule of a skill by its name.

    Raises:
        AbsentError: There is none.
    """
    for rule in (*stored.skill.rules, *stored.skill.background):
        if rule.name == name:
            return rule
    raise AbsentError(f"skill {stored.skill.name!r} has no rule {name!r} in version {stored.version}")
