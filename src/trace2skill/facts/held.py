"""What was worked out of traces, held so that the stages of a run share it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from trace2skill.traces.model import Trace

Made = TypeVar("Made")

MOST_HELD = 1600
"""Traces of which results are held, per process: the samples of four large families."""

_every: "list[Held[Any]]" = []


def forget() -> None:
    """Drop all results, to free their memory."""
    for each in _every:
        each.clear()


class Held(Generic[Made]):
    """Results of a function of traces, by content hash, for the first traces until `forget`.

    The first are those that are mined, which are looked at most often. A run goes through all its traces in
    turn, so that the last ones used would always be gone before they are used again. An object lives as long
    as the process: make one for each module, not for each run.

    Args:
        make: The function; it may use only what the hash covers. Its results must not be changed.
        most: How many results are held.
    """

    def __init__(self, make: Callable[[Trace], Made], most: int = MOST_HELD) -> None:
        self._make = make
        self._most = most
        self._held: dict[str, Made] = {}
        _every.append(self)

    def clear(self) -> None:
        """Drop the results."""
        self._held = {}

    def of(self, trace: Trace) -> Made:
        """The result for the trace."""
        held = self._held
        found = held.get(trace.hash)
        if found is None:
            found = self._make(trace)
            if len(held) < self._most:
                held[trace.hash] = found
        return found
