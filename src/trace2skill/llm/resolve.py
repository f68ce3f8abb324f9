"""The chat model, by name or as an object: made once, when it is first asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from os import environ
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, JsonValue

from trace2skill.errors import ModelError
from trace2skill.llm.providers import resolve_model
from trace2skill.llm.replies import Ladder, Method, bind
from trace2skill.llm.settings import ModelSettings, Price

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from trace2skill.llm.replies import Caller


def model_name(model: "BaseChatModel | str") -> str:
    """The model's name as receipts show it."""
    if isinstance(model, str):
        return model
    given = getattr(model, "model_name", None) or getattr(model, "model", None)
    return f"{type(model).__name__}[{given}]" if isinstance(given, str) else type(model).__name__


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Convert errors of a model into `ModelError`, without the service's message, which may quote a key.

    Raises:
        ModelError: The model could not be reached, refused, or failed.
    """
    from httpx import HTTPError
    from langchain_core.exceptions import ModelError as LangChainModelError
    from openai import OpenAIError

    try:
        yield
    except (HTTPError, LangChainModelError, OpenAIError, ConnectionError) as error:
        status = getattr(error, "status_code", None)
        cause = type(error).__name__ + (f", status {status}" if status else "")
        raise failed(name, cause) from None


def failed(name: str, cause: str) -> ModelError:
    """The `ModelError` for a failure of this model."""
    return ModelError(f"the model {name} failed ({cause}); check its name, its key and the server's address")


ASSUMED_COMPLETION = 2000
"""Tokens that an answer is taken to have at most when `max_output_tokens` does not say."""

ADDRESSES = ("openai_api_base", "base_url", "anthropic_api_url", "endpoint_url")
VARIABLES = (
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "ANTHROPIC_BASE_URL",
    "GOOGLE_GEMINI_BASE_URL",
    "OLLAMA_HOST",
)


class Client:
    """A model, the way it is held to schemas, its price.

    Args:
        model: Its name, or the object.
        settings: How it is asked.
        price: USD per million tokens of prompt and completion, if known.
    """

    def __init__(self, model: "BaseChatModel | str", settings: ModelSettings, price: Price | None) -> None:
        self.name = model_name(model)
        self.ladder = Ladder(settings.structured)
        self.answered = 0
        self._model = model
        self._settings = settings
        self._price = price
        self._callers: dict[tuple[type[BaseModel], Method], Caller | None] = {}
        self._mutex = threading.Lock()

    def caller(self, schema: type[BaseModel], method: Method) -> "Caller | None":
        """The runnable that answers by the schema; None if the model does not support the way.

        Raises:
            SettingError: There is no such provider.
            ModelError: Its package or its key is missing.
        """
        with self._mutex:
            if (schema, method) not in self._callers:
                self._callers[schema, method] = bind(self._ready, schema.model_json_schema(), method)
            return self._callers[schema, method]

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """USD, if the price is known."""
        if self._price is None:
            return None
        return (prompt_tokens * self._price[0] + completion_tokens * self._price[1]) / 1e6

    def cost_at_most(self, prompt_tokens: int) -> float:
        """USD to reserve for a call; 0 when the price is not known."""
        return self.cost(prompt_tokens, self._settings.max_output_tokens or ASSUMED_COMPLETION) or 0.0

    @cached_property
    def identity(self) -> JsonValue:
        """The parts of model and settings that shape an answer, for the cache key; API keys are left out."""
        model = self._model
        given = self._settings.model_dump(
            mode="json", include={"base_url", "temperature", "seed", "max_output_tokens", "structured"}
        )
        if isinstance(model, str):
            addresses = [environ.get(name) for name in VARIABLES]
            return {"model": model, "addresses": list(addresses), **given}
        addresses = [str(getattr(model, name, None)) for name in ADDRESSES]
        parameters = {name: str(value) for name, value in sorted(model._identifying_params.items())}
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        return {"model": [kind, self.name, parameters], "addresses": list(addresses), **given}

    @cached_property
    def _ready(self) -> "BaseChatModel":
        settings = self._settings
        options: dict[str, Any] = {
            "temperature": settings.temperature,
            "seed": settings.seed,
            "max_tokens": settings.max_output_tokens,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return resolve_model(
            self._model, settings.base_url, max_retries=0, timeout=settings.timeout_s, **given
        )
