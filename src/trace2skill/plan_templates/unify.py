"""Take out of arguments what varies between runs: words of the task, and things that the world shows."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from trace2skill.evidence.policy import (
    ArgumentPart,
    ArgumentParts,
    FixedWords,
    TaskWords,
    TemplateStep,
    Thing,
)
from trace2skill.plan_templates.text import FUNCTION, matching_words, translated, words


class Lifter:
    """Lifts the arguments of one run to parts; the same thing gets the same number throughout."""

    def __init__(self, task: str) -> None:
        self.task = words(task)
        self.things: dict[str, int] = {}

    def lift(self, value: object, seen: Sequence[str]) -> tuple[ArgumentPart, ...]:
        """The parts of an argument's value.

        Args:
            value: The value.
            seen: Things named so far, those in sight first.
        """
        parts: list[ArgumentPart] = []
        for piece in _pieces(str(value).split()):
            parts.extend(self._lift_piece(piece, seen))
        return tuple(_joined(parts))

    def _lift_piece(self, piece: Sequence[str], seen: Sequence[str]) -> Iterator[ArgumentPart]:
        said = [word.lower() for word in piece]
        whole = _whole(said, seen)
        if whole and not self._in_task(said, 0, len(said)):
            yield self._thing(whole)
            return
        at = 0
        while at < len(said):
            in_task = next((end for end in range(len(said), at, -1) if self._in_task(said, at, end)), at)
            shown = next((end for end in range(len(said), at, -1) if _shown(said[at:end], seen)), at)
            if in_task > at and in_task >= shown:
                span = self._in_task(said, at, in_task)
                assert span is not None
                yield TaskWords(start=span[0], end=span[1])
                at = in_task
            elif shown > at:
                yield self._thing(" ".join(said[at:shown]))
                at = shown
            else:
                yield FixedWords(text=piece[at])
                at += 1

    def _in_task(self, said: Sequence[str], start: int, end: int) -> tuple[int, int] | None:
        """The range of the task that has these words; None if it has not, or all are function words."""
        span = tuple(said[start:end])
        if FUNCTION.issuperset(span):
            return None
        for at in range(len(self.task) - len(span) + 1):
            if self.task[at : at + len(span)] == span:
                return at, at + len(span)
        return None

    def _thing(self, value: str) -> Thing:
        return Thing(number=self.things.setdefault(value, len(self.things)))


def _pieces(said: Sequence[str]) -> Iterator[Sequence[str]]:
    """The value cut at `in`, `on` and `containing`, which stand between a thing and its container."""
    piece: list[str] = []
    for word in said:
        if word.lower() in {"in", "on", "containing"} and piece:
            yield piece
            yield [word]
            piece = []
        else:
            piece.append(word)
    if piece:
        yield piece


def _shown(said: Sequence[str], seen: Collection[str]) -> bool:
    return " ".join(said) in seen and not FUNCTION.issuperset(said)


def _whole(said: Sequence[str], seen: Sequence[str]) -> str:
    """The shortest thing seen that has all the words, as `dove egg` for `dove`; empty if none has."""
    if FUNCTION.issuperset(said):
        return ""
    fitting = [thing for thing in seen if set(said) <= set(thing.split())]
    return min(fitting, key=lambda thing: len(thing.split()), default="")


def _joined(parts: Sequence[ArgumentPart]) -> Iterator[ArgumentPart]:
    """The parts with neighbouring fixed words joined into one."""
    held: list[str] = []
    for part in parts:
        if isinstance(part, FixedWords):
            held.append(part.text)
            continue
        if held:
            yield FixedWords(text=" ".join(held))
            held = []
        yield part
    if held:
        yield FixedWords(text=" ".join(held))


Where = tuple[str, str, int, int]
"""Tool, argument (or `PLACE`), which use of the tool in the run, which part of the argument."""

PLACE = "@"


def parts_of(steps: Sequence[TemplateStep]) -> Iterator[tuple[Where, ArgumentPart]]:
    """Every part of a run's steps, with its position."""
    turns: Counter[str] = Counter()
    for step in steps:
        turns[step.tool] += 1
        for name, parts in (*step.arguments, (PLACE, step.place)):
            for at, part in enumerate(parts):
                yield (step.tool, name, turns[step.tool], at), part


def rewritten(
    steps: Sequence[TemplateStep], instead: Mapping[Where, ArgumentPart]
) -> tuple[TemplateStep, ...]:
    """The steps with some parts replaced."""
    turns: Counter[str] = Counter()
    found = []
    for step in steps:
        turns[step.tool] += 1
        turn = turns[step.tool]

        def renewed(
            name: str, parts: ArgumentParts, tool: str = step.tool, turn: int = turn
        ) -> ArgumentParts:
            return tuple(instead.get((tool, name, turn, at), part) for at, part in enumerate(parts))

        arguments = tuple((name, renewed(name, parts)) for name, parts in step.arguments)
        found.append(step.model_copy(update={"arguments": arguments, "place": renewed(PLACE, step.place)}))
    return tuple(found)


def unify_slots(
    runs: Sequence[tuple[str, Sequence[TemplateStep]]], reference: str
) -> list[dict[Where, ArgumentPart] | None]:
    """Express the task words of all runs as ranges of one reference task.

    Args:
        runs: The task of each run, and its steps.
        reference: The task whose positions are used.

    Returns:
        For each run its task words by position, fixed words where all tasks say the same; None for a run
        with words that the reference task lacks.
    """
    options = [
        {
            where: _options(part, task, reference)
            for where, part in parts_of(steps)
            if isinstance(part, TaskWords)
        }
        for task, steps in runs
    ]
    votes: dict[Where, Counter[TaskWords]] = defaultdict(Counter)
    for of_run in options:
        for where, found in of_run.items():
            if len(found) == 1:
                votes[where].update(found)
    tasks = {task for task, _ in runs}
    return [
        None
        if not all(of_run.values())
        else {
            where: _fixed_if_shared(
                max(found, key=lambda part: (votes[where][part], -part.start)), reference, tasks
            )
            for where, found in of_run.items()
        }
        for of_run in options
    ]


def _fixed_if_shared(part: TaskWords, reference: str, tasks: Collection[str]) -> ArgumentPart:
    """The part as fixed words if all of several tasks say the same there."""
    said = {matching_words(reference, part.start, part.end, task) for task in tasks}
    return FixedWords(text=said.pop()) if len(said) == 1 and len(tasks) > 1 else part


def _options(part: TaskWords, own: str, reference: str) -> list[TaskWords]:
    """The ranges of the reference task that correspond to any occurrence of the words in the own task."""
    said = words(own)
    span = said[part.start : part.end]
    places = [at for at in range(len(said) - len(span) + 1) if said[at : at + len(span)] == span]
    found = (translated(TaskWords(start=at, end=at + len(span)), own, reference) for at in places)
    return list(dict.fromkeys(each for each in found if each is not None))
