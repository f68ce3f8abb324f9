"""Compare procedures: which fits a task, which steps repeat at its end, what other procedures did instead."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from trace2skill.evidence.policy import BranchPart, Procedure, TaskWords, TemplateStep, Thing
from trace2skill.plan_templates.text import text_similarity

_MOST_REPEATS = 20


def fitness(procedure: Procedure, task: str) -> tuple[bool, bool, float, int]:
    """A sort key by which the procedure that fits a task best comes first.

    First those done on the task, then those that use words of the task, then those of similar tasks, then
    those done on more tasks.
    """
    adapts = any(
        isinstance(part, TaskWords | BranchPart)
        for step in procedure.steps
        for _, parts in (*step.arguments, ("", step.place))
        for part in parts
    )
    nearest = max(round(text_similarity(each, task), 1) for each in procedure.tasks)
    return task not in procedure.tasks, not adapts, -nearest, -len(procedure.tasks)


def repeated(steps: Sequence[TemplateStep]) -> Iterator[TemplateStep]:
    """The last steps again and again, with new things each time, if the procedure ends with a repetition."""
    for length in range(1, len(steps) // 2 + 1):
        last, before = steps[-length:], steps[-2 * length : -length]
        if _shape(last) == _shape(before):
            break
    else:
        return
    highest = max((part.number for step in steps for part in _things(step)), default=0)
    old = {part.number for step in steps[:-length] for part in _things(step)} & {
        part.number for step in before for part in _things(step)
    }
    shared = old & {part.number for step in last for part in _things(step)}
    for again in range(1, _MOST_REPEATS + 1):
        for step in last:
            yield _renumbered(step, shared, again * (highest + 1))


def carried_over(bound: Mapping[int, str], procedure: Procedure) -> dict[int, str]:
    """The bindings under the numbers of another procedure, for the things that its runs used too."""
    values = set(bound.values())
    return {each.number: each.value for each in procedure.examples if each.value in values}


def alternatives(
    procedures: Sequence[Procedure], procedure: Procedure, at: int
) -> Iterator[tuple[Procedure, int]]:
    """Steps that other procedures did instead of the one at a position.

    Either the same use of the tool with other arguments, or the step after the same preceding step.
    """
    step = procedure.steps[at]
    turn = sum(each.tool == step.tool for each in procedure.steps[: at + 1])
    tried = {(step.tool, step.arguments)}
    before = [(each.tool, each.arguments) for each in procedure.steps[max(0, at - 1) : at]]
    for other in procedures:
        same = [place for place, each in enumerate(other.steps) if each.tool == step.tool][turn - 1 : turn]
        next_to = [
            place
            for place in range(1, len(other.steps))
            if [(other.steps[place - 1].tool, other.steps[place - 1].arguments)] == before
        ]
        for place in (*same, *next_to[:1]):
            instead = other.steps[place]
            if (instead.tool, instead.arguments) not in tried and not instead.failed:
                tried.add((instead.tool, instead.arguments))
                yield other, place


def _things(step: TemplateStep) -> Iterator[Thing]:
    yield from (part for _, parts in step.arguments for part in parts if isinstance(part, Thing))


def _shape(steps: Sequence[TemplateStep]) -> list[TemplateStep]:
    """The steps with their things numbered in order of appearance."""
    numbers: dict[int, int] = {}
    for step in steps:
        for part in _things(step):
            numbers.setdefault(part.number, len(numbers))
    return [_mapped(step, numbers) for step in steps]


def _renumbered(step: TemplateStep, kept: Collection[int], by: int) -> TemplateStep:
    return _mapped(step, {part.number: part.number + by for part in _things(step) if part.number not in kept})


def _mapped(step: TemplateStep, numbers: Mapping[int, int]) -> TemplateStep:
    arguments = tuple(
        (
            name,
            tuple(
                Thing(number=numbers.get(part.number, part.number)) if isinstance(part, Thing) else part
                for part in parts
            ),
        )
        for name, parts in step.arguments
    )
    return step.model_copy(update={"arguments": arguments})
