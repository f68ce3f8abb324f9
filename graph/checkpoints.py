"""Checkpoints of a run, in a SQLite file of its own or on a Postgres server.

With a file for each run, runs do not wait for each other, and a finished run's file is simply removed.
Nothing is written before intake has finished: until then the state may hold traces that contain secrets.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from trace2skill.errors import SettingError
from trace2skill.store.database import BUSY_SECONDS, explained

if TYPE_CHECKING:
    from langgraph.checkpoint.base import Checkpoint

    Base = BaseCheckpointSaver[Any]
else:
    Base = object

SCHEMES = ("postgresql", "postgres")


class AfterIntake(Base):
    """A saver that leaves out the checkpoints from before the traces were staged, and their writes.

    It relies on durability `sync`, with which a checkpoint is written before the tasks that follow it.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - whatever the saver takes
        super().__init__(*arguments, **options)
        self._left_out: set[str] = set()

    def put(self, config: Any, checkpoint: "Checkpoint", metadata: Any, new_versions: Any) -> Any:  # noqa: ANN401, D102
        if "run" in checkpoint["channel_values"]:
            return super().put(config, checkpoint, metadata, new_versions)
        self._left_out.add(checkpoint["id"])
        return {"configurable": {**config["configurable"], "checkpoint_id": checkpoint["id"]}}

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:  # noqa: ANN401, D102
        if config["configurable"]["checkpoint_id"] not in self._left_out:
            super().put_writes(config, writes, task_id, task_path)


class _InFile(AfterIntake, SqliteSaver):
    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        super().__init__(connection)
        self._file = file

    def put(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        with explained(self._file):
            return super().put(*arguments, **options)

    def put_writes(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        with explained(self._file):
            super().put_writes(*arguments, **options)


def _after_intake(saver: BaseCheckpointSaver[Any]) -> BaseCheckpointSaver[Any]:
    """The same saver, with its storage and connections, that leaves out what `AfterIntake` leaves out."""
    kind: Any = type(f"{type(saver).__name__}AfterIntake", (AfterIntake, type(saver)), {})
    same: BaseCheckpointSaver[Any] = kind.__new__(kind)
    vars(same).update(vars(saver), _left_out=set())
    return same


@contextmanager
def checkpoints(
    file: Path, given: "str | BaseCheckpointSaver[Any] | None" = None
) -> Iterator[BaseCheckpointSaver[Any]]:
    """A saver on the server with the given URL, the given saver, or else one in the file.

    Raises:
        SettingError: The URL is not one of Postgres, its package is not installed, or the server cannot be
            used.
        LibraryError: The file cannot be used.
    """
    if isinstance(given, str):
        with _on_server(given) as saver:
            yield saver
        return
    if given is not None:
        yield _after_intake(given)
        return
    with explained(file), closing(sqlite3.connect(file, BUSY_SECONDS, check_same_thread=False)) as connection:
        # With these, a kill loses nothing that was written; only a power cut may lose the latest writes.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        yield _InFile(connection, file)


@contextmanager
def conversation(given: "str | BaseCheckpointSaver[Any] | None") -> Iterator[BaseCheckpointSaver[Any] | None]:
    """A saver for the conversation of a thread: the given one, or one on the server with the given URL.

    Raises:
        SettingError: As `checkpoints`.
    """
    if isinstance(given, str):
        with _on_server(given, ()) as saver:
            yield saver
    else:
        yield given


def public(server: "str | BaseCheckpointSaver[Any] | None") -> str:
    """The server's address without user and password, or the saver's class, for records and messages."""
    if not server:
        return ""
    if not isinstance(server, str):
        return type(server).__name__
    parts = urlsplit(server)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


@contextmanager
def _on_server(server: str, kinds: tuple[type, ...] = (AfterIntake,)) -> Iterator[BaseCheckpointSaver[Any]]:
    """A Postgres saver that is of the given kinds too."""
    if urlsplit(server).scheme not in SCHEMES:
        raise SettingError("checkpoints are kept in Postgres: give postgresql://USER@HOST/DATABASE")
    try:
        saver_class: Any = import_module("langgraph.checkpoint.postgres").PostgresSaver
        unreachable: Any = import_module("psycopg").OperationalError
    except ImportError as error:
        raise SettingError(
            "checkpoints in Postgres need the extra `postgres`: pip install 'trace2skill[postgres]'"
        ) from error
    in_postgres: Any = type("InPostgres", (*kinds, saver_class), {})
    try:
        with in_postgres.from_conn_string(server) as saver:
            saver.setup()
            yield saver
    except unreachable as error:
        reason = str(error).splitlines()[0] if str(error) else "no connection"
        raise SettingError(f"the checkpoint server {public(server)} cannot be used: {reason}") from error
