"""Runs whose spans lie in several files: a collector begins new files, exporters send in batches.

Which runs these are is found by their ids alone before the first file of spans is read. Their spans are
kept until the last of their files was read, at most `KEPT` of them: beyond that the run that was begun first
comes as it is.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from trace2skill.traces.beside import may_judge
from trace2skill.traces.decoding import DamagedFileError, first_bytes, read_lines
from trace2skill.traces.parquet import MAGIC, NoParquetError, read_ids
from trace2skill.traces.spans import Span

KEPT = 200_000
"""Spans that are kept of runs that go on in a later file."""

_ID = re.compile(rb'"trace_?[iI]d":\s{0,2}"(?:0x)?([0-9A-Za-z_-]{8,64})"')

_COLUMNS, _STARTS = ("trace_id", "traceId"), ("start_time", "startTime")
"""Columns of a table of spans: the run's id, and the time at which each began, which scores do not have."""


@dataclass
class Run:
    """One tree of spans, the file and the place in it where it began, and its number there.

    `parts` are the places of further spans in a temporary file (traces/run_store.py).
    """

    path: str
    where: str
    number: int
    spans: list[Span] = field(default_factory=list)
    parts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def root(self) -> Span:
        """The span around the others; of several the first."""
        return root_of(self.spans)

    @property
    def thread(self) -> str:
        """The thread that the run is part of, as its root says, else any span."""
        return thread_of(self.spans)


def root_of(given: Sequence[Span]) -> Span:
    """The span around the others; of several the first."""
    spans = [span for span in given if not span.part] or given
    known = {span.id for span in spans}
    return next((span for span in spans if span.parent not in known), spans[0])


def thread_of(spans: Sequence[Span]) -> str:
    """The thread that a run is part of, as its root says, else any of its spans."""
    return root_of(spans).thread or next((span.thread for span in spans if span.thread), "")


class Spread:
    """Keeps runs that go on in another file, for one pass over files in their order.

    Args:
        files: All files of the pass; those that hold no spans do no harm.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._place = {str(file): number for number, file in enumerate(files)}
        self._runs: dict[str, dict[str, Run]] = {}
        self._paths: set[str] = set()
        self._size = 0

    def runs(self, reader: str, trace: str, path: str) -> dict[str, Run] | None:
        """Where to put one span of this run and this file; None if the run lies in one file alone."""
        if _number(trace.encode()) not in self._last:
            return None
        self._paths.add(path)
        self._size += 1
        return self._runs.setdefault(reader, {})

    def holds_of(self, path: str) -> bool:
        """Whether spans of this file were kept."""
        return path in self._paths

    def due(self, reader: str, path: str) -> list[Run]:
        """The runs of a format that no later file goes on with."""
        here = self._place.get(path, len(self._files))
        runs = self._runs.get(reader, {})
        done = [trace for trace in runs if self._last.get(_number(trace.encode()), 0) <= here]
        return [self._taken(runs, trace) for trace in done]

    def overfull(self, reader: str) -> list[Run]:
        """The runs of a format that were begun first, as many as there are spans too much."""
        runs = self._runs.get(reader, {})
        early: list[Run] = []
        while self._size > KEPT and runs:
            early.append(self._taken(runs, next(iter(runs))))
        return early

    def rest(self, reader: str) -> list[Run]:
        """The runs of a format that are still kept."""
        runs = self._runs.get(reader, {})
        return [self._taken(runs, trace) for trace in list(runs)]

    def _taken(self, runs: dict[str, Run], trace: str) -> Run:
        run = runs.pop(trace)
        self._size -= len(run.spans)
        return run

    @cached_property
    def _last(self) -> dict[int, int]:
        """The last file of each run that lies in several, by numbers for its id and its place."""
        files = [(place, file) for place, file in enumerate(self._files) if _holds_spans(file)]
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        for place, file in files if len(files) > 1 else ():
            for trace in _traces(file):
                if first.setdefault(trace, place) != place:
                    last[trace] = place
        return last


def _number(trace: bytes) -> int:
    """A number for an id, which costs less memory; two ids that share one are kept longer, and do no harm."""
    return hash(trace)


def _holds_spans(file: Path) -> bool:
    try:
        head = first_bytes(file)
        return head.startswith(MAGIC) or (bool(_ID.search(head)) and not may_judge(file))
    except (OSError, DamagedFileError):
        return False


def _traces(file: Path) -> set[int]:
    """The runs that a file names; as far as it can be read."""
    found: set[int] = set()
    with suppress(OSError, DamagedFileError, NoParquetError, ValueError):
        if first_bytes(file).startswith(MAGIC):
            found.update(_number(each.encode()) for each in read_ids(str(file), _COLUMNS, _STARTS))
            return found
        for line in read_lines(file):
            found.update(_number(match[1]) for match in _ID.finditer(line))
    return found
