"""Courses: demonstrated procedures lifted to what they share, for worlds that speak in text."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trace2skill.mining.branches import Choice, branches
from trace2skill.mining.lifting import Lifter
from trace2skill.mining.pool import Pool
from trace2skill.mining.probes import is_probe
from trace2skill.mining.tastes import Tasted, tastes
from trace2skill.mining.travels import Travels, travels
from trace2skill.skills.course import (
    Branch,
    Course,
    CourseStep,
    Example,
    Fork,
    Part,
    Parts,
    Procedure,
    Told,
)
from trace2skill.skills.retelling import translated
from trace2skill.skills.surroundings import Surroundings
from trace2skill.traces.model import Step, StepOutcome, Trace

_MOSTLY = 0.5


@dataclass
class _Demo:
    """One run as it is lifted."""

    task: str
    steps: list[CourseStep] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    tasted: list[Tasted] = field(default_factory=list)
    examples: tuple[Example, ...] = ()


def mine_course(pool: Pool) -> Course | None:
    """The course of a pool's good runs; None where their world does not answer in text alone.

    The same pool gives the same course.
    """
    traces = [pool.views[at].trace for at in pool.good]
    if not traces or not all(map(_told_in_text, traces)):
        return None
    journeys = travels(traces)
    demos = [_demo(trace, journeys) for trace in traces]
    reference = demos[0].task
    forks = branches(reference, [choice for demo in demos for choice in demo.choices])
    return Course(
        procedures=tuple(_procedures(demos, reference, forks)),
        looks=_looks(traces),
        rides=journeys.rides,
        links=journeys.links,
        tastes=tuple(tastes([taste for demo in demos for taste in demo.tasted])),
        branches=tuple(forks.values()),
    )


def _told_in_text(trace: Trace) -> bool:
    answers = [step.observation for step in trace.steps if step.action and step.observation is not None]
    return bool(answers) and all(isinstance(answer, str) for answer in answers)


def _is_look(step: Step) -> bool:
    return step.action is not None and not step.action.arguments and is_probe(step.action.tool)


def _looks(traces: Sequence[Trace]) -> tuple[str, ...]:
    """Readings that runs make after most of what they do."""
    after: Counter[str] = Counter()
    deeds = 0
    for trace in traces:
        since: set[str] = set()
        for step in trace.steps:
            if step.action and _is_look(step):
                after.update({step.action.tool} - since)
                since.add(step.action.tool)
            elif step.action:
                deeds += 1
                since = set()
    return tuple(sorted(tool for tool, count in after.items() if count >= _MOSTLY * deeds))


# --- one run


def _demo(trace: Trace, journeys: Travels) -> _Demo:
    demo = _Demo(trace.task)
    lifter = Lifter(trace.task)
    around = Surroundings(trace.initial_observation)
    turns: Counter[str] = Counter()
    places: dict[int, str] = {}
    for step in trace.steps:
        if step.action and not _is_look(step) and not journeys.rides_in(step):
            tool = step.action.tool
            turns[tool] += 1
            seen = [*around.scene, *reversed([each for each in around.memory if each not in around.scene])]
            known = len(lifter.things)
            arguments = []
            for name, value in sorted(step.action.arguments.items()):
                parts = lifter.lift(value, seen)
                arguments.append((name, parts))
                demo.choices.extend(_told_choices(trace.task, tool, name, turns[tool], parts, around))
            for value, number in list(lifter.things.items())[known:]:
                places[number] = around.memory.get(value, "")
                name = next(n for n, parts in arguments if any(_numbered(p, number) for p in parts))
                demo.tasted.append(Tasted(tool, name, turns[tool], value, frozenset(around.scene)))
            failed = step.outcome == StepOutcome.ERROR
            place = Lifter(trace.task).lift(around.place, ()) if around.place and journeys.rides else ()
            demo.steps.append(CourseStep(tool=tool, arguments=tuple(arguments), place=place, failed=failed))
        around.read(step)
    demo.examples = tuple(
        Example(number=number, value=value, place=places.get(number, ""))
        for value, number in lifter.things.items()
    )
    return demo


def _numbered(part: Part, number: int) -> bool:
    return part.kind == "thing" and part.number == number


def _told_choices(  # noqa: PLR0913, PLR0917 - one choice in all its circumstances
    task: str, tool: str, name: str, turn: int, parts: Parts, around: Surroundings
) -> Iterator[Choice]:
    for at, part in enumerate(parts):
        if isinstance(part, Told):
            yield Choice((tool, name, turn, at), task, part, around.number, around.clauses)


# --- all runs


def _procedures(
    demos: Sequence[_Demo], reference: str, forks: dict[tuple[str, str, int, int], Branch]
) -> Iterator[Procedure]:
    """The procedures, those of most runs first."""
    groups: dict[tuple[str, tuple[CourseStep, ...]], list[_Demo]] = defaultdict(list)
    for demo in demos:
        groups[_aligned(demo, reference, forks)].append(demo)
    for (task, steps), same in sorted(groups.items(), key=lambda item: -len(item[1])):
        others = dict.fromkeys(demo.task for demo in same if demo.task != task)
        examples = tuple(example for demo in same for example in demo.examples)
        yield Procedure(tasks=(task, *others), steps=steps, examples=examples)


def _aligned(
    demo: _Demo, reference: str, forks: dict[tuple[str, str, int, int], Branch]
) -> tuple[str, tuple[CourseStep, ...]]:
    """The run's steps in the words of the reference task, where all of them have a place in it."""
    turns: Counter[str] = Counter()
    aligned = []
    fits = True

    def moved(part: Part, fork: Branch | None) -> Part:
        nonlocal fits
        if not isinstance(part, Told):
            return part
        if fork is not None:
            return Fork(number=fork.number)
        other = translated(part, demo.task, reference)
        fits = fits and other is not None
        return other or part

    def step_in(step: CourseStep, *, forked_only: bool) -> CourseStep:
        arguments = []
        for name, parts in step.arguments:
            found = []
            for at, part in enumerate(parts):
                fork = forks.get((step.tool, name, turns[step.tool], at))
                found.append(part if forked_only and fork is None else moved(part, fork))
            arguments.append((name, tuple(found)))
        place = step.place if forked_only else tuple(moved(part, None) for part in step.place)
        return step.model_copy(update={"arguments": tuple(arguments), "place": place})

    for step in demo.steps:
        turns[step.tool] += 1
        aligned.append(step_in(step, forked_only=False))
    if fits:
        return reference, tuple(aligned)
    turns.clear()
    own = []
    for step in demo.steps:
        turns[step.tool] += 1
        own.append(step_in(step, forked_only=True))
    return demo.task, tuple(own)
