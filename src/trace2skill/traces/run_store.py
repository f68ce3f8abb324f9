"""The runs of a file of spans, which lie spread over it; beyond a size they wait in a temporary file."""

import os
import pickle
import tempfile
from collections.abc import Iterator
from typing import IO

from trace2skill.traces.spans import Span
from trace2skill.traces.spread import Run, thread_of

MOST_HELD = 1 << 25
"""Characters of messages, results and requests that are held in memory."""


class RunStore:
    """The runs that were met, by id, in order.

    The temporary file has no name: nobody else can open it, and it is gone with the process.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self._file: IO[bytes] | None = None
        self._met = 0

    def add(self, span: Span, path: str, where: str, runs: dict[str, Run]) -> None:
        """Put a span to its run, among those of this store or among those that go on in another file."""
        if span.trace not in runs:
            self._met += 1
            runs[span.trace] = Run(path, where, self._met)
        runs[span.trace].spans.append(span)

    def put_aside(self) -> None:
        """Write the spans that are in memory to the temporary file."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the store
        end = self._file.seek(0, os.SEEK_END)
        for run in self.runs.values():
            try:
                written = pickle.dumps(run.spans, pickle.HIGHEST_PROTOCOL) if run.spans else b""
            except RecursionError:  # nested too deeply to be written: it stays, and is reported as such later
                continue
            if written:
                self._file.write(written)
                run.parts.append((end, len(written)))
                run.spans = []
                end += len(written)

    def thread(self, run: Run) -> str:
        """The thread of a run, which stays where it is."""
        return thread_of([*self._put_aside_of(run), *run.spans])

    def load(self, run: Run) -> None:
        """Bring the spans of a run back into memory."""
        run.spans = [*self._put_aside_of(run), *run.spans]
        run.parts = []

    def close(self) -> None:
        """Remove the temporary file."""
        if self._file is not None:
            self._file.close()

    def _put_aside_of(self, run: Run) -> Iterator[Span]:
        for start, length in run.parts:
            assert self._file is not None
            self._file.seek(start)
            yield from pickle.loads(self._file.read(length))  # noqa: S301 - what `put_aside` wrote itself


def weight(span: Span) -> int:
    """About how many characters a span holds beside its messages."""
    texts = (span.request, span.result, span.error)
    return sum(len(text) if isinstance(text, str) else 200 for text in texts if text) + 500
