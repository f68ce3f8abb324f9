"""What a kind of server must be able to tell."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from trace2skill.traces.pull.server import Server
from trace2skill.traces.times import to_time

Value = dict[str, Any]
"""A record as the server gave it."""


class Page(NamedTuple):
    """Records, and the mark of the page after them, where it can be asked for later."""

    values: Sequence[Value]
    after: str | None = None


@dataclass(frozen=True)
class Part:
    """What a record is part of. Times are in seconds since 1970.

    Attributes:
        trace: The trace's id.
        start: When the part began.
        end: When it ended; None if it has not.
        root: Whether it is the outermost part.
        whole: Whether it holds the whole trace.
    """

    trace: str
    start: float
    end: float | None
    root: bool
    whole: bool = False


class Source(Protocol):
    """A project on a server.

    Attributes:
        server: The server.
        ordered: Whether pages come from the earliest start to the latest.
    """

    server: Server
    ordered: bool

    def check(self) -> None:
        """Ask for the project.

        Raises:
            SettingError: There is none of that name, or the key is refused.
        """
        ...

    def pages(self, since: float | None, after: str | None, known: Container[str]) -> Iterator[Page]:
        """The records of traces.

        Args:
            since: The earliest start, or None.
            after: The mark of the page to go on with, or None.
            known: Traces that need not be asked for.
        """
        ...

    def part(self, value: Value) -> Part | None:
        """What a record is part of; None where it cannot be told."""
        ...

    def judgements(self, parts: Sequence[tuple[str, str]], since: float | None) -> Iterator[Sequence[Value]]:
        """What was said of runs.

        Args:
            parts: The new traces, each with the id of its outermost part.
            since: The time from which on it was said, for servers that can be asked so; None for any.
        """
        ...


def seconds(value: Any) -> float:  # noqa: ANN401 - whatever the server gave
    """A time in seconds since 1970; 0 where there is none."""
    time = to_time(value)
    return time.timestamp() if time else 0.0


def ended(value: Any) -> float | None:  # noqa: ANN401 - whatever the server gave
    """The time of an end, or None."""
    return seconds(value) or None
