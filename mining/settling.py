"""Settling what the words of a task stand for: one position in a task that all runs share.

A word may stand in a task twice; which one is meant, other runs tell, in whose tasks the two differ. A word
that all tasks say is no open place at all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from trace2skill.facts.phrases import words
from trace2skill.skills.course import CourseStep, Part, Parts, Told, Words
from trace2skill.skills.retelling import spoken, translated

Where = tuple[str, str, int, int]
"""Tool, argument (or `PLACE`), which use of the tool in the run, which part of the argument."""

PLACE = "@"


def parts_of(steps: Sequence[CourseStep]) -> Iterator[tuple[Where, Part]]:
    """Every part of a run's steps, with where it stands."""
    turns: Counter[str] = Counter()
    for step in steps:
        turns[step.tool] += 1
        for name, parts in (*step.arguments, (PLACE, step.place)):
            for at, part in enumerate(parts):
                yield (step.tool, name, turns[step.tool], at), part


def rewritten(steps: Sequence[CourseStep], instead: Mapping[Where, Part]) -> tuple[CourseStep, ...]:
    """The steps with some parts replaced."""
    turns: Counter[str] = Counter()
    found = []
    for step in steps:
        turns[step.tool] += 1
        turn = turns[step.tool]

        def renewed(name: str, parts: Parts, tool: str = step.tool, turn: int = turn) -> Parts:
            return tuple(instead.get((tool, name, turn, at), part) for at, part in enumerate(parts))

        arguments = tuple((name, renewed(name, parts)) for name, parts in step.arguments)
        found.append(step.model_copy(update={"arguments": arguments, "place": renewed(PLACE, step.place)}))
    return tuple(found)


def settle(
    runs: Sequence[tuple[str, Sequence[CourseStep]]], reference: str
) -> list[dict[Where, Part] | None]:
    """For each run what its told words are in the reference task; None for a run with words it lacks.

    Args:
        runs: The task of each run, and its steps.
        reference: The task whose positions are used.
    """
    options = [
        {where: _options(part, task, reference) for where, part in parts_of(steps) if isinstance(part, Told)}
        for task, steps in runs
    ]
    votes: dict[Where, Counter[Told]] = defaultdict(Counter)
    for of_run in options:
        for where, found in of_run.items():
            if len(found) == 1:
                votes[where].update(found)
    constant = _Constants(reference, [task for task, _ in runs])
    return [
        None
        if not all(of_run.values())
        else {
            where: constant.part(max(found, key=lambda told: (votes[where][told], -told.start)))
            for where, found in of_run.items()
        }
        for of_run in options
    ]


class _Constants:
    """Whether all tasks say the same at a position."""

    def __init__(self, reference: str, tasks: Sequence[str]) -> None:
        self._reference = reference
        self._tasks = sorted(set(tasks))

    def part(self, told: Told) -> Part:
        said = {spoken(self._reference, told.start, told.end, task) for task in self._tasks}
        return Words(text=said.pop()) if len(said) == 1 and len(self._tasks) > 1 else told


def _options(part: Told, own: str, reference: str) -> list[Told]:
    """Where the reference task has what stands at any place of the own task that says these words."""
    said = words(own)
    span = said[part.start : part.end]
    places = [at for at in range(len(said) - len(span) + 1) if said[at : at + len(span)] == span]
    found = (translated(Told(start=at, end=at + len(span)), own, reference) for at in places)
    return list(dict.fromkeys(told for told in found if told is not None))
