"""Plan templates: demonstrated procedures lifted to what they share, for worlds that answer in text."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trace2skill.evidence.policy import (
    ArgumentPart,
    Branch,
    BranchPart,
    Example,
    PlanTemplate,
    Procedure,
    TaskWords,
    TemplateStep,
)
from trace2skill.facts.read_only import is_read_only
from trace2skill.facts.untrusted_text import no_name, reads_like_an_order
from trace2skill.mining.pool import Pool
from trace2skill.plan_templates.objects import Purpose, relations
from trace2skill.plan_templates.preferences import Tasted, Travels, tastes, travels
from trace2skill.plan_templates.surroundings import Surroundings
from trace2skill.plan_templates.text import as_number, holds, words
from trace2skill.plan_templates.unify import Lifter, Where, rewritten, unify_slots
from trace2skill.traces.model import Step, StepOutcome, Trace

_MOST_CLAUSES = 200
_ENOUGH = 2
"""Runs of either side that a test on what was said needs; a number is compared whatever their count."""


class BranchChoice(NamedTuple):
    """A word of the task that a run used, by its place in the reference task, and what was said by then."""

    where: Where
    task: str
    told: TaskWords
    number: float | None
    clauses: frozenset[str]


def branches(reference: str, choices: Sequence[BranchChoice]) -> dict[Where, Branch]:
    """For each place where runs differ, the test that tells which of the two words is meant."""
    by: dict[Where, list[BranchChoice]] = defaultdict(list)
    for choice in choices:
        by[choice.where].append(choice)
    found: dict[Where, Branch] = {}
    for where, made in sorted(by.items()):
        branch = _branch(reference, made, len(found))
        if branch is not None:
            found[where] = branch
    return found


def _branch(reference: str, made: Sequence[BranchChoice], number: int) -> Branch | None:
    counts = Counter(choice.told for choice in made)
    common = sorted(counts, key=lambda told: (-counts[told], told.start, told.end))[:2]
    if len(common) < 2:
        return None
    one, other = sorted(common, key=lambda told: (told.start, told.end))
    telling = [(choice, choice.told == one) for choice in made if choice.told in common]
    fewest = min(sum(is_one for _, is_one in telling), sum(not is_one for _, is_one in telling))
    tests = list(_tests(reference, [choice for choice, _ in telling]))
    best: tuple[int, Branch] | None = None
    for above, says in tests:
        if says and fewest < _ENOUGH:
            break
        for yes, no in ((one, other), (other, one)):
            branch = Branch(number=number, task=reference, yes=yes, no=no, above=above, says=says)
            right = sum(
                holds(branch, choice.task, choice.number, choice.clauses) == (is_one == (yes == one))
                for choice, is_one in telling
            )
            if best is None or right > best[0]:
                best = right, branch
    majority = max(sum(is_one for _, is_one in telling), sum(not is_one for _, is_one in telling))
    return best[1] if best and best[0] > majority else None


def _tests(reference: str, made: Sequence[BranchChoice]) -> Iterator[tuple[int | None, str]]:
    for at, word in enumerate(words(reference)):
        if as_number(word) is not None:
            yield at, ""
    clauses = Counter(clause for choice in made for clause in choice.clauses)
    some = [clause for clause, count in sorted(clauses.items()) if count < len(made)]
    for clause in some[:_MOST_CLAUSES]:
        yield None, clause


_MOSTLY = 0.5
_MOST_RUNS = 40
_LONGEST_ANSWER = 5000
"""Characters; what answers at more length is no world of rooms and things, but files and pages."""


@dataclass
class _Demo:
    """One run as it is lifted."""

    task: str
    steps: list[TemplateStep] = field(default_factory=list)
    tasted: list[Tasted] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    heard: dict[Where, tuple[float | None, frozenset[str]]] = field(default_factory=dict)


def mine_plan_template(pool: Pool) -> PlanTemplate | None:
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
    settled = unify_slots([(demo.task, demo.steps) for demo in demos], reference)
    forks = branches(reference, list(_choices(demos, settled)))
    return PlanTemplate(
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
    return step.action is not None and not step.action.arguments and is_read_only(step.action.tool)


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
            if isinstance(part, TaskWords):
                demo.heard[tool, name, turn, at] = around.number, around.clauses
    place = Lifter(demo.task).lift(around.place, ()) if around.place and placed else ()
    failed = step.outcome == StepOutcome.ERROR
    demo.steps.append(TemplateStep(tool=tool, arguments=tuple(arguments), place=place, failed=failed))


# --- all runs


def _choices(
    demos: Sequence[_Demo], settled: Sequence[Mapping[Where, ArgumentPart] | None]
) -> Iterator[BranchChoice]:
    for demo, parts in zip(demos, settled, strict=True):
        for where, part in (parts or {}).items():
            if isinstance(part, TaskWords) and where in demo.heard:
                yield BranchChoice(where, demo.task, part, *demo.heard[where])


def _procedures(
    demos: Sequence[_Demo],
    reference: str,
    settled: Sequence[Mapping[Where, ArgumentPart] | None],
    forks: Mapping[Where, Branch],
) -> Iterator[Procedure]:
    """The procedures, those of most runs first."""
    forked = {where: BranchPart(number=branch.number) for where, branch in forks.items()}
    groups: dict[tuple[str, tuple[TemplateStep, ...]], list[_Demo]] = defaultdict(list)
    for demo, parts in zip(demos, settled, strict=True):
        here = {where: fork for where, fork in forked.items() if where in demo.heard}
        task = demo.task if parts is None else reference
        groups[task, rewritten(demo.steps, {**(parts or {}), **here})].append(demo)
    for (task, steps), same in sorted(groups.items(), key=lambda item: -len(item[1])):
        others = tuple(dict.fromkeys(demo.task for demo in same))
        examples = tuple(example for demo in same for example in demo.examples)
        yield Procedure(own=task, tasks=others, steps=steps, examples=examples)
