"""Libraries as input: their traces, and what people have written into their skills or rejected."""

from collections.abc import Iterator, Mapping, Sequence

from trace2skill.skills.merge import carried_over, renamed
from trace2skill.skills.model import Skill
from trace2skill.skills.refusals import Refusal
from trace2skill.store.library import Library
from trace2skill.store.records import Change, Commit
from trace2skill.store.source import SourceLibrary
from trace2skill.store.traces import Packed
from trace2skill.traces.problem import Problem
from trace2skill.traces.read import IntakeSummary

NAME = "library"


class LibraryTraces:
    """Iterate it once for the traces, each once, then ask it what happened, as with a pass over files.

    Args:
        paths: Folders of libraries.

    Raises:
        LibraryError: One of them holds no library.
    """

    problems: Sequence[Problem] = ()

    def __init__(self, paths: Sequence[str]) -> None:
        self.sources = [SourceLibrary(path) for path in paths]
        self._seen: set[str] = set()
        self._met = 0

    def __iter__(self) -> Iterator[Packed]:
        for source in self.sources:
            for trace in source.traces():
                self._met += 1
                if trace.hash not in self._seen:
                    self._seen.add(trace.hash)
                    yield trace

    @property
    def summary(self) -> IntakeSummary:
        """The counts so far; final once the iteration has ended."""
        read = len(self._seen)
        return IntakeSummary(
            files=len(self.sources),
            read=read,
            rejected=0,
            duplicates=self._met - read,
            skipped=0,
            formats={NAME: read} if read else {},
        )


def take_over(library: Library, sources: Sequence[SourceLibrary]) -> None:
    """Take what people have written in the skills of the sources, and what they have rejected.

    Both in an order that their content gives, and once. A skill of that name without a person's text receives
    it. Of two different texts under one name the second gets a name of its own; a text that is there under
    any name is not taken again. A rejection concerns what is proposed from now on.
    """
    changes, refused = _written_there(library, sources), _refused_there(library, sources)
    if changes or refused:
        library.commit(Commit(changes=tuple(changes), refused=tuple(refused)))


def _written_there(library: Library, sources: Sequence[SourceLibrary]) -> list[Change]:
    parts = {
        part.hash: part for source in sources for each in source.skills() if (part := _written(each.skill))
    }
    present = {stored.skill.name: stored.skill for stored in library.skills(status=None)}
    said = {(skill.human_text, _notes(skill)) for skill in present.values()}
    changes = []
    for part in sorted(parts.values(), key=lambda part: (part.name, part.hash)):
        if (part.human_text, _notes(part)) not in said:
            said.add((part.human_text, _notes(part)))
            taken = _placed(part, present)
            present[taken.name] = taken
            changes.append(
                Change(skill=taken, operation="import", note="a person's text from another library")
            )
    return changes


def _refused_there(library: Library, sources: Sequence[SourceLibrary]) -> list[Refusal]:
    known = {_content(each) for each in library.refusals()}
    every = [each for source in sources for each in source.refusals()]
    every.sort(key=lambda each: each.standing, reverse=True)  # what stands no longer in one, stands no longer
    found = {_content(each): each for each in every}
    return sorted((found[key] for key in found.keys() - known), key=lambda each: (each.time, _content(each)))


def _content(refusal: Refusal) -> str:
    return refusal.model_copy(update={"standing": True}).model_dump_json()


def _written(skill: Skill) -> Skill | None:
    """The skill with what a person wrote and nothing that was measured; None where nobody wrote anything."""
    if not skill.human_text:
        return None
    notes = tuple(rule for rule in skill.rules if rule.finding is None)
    measured = {"rules": notes, "traces": (), "example": (), "example_task": "", "parameters": ()}
    return skill.model_copy(update=measured)


def _notes(skill: Skill) -> tuple[str, ...]:
    return tuple(rule.text for rule in skill.rules if rule.finding is None)


def _placed(part: Skill, present: Mapping[str, Skill]) -> Skill:
    there = present.get(part.name)
    if there is None:
        return part
    return renamed(part, present.keys()) if there.human_text else carried_over(there, part)
