"""How much one run of a client may take up on a server: traces, bytes, seconds of work."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from typing import Any, Self

import orjson

from trace2skill.errors import InputError, LimitError, SettingError
from trace2skill.llm.settings import PREFIX
from trace2skill.store.folder import FILE
from trace2skill.traces.finding import find_files

LONGEST_TASK = 100_000
"""Most characters of a task."""

Write = Callable[[Any], None]


@dataclass(frozen=True)
class RunLimits:
    """The most that a run may take up.

    Attributes:
        traces: Traces that are read.
        megabytes: Of the files that are read, as they lie on the disk, or of the traces that are sent.
        seconds: Of work, without what is spent waiting for a person.
    """

    traces: int = 5000
    megabytes: float = 256.0
    seconds: float = 900.0

    @classmethod
    def from_environment(cls) -> Self:
        """The operator's, from `TRACE2SKILL_MAX_TRACES`, `_MAX_MEGABYTES` and `_MAX_SECONDS`.

        Raises:
            SettingError: One of them is no number above zero.
        """
        return cls(int(_number("traces", cls.traces)), *(_number(n, getattr(cls, n)) for n in _OF_SIZE))

    def check_sent(self, traces: object) -> None:
        """Refuse more traces in a request than may be read, or larger ones.

        Raises:
            InputError: There are too many, or they are too large.
        """
        if isinstance(traces, list):
            self.check_count(len(traces))
            self._check_size(_size(traces))

    def check_files(self, paths: Iterable[str], libraries: Iterable[str]) -> None:
        """Refuse files and libraries that are larger than may be read.

        Raises:
            InputError: They are too large, or a path does not exist.
        """
        files = {*find_files(paths)[0], *(Path(library) / FILE for library in libraries)}
        self._check_size(sum(file.stat().st_size for file in files if file.is_file()))

    def check_count(self, traces: int) -> None:
        """Refuse more traces than may be read.

        Raises:
            InputError: There are more.
        """
        if traces > self.traces:
            raise InputError(
                f"a run on this server reads at most {self.traces} traces; give fewer at a time, or ask its "
                f"operator for more ({_variable('traces')})"
            )

    def _check_size(self, size: int) -> None:
        if size > self.megabytes * 1_000_000:
            raise InputError(
                f"{size / 1_000_000:.1f} MB are more than the {self.megabytes:g} MB that a run on this "
                f"server reads; give less at a time, or ask its operator for more "
                f"({_variable('megabytes')})"
            )


@dataclass
class Clock:
    """Seconds of work by run, of the latest runs; a process that starts anew counts anew."""

    _spent: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)
    _most: int = 1000

    def started(self, run: str, write: Write) -> "Work":
        """Work on a run that begins now; check the time with it, and end it."""
        with self._mutex:
            return Work(self, run, self._spent.get(run, 0.0), write)

    def add(self, run: str, seconds: float) -> None:
        """Count further seconds for a run."""
        with self._mutex:
            self._spent[run] = self._spent.get(run, 0.0) + seconds
            self._spent.move_to_end(run)
            while len(self._spent) > self._most:
                self._spent.popitem(last=False)


class Work:
    """One stretch of work, and a writer of events that raises when the run has had its time.

    Nodes report what they do as they do it, so that they need not know of the limit.
    """

    def __init__(self, clock: Clock, run: str, spent: float, write: Write) -> None:
        self._clock, self._run, self._spent, self._write = clock, run, spent, write
        self._begun = time.monotonic()
        self._limits = RunLimits.from_environment()
        self.check()

    def write(self, event: Any) -> None:  # noqa: ANN401 - whatever a node reports
        """Pass an event on, unless a limit is reached.

        Raises:
            LimitError: The time is up.
            InputError: Too many traces were read.
        """
        self.check()
        if isinstance(event, Mapping) and event.get("stage") == "read":
            self._limits.check_count(event.get("done", 0))
        self._write(event)

    def check(self) -> None:
        """Raise once the time is up.

        Raises:
            LimitError: It is.
        """
        if self._spent + time.monotonic() - self._begun > self._limits.seconds:
            raise LimitError(
                f"the run took more than the {self._limits.seconds:g} seconds that this server gives one; "
                f"give it less to do, or ask its operator for more ({_variable('seconds')})"
            )

    def end(self) -> None:
        """Count the time."""
        self._clock.add(self._run, time.monotonic() - self._begun)


def check_task(task: object) -> None:
    """Refuse a task of more than `LONGEST_TASK` characters.

    Raises:
        InputError: It has more.
    """
    if isinstance(task, str) and len(task) > LONGEST_TASK:
        raise InputError(f"the task has {len(task)} characters; at most {LONGEST_TASK} are taken")


_OF_SIZE = ("megabytes", "seconds")


def _size(traces: list[Any]) -> int:
    """Bytes of JSON; Python's own writer takes integers of any length."""
    try:
        return len(orjson.dumps(traces))
    except TypeError:
        return len(json.dumps(traces, default=repr, skipkeys=True))


def _variable(name: str) -> str:
    return f"{PREFIX}MAX_{name.upper()}"


def _number(name: str, default: float) -> float:
    given = environ.get(_variable(name), "").strip()
    try:
        number = float(given) if given else float(default)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf") or (name == "traces" and number < 1):
        raise SettingError(f"{_variable(name)} is {given!r}; give a number above zero")
    return number
