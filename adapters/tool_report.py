"""What a compiled tool answers: the steps taken, why it stopped, and what is left."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

import orjson
from pydantic import Field, JsonValue

from trace2skill.adapters.ledger import LedgerWorld
from trace2skill.claims.model import Rule
from trace2skill.claims.view import View
from trace2skill.skills.action_wording import imperative
from trace2skill.skills.escape import no_tags
from trace2skill.skills.executor import Execution
from trace2skill.skills.knowledge import Knowledge
from trace2skill.skills.marks import shortened
from trace2skill.skills.predicate_wording import clause
from trace2skill.skills.wording import sentence
from trace2skill.traces.model import Action, Actor, Frozen, StepOutcome

Ended = Literal["done", "ask", "surprised", "stuck", "out of budget", "dry run"]
OBSERVATION = 300
"""Characters of an observation that are shown."""


class Taken(Frozen):
    """A step that was taken."""

    actor: Actor
    tool: str
    arguments: dict[str, JsonValue]
    observation: str
    failed: bool = False
    because: str = Field(description="the rule that fired, or what is read")


class Ask(Frozen):
    """Something that the user is to do. The answer to it is what the user reports."""

    actor: Actor
    tool: str
    arguments: dict[str, JsonValue]
    words: str


class ToolReport(Frozen):
    """The result of a call of a compiled tool."""

    skill: str
    ended: Ended
    reason: str = ""
    steps: tuple[Taken, ...] = Field((), description="of the whole run, earlier calls included")
    ask: tuple[Ask, ...] = Field((), description="to be answered in this order in `answers`")
    left: tuple[str, ...] = Field((), description="what is due and not done, and what is not yet so")
    plan: tuple[str, ...] = Field((), description="of a dry run: what is read and what is done when")
    run: str = Field("", description="to be given back with the answers; empty when the run is over")


def report(skill: str, run: Execution, knowledge: Knowledge, world: LedgerWorld, *, dry: bool) -> ToolReport:
    """The report on a run in that world."""
    undone = world.undone
    asks = tuple(_ask(actor, action) for actor, action in world.asks)
    ended: Ended = "dry run" if dry else "ask" if asks else run.ending
    return ToolReport(
        skill=skill,
        ended=ended,
        reason=_reason(run, ended, asks),
        steps=tuple(_steps(run, undone)),
        ask=asks,
        left=tuple(dict.fromkeys(_left(run, knowledge, undone, dry=dry))),
    )


def plan(knowledge: Knowledge, needs_approval: Collection[str]) -> tuple[str, ...]:
    """What the skill reads, and what it does when, in words."""
    reads: dict[str, list[str]] = {}
    for key in knowledge.keys:
        if key in knowledge.readings:
            reads.setdefault(imperative(knowledge.readings[key]), []).append(key)
    looks = (f"To know {', '.join(keys)}: {words}." for words, keys in reads.items())
    return (*looks, *(_due(rule, needs_approval) for rule in (*knowledge.rules, *knowledge.further)))


def _due(rule: Rule, needs_approval: Collection[str]) -> str:
    return sentence(rule) + (" It needs approval." if rule.then.tool in needs_approval else "")


def _steps(run: Execution, undone: Collection[int]) -> Iterable[Taken]:
    for entry in run.report:
        if entry.step is None or entry.step in undone:
            continue
        step = run.trace.steps[entry.step]
        yield Taken(
            actor=step.actor,
            tool=entry.action.tool,
            arguments=entry.action.arguments,
            observation=_shown(step.observation),
            failed=step.outcome == StepOutcome.ERROR,
            because=sentence(entry.rule) if entry.rule else entry.why,
        )


def _left(run: Execution, knowledge: Knowledge, undone: Collection[int], *, dry: bool) -> Iterable[str]:
    """What was wanted and not done, what a surprise or the budget kept from being done, unreached goals."""
    for entry in run.report:
        if entry.step is None:
            yield f"{_called(entry.action)}: {entry.why}"
        elif entry.step in undone and (dry or entry.rule):
            yield f"{_called(entry.action)}: {sentence(entry.rule) if entry.rule else entry.why}"
    view = View(run.trace, knowledge.vocabulary)
    if run.ending in {"surprised", "out of budget"}:
        done = [entry.rule for entry in run.report if entry.rule and entry.step is not None]
        yield from (sentence(r) for r in knowledge.rules if view.truth(r.when)[-1] and r not in done)
    yield from (f"not yet so: {clause(goal)}" for goal in knowledge.goals if not view.truth(goal)[-1])


def _reason(run: Execution, ended: Ended, asks: Sequence[Ask]) -> str:
    match ended:
        case "ask":
            return f"the user has to act: {'; '.join(ask.words for ask in asks)}"
        case "surprised":
            return run.surprise
        case "stuck":
            return "no rule applies, and the goal is not reached"
        case "dry run":
            return "nothing was called"
        case _:
            return ""


def _ask(actor: Actor, action: Action) -> Ask:
    whom = "the user" if actor == Actor.USER else f"the {actor}"
    return Ask(
        actor=actor,
        tool=action.tool,
        arguments=action.arguments,
        words=f"ask {whom} to run {_called(action)}",
    )


def _called(action: Action) -> str:
    arguments = (f"{name} = {orjson.dumps(value).decode()}" for name, value in action.arguments.items())
    return f"`{action.tool}({', '.join(arguments)})`"


def _shown(observation: JsonValue) -> str:
    text = observation if isinstance(observation, str) else orjson.dumps(observation).decode()
    return no_tags(shortened(text, OBSERVATION))
