"""Engines map a function over shards, in this process, in several or in Ray; the results are the same.

    with engine("processes", 4) as opened:
        for result in opened.map(function, shards):
            ...

The function and its shards are sent to other processes: the function must be defined at a module's top level,
and both must be picklable.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import get_context
from threading import Lock
from typing import Any, Literal, Protocol, TypeVar

from trace2skill.errors import SettingError, Trace2SkillError

Shard = TypeVar("Shard")
Result = TypeVar("Result")
EngineName = Literal["processes", "ray"]
AHEAD = 2
"""Shards submitted per worker at a time: enough to keep it busy, few enough to save memory."""

OBJECT_STORE = 256 * 1024**2
"""Bytes of shared memory for shards being sent; Ray's default is a third of the machine's memory."""


class Engine(Protocol):
    """Maps functions over shards."""

    def map(self, function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
        """The results in the order of the shards; a few more shards are read than results yielded."""
        ...

    def close(self) -> None:
        """Release the workers."""
        ...


class Inline:
    """This process, one shard after the other."""

    def map(self, function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
        """As `Engine.map`."""
        return map(function, shards)

    def close(self) -> None:
        """Do nothing: there are no workers."""


class Processes:
    """Several processes of this machine, started at the first map over more than one shard."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._lock = Lock()
        self._executor: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
        """As `Engine.map`."""
        every, several = _peek(shards)
        if not several:
            return map(function, every)
        return self._spread(function, every)

    def _spread(self, function: Callable[[Shard], Result], shards: Iterator[Shard]) -> Iterator[Result]:
        executor = self._started()
        try:
            yield from _ordered(
                lambda shard: executor.submit(function, shard).result, shards, AHEAD * self._workers
            )
        except BrokenProcessPool as error:
            raise Trace2SkillError(
                "a worker process has died, most likely for lack of memory; go on when there is more of it, "
                "or start another run with fewer workers"
            ) from error

    def close(self) -> None:
        """Wait for running shards, cancel the others and end the processes."""
        if self._executor:
            self._executor.shutdown(cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            # Spawned, because a fork would copy the locks of LangGraph's threads in any state.
            self._executor = self._executor or ProcessPoolExecutor(self._workers, get_context("spawn"))
            return self._executor


class Ray:
    """Ray tasks: in the Ray that the caller has connected to, else in a new one on this machine.

    The library's folder must be reachable under the same path on every machine that runs tasks.

    Raises:
        SettingError: Ray is not installed.
        Trace2SkillError: Ray does not start.
    """

    def __init__(self, workers: int) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError as error:
            raise SettingError(
                "the engine `ray` needs the package ray: pip install 'trace2skill[ray]', or leave it out"
            ) from error
        self._ray: Any = ray
        self._workers = workers
        self._ours = not ray.is_initialized()
        if self._ours:
            self._start()

    def _start(self) -> None:
        try:
            self._ray.init(
                address="local",
                num_cpus=self._workers,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                object_store_memory=OBJECT_STORE,
            )
        except Exception as error:
            self._ray.shutdown()
            if type(error) is not Exception:
                raise
            # Ray raises a plain Exception if it has not started after 30 s, as can happen on a busy machine.
            raise Trace2SkillError(
                f"Ray did not start ({str(error).partition('. ')[0]}); run again when the machine is less "
                "busy, or use --engine processes"
            ) from error

    def map(self, function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
        """As `Engine.map`."""
        task = self._ray.remote(function)

        def start(shard: Shard) -> Callable[[], Result]:
            reference = task.remote(shard)
            return lambda: self._ray.get(reference)

        return _ordered(start, shards, AHEAD * self._workers)

    def close(self) -> None:
        """Shut Ray down, unless the caller had connected to it."""
        if self._ours:
            self._ray.shutdown()


class _Shared:
    """An open engine, and the number of its users."""

    def __init__(self, opened: Engine) -> None:
        self.engine = opened
        self.users = 0


_open: dict[tuple[str, int], _Shared] = {}
_opening = Lock()


@contextmanager
def engine(name: EngineName = "processes", workers: int = 1) -> Iterator[Engine]:
    """An engine with the given number of workers, shared by all current users and closed by the last one.

    Raises:
        SettingError: There is no such engine, or it is not installed.
    """
    key = (name, workers)
    with _opening:
        shared = _open.get(key) or _Shared(_make(name, workers))
        _open[key] = shared
        shared.users += 1
    try:
        yield shared.engine
    finally:
        with _opening:
            shared.users -= 1
            if not shared.users:
                del _open[key]
                shared.engine.close()


def _make(name: EngineName, workers: int) -> Engine:
    if name == "ray":
        return Ray(workers)
    if name != "processes":
        raise SettingError(f"no engine {name!r}; choose processes or ray")
    return Processes(workers) if workers > 1 else Inline()


def _ordered(
    start: Callable[[Shard], Callable[[], Result]], shards: Iterable[Shard], ahead: int
) -> Iterator[Result]:
    under_way: deque[Callable[[], Result]] = deque()
    for shard in shards:
        under_way.append(start(shard))
        if len(under_way) >= ahead:
            yield under_way.popleft()()
    while under_way:
        yield under_way.popleft()()


def _peek(shards: Iterable[Shard]) -> tuple[Iterator[Shard], bool]:
    remaining = iter(shards)
    head = list(islice(remaining, 2))
    return chain(head, remaining), len(head) > 1
