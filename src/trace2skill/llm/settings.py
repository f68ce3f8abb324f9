"""Which models are asked, how, what they may cost, and what they took."""

import threading
from dataclasses import asdict, astuple, dataclass
from os import environ
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from trace2skill.errors import LimitError, SettingError
from trace2skill.traces.model import Frozen

PREFIX = "TRACE2SKILL_"

Structured = Literal["auto", "json_schema", "tool_calling", "json_mode", "prompt"]


def _pair(value: object) -> object:
    """`0.4,1.6` as a variable or an option gives it."""
    return tuple(value.split(",")) if isinstance(value, str) else value


Price = Annotated[tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]], BeforeValidator(_pair)]
"""USD per million tokens: of the prompt, of the completion."""


class ModelSettings(Frozen):
    """Settings of an `Asker`. Every field has a default; without `model` there is none to ask."""

    model: str | None = Field(
        None,
        description="chat model of the analysts, e.g. openai:gpt-4.1-mini or ollama:qwen3; without one "
        "nothing is asked and nothing leaves this machine",
    )
    base_url: str | None = Field(
        None,
        description="address of a server in place of the provider's own, e.g. http://127.0.0.1:8115/v1 with "
        "openai:NAME for one that is OpenAI-compatible",
    )
    synthesis_model: str | None = Field(
        None, description="chat model that words and criticises skills; that of the analysts if absent"
    )
    structured: Structured = Field(
        "auto", description="how answers are held to a schema; auto tries the ways in this order"
    )
    temperature: float | None = Field(None, ge=0, description="the provider's default if absent")
    seed: int | None = Field(None, description="sent to providers that know it, for answers that repeat")
    max_output_tokens: int | None = Field(None, ge=1, description="most tokens of an answer")
    timeout_s: float = Field(120.0, gt=0, description="seconds without a word before a call is given up")
    retries: int = Field(4, ge=0, description="further attempts after 429, 5xx, time-outs, cut connections")
    backoff_s: float = Field(0.5, ge=0, description="seconds before the first retry, doubled each time")
    requests_per_minute: float | None = Field(None, gt=0, description="make calls no faster than this")
    tokens_per_run: int = Field(
        1500,
        ge=1,
        description="about how many tokens of prompt a run may cost; failed runs are read by themselves only "
        "if that stays within twice as much",
    )
    run_tokens: int = Field(
        20000, ge=50, description="of a run that is longer than this, long tool output is cut"
    )
    batch_tokens: int = Field(
        60000,
        ge=200,
        description="most tokens of recorded runs in one prompt; 8000, say, for a model of small context",
    )
    max_concurrency: int = Field(8, ge=1, description="most calls at once")
    max_calls: int | None = Field(
        None, ge=0, description="ask no more after so many calls, and save what is done"
    )
    max_cost: float | None = Field(
        None,
        ge=0,
        description="ask no more before more USD are spent, and save what is done; needs price",
    )
    price: Price | None = Field(
        None, description="USD per million tokens of prompt and completion, e.g. 0.4,1.6"
    )
    synthesis_price: Price | None = Field(
        None, description="the same of the synthesis model; that of price if absent"
    )

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if self.max_cost is not None and self.price is None:
            raise ValueError("max_cost needs price, as USD per million tokens: PROMPT,COMPLETION")
        return self

    @classmethod
    def from_environment(cls, **given: Any) -> Self:  # noqa: ANN401 - the fields of this class
        """The settings given, then those of variables such as `TRACE2SKILL_MODEL`, then the defaults.

        Args:
            **given: Fields; None is not given.

        Raises:
            SettingError: A value that cannot be used; the message names the field or the variable.
        """
        explicit = {name: value for name, value in given.items() if value is not None}
        variables = {name: environ.get(PREFIX + name.upper()) for name in cls.model_fields}
        found = {name: value for name, value in variables.items() if value}
        try:
            return cls.model_validate({**found, **explicit})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = str(first["loc"][0]) if first["loc"] else ""
            name = PREFIX + field.upper() if field in found.keys() - explicit.keys() else field
            raise SettingError(f"{name}: {first['msg']}" if name else str(first["msg"])) from None


class Limits:
    """The calls and the money left under `max_calls` and `max_cost`. Threads may share it."""

    def __init__(self, settings: ModelSettings) -> None:
        self._max_calls = settings.max_calls
        self._max_cost = settings.max_cost
        self._mutex = threading.Lock()
        self._calls = 0
        self._cost = 0.0
        self._reserved: list[float] = []

    def reserve(self, cost: float) -> bool:
        """Reserve a call that costs at most `cost`; False if the calls under way leave no room yet.

        Raises:
            LimitError: There is no room, whatever the calls under way come to.
        """
        with self._mutex:
            if reached := self._reached(self._calls, self._cost + cost):
                raise LimitError(reached)
            under_way = len(self._reserved), sum(self._reserved)
            if self._reached(self._calls + under_way[0], self._cost + under_way[1] + cost):
                return False
            self._reserved.append(cost)
            return True

    def settle(self, reserved: float, cost: float | None) -> None:
        """Release a reservation and count the actual cost; None for a call that was not answered."""
        with self._mutex:
            self._reserved.remove(reserved)
            if cost is not None:
                self._calls += 1
                self._cost += cost

    def _reached(self, calls: int, cost: float) -> str | None:
        if self._max_calls is not None and calls >= self._max_calls:
            return (
                f"stopped after {self._calls} calls to the model, the limit; what was answered is "
                "kept: raise max_calls and run again to go on"
            )
        if self._max_cost is not None and cost > self._max_cost:
            return (
                f"stopped at {self._cost:.4f} USD: the next call may exceed the limit of {self._max_cost:g}; "
                "what was answered is kept: raise max_cost and run again to go on"
            )
        return None


@dataclass(frozen=True)
class ModelUsage:
    """Tokens, money and retries of some calls.

    Args:
        prompt_tokens: As the provider counted them.
        completion_tokens: As the provider counted them.
        calls: Requests that were answered, usably or not.
        cached_calls: Questions answered from the cache, without a request.
        retries: Attempts that failed and were made again.
        estimated_calls: Calls whose tokens are our count, for want of the provider's.
        cost: USD; None when a call's price is not known.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    cached_calls: int = 0
    retries: int = 0
    estimated_calls: int = 0
    cost: float | None = 0.0

    def __add__(self, other: "ModelUsage") -> "ModelUsage":
        pairs = zip(astuple(self), astuple(other), strict=True)
        totals: list[Any] = [None if None in pair else sum(pair) for pair in pairs]
        return ModelUsage(*totals)


class UsageLedger:
    """The usage so far, by node and subject. Threads may share it."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._entries: dict[tuple[str, str], ModelUsage] = {}

    def add(self, node: str, subject: str, usage: ModelUsage) -> None:
        """Count what a node spent on a subject."""
        with self._mutex:
            self._entries[node, subject] = self._entries.get((node, subject), ModelUsage()) + usage

    def total(self) -> ModelUsage:
        """The usage of all calls."""
        return sum(self._snapshot().values(), ModelUsage())

    def by_node(self) -> dict[str, ModelUsage]:
        """Per node, sorted by name."""
        return self._grouped(0)

    def by_subject(self) -> dict[str, ModelUsage]:
        """Per subject, sorted by name."""
        return self._grouped(1)

    def as_json(self) -> dict[str, Any]:
        """The total, and the same per node and per subject, as plain JSON."""
        groups = {"by_node": self.by_node(), "by_subject": self.by_subject()}
        plain = {name: {key: asdict(each) for key, each in group.items()} for name, group in groups.items()}
        return {"total": asdict(self.total()), **plain}

    def _snapshot(self) -> dict[tuple[str, str], ModelUsage]:
        with self._mutex:
            return dict(self._entries)

    def _grouped(self, part: int) -> dict[str, ModelUsage]:
        grouped: dict[str, ModelUsage] = {}
        for names, usage in sorted(self._snapshot().items()):
            grouped[names[part]] = grouped.get(names[part], ModelUsage()) + usage
        return grouped
