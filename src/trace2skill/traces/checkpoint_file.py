"""SQLite files of LangGraph's checkpoints: the states of each thread, read beside whoever writes them.

Read is what `langgraph-checkpoint-sqlite` 2 and 3 write: `checkpoints` holds a state for each step of a
thread and, under a `checkpoint_ns` of their own, of the sub-graphs in it; `writes` holds what tasks returned.
A channel may be kept as its writes alone (LangGraph's `DeltaChannel`, which deepagents has for messages).
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import JsonValue

from trace2skill.traces.channel_messages import Messages, after_writes, message_list
from trace2skill.traces.packed_values import read_packed
from trace2skill.traces.untyped import as_list, as_object

LARGEST = 256 << 20
"""The most bytes of one stored value."""

BUSY_SECONDS = 5.0
MESSAGES = "messages"
_INPUT = "__start__"
_STATES = """SELECT checkpoint_id, parent_checkpoint_id, type, checkpoint FROM checkpoints
WHERE thread_id = ? AND checkpoint_ns = ? """
_NEWEST = _STATES + "ORDER BY checkpoint_id DESC LIMIT 1"
_ONE = _STATES + "AND checkpoint_id = ?"
_WRITES = """SELECT type, value FROM writes
WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ? AND channel = 'messages'
ORDER BY task_path, task_id, idx"""
_ANSWERS = """SELECT type, value FROM writes
WHERE thread_id = ? AND checkpoint_ns = ? AND task_id = ? AND channel = 'messages' ORDER BY idx"""
_OWN_LIBRARY = {"library", "versions", "evidence"}
_NAME = re.compile(r"\w{1,40}", re.ASCII)


class NoCheckpointsError(Exception):
    """The file is SQLite, but none of LangGraph's; the message says what it is."""


@dataclass(frozen=True)
class Saved:
    """One checkpoint: its id, that of the one before it or an empty text, and its channels."""

    id: str
    before: str
    channels: dict[str, JsonValue]


class CheckpointFile:
    """One file, opened for reading alone.

    A file that nobody has open has no `-wal` beside it, and is read as it lies; SQLite would else make one
    there and leave it. Where it is written meanwhile, it is opened anew, together with its `-wal`.

    Raises:
        NoCheckpointsError: There are no checkpoints in it.
        sqlite3.Error: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connect()
        with closing_on_error(self._connection):
            self._check()

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def threads(self) -> list[str]:
        """The ids of the threads, sorted."""
        return _texts(self._rows("SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1"))

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is read inside belongs together, whatever is written meanwhile.

        Raises:
            ChangedError: It was written, and has been opened anew: read once more.
        """
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.rollback()
            if self._unshared is not None and self._unshared != _stamp(self._path):
                self._connection.close()
                self._connect(shared=True)
                raise ChangedError

    def namespaces(self, thread: str) -> list[str]:
        """The sub-graphs of a thread that have checkpoints, outer ones first."""
        query = "SELECT DISTINCT checkpoint_ns FROM checkpoints WHERE thread_id = ? ORDER BY 1"
        return [each for each in _texts(self._rows(query, thread)) if each]

    def newest(self, thread: str, namespace: str) -> Saved | None:
        """The last checkpoint of a thread or of a sub-graph in it.

        Raises:
            UnreadableValueError: It cannot be decoded.
        """
        return self._saved(_NEWEST, thread, namespace)

    def before(self, thread: str, namespace: str, saved: Saved) -> Saved | None:
        """The checkpoint before one; as `newest`."""
        return self._saved(_ONE, thread, namespace, saved.before) if saved.before else None

    def messages(self, thread: str, namespace: str, saved: Saved, *, pending: bool = True) -> Messages:
        """The messages at a checkpoint and, with `pending`, what tasks have written since.

        Raises:
            UnreadableValueError: A part of them cannot be decoded.
        """
        place: Saved | None = saved
        chain = [saved.id] if pending else []
        met = {saved.id}
        held: JsonValue = []
        while place and (held := place.channels.get(MESSAGES)) is None:
            place = self.before(thread, namespace, place)
            if place is None or place.id in met:
                break
            met.add(place.id)
            chain.append(place.id)
        writes = (each for at in reversed(chain) for each in self._writes(thread, namespace, at))
        found = after_writes(held or [], writes)
        return found or next(filter(None, map(_spoken, _other(saved.channels))), [])

    def answered_by(self, thread: str, namespace: str, task: str) -> list[str]:
        """The ids of the calls that a task's messages answer."""
        written = (read_packed(tag, data) for tag, data in self._rows(_ANSWERS, thread, namespace, task))
        said = (message for each in written for message in message_list(each))
        return [call for message in said if isinstance(call := message.get("tool_call_id"), str)]

    def _saved(self, query: str, *values: str) -> Saved | None:
        for identity, before, tag, data in self._rows(query, *values):
            channels = as_object(as_object(read_packed(tag, data)).get("channel_values"))
            return Saved(str(identity), before if isinstance(before, str) else "", channels)
        return None

    def _writes(self, thread: str, namespace: str, checkpoint: str) -> Iterator[JsonValue]:
        for tag, data in self._rows(self._written_in_order, thread, namespace, checkpoint):
            yield read_packed(tag, data)

    def _rows(self, query: str, *values: str) -> list[Any]:
        return self._connection.execute(query, values).fetchall()

    def _connect(self, *, shared: bool = False) -> None:
        self._unshared = None if shared or _written(self._path) else _stamp(self._path)
        how = "mode=ro" if self._unshared is None else "mode=ro&immutable=1"
        self._connection = sqlite3.connect(
            f"file:{quote(str(self._path.absolute()))}?{how}", BUSY_SECONDS, uri=True, isolation_level=None
        )
        with closing_on_error(self._connection):
            self._connection.text_factory = lambda text: text.decode("utf-8", "replace")
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
            self._connection.execute("PRAGMA trusted_schema = OFF")

    def _check(self) -> None:
        """Make sure of the tables; views and virtual tables, which could run anything, are none."""
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
        tables = [str(name) for (name,) in self._rows(query)]
        if {"checkpoints", "writes"} <= set(tables):
            columns = {name for _, name, *_ in self._rows("PRAGMA table_info(writes)")}
            paths = "task_path" in columns  # older files may lack it
            self._written_in_order = _WRITES if paths else _WRITES.replace("task_path, ", "")
        elif set(tables) >= _OWN_LIBRARY:
            raise NoCheckpointsError("the file is a library of skills, which holds no traces to read again")
        else:
            named = ", ".join(name for name in tables if _NAME.fullmatch(name)) or "none"
            raise NoCheckpointsError(
                f"the SQLite file holds none of LangGraph's checkpoints (its tables: {named})"
            )


class ChangedError(Exception):
    """What was read may not belong together."""


@contextmanager
def closing_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """Close the connection if what is done with it fails."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _texts(rows: list[Any]) -> list[str]:
    return [value for (value,) in rows if isinstance(value, str)]


def _written(path: Path) -> bool:
    """Whether a log lies beside the file: it is being written, or whoever wrote it was killed."""
    logs = (path.with_name(path.name + ending) for ending in ("-wal", "-journal"))
    return any(log.exists() and log.stat().st_size for log in logs)


def _stamp(path: Path) -> tuple[int, int, bool]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, _written(path)


def _other(channels: dict[str, JsonValue]) -> Iterator[JsonValue]:
    """Where messages may lie in a state without a channel of that name."""
    given = channels.get(_INPUT)
    yield as_object(given).get(MESSAGES)
    yield from (value for name, value in sorted(channels.items()) if not name.startswith("__"))
    yield from (channels.get(name) for name in ("__root__", "__end__", "__previous__"))


def _spoken(value: JsonValue) -> Messages:
    """A value as messages if it is a list of nothing else that any chat could begin with."""
    listed = as_list(value)
    roles = ("role", "content"), ("type", "content"), ("type", "kwargs")
    fits = all(isinstance(each, dict) and any(set(keys) <= set(each) for keys in roles) for each in listed)
    return message_list(value) if listed and fits else []
