"""The embedded documents in Chroma. The only file that knows chromadb."""

import os
import shutil
import struct
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast
from urllib.parse import urlsplit

from trace2skill.errors import LibraryError, SettingError
from trace2skill.store.documents import Document
from trace2skill.store.place import CLIENT, FOLDER
from trace2skill.store.records import Kind

if TYPE_CHECKING:
    import chromadb
    from chromadb.api import ClientAPI
    from chromadb.api.client import Client
    from chromadb.config import Settings

    ChromaClient: TypeAlias = ClientAPI


_HEADER = struct.Struct("<i6Q")
_VERSION = 1
_LENGTH = 4
"""Bytes that `length.bin` keeps for each vector."""


class _Header(NamedTuple):
    """How `header.bin` begins: sizes in bytes, `room` and `used` in vectors."""

    version: int
    links_at: int
    room: int
    used: int
    size: int
    label_at: int
    vector_at: int


def blank(index: Path) -> None:
    """Overwrite with zeros what no vector occupies, in every segment of a closed index.

    A segment of a form not known here is left as it is.

    Raises:
        OSError: A file cannot be written.
    """
    for path in sorted(index.glob("*/header.bin")):
        header = _read(path)
        if header:
            _zero(path.with_name("data_level0.bin"), header.used * header.size, header.room * header.size)
            _zero(path.with_name("length.bin"), header.used * _LENGTH, header.room * _LENGTH)


def _read(path: Path) -> _Header | None:
    start = path.read_bytes()[: _HEADER.size]
    if len(start) < _HEADER.size:
        return None
    header = _Header._make(_HEADER.unpack(start))
    known = header.version == _VERSION and header.used <= header.room and header.vector_at < header.label_at
    return header if known and header.label_at < header.size else None


def _zero(path: Path, start: int, end: int) -> None:
    """Zeros from `start` on, in a file of just `end` bytes; where they are there already nothing is done."""
    if not path.is_file() or path.stat().st_size != end:
        return
    with path.open("r+b") as file:
        file.seek(start)
        if any(file.read()):
            file.seek(start)
            file.write(bytes(end - start))


BATCH = 1000
"""Documents a call; Chroma takes at most 5,461."""


class DamagedIndexError(LibraryError):
    """The index folder cannot be used as it is; wiping it and building anew may help."""


class Shelf:
    """The documents of one kind: one Chroma collection.

    Its metadata say which embedding made it and, as a digest of their ids, which documents it holds. The
    digest is emptied before a change and written after it, so that a change cut short is recognised.
    """

    def __init__(self, collection: "chromadb.Collection") -> None:
        self._collection = collection

    @property
    def embedder(self) -> str:
        """The id of the embedding its vectors come from; empty when it holds nothing."""
        return str((self._collection.metadata or {}).get("embedder", ""))

    @property
    def digest(self) -> str:
        """Digest of the ids it holds; empty when a change was cut short."""
        return str((self._collection.metadata or {}).get("digest", ""))

    def ids(self) -> set[str]:
        """The ids of all documents."""
        return set(self._collection.get(include=[])["ids"])

    def change(
        self,
        remove: Collection[str],
        add: Sequence[tuple[Document, list[float]]],
        embedder: str,
        digest: str,
    ) -> None:
        """Remove and add documents, then record what the shelf now holds."""
        self._collection.modify(metadata={"embedder": embedder, "digest": ""})
        removed = sorted(remove)
        for start in range(0, len(removed), BATCH):
            self._collection.delete(ids=removed[start : start + BATCH])
        for start in range(0, len(add), BATCH):
            batch = add[start : start + BATCH]
            vectors: list[Sequence[float] | Sequence[int]] = [vector for _, vector in batch]
            self._collection.upsert(
                ids=[document.id for document, _ in batch],
                embeddings=vectors,
                documents=[document.text for document, _ in batch],
            )
        self._collection.modify(metadata={"embedder": embedder, "digest": digest})


class Chroma:
    """Where the index lies: a folder of the library, or a Chroma server.

    Two processes that have one folder open corrupt it, even reading: open it only under the write lock.

    Args:
        folder: The embedded index.
        server: `http://host:port` of a server to use instead, or a client of Chroma's, which stays its
            owner's to close.
        name: Tells this library's collections from others' on a server.

    Raises:
        SettingError: The server's address is none.
    """

    def __init__(self, folder: Path, server: "str | ClientAPI | None" = None, name: str = "") -> None:
        self._folder = folder
        if server is not None:
            place_of(server)
        self._given = None if isinstance(server, str) else server
        self._server = server if isinstance(server, str) else None
        self._address = _address(self._server) if self._server else None
        self._prefix = f"trace2skill-{name}-" if server else ""

    @property
    def is_blank(self) -> bool:
        """Whether the folder was never used: nothing in it can be wrong."""
        return self._server is None and self._given is None and not os.path.lexists(self._folder)

    @contextmanager
    def open(self) -> Iterator[dict[Kind, Shelf]]:
        """The two shelves, empty when they are new; closed at the end.

        Raises:
            DamagedIndexError: The folder cannot be used.
            LibraryError: The server cannot be reached or refused.
        """
        with self._connected() as client:
            yield {"skill": self._shelf(client, "skills"), "rule": self._shelf(client, "rules")}

    def wipe(self) -> None:
        """Remove the whole index, so that nothing of a document stays in its files.

        Raises:
            LibraryError: The server cannot be reached or refused.
            DamagedIndexError: The folder cannot be removed.
        """
        if self._server is None and self._given is None:
            self._remove()
            return
        with self._connected() as client:
            present = {collection.name for collection in client.list_collections()}
            for name in sorted(present & {f"{self._prefix}skills", f"{self._prefix}rules"}):
                client.delete_collection(name)

    def _remove(self) -> None:
        """Remove the folder, also while files come and go in it: half of it left would pass for an index."""
        for patience in (0.0, 0.1, 1.0):
            sleep(patience)
            try:
                shutil.rmtree(self._folder) if self._folder.is_dir() else self._folder.unlink(missing_ok=True)
            except OSError as error:
                failure = error
            else:
                return
        raise self._failure(failure) from failure

    def _shelf(self, client: "ClientAPI", name: str) -> Shelf:
        collection = client.get_or_create_collection(
            self._prefix + name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        return Shelf(collection)

    @contextmanager
    def _connected(self) -> Iterator["ClientAPI"]:
        from chromadb.errors import ChromaError
        from httpx import HTTPError

        try:
            if self._given is not None:
                yield self._given
                return
            with self._client() as client:
                try:
                    yield client
                finally:
                    if self._server:
                        _hang_up(client)
        except (ChromaError, HTTPError) as error:
            raise self._failure(error) from error
        finally:
            if not self._server and self._given is None:
                self._blank()

    def _blank(self) -> None:
        try:
            blank(self._folder)
        except OSError as error:
            raise self._failure(error) from error

    def _client(self) -> "Client":
        import chromadb
        from chromadb.config import Settings

        settings = Settings(_env_file=None, anonymized_telemetry=False)
        if self._address:
            return self._remote(settings)
        try:
            return cast("Client", chromadb.PersistentClient(self._folder, settings=settings))
        except BaseException:
            self._drop_half_open()
            raise

    def _remote(self, settings: "Settings") -> "Client":
        import chromadb

        host, port, ssl = self._address or ("", 0, False)
        try:
            return cast("Client", chromadb.HttpClient(host=host, port=port, ssl=ssl, settings=settings))
        except ValueError as error:
            raise self._failure(error) from error

    def _drop_half_open(self) -> None:
        # A failed opening leaves a broken system in Chroma's registry, which every later one would get.
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient._identifier_to_system.pop(str(self._folder), None)

    def _failure(self, error: Exception) -> LibraryError:
        if self._server or self._given is not None:
            where = f"the Chroma server at {self._server}" if self._server else "the given Chroma client"
            return LibraryError(
                f"{where} cannot be used ({error}); start it with `chroma run`, "
                "or leave chroma=... out of Library(...) to use the library's own index"
            )
        return DamagedIndexError(
            f"the search index in {self._folder} cannot be used ({error}); check that its folder is writable "
            f"and the disk not full, then run `trace2skill skills reindex --library {self._folder.parent}`"
        )


def _hang_up(client: Any) -> None:  # noqa: ANN401 - private parts, untyped
    # Chroma's close() leaves its HTTP connections open.
    for part in (client, client._admin_client):
        part._server._session.close()


def place_of(given: object) -> str:
    """The name of the place (store/place.py) that was given: `folder`, a server's address, or a client.

    Raises:
        SettingError: It is none of these.
    """
    if given == FOLDER:
        return FOLDER
    if isinstance(given, str):
        host, port, ssl = _address(given)
        return f"http{'s' * ssl}://{f'[{host}]' if ':' in host else host}:{port}"
    from chromadb.api import ClientAPI

    if not isinstance(given, ClientAPI):
        raise SettingError(
            "Chroma is given as http://HOST:PORT or as a client such as chromadb.HttpClient(...), not as "
            f"{type(given).__name__}"
        )
    return CLIENT


def _address(server: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(server)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError(f"{server!r} is no Chroma server; give an address as http://HOST:PORT")
    ssl = parts.scheme == "https"
    return parts.hostname, port or (443 if ssl else 8000), ssl
