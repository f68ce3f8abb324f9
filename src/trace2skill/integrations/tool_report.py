"""What a compiled tool answers: the calls made, why it stopped, and what is left to do."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import orjson
from pydantic import Field, JsonValue

from trace2skill.claims.model import Rule
from trace2skill.claims.view import View
from trace2skill.facts.read_only import is_read_only
from trace2skill.policies.knowledge import Knowledge
from trace2skill.skills.execution import Execution, Response
from trace2skill.traces.model import Action, Actor, Frozen, StepOutcome, Tool
from trace2skill.wording.claims import clause, sentence
from trace2skill.wording.escape import no_tags, shortened
from trace2skill.wording.terms import imperative

NO_ANSWER = Response(None, StepOutcome.UNKNOWN)

Act = Callable[[Actor, Action], Response]


class LoggedCall(NamedTuple):
    """One call that was made, and what came back."""

    actor: Actor
    action: Action
    answer: Response


@dataclass
class CallLog:
    """What a run has behind it: its calls in order, and the questions that are open."""

    entries: list[LoggedCall] = field(default_factory=list)
    asks: list[tuple[Actor, Action]] = field(default_factory=list)

    def copied(self) -> "CallLog":
        """A copy that grows on its own."""
        return CallLog(list(self.entries), list(self.asks))

    def told(self, answers: Sequence[JsonValue]) -> None:
        """Take in answers to the open questions, in their order; what is not answered is asked again."""
        for (actor, action), answer in zip(self.asks, answers, strict=False):
            self.entries.append(LoggedCall(actor, action, Response(answer)))
        self.asks = []


class LoggedWorld:
    """An environment that answers from the call log first, then acts for real, and stops at questions.

    A run that goes on is executed from the start: the same answers lead to the same calls, and none of them
    is made twice. What the user is to look up is collected into one round of questions; nothing is changed
    while one is open.

    Args:
        log: What was done so far. It grows.
        task: The task's text.
        act: Does an action of the agent.
        dry: Do nothing that was not done before.
        halted: Whether nothing more is to be done, as nobody waits for it.
    """

    tools: Sequence[Tool] = ()
    initial_observation: JsonValue = None

    def __init__(
        self,
        log: CallLog,
        task: str,
        act: Act,
        *,
        dry: bool = False,
        halted: Callable[[], bool] = lambda: False,
    ) -> None:
        self.task = task
        self.undone: set[int] = set()  # steps of the run that were wanted and not taken
        self._log = log
        self._act = act
        self._dry = dry
        self._halted = halted
        self._stopped = False
        self._left = list(log.entries)
        self._step = -1

    @property
    def done(self) -> bool:
        """Whether a question is open that all else hangs on, or nobody waits any more."""
        return self._stopped or self._halted()

    @property
    def asks(self) -> Sequence[tuple[Actor, Action]]:
        """The questions that are open."""
        return self._log.asks

    def knows(self, actor: Actor, action: Action) -> bool:
        """Whether the log has the answer to this call."""
        return any(each[:2] == (actor, action) for each in self._left)

    def call(self, actor: Actor, action: Action) -> Response:
        """Answer from the log; else act, or note the question."""
        self._step += 1
        known = next((each for each in self._left if each[:2] == (actor, action)), None)
        if known:
            self._left.remove(known)
            return known.answer
        looks = is_read_only(action.tool)
        if self._may_act(actor, looks=looks):
            return self._do(actor, action, looks=looks)
        self.undone.add(self._step)
        if actor != Actor.AGENT and not self._dry and (looks or not self._log.asks):
            self._log.asks.append((actor, action))
        self._stopped = self._stopped or self._dry or not looks
        return NO_ANSWER

    def _may_act(self, actor: Actor, *, looks: bool) -> bool:
        if actor != Actor.AGENT or self._dry or self.done:
            return False
        return looks or not self._log.asks

    def _do(self, actor: Actor, action: Action, *, looks: bool) -> Response:
        answer = self._act(actor, action)
        if not looks:  # what was read before it, and not needed, may no longer be so
            for entry in self._left:
                self._log.entries.remove(entry)
            self._left.clear()
        self._log.entries.append(LoggedCall(actor, action, answer))
        return answer


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


def report(skill: str, run: Execution, knowledge: Knowledge, world: LoggedWorld, *, dry: bool) -> ToolReport:
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
