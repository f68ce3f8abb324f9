"""Embeddings from LangChain: an object, OpenAI by model name, or any class by its import name."""

from importlib import import_module
from typing import TYPE_CHECKING

from trace2skill.errors import LibraryError, SettingError

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

MAX_CHARACTERS = 8000
"""Longer texts are cut: OpenAI takes 8,191 tokens, and counting them would download a table."""


class LangChainEmbedder:
    """A LangChain embedding behind our protocol.

    Args:
        embeddings: The LangChain object.
        name: What the index remembers it by.
    """

    def __init__(self, embeddings: "Embeddings", name: str | None = None) -> None:
        self._embeddings = embeddings
        self.id = name or describe(embeddings)

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector per document."""
        return self._embeddings.embed_documents([text[:MAX_CHARACTERS] for text in texts])

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question: some models embed it differently."""
        return self._embeddings.embed_query(text[:MAX_CHARACTERS])


class OpenAIEmbedder(LangChainEmbedder):
    """An OpenAI embedding model, or one behind an API of that shape (OPENAI_BASE_URL).

    Args:
        model: The model's name.

    Raises:
        SettingError: No API key is set.
    """

    def __init__(self, model: str) -> None:
        from langchain_openai import OpenAIEmbeddings
        from openai import OpenAIError

        try:
            embeddings = OpenAIEmbeddings(model=model, check_embedding_ctx_length=False)
        except OpenAIError:
            raise SettingError(f"the embedding openai:{model} needs the variable OPENAI_API_KEY") from None
        super().__init__(embeddings, f"openai:{model}")

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector per document.

        Raises:
            LibraryError: The service refused or could not be reached.
        """
        from openai import OpenAIError

        try:
            return super().embed(texts)
        except OpenAIError as error:
            raise self._failed(error) from None

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question.

        Raises:
            LibraryError: The service refused or could not be reached.
        """
        from openai import OpenAIError

        try:
            return super().embed_query(text)
        except OpenAIError as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> LibraryError:
        # Never the error's own words: OpenAI's quote a part of the key.
        status = getattr(error, "status_code", None)
        cause = type(error).__name__ + (f", status {status}" if status else "")
        return LibraryError(f"the embedding {self.id} failed ({cause}); check its key, name and address")


def by_import_name(name: str) -> LangChainEmbedder:
    """An object of the class `package.module:ClassName`, made without arguments.

    Raises:
        SettingError: The package is missing, has no such embedding class, or the class needs arguments.
    """
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute, None)
    except ModuleNotFoundError as error:
        package = (error.name or module).partition(".")[0]
        extra = "trace2skill[community]" if package == "langchain_community" else package.replace("_", "-")
        raise SettingError(
            f"the embedding {name} needs the module {error.name}; install it with `pip install '{extra}'`"
        ) from error
    if not (isinstance(found, type) and hasattr(found, "embed_documents")):
        raise SettingError(f"{module} has no LangChain embedding class {attribute!r}")
    try:
        return LangChainEmbedder(found(), name)
    except (TypeError, ValueError) as error:  # pydantic's ValidationError is a ValueError
        raise SettingError(
            f"{name} cannot be made without arguments; make the object in Python and pass it as "
            "distill(..., embedding=...) or Library(..., embedding=...)"
        ) from error


def describe(embeddings: "Embeddings") -> str:
    """`package.module:ClassName`, with the model's name in brackets where the object has one."""
    kind = type(embeddings)
    model = getattr(embeddings, "model", None) or getattr(embeddings, "model_name", None)
    return f"{kind.__module__}:{kind.__qualname__}" + (f"[{model}]" if isinstance(model, str) else "")
