"""Which library is meant: given by the path of its folder, or as an object with an embedding of its own."""

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trace2skill.errors import SettingError
from trace2skill.store.embeddings import check_name, resolve_embedding
from trace2skill.store.library import Library

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from trace2skill.store.embeddings import Embedder


class Named(NamedTuple):
    """A library's folder, and the embedding of its index: by name, or as an object, or neither."""

    path: Path
    embedding: str | None = None
    embedder: "Embedder | Embeddings | None" = None


def named(library: object, embedding: object = None) -> Named:
    """The library that was given, with the embedding that was given or else the library's own.

    Args:
        library: The path of a folder, or a `Library`.
        embedding: As `Library` takes it.

    Raises:
        SettingError: It is neither, or no embedding.
    """
    if isinstance(library, Library):
        path, embedding = library.path, library.embedding if embedding is None else embedding
    elif isinstance(library, str | PathLike) and str(library):
        path = Path(fspath(library))
    else:
        raise SettingError(
            f"a library is given by the path of its folder or as a Library, not as {_told(library)}"
        )
    if embedding is None:
        return Named(path)
    if isinstance(embedding, str):
        check_name(embedding)
        return Named(path, embedding)
    resolve_embedding(embedding)  # type: ignore[arg-type]  # it refuses what is none
    return Named(path, embedder=embedding)  # type: ignore[arg-type]


def _told(given: object) -> str:
    return repr(given) if isinstance(given, str | int | float | None) else type(given).__name__
