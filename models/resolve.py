"""The chat model, by name or as an object, and its failures as errors a user can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from trace2skill.errors import ModelError, SettingError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


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
    """What a receipt calls the model."""
    if isinstance(model, str):
        return model
    given = getattr(model, "model_name", None) or getattr(model, "model", None)
    return f"{type(model).__name__}[{given}]" if isinstance(given, str) else type(model).__name__


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn a failing model into a `ModelError`; never with the service's words, which may quote a key.

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
        raise ModelError(
            f"the model {name} failed ({cause}); check its name, its key and the server's address"
        ) from None
