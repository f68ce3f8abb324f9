"""Embedding by name or by object, resolved in one place; the default is wordllama's packaged word vectors."""

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from trace2skill.errors import SettingError
from trace2skill.tokenizer import packaged, tokenizer

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.embeddings import Embeddings


WEIGHTS = "weights/l2_supercat_256.safetensors"


class WordLlamaEmbedder:
    """Mean of the token vectors, scaled to length 1; 256 numbers a text.

    The files are read from the installed package: its own loader looks elsewhere and would download.
    """

    id = "wordllama"

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector per text; a text without tokens gets zeros.

        Raises:
            SettingError: The package is not installed, or lacks its weights.
        """
        return [self._embed(text) for text in texts]

    def _embed(self, text: str) -> list[float]:
        import numpy as np

        tokens = tokenizer().encode(text, add_special_tokens=False).ids
        if not tokens:
            return [0.0] * int(self._vectors.shape[1])
        mean = self._vectors[tokens].mean(axis=0, dtype=np.float32)
        vector: list[float] = (mean / (float(np.linalg.norm(mean)) or 1.0)).tolist()
        return vector

    @cached_property
    def _vectors(self) -> "np.ndarray[tuple[int, int], np.dtype[np.float16]]":
        from safetensors.numpy import load_file

        return load_file(packaged(WEIGHTS))["embedding.weight"]


DEFAULT = "wordllama"
IMPORT_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors.

    `id` names the vectors: an index made under one id is refused under another.
    """

    @property
    def id(self) -> str:
        """The name of this embedding."""

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, all of one length."""


@runtime_checkable
class QueryEmbedder(Embedder, Protocol):
    """An embedder that treats a question differently from a document."""

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""


def check_name(name: str) -> None:
    """Refuse a name of no known form, without importing anything.

    Raises:
        SettingError: It is not `wordllama`, `openai:MODEL` or `package.module:ClassName`.
    """
    if name == DEFAULT or re.fullmatch(r"openai:\S+", name) or IMPORT_NAME.fullmatch(name):
        return
    raise SettingError(
        f"unknown embedding {name!r}; give {DEFAULT}, openai:MODEL, or a LangChain class as "
        "package.module:ClassName"
    )


def resolve_embedding(embedding: "str | Embedder | Embeddings | None" = None) -> Embedder:
    """The embedder that a name or object stands for; None is the offline default.

    Args:
        embedding: `wordllama`, `openai:MODEL`, `package.module:ClassName` of a LangChain embedding class, a
            LangChain `Embeddings` object, or an `Embedder`.

    Raises:
        SettingError: No such embedding, or what it needs is missing; the message says what to install or set.
    """
    if embedding is None or embedding == DEFAULT:
        return _wordllama()
    if not isinstance(embedding, str):
        return _from_object(embedding)
    check_name(embedding)
    from trace2skill.store import langchain

    service, _, model = embedding.partition(":")
    return langchain.OpenAIEmbedder(model) if service == "openai" else langchain.by_import_name(embedding)


def embed_query(embedder: Embedder, text: str) -> list[float]:
    """The vector of a question."""
    return embedder.embed_query(text) if isinstance(embedder, QueryEmbedder) else embedder.embed([text])[0]


def _from_object(embedding: "Embedder | Embeddings") -> Embedder:
    if hasattr(embedding, "embed_documents"):
        from trace2skill.store.langchain import LangChainEmbedder

        return LangChainEmbedder(cast("Embeddings", embedding))
    if isinstance(embedding, Embedder):
        return embedding
    raise SettingError(
        f"a {type(embedding).__name__} is no embedding: it needs `id` and `embed(texts)`, or be LangChain's"
    )


@cache
def _wordllama() -> Embedder:
    """Shared, so that its weights are read once a process."""
    return WordLlamaEmbedder()
