"""What an executor acts on: tools behind one call, on a task."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pydantic import JsonValue

from trace2skill.traces.model import Action, Actor, StepOutcome, Tool


class Answer(NamedTuple):
    """What came back from a call, and how it went."""

    observation: JsonValue
    outcome: StepOutcome = StepOutcome.OK


class Environment(Protocol):
    """A world to act on. What another side does (a user, a sub-agent) is asked of that side by `actor`."""

    @property
    def task(self) -> str:
        """The task's text."""

    @property
    def initial_observation(self) -> JsonValue:
        """What is seen before anything is done; None for nothing."""

    @property
    def tools(self) -> Sequence[Tool]:
        """The tools offered; empty where the environment does not say."""

    @property
    def done(self) -> bool:
        """Whether the world takes no further action."""

    def call(self, actor: Actor, action: Action) -> Answer:
        """Have the actor do the action. A tool's failure is an answer, not an exception."""
