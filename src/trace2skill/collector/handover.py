"""Hands runs that have become quiet to `distill`, one time after the other, beside the receiver."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from trace2skill.collector.batches import BatchLog
from trace2skill.collector.otlp import RefusedError, only, runs_of
from trace2skill.collector.quiet_runs import Conversation, QuietRuns
from trace2skill.errors import Trace2SkillError
from trace2skill.traces.beside import find_judgements
from trace2skill.traces.files import Record, read_records
from trace2skill.traces.judgements import Judging
from trace2skill.traces.model import Trace
from trace2skill.traces.readers.otel import READER
from trace2skill.traces.redact import redact_text

AT_ONCE = 500
"""The most conversations that are read at once."""
ATTEMPTS = 3


class Handover:
    """Distils what becomes quiet into a library, on a thread of its own.

    What cannot be distilled is told and tried again with later runs, up to `ATTEMPTS` times; the files keep
    it in any case. At the start every run that the folder holds counts as just seen: the same runs a second
    time change nothing in a library.

    Args:
        log: The files.
        library: The library's folder.
        quiet_after: Seconds without a span after which a run counts as over.
        tell: Called with a line about what was done or went wrong.
    """

    def __init__(self, log: BatchLog, library: Path, quiet_after: float, tell: Callable[[str], None]) -> None:
        self._log = log
        self._runs = QuietRuns()
        self._library = library
        self._quiet_after = quiet_after
        self._tell = tell
        self._failures = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="handover", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def seen(self, runs: Mapping[str, str], file: Path) -> None:
        """Note that a file holds spans of these trace ids, each with its conversation or an empty text."""
        self._runs.seen(runs, file, time.monotonic())

    def stop(self) -> None:
        """Begin nothing more, and wait for the end of what is being distilled."""
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        for file in self._log.files():
            for record in _records(file):
                if self._stopped.is_set():
                    return
                self.seen(runs_of(record.value), file)
        while not self._stopped.wait(min(1.0, self._quiet_after / 2)):
            quiet = self._runs.take_quiet(time.monotonic(), self._quiet_after)
            for start in range(0, len(quiet), AT_ONCE):
                if not self._stopped.is_set():
                    self._hand_over(quiet[start : start + AT_ONCE])

    def _hand_over(self, quiet: Sequence[Conversation]) -> None:
        try:
            self._distil(quiet)
            self._failures = 0
        except Trace2SkillError as error:
            self._failed(quiet, str(error))
        except Exception as error:  # noqa: BLE001 - the receiver goes on, whatever is wrong with the runs
            self._failed(quiet, redact_text(f"{type(error).__name__}: {error}"))

    def _distil(self, quiet: Sequence[Conversation]) -> None:
        from trace2skill.graph.run import distill

        traces = read_traces(quiet, self._log.files())
        if not traces:
            return
        report = distill(traces, library=self._library)
        changed = ", ".join(f"{each.name} ({each.operation})" for each in report.skills)
        self._tell(
            f"distilled {len(traces)} quiet runs, {report.traces.new} new: {changed or 'no skill changed'}"
        )

    def _failed(self, quiet: Sequence[Conversation], why: str) -> None:
        self._failures += 1
        if self._failures < ATTEMPTS:
            self._runs.put_back(quiet, time.monotonic())
            self._tell(f"error: {len(quiet)} quiet runs were not distilled, and will be tried again: {why}")
            return
        self._failures = 0
        again = f"trace2skill distill {self._log.folder} --library {self._library}"
        self._tell(f"error: {len(quiet)} quiet runs were not distilled: {why}; try `{again}`")


def read_traces(conversations: Sequence[Conversation], files: Sequence[Path]) -> list[Trace]:
    """The traces of some conversations, and no others.

    Args:
        conversations: What to read.
        files: The files of the folder; scores and annotations beside them decide outcomes as in any folder.
    """
    runs = frozenset(run for each in conversations for run in each.runs)
    holding = sorted({file for each in conversations for file in each.files})

    def records() -> Iterator[Record]:
        for file in holding:
            for record in _records(file):
                if kept := only(record.value, runs):
                    yield Record(record.path, record.where, kept)

    read = READER.read_all(records(), Judging(beside=find_judgements(files)))
    return [entry for entry in read if isinstance(entry, Trace)]


def _records(file: Path) -> Iterator[Record]:
    """The batches of a file; a torn line, and what a person has put there, are passed over."""
    for record in read_records(file):
        if isinstance(record, Record):
            with suppress(RefusedError):
                runs_of(record.value)
                yield record
