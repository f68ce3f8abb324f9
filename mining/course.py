"""Courses: demonstrated procedures lifted to what they share, for worlds that speak in text."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trace2skill.facts.probes import is_probe
from trace2skill.facts.untrusted_text import no_name, reads_like_an_order
from trace2skill.mining.branches import Choice, branches
from trace2skill.mining.lifting import Lifter
from trace2skill.mining.pool import Pool
from trace2skill.mining.settling import Where, rewritten, settle
from trace2skill.mining.tastes import Tasted, tastes
from trace2skill.mining.travels import Travels, travels
from trace2skill.skills.binding_things import Purpose, relations
from trace2skill.skills.course import (
    Branch,
    Course,
    CourseStep,
    Example,
    Fork,
    Part,
    Procedure,
    Told,
)
from trace2skill.skills.surroundings import Surroundings
from trace2skill.traces.model import Step, StepOutcome, Trace

_MOSTLY = 0.5
_MOST_RUNS = 40
_LONGEST_ANSWER = 5000
"""Characters; what answers at more length is no world of rooms and things, but files and pages."""


@dataclass
class _Demo:
    """One run as it is lifted."""

    task: str
    steps: list[CourseStep] = field(default_factory=list)
    tasted: list[Tasted] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    heard: dict[Where, tuple[float | None, frozenset[str]]] = field(default_factory=dict)


def mine_course(pool: Pool) -> Course | None:
    """The course of a pool's good runs; None where their world does not answer in text alone.

    The same pool gives the same course.
    """
    good = [trace for at in pool.good if _is_plain(trace := pool.views[at].trace)]
    traces = good[:: -(-len(good) // _MOST_RUNS) or 1]
    if not traces or not all(map(_told_in_text, traces)):
        return None
    journeys = travels(traces)
    demos = [_demo(trace, journeys) for trace in traces]
    reference = demos[0].task
    settled = settle([(demo.task, demo.steps) for demo in demos], reference)
    forks = branches(reference, list(_choices(demos, settled)))
    return Course(
        procedures=tuple(_procedures(demos, reference, settled, forks)),
        looks=_looks(traces),
        rides=journeys.rides,
        links=journeys.links,
        tastes=tuple(tastes([taste for demo in demos for taste in demo.tasted])),
        branches=tuple(forks.values()),
    )


def _is_plain(trace: Trace) -> bool:
    """Whether nothing that the run does is named, or given a text, that reads like an order."""
    actions = [step.action for step in trace.steps if step.action]
    names = {name for action in actions for name in (action.tool, *action.arguments)}
    texts = (value for action in actions for value in action.arguments.values() if isinstance(value, str))
    return not any(map(no_name, names)) and not any(map(reads_like_an_order, texts))


def _told_in_text(trace: Trace) -> bool:
    answers = [step.observation for step in trace.steps if step.action and step.observation is not None]
    return bool(answers) and all(
        isinstance(answer, str) and len(answer) <= _LONGEST_ANSWER for answer in answers
    )


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
    for step in trace.steps:
        if step.action and not _is_look(step) and not journeys.rides_in(step):
            turns[step.action.tool] += 1
            _lift(demo, step, lifter, around, turns[step.action.tool], placed=bool(journeys.rides))
        around.read(step)
    return demo


def _lift(  # noqa: PLR0913 - one step in all its circumstances
    demo: _Demo, step: Step, lifter: Lifter, around: Surroundings, turn: int, *, placed: bool
) -> None:
    assert step.action is not None
    tool = step.action.tool
    seen = [*around.scene, *reversed([each for each in around.memory if each not in around.scene])]
    used = set(lifter.things)
    arguments = []
    for name, value in sorted(step.action.arguments.items()):
        known = set(lifter.things)
        parts = lifter.lift(value, seen)
        arguments.append((name, parts))
        shown, purpose = frozenset(around.scene) - used, Purpose(tool, name, turn)
        for thing in [thing for thing in lifter.things if thing not in known]:
            demo.tasted.append(Tasted(purpose, thing, shown, relations(around, used, thing)))
            number, where = lifter.things[thing], around.memory.get(thing, "")
            demo.examples.append(Example(number=number, value=thing, place=where))
        for at, part in enumerate(parts):
            if isinstance(part, Told):
                demo.heard[tool, name, turn, at] = around.number, around.clauses
    place = Lifter(demo.task).lift(around.place, ()) if around.place and placed else ()
    failed = step.outcome == StepOutcome.ERROR
    demo.steps.append(CourseStep(tool=tool, arguments=tuple(arguments), place=place, failed=failed))


# --- all runs


def _choices(demos: Sequence[_Demo], settled: Sequence[Mapping[Where, Part] | None]) -> Iterator[Choice]:
    for demo, parts in zip(demos, settled, strict=True):
        for where, part in (parts or {}).items():
            if isinstance(part, Told) and where in demo.heard:
                yield Choice(where, demo.task, part, *demo.heard[where])


def _procedures(
    demos: Sequence[_Demo],
    reference: str,
    settled: Sequence[Mapping[Where, Part] | None],
    forks: Mapping[Where, Branch],
) -> Iterator[Procedure]:
    """The procedures, those of most runs first."""
    forked = {where: Fork(number=branch.number) for where, branch in forks.items()}
    groups: dict[tuple[str, tuple[CourseStep, ...]], list[_Demo]] = defaultdict(list)
    for demo, parts in zip(demos, settled, strict=True):
        here = {where: fork for where, fork in forked.items() if where in demo.heard}
        task = demo.task if parts is None else reference
        groups[task, rewritten(demo.steps, {**(parts or {}), **here})].append(demo)
    for (task, steps), same in sorted(groups.items(), key=lambda item: -len(item[1])):
        others = tuple(dict.fromkeys(demo.task for demo in same))
        examples = tuple(example for demo in same for example in demo.examples)
        yield Procedure(own=task, tasks=others, steps=steps, examples=examples)
