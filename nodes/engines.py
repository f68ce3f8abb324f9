"""Engines: where a function is mapped over shards. The results are the same whichever engine does it.

    with engine("processes", 4) as opened:
        for result in opened.map(function, shards):
            ...

A function and its shards travel to other processes: the function is a module's own, and both can be pickled.
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
"""Shards under way per worker: enough to keep it busy, few enough to stay small."""

OBJECT_STORE = 256 * 1024**2
"""Bytes of shared memory for shards on their way; Ray would take a third of the machine."""


class Engine(Protocol):
    """Something that does the work of many shards."""

    def map(self, function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
        """The results in the order of the shards; a few shards are taken ahead of the result yielded."""
        ...

    def close(self) -> None:
        """Let go of the workers."""
        ...


class Inline:
    """This process, one shard after the other."""

    def map(self, function: Callable[[Shard], Result], shards: Iterable[Shard]) -> Iterator[Result]:
        """As `Engine.map`."""
        return map(function, shards)

    def close(self) -> None:
        """Nothing to let go of."""


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
        """Wait for what is under way and end the processes."""
        if self._executor:
            self._executor.shutdown(cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            # Spawned, not forked: a fork copies the locks of LangGraph's threads in whatever state they are.
            self._executor = self._executor or ProcessPoolExecutor(self._workers, get_context("spawn"))
            return self._executor


class Ray:
    """Ray tasks: in a Ray of our own on this machine, or in the one that the caller has connected to.

    The library's folder must be reachable under the same path from wherever the tasks run.

    Raises:
        SettingError: Ray is not installed.
        Trace2SkillError: It does not start.
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
            # Ray has no error of its own for this: it gives up after 30 s, which is short on a busy machine.
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
        """Shut our own Ray down; one that the caller connected to stays."""
        if self._ours:
            self._ray.shutdown()


class _Shared:
    """An engine that is open, and by how many it is used."""

    def __init__(self, opened: Engine) -> None:
        self.engine = opened
        self.users = 0


_open: dict[tuple[str, int], _Shared] = {}
_opening = Lock()


@contextmanager
def engine(name: EngineName = "processes", workers: int = 1) -> Iterator[Engine]:
    """An engine with so many workers; whoever asks while it is open shares it, the last one closes it.

    Raises:
        SettingError: No such engine, or it is not installed.
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
