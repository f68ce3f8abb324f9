"""Which models are asked, how, and what they may cost."""

from os import environ
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from trace2skill.errors import SettingError
from trace2skill.traces.model import Frozen

PREFIX = "TRACE2SKILL_"

Structured = Literal["auto", "json_schema", "tool_calling", "prompt"]


def _pair(value: object) -> object:
    """`0.4,1.6` as a variable or an option gives it."""
    return tuple(value.split(",")) if isinstance(value, str) else value


Price = Annotated[tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]], BeforeValidator(_pair)]
"""USD per million tokens: of the prompt, of the completion."""


class ModelSettings(Frozen):
    """Settings of an `Asker`. Every field has a default; without `model` there is none to ask."""

    model: str | None = Field(None, description="chat model of the analysts, e.g. openai:gpt-4.1-mini")
    base_url: str | None = Field(
        None, description="address of an OpenAI-compatible server, e.g. http://127.0.0.1:8115/v1"
    )
    synthesis_model: str | None = Field(
        None, description="chat model of synthesis and critique; that of the analysts if absent"
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
    requests_per_minute: float | None = Field(None, gt=0, description="no faster than this")
    tokens_per_run: int = Field(
        1500,
        ge=1,
        description="about how many tokens of prompt a run may cost; each is read once at least",
    )
    run_tokens: int = Field(1000, ge=50, description="of a run that is longer than this, long texts are cut")
    batch_tokens: int = Field(12000, ge=200, description="most tokens of recorded runs in one prompt")
    max_concurrency: int = Field(8, ge=1, description="most calls at once")
    max_calls: int | None = Field(None, ge=0, description="stop before there are more calls than this")
    max_cost: float | None = Field(None, ge=0, description="stop before the calls cost more USD; needs price")
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
