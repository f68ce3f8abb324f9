"""Providers of chat models: what each needs, and how it takes the settings that all share."""

from collections.abc import Callable, Mapping
from os import environ
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import finalize

from pydantic import ValidationError

from trace2skill.errors import ModelError, SettingError
from trace2skill.llm.http import client_arguments

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Options = dict[str, Any]
"""`temperature`, `seed`, `max_tokens`, `timeout` in seconds, `max_retries`."""


class Provider(NamedTuple):
    """What is known of a provider; any other that LangChain knows is asked as OpenAI is.

    Args:
        keys: Environment variables of which one holds the key; none if it needs no key.
        extra: The extra of this package that installs its classes; empty if they are always installed.
        taken: Its own arguments for the options given.
        bound: Bounds the replies to a model, where no argument does.
    """

    keys: tuple[str, ...] = ()
    extra: str = ""
    taken: Callable[[Options], Options] = dict
    bound: Callable[[Any, Options], None] = lambda *_: None


SILENCE_SECONDS = 120.0
"""Borne where no `timeout` is given."""


def _http(options: Options) -> Options:
    """What bounds the replies, for an HTTP client."""
    return client_arguments(options.get("timeout", SILENCE_SECONDS))


def _of_openai(options: Options) -> Options:
    """Its HTTP client can be given."""
    from openai import DefaultHttpxClient

    timeout = options.get("timeout", SILENCE_SECONDS)
    return options | {"http_client": DefaultHttpxClient(timeout=timeout, **_http(options))}


def _bound_openai(model: Any, _: Options) -> None:  # noqa: ANN401 - a class that loads late
    """The client is closed with the model."""
    finalize(model, model.http_client.close)


def _of_anthropic(options: Options) -> Options:
    """The API has no seed."""
    return {name: value for name, value in options.items() if name != "seed"}


def _bound_anthropic(model: Any, options: Options) -> None:  # noqa: ANN401 - its class may not be installed
    """Give it a client of its own, since it takes none and shares what it has with others of the process."""
    from anthropic import DefaultHttpxClient

    timeout = options.get("timeout", SILENCE_SECONDS)
    own = DefaultHttpxClient(timeout=timeout, **_http(options))
    finalize(model, own.close)
    model.__dict__["_client"] = model._client.with_options(http_client=own)


def _of_google(options: Options) -> Options:
    """Its client counts attempts, and takes 0 for its default."""
    retries = {"max_retries": options["max_retries"] + 1} if "max_retries" in options else {}
    return options | retries | {"client_args": _http(options)}


def _of_ollama(options: Options) -> Options:
    """Its client makes no attempt of its own; its time-out is httpx's."""
    taken: Options = {name: options[name] for name in ("temperature", "seed") if name in options}
    if "max_tokens" in options:
        taken["num_predict"] = options["max_tokens"]
    if "timeout" in options:
        taken["client_kwargs"] = {"timeout": options["timeout"]}
    return taken | {"sync_client_kwargs": _http(options)}


PROVIDERS: Mapping[str, Provider] = {
    "openai": Provider(("OPENAI_API_KEY",), "", _of_openai, _bound_openai),
    "anthropic": Provider(("ANTHROPIC_API_KEY",), "anthropic", _of_anthropic, _bound_anthropic),
    "google_genai": Provider(("GOOGLE_API_KEY", "GEMINI_API_KEY"), "google", _of_google),
    "ollama": Provider((), "ollama", _of_ollama),
}


def resolve_model(
    model: "BaseChatModel | str",
    base_url: str | None = None,
    **options: Any,  # noqa: ANN401 - those of `Options`
) -> "BaseChatModel":
    """The chat model that a name or object stands for. Nothing is sent.

    Args:
        model: A name that LangChain's `init_chat_model` knows (`openai:gpt-4.1-mini`), or the object.
        base_url: A server in place of the provider's own; it needs no key unless the server wants one.
        **options: For a model given by name; see `Options`.

    Raises:
        SettingError: No such provider.
        ModelError: Its package or its key is missing; the message says what to do.
    """
    if not isinstance(model, str):
        return model
    from langchain.chat_models import init_chat_model
    from openai import OpenAIError

    name = provider_of(model)
    provider = PROVIDERS.get(name, Provider())
    arguments = provider.taken(options)
    if base_url:
        arguments["base_url"] = base_url
        if provider.keys and not any(map(environ.get, provider.keys)):
            arguments["api_key"] = "none"
    try:
        made: BaseChatModel = init_chat_model(model, **arguments)
    except ImportError as error:
        raise ModelError(_package_missing(model, provider, error)) from error
    except OpenAIError:
        keys = ("AZURE_OPENAI_API_KEY",) if name == "azure_openai" else ("OPENAI_API_KEY",)
        raise ModelError(_key_missing(model, keys)) from None
    except ValidationError as error:  # so do the provider's classes say that there is no key
        if provider.keys and not any(map(environ.get, provider.keys)):
            raise ModelError(_key_missing(model, provider.keys)) from None
        cause = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise ModelError(f"the model {model} cannot be asked: {cause}") from None
    except ValueError as error:
        cause = str(error).partition("\n")[0].partition(". Please")[0]
        raise SettingError(
            f"unknown model {model!r} ({cause}); give PROVIDER:MODEL, e.g. openai:gpt-4.1-mini, with a "
            f"provider that LangChain's init_chat_model knows, such as {', '.join(PROVIDERS)}"
        ) from None
    _check(model, provider, made)
    provider.bound(made, options)
    return made


def _check(model: str, provider: Provider, made: "BaseChatModel") -> None:
    """Raise what the provider's own class did not."""
    if provider.extra and type(made).__module__.startswith("langchain_community"):
        # LangChain falls back on that package's class of Ollama, which knows no schemas.
        raise ModelError(_package_missing(model, provider))
    key = getattr(made, "anthropic_api_key", None)  # whose class does not mind that there is none
    if key is not None and not key.get_secret_value():
        raise ModelError(_key_missing(model, ("ANTHROPIC_API_KEY",)))


def provider_of(model: str) -> str:
    """The provider's part of a name; LangChain guesses it from a name that has none."""
    prefix, colon, _ = model.partition(":")
    if colon:
        return prefix.replace("-", "_").lower()
    return "anthropic" if model.startswith("claude") else "openai"


def _key_missing(model: str, keys: tuple[str, ...]) -> str:
    return (
        f"the model {model} needs the variable {' or '.join(keys)}, or a base_url of a server that wants none"
    )


def _package_missing(model: str, provider: Provider, error: ImportError | None = None) -> str:
    if provider.extra:
        return f"the model {model} needs a package: pip install 'trace2skill[{provider.extra}]'"
    return f"the model {model} needs a package that is not installed: {error}"
