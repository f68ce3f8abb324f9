"""The chat model, by name or as an object: made once, when it is first asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from os import environ
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, JsonValue, ValidationError

from trace2skill.errors import ModelError, SettingError
from trace2skill.llm.replies import Ladder, Method, bind
from trace2skill.llm.settings import ModelSettings, Price

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from trace2skill.llm.replies import Caller


def resolve_model(
    model: "BaseChatModel | str",
    base_url: str | None = None,
    **options: Any,  # noqa: ANN401 - whatever the provider's class takes
) -> "BaseChatModel":
    """The chat model that a name or object stands for.

    Args:
        model: A name that LangChain's `init_chat_model` knows (`openai:gpt-4.1-mini`), or the object.
        base_url: An OpenAI-compatible server; it needs no key unless the server wants one.
        **options: For a model given by name: `temperature`, `timeout`, `max_retries` and the like.

    Raises:
        SettingError: No such provider.
        ModelError: Its package or its key is missing; the message says what to do.
    """
    if not isinstance(model, str):
        return model
    from langchain.chat_models import init_chat_model
    from openai import OpenAIError

    if base_url:
        options["base_url"] = base_url
        if not environ.get("OPENAI_API_KEY"):
            options["api_key"] = "none"
    try:
        made: BaseChatModel = init_chat_model(model, **options)
    except ImportError as error:
        raise ModelError(f"the model {model} needs a package that is not installed: {error}") from error
    except OpenAIError:
        variable = "AZURE_OPENAI_API_KEY" if model.startswith("azure") else "OPENAI_API_KEY"
        raise ModelError(
            f"the model {model} needs the variable {variable}, or a base_url of a server that wants none"
        ) from None
    except ValidationError as error:  # so do the provider's classes say that there is no key
        cause = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise ModelError(f"the model {model} cannot be asked: {cause}") from None
    except ValueError as error:
        cause = str(error).partition("\n")[0]
        raise SettingError(
            f"unknown model {model!r} ({cause}); give PROVIDER:MODEL, e.g. openai:gpt-4.1-mini"
        ) from None
    key = getattr(made, "anthropic_api_key", None)  # whose class does not mind that there is none
    if key is not None and not key.get_secret_value():
        raise ModelError(f"the model {model} needs the variable ANTHROPIC_API_KEY")
    return made


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
    except (HTTPError, LangChainModelError, OpenAIError) as error:
        status = getattr(error, "status_code", None)
        cause = type(error).__name__ + (f", status {status}" if status else "")
        raise failed(name, cause) from None


def failed(name: str, cause: str) -> ModelError:
    """The `ModelError` for a failure of this model."""
    return ModelError(f"the model {name} failed ({cause}); check its name, its key and the server's address")


ASSUMED_COMPLETION = 2000
"""Tokens that an answer is taken to have at most when `max_output_tokens` does not say."""

ADDRESSES = ("openai_api_base", "base_url", "anthropic_api_url", "endpoint_url")
VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_BASE")


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
