"""A run of a compiled tool, call after call: what was done and told so far, and what the user is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import JsonValue

from trace2skill.facts.probes import is_probe
from trace2skill.skills.environment import Answer
from trace2skill.traces.model import Action, Actor, StepOutcome, Tool

NO_ANSWER = Answer(None, StepOutcome.UNKNOWN)

Act = Callable[[Actor, Action], Answer]


class Entry(NamedTuple):
    """One call that was made, and what came back."""

    actor: Actor
    action: Action
    answer: Answer


@dataclass
class Ledger:
    """What a run has behind it: its calls in order, and the questions that are open."""

    entries: list[Entry] = field(default_factory=list)
    asks: list[tuple[Actor, Action]] = field(default_factory=list)

    def copied(self) -> "Ledger":
        """A ledger that grows on its own."""
        return Ledger(list(self.entries), list(self.asks))

    def told(self, answers: Sequence[JsonValue]) -> None:
        """Take in answers to the open questions, in their order; what is not answered is asked again."""
        for (actor, action), answer in zip(self.asks, answers, strict=False):
            self.entries.append(Entry(actor, action, Answer(answer)))
        self.asks = []


class LedgerWorld:
    """An environment that answers from the ledger first, then acts for real, and stops at questions.

    A run that goes on is executed from the start: the same answers lead to the same calls, and none of them
    is made twice. What the user is to look up is collected into one round of questions; nothing is changed
    while one is open.

    Args:
        ledger: What was done so far. It grows.
        task: The task's text.
        act: Does an action of the agent.
        dry: Do nothing that was not done before.
        halted: Whether nothing more is to be done, as nobody waits for it.
    """

    tools: Sequence[Tool] = ()
    initial_observation: JsonValue = None

    def __init__(
        self,
        ledger: Ledger,
        task: str,
        act: Act,
        *,
        dry: bool = False,
        halted: Callable[[], bool] = lambda: False,
    ) -> None:
        self.task = task
        self.undone: set[int] = set()  # steps of the run that were wanted and not taken
        self._ledger = ledger
        self._act = act
        self._dry = dry
        self._halted = halted
        self._stopped = False
        self._left = list(ledger.entries)
        self._step = -1

    @property
    def done(self) -> bool:
        """Whether a question is open that all else hangs on, or nobody waits any more."""
        return self._stopped or self._halted()

    @property
    def asks(self) -> Sequence[tuple[Actor, Action]]:
        """The questions that are open."""
        return self._ledger.asks

    def knows(self, actor: Actor, action: Action) -> bool:
        """Whether the ledger has the answer to this call."""
        return any(each[:2] == (actor, action) for each in self._left)

    def call(self, actor: Actor, action: Action) -> Answer:
        """Answer from the ledger; else act, or note the question."""
        self._step += 1
        known = next((each for each in self._left if each[:2] == (actor, action)), None)
        if known:
            self._left.remove(known)
            return known.answer
        looks = is_probe(action.tool)
        if self._may_act(actor, looks=looks):
            return self._do(actor, action, looks=looks)
        self.undone.add(self._step)
        if actor != Actor.AGENT and not self._dry and (looks or not self._ledger.asks):
            self._ledger.asks.append((actor, action))
        self._stopped = self._stopped or self._dry or not looks
        return NO_ANSWER

    def _may_act(self, actor: Actor, *, looks: bool) -> bool:
        if actor != Actor.AGENT or self._dry or self.done:
            return False
        return looks or not self._ledger.asks

    def _do(self, actor: Actor, action: Action, *, looks: bool) -> Answer:
        answer = self._act(actor, action)
        if not looks:  # what was read before it, and not needed, may no longer be so
            for entry in self._left:
                self._ledger.entries.remove(entry)
            self._left.clear()
        self._ledger.entries.append(Entry(actor, action, answer))
        return answer
