"""What a skill is executed on (tools behind one call, on a task), and what comes of it."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol

from pydantic import JsonValue

from trace2skill.claims.model import Rule
from trace2skill.traces.model import Action, Actor, Frozen, StepOutcome, Tool, Trace


class Response(NamedTuple):
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

    def call(self, actor: Actor, action: Action) -> Response:
        """Have the actor do the action. A tool's failure is an answer, not an exception."""


Ending = Literal["done", "stuck", "out of budget", "surprised"]


Approval = Callable[[Actor, Action], bool]


class StepReport(Frozen):
    """Why a step was taken, or not."""

    step: int | None
    action: Action
    rule: Rule | None = None
    why: str


class Execution(Frozen):
    """A run by skills: its trace, how it ended, and why each step was taken."""

    trace: Trace
    ending: Ending
    report: tuple[StepReport, ...]
    surprise: str = ""
