"""Vectors by text, in the library file: the search index is built from them, and readers rank with them."""

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trace2skill.errors import IndexMismatchError
from trace2skill.store.database import Database
from trace2skill.store.embeddings import Embedder

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]

KEY_BYTES = 16
BATCH = 1000
"""Texts an embedding call, and keys a query."""


class VectorTable:
    """Every embedded text's vector, under the digest of the text.

    Reading takes no lock and writes nothing: a text that the book lacks is embedded for the caller alone.

    Args:
        database: The library file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def embedders(self) -> set[str]:
        """Ids of the embeddings that made what the book holds."""
        with self._database.reading() as connection:
            return {row[0] for row in connection.execute("SELECT DISTINCT embedder FROM vectors")}

    def matrix(self, texts: Sequence[str], embedder: Embedder) -> "Matrix":
        """One row per text, of length 1; zeros where the embedding gave zeros."""
        import numpy as np

        keys = [key(text) for text in texts]
        found = self._found(keys, embedder.id)
        missing = {name: text for name, text in zip(keys, texts, strict=True) if name not in found}
        found.update(zip(missing, _embedded(list(missing.values()), embedder), strict=True))
        rows = [np.frombuffer(found[name], dtype=np.float32) for name in keys]
        return np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32)

    def stored(self, keys: Sequence[bytes], embedder: str) -> "Matrix | None":
        """One row per key; None unless all were made by this embedding."""
        import numpy as np

        if not keys:
            return np.zeros((0, 0), dtype=np.float32)
        found = self._found(keys, embedder)
        if not found.keys() >= set(keys):
            return None
        width = len(found[keys[0]]) // 4
        return np.frombuffer(b"".join([found[name] for name in keys]), dtype=np.float32).reshape(-1, width)

    def update(self, texts: Iterable[str], embedder: Embedder) -> None:
        """Hold these texts' vectors and no others'. Only new texts are embedded."""
        wanted = {key(text): text for text in texts}
        known = self._keys(embedder.id)
        missing = [name for name in wanted if name not in known]
        vectors = _embedded([wanted[name] for name in missing], embedder)
        if not missing and known <= wanted.keys() and self.embedders() <= {embedder.id}:
            return
        with self._database.writing() as connection:
            connection.execute("DELETE FROM vectors WHERE embedder != ?", (embedder.id,))
            stale = ((name,) for name in sorted(known.difference(wanted)))
            connection.executemany("DELETE FROM vectors WHERE text = ?", stale)
            rows = ((name, embedder.id, vector) for name, vector in zip(missing, vectors, strict=True))
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def clear(self) -> None:
        """Hold nothing."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM vectors")

    def _keys(self, embedder: str) -> set[bytes]:
        with self._database.reading() as connection:
            found = connection.execute("SELECT text FROM vectors WHERE embedder = ?", (embedder,))
            return {row[0] for row in found}

    def _found(self, keys: Collection[bytes], embedder: str) -> dict[bytes, bytes]:
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, bytes] = {}
        with self._database.reading() as connection:
            if len(wanted) > BATCH:
                held = connection.execute("SELECT count(*) FROM vectors").fetchone()[0]
                if len(wanted) > held // 2:
                    sql = "SELECT text, vector FROM vectors WHERE embedder = ?"
                    return dict(connection.execute(sql, (embedder,)))
            for start in range(0, len(wanted), BATCH):
                chunk = wanted[start : start + BATCH]
                marks = ",".join("?" * len(chunk))
                sql = f"SELECT text, vector FROM vectors WHERE embedder = ? AND text IN ({marks})"  # noqa: S608
                found.update(connection.execute(sql, (embedder, *chunk)))
        return found


def mismatch(folder: Path, made_by: str, named: str) -> IndexMismatchError:
    """The error for a library that was embedded with another embedding, and the command that mends it."""
    return IndexMismatchError(
        f"the search index of {folder} was made with the embedding {made_by}, not {named}; name that one, or "
        f"rebuild the index with `trace2skill skills reindex --library {folder} --embedding {named}`"
    )


def prune(connection: sqlite3.Connection, wanted: Iterable[str]) -> None:
    """Drop the vectors of all other texts, inside the caller's transaction."""
    kept = {key(text) for text in wanted}
    held = [row[0] for row in connection.execute("SELECT text FROM vectors")]
    stale = [(name,) for name in held if name not in kept]
    connection.executemany("DELETE FROM vectors WHERE text = ?", stale)


def key(text: str) -> bytes:
    """What the book knows a text by: the first bytes of its SHA-256."""
    return hashlib.sha256(text.encode()).digest()[:KEY_BYTES]


def _embedded(texts: list[str], embedder: Embedder) -> list[bytes]:
    """Vectors of length 1 as little float32 blobs."""
    import numpy as np

    blobs = []
    for start in range(0, len(texts), BATCH):
        vectors = np.asarray(embedder.embed(texts[start : start + BATCH]), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        blobs += [row.tobytes() for row in vectors / np.where(lengths > 0, lengths, 1)]
    return blobs
