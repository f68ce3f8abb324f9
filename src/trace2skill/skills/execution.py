"""What a skill is executed on (a task with tools behind one call), and the result."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol

from pydantic import JsonValue

from trace2skill.claims.model import Rule
from trace2skill.traces.model import Action, Actor, Frozen, StepOutcome, Tool, Trace


class Response(NamedTuple):
    """The result of a call: what was observed, and whether it succeeded."""

    observation: JsonValue
    outcome: StepOutcome = StepOutcome.OK


class Environment(Protocol):
    """An environment to act on. `actor` says who is to act: the agent, a user or a sub-agent."""

    @property
    def task(self) -> str:
        """The task's text."""

    @property
    def initial_observation(self) -> JsonValue:
        """What is observed before the first action; None if nothing."""

    @property
    def tools(self) -> Sequence[Tool]:
        """The tools offered; empty if the environment does not say."""

    @property
    def done(self) -> bool:
        """Whether the environment accepts no further action."""

    def call(self, actor: Actor, action: Action) -> Response:
        """Let the actor do the action. A tool's failure is returned as an outcome, not raised."""


Ending = Literal["done", "stuck", "out of budget", "surprised"]


Approval = Callable[[Actor, Action], bool]


class StepReport(Frozen):
    """Why an action was taken or, if `step` is None, not taken."""

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
