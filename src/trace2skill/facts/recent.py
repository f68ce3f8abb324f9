"""What was worked out of the traces used last, so that the stages of a run share it."""

from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar

from trace2skill.traces.model import Trace

Made = TypeVar("Made")

MOST_HELD = 1600
"""Traces of which results are kept, per process: those of four large families."""


_every: "list[Recent[Any]]" = []


def forget() -> None:
    """Drop all results, to free their memory."""
    for each in _every:
        each.clear()


class Recent(Generic[Made]):
    """Results of a function of traces, kept by content hash; the least recently used are dropped.

    They live as long as the process, so make one for each module, not for each run.

    Args:
        make: The function; it may use only what the hash covers. Its results must not be changed.
        most: How many results are kept.
    """

    def __init__(self, make: Callable[[Trace], Made], most: int = MOST_HELD) -> None:
        self._make = make
        self._most = most
        self._held: dict[str, Made] = {}
        self._lock = Lock()
        _every.append(self)

    def clear(self) -> None:
        """Drop the results."""
        with self._lock:
            self._held.clear()

    def of(self, trace: Trace) -> Made:
        """The result for the trace."""
        with self._lock:
            found = self._held.pop(trace.hash, None)
            if found is not None:
                self._held[trace.hash] = found
                return found
        made = self._make(trace)
        with self._lock:
            self._held[trace.hash] = made
            while len(self._held) > self._most:
                del self._held[next(iter(self._held))]
        return made
