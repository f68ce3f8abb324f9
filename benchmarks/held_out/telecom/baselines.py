"""What the executor is compared with: random calls, the likest demonstration again, and the ceiling."""

import json
import random
from collections.abc import Sequence

from trace2skill.facts.belief import Belief
from trace2skill.facts.read_only import is_read_only
from trace2skill.traces.model import Action, Actor, Step, Trace

Call = tuple[Actor, Action]
RANDOM_CALLS = 10


def repairs(trace: Trace) -> list[Call]:
    """The calls of a run that change something, in order."""
    return [
        (step.actor, step.action)
        for step in trace.steps
        if step.action and not is_read_only(step.action.tool)
    ]


def drawn(demonstrations: Sequence[Trace], rng: random.Random) -> list[Call]:
    """Random calls of the demonstrations."""
    return rng.sample([call for each in demonstrations for call in repairs(each)], RANDOM_CALLS)


def likest(first: Sequence[Step], ticket: str, demonstrations: Sequence[Trace]) -> list[Call]:
    """The repairs of the demonstration whose ticket and first readings share most facts with these."""
    facts = _facts(first, ticket)

    def likeness(trace: Trace) -> float:
        changes = (step.index for step in trace.steps if step.action and not is_read_only(step.action.tool))
        other = _facts(trace.steps[: next(changes, len(trace.steps))], trace.task)
        return len(facts & other) / max(1, len(facts | other))

    return repairs(max(demonstrations, key=lambda trace: (likeness(trace), trace.hash)))


def within_reach(gold: Sequence[Call], demonstrations: Sequence[Trace]) -> bool:
    """Whether all that a task needs was done in some demonstration, with the same arguments."""
    seen = {key(call) for each in demonstrations for call in repairs(each)}
    return all(key(call) in seen for call in gold)


def key(call: Call) -> str:
    """A call as text, free text left out."""
    arguments = {name: value for name, value in call[1].arguments.items() if name != "summary"}
    return f"{call[0]} {call[1].tool} {json.dumps(arguments, sort_keys=True)}"


def _facts(steps: Sequence[Step], ticket: str) -> set[tuple[object, ...]]:
    belief = Belief(Trace(id="start", task=ticket, steps=tuple(steps)))
    latest = {
        (fact, entity, readings[-1].value)
        for fact in belief.keys
        for entity, readings in belief.timeline(fact).items()
    }
    return latest | {("task", word) for word in ticket.split()}
