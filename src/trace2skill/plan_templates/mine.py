"""Mine plan templates: what the demonstrated procedures share, for worlds that answer in text."""

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
from trace2skill.plan_templates.preferences import Navigation, ObjectChoice, navigation, object_preferences
from trace2skill.plan_templates.surroundings import Surroundings
from trace2skill.plan_templates.text import as_number, holds, words
from trace2skill.plan_templates.unify import Lifter, Where, rewritten, unify_slots
from trace2skill.traces.model import Step, StepOutcome, Trace

_MOST_CLAUSES = 200
_ENOUGH = 2
"""Fewest runs on either side for a test on what was said; a test on a number needs no minimum."""


class BranchChoice(NamedTuple):
    """Words of the task that a run used, as a range of the reference task, and what was said before."""

    where: Where
    task: str
    words_used: TaskWords
    number: float | None
    clauses: frozenset[str]


def branches(reference: str, choices: Sequence[BranchChoice]) -> dict[Where, Branch]:
    """For each argument part where runs differ, the test that decides which of two words is meant."""
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
    counts = Counter(choice.words_used for choice in made)
    common = sorted(counts, key=lambda part: (-counts[part], part.start, part.end))[:2]
    if len(common) < 2:
        return None
    one, other = sorted(common, key=lambda part: (part.start, part.end))
    telling = [(choice, choice.words_used == one) for choice in made if choice.words_used in common]
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
"""Characters; environments with longer answers show files and pages rather than rooms and things."""


@dataclass
class _Demo:
    """One run with task words and things taken out of its arguments."""

    task: str
    steps: list[TemplateStep] = field(default_factory=list)
    object_choices: list[ObjectChoice] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    heard: dict[Where, tuple[float | None, frozenset[str]]] = field(default_factory=dict)


def mine_plan_template(pool: Pool) -> PlanTemplate | None:
    """The plan template of a pool's good runs; None if their world does not answer in text alone.

    The same pool gives the same template.
    """
    good = [trace for at in pool.good if _is_plain(trace := pool.views[at].trace)]
    traces = good[:: -(-len(good) // _MOST_RUNS) or 1]
    if not traces or not all(map(_answers_in_text, traces)):
        return None
    moves = navigation(traces)
    demos = [_demo(trace, moves) for trace in traces]
    reference = demos[0].task
    unified = unify_slots([(demo.task, demo.steps) for demo in demos], reference)
    found = branches(reference, list(_choices(demos, unified)))
    return PlanTemplate(
        procedures=tuple(_procedures(demos, reference, unified, found)),
        looks=_looks(traces),
        rides=moves.actions,
        links=moves.links,
        tastes=tuple(object_preferences([choice for demo in demos for choice in demo.object_choices])),
        branches=tuple(found.values()),
    )


def _is_plain(trace: Trace) -> bool:
    """Whether no tool, argument name or text argument of the run reads like an order."""
    actions = [step.action for step in trace.steps if step.action]
    names = {name for action in actions for name in (action.tool, *action.arguments)}
    texts = (value for action in actions for value in action.arguments.values() if isinstance(value, str))
    return not any(map(no_name, names)) and not any(map(reads_like_an_order, texts))


def _answers_in_text(trace: Trace) -> bool:
    answers = [step.observation for step in trace.steps if step.action and step.observation is not None]
    return bool(answers) and all(
        isinstance(answer, str) and len(answer) <= _LONGEST_ANSWER for answer in answers
    )


def _is_look(step: Step) -> bool:
    return step.action is not None and not step.action.arguments and is_read_only(step.action.tool)


def _looks(traces: Sequence[Trace]) -> tuple[str, ...]:
    """The read-only tools that runs call after most of their other actions."""
    after: Counter[str] = Counter()
    acted = 0
    for trace in traces:
        since: set[str] = set()
        for step in trace.steps:
            if step.action and _is_look(step):
                after.update({step.action.tool} - since)
                since.add(step.action.tool)
            elif step.action:
                acted += 1
                since = set()
    return tuple(sorted(tool for tool, count in after.items() if count >= _MOSTLY * acted))


# --- one run


def _demo(trace: Trace, moves: Navigation) -> _Demo:
    demo = _Demo(trace.task)
    lifter = Lifter(trace.task)
    around = Surroundings(trace.initial_observation)
    turns: Counter[str] = Counter()
    for step in trace.steps:
        if step.action and not _is_look(step) and not moves.includes(step):
            turns[step.action.tool] += 1
            _lift(demo, step, lifter, around, turns[step.action.tool], placed=bool(moves.actions))
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
            demo.object_choices.append(ObjectChoice(purpose, thing, shown, relations(around, used, thing)))
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
    demos: Sequence[_Demo], unified: Sequence[Mapping[Where, ArgumentPart] | None]
) -> Iterator[BranchChoice]:
    for demo, parts in zip(demos, unified, strict=True):
        for where, part in (parts or {}).items():
            if isinstance(part, TaskWords) and where in demo.heard:
                yield BranchChoice(where, demo.task, part, *demo.heard[where])


def _procedures(
    demos: Sequence[_Demo],
    reference: str,
    unified: Sequence[Mapping[Where, ArgumentPart] | None],
    found: Mapping[Where, Branch],
) -> Iterator[Procedure]:
    """The procedures, those that most runs followed first."""
    branch_parts = {where: BranchPart(number=branch.number) for where, branch in found.items()}
    groups: dict[tuple[str, tuple[TemplateStep, ...]], list[_Demo]] = defaultdict(list)
    for demo, parts in zip(demos, unified, strict=True):
        here = {where: part for where, part in branch_parts.items() if where in demo.heard}
        task = demo.task if parts is None else reference
        groups[task, rewritten(demo.steps, {**(parts or {}), **here})].append(demo)
    for (task, steps), same in sorted(groups.items(), key=lambda item: -len(item[1])):
        tasks = tuple(dict.fromkeys(demo.task for demo in same))
        examples = tuple(example for demo in same for example in demo.examples)
        yield Procedure(own=task, tasks=tasks, steps=steps, examples=examples)
