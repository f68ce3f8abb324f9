"""τ²-bench results: `{tasks, simulations, info}`; agent and simulated user both call tools.

Only `simulations` is required: without `info` the domain is unknown. The task text is always the user's first
request, not taken from `tasks`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, JsonValue, ValidationError

from trace2skill.traces.conversation import Call, Turn, first_request, to_steps
from trace2skill.traces.files import Record, traces_from
from trace2skill.traces.model import Actor, Source, StepOutcome, Trace
from trace2skill.traces.outcomes import from_score
from trace2skill.traces.problem import Problem, describe
from trace2skill.traces.readers.tau_bench import strip_end_markers

NAME = "tau2"
SUCCESS_AT = 1.0


class TauCall(BaseModel):
    """A call; its arguments are an object, not JSON text as in chat logs."""

    id: str | None = None
    name: str
    arguments: dict[str, JsonValue] = {}


class TauMessage(BaseModel):
    """A message of agent, user or tool; a tool message names the call it answers in `id`."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str | None = None
    tool_calls: list[TauCall] | None = None
    reasoning: str | None = None
    id: str | None = None
    error: bool = False
    timestamp: datetime | None = None


class DatabaseCheck(BaseModel):
    """Whether the database ended as it should."""

    db_match: bool | None = None


class Assertion(BaseModel):
    """A check of the environment."""

    func_name: str = "assertion"
    arguments: dict[str, JsonValue] = {}


class ScorerCheck(BaseModel):
    """A check of the scorer and whether it was met; what it was is an assertion or a text."""

    met: bool = True
    env_assertion: Assertion | None = None
    nl_assertion: str = ""
    info: JsonValue = None

    @property
    def text(self) -> str:
        """What was checked."""
        if self.env_assertion is None:
            return self.nl_assertion or f"{self.info} was told to the user"
        given = ", ".join(f"{name}={value}" for name, value in self.env_assertion.arguments.items())
        return f"{self.env_assertion.func_name}({given})"


class Reward(BaseModel):
    """The part of `reward_info` that is the outcome.

    It also holds the actions of the benchmark's own solution; these are no part of a run and are not read.
    """

    reward: float | None = None
    db_check: DatabaseCheck | None = None
    env_assertions: list[ScorerCheck] | None = None
    nl_assertions: list[ScorerCheck] | None = None
    communicate_checks: list[ScorerCheck] | None = None

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """The checks that the run did not meet."""
        checks = (*(self.env_assertions or ()), *(self.nl_assertions or ()), *(self.communicate_checks or ()))
        wrong_data = self.db_check is not None and self.db_check.db_match is False
        database = ("the database is as it should be",) if wrong_data else ()
        return (*database, *(check.text for check in checks if not check.met))


class Simulation(BaseModel):
    """One run."""

    id: str
    task_id: str | int
    messages: list[TauMessage]
    reward_info: Reward | None = None


class TauEnvironment(BaseModel):
    """The part of `environment_info` that names the domain."""

    domain_name: str | None = None
    policy: str | None = None


class Info(BaseModel):
    """The part of `info` that is read."""

    environment_info: TauEnvironment = TauEnvironment()


class Header(BaseModel):
    """The fields shared by all simulations of a file."""

    info: Info = Info()


def recognises(sample: JsonValue) -> bool:
    """Whether a value has a list `simulations`, and also `tasks`, `info`, or messages in the first one."""
    simulations = sample.get("simulations") if isinstance(sample, dict) else None
    if not isinstance(simulations, list):
        return False
    first = simulations[0] if simulations else None
    beside = isinstance(sample, dict) and ("tasks" in sample or "info" in sample)
    return beside or (isinstance(first, dict) and isinstance(first.get("messages"), list))


def read(record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
    """Yield one trace per simulation; success means `reward_info.reward >= success_at` (default 1.0)."""
    value = record.value if isinstance(record.value, dict) else {}
    simulations = value.get("simulations")
    try:
        shared = Header.model_validate(value).info.environment_info
    except ValidationError as error:
        shared = TauEnvironment()
        where = record.inside("info")
        yield Problem(record.path, where, describe(error), "The domain stays unknown.")
    threshold = SUCCESS_AT if success_at is None else success_at
    items = enumerate(simulations if isinstance(simulations, list) else ())
    named = ((f"simulations[{index}]", item) for index, item in items)
    yield from traces_from(record, NAME, named, lambda item, source: _trace(item, source, shared, threshold))


def _trace(item: JsonValue, source: Source, shared: TauEnvironment, success_at: float) -> Trace:
    run = Simulation.model_validate(item)
    turns = [_turn(message) for message in run.messages if message.role != "system"]
    scored = run.reward_info or Reward()
    outcome = from_score(scored.reward, success_at, "reward_info.reward")
    return Trace(
        id=run.id,
        task=first_request(turns),
        task_key=str(run.task_id),
        domain=shared.domain_name,
        steps=to_steps(turns),
        instructions=shared.policy,
        outcome=outcome.model_copy(update={"failed_checks": scored.failed_checks}),
        source=source,
    )


def _turn(message: TauMessage) -> Turn:
    if message.role == "tool":
        outcome = StepOutcome.ERROR if message.error else StepOutcome.OK
        return Turn(
            Actor.ENVIRONMENT,
            result=message.content or "",
            answers=message.id or "",
            outcome=outcome,
            time=message.timestamp,
        )
    return Turn(
        Actor.USER if message.role == "user" else Actor.AGENT,
        text=strip_end_markers(message.content or ""),
        thought=message.reasoning,
        calls=[Call(call.id or "", call.name, call.arguments) for call in message.tool_calls or ()],
        time=message.timestamp,
    )
