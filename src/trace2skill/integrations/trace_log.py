"""Writes runs of agents at work into a file of traces, and what came of them into one beside it."""

import fcntl
import logging
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from trace2skill.errors import InputError
from trace2skill.traces.model import Outcome, Trace, rebuild, to_json
from trace2skill.traces.outcomes import FEEDBACK
from trace2skill.traces.redact import DEFAULT, Level, redact, redact_text

logger = logging.getLogger("trace2skill")

SHARE = 4
"""After a run was put aside, it is not again for so many times as long as that took."""

MOST_THREADS = 10_000
"""Threads of which the last run is remembered."""


def append_line(path: Path, line: bytes) -> None:
    """Add a line at the end of a file, made if absent; a line that a crash has torn is ended first.

    Raises:
        OSError: The file cannot be written; it then ends as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        torn = end and os.pread(file.fileno(), 1, end - 1) != b"\n"
        whole = (b"\n" if torn else b"") + line + b"\n"
        try:
            written = file.write(whole)
            if written != len(whole):
                raise OSError(f"only {written} of {len(whole)} bytes fit")
        except OSError:
            file.truncate(end)
            raise


@dataclass(eq=False)
class _Pace:
    """A run under way as it is now, and when it may be put aside again."""

    build: Callable[[], Trace | None]
    due: float = 0.0
    timer: threading.Timer | None = None


class TraceLog:
    """Adds runs and outcomes, one line each. Threads and processes may share the files.

    A run that is under way is in a file of its own, in the folder `unfinished`, as far as it went: what a
    killed process had recorded can be read there.

    Args:
        path: The file of traces, in our own JSONL; made if absent.
        domain: The domain of the traces.
        level: What is replaced in them.
    """

    def __init__(self, path: Path, domain: str | None = None, level: Level = DEFAULT) -> None:
        self.path = path
        self.outcomes = path.with_name(f"{path.stem}.outcomes.jsonl")
        self.unfinished = path.with_name(f"{path.stem}.unfinished")
        self._level = level
        self._domain = domain
        self._writing = threading.RLock()
        self._paces: dict[str, _Pace] = {}
        self._threads: OrderedDict[str, str] = OrderedDict()

    def keep(self, identity: str, build: Callable[[], Trace | None], *, rests: bool = False) -> None:
        """Put a run aside as far as it went, at once or, where that takes long, a little later.

        Args:
            identity: The run's id.
            build: The run as it is when this is called; None if there is nothing to tell of it yet.
            rests: Whether it goes no further for now, and is put aside at once.
        """
        with self._writing:
            pace = self._paces.setdefault(identity, _Pace(build))
            pace.build = build
            wait = pace.due - time.monotonic()
            if wait <= 0 or rests:
                self._put_aside(identity)
            elif pace.timer is None and wait < math.inf:
                pace.timer = threading.Timer(wait, self._put_aside, (identity,))
                pace.timer.daemon = True
                pace.timer.start()

    def finish(self, identity: str, trace: Trace | None, thread: str = "") -> None:
        """Add a run that is over; None if there is nothing to tell of it.

        A file that cannot be written is a warning in the log.
        """
        with self._writing:
            if (
                trace is not None
                and self._written(trace, lambda line: append_line(self.path, line))
                and thread
            ):
                self._threads[thread] = identity
                self._threads.move_to_end(thread)
                if len(self._threads) > MOST_THREADS:
                    self._threads.popitem(last=False)
            self.forget(identity)

    def forget(self, identity: str) -> None:
        """Remove what was put aside of a run."""
        with self._writing:
            pace = self._paces.pop(identity, None)
            if pace and pace.timer:
                pace.timer.cancel()
            with suppress(OSError):
                self._file_of(identity).unlink()

    def judge(self, identity: str, said: dict[str, Any]) -> None:
        """Add what came of a run.

        Raises:
            InputError: The file cannot be written.
        """
        if said.get("reason"):
            said = {**said, "reason": redact_text(said["reason"], self._level)}
        try:
            append_line(self.outcomes, orjson.dumps({"id": identity, **said}))
        except OSError as error:
            raise InputError(f"{self.outcomes}: cannot be written ({error}). Check its path.") from error

    def last_run(self, thread: str) -> str:
        """The id of the run that was recorded last of a thread.

        Raises:
            InputError: None was, by this recorder in this process.
        """
        with self._writing:
            if thread not in self._threads:
                raise InputError(
                    f"no run of the thread {thread!r} was recorded here. Give the run's id, e.g. as `run_id`"
                )
            return self._threads[thread]

    def _put_aside(self, identity: str) -> None:
        with self._writing:
            pace = self._paces.get(identity)
            if pace is None:  # the run has ended meanwhile
                return
            begun = time.monotonic()
            pace.timer = None
            trace = pace.build()
            done = trace is None or self._written(trace, lambda line: _replace(self._file_of(identity), line))
            ended = time.monotonic()
            pace.due = ended + SHARE * (ended - begun) if done else math.inf

    def _written(self, trace: Trace, write: Callable[[bytes], None]) -> bool:
        whole = rebuild(
            trace, domain=self._domain, outcome=Outcome(origin="in the file of outcomes, if anywhere")
        )
        try:
            write(to_json(redact(whole, self._level)[0]))
        except OSError as error:
            logger.warning("the run %s is not in %s: %s", trace.id, self.path, error)
            return False
        return True

    def _file_of(self, identity: str) -> Path:
        return self.unfinished / f"{identity}.jsonl"


def _replace(path: Path, line: bytes) -> None:
    """Write a file of one line, so that whoever reads it finds it whole, as it was or as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}")
    new.write_bytes(line + b"\n")
    new.replace(path)


class Recorder:
    """What all recorders have: a file of traces, and one of outcomes beside it.

    Args:
        path: The file, in our own JSONL; made if absent. Threads and processes may share it.
        domain: What the agent is about, in a word; a domain's traces are sorted into task families.
        redact: What is replaced in the runs before a line is written: `secrets`, `personal` (secrets and what
            belongs to people) or `off`.
    """

    def __init__(self, path: str | Path, *, domain: str | None = None, redact: Level = DEFAULT) -> None:
        super().__init__()
        self._log = TraceLog(Path(path), domain, redact)

    @property
    def path(self) -> Path:
        """The file of traces."""
        return self._log.path

    @property
    def outcomes(self) -> Path:
        """The file of outcomes beside it, made with the first of them."""
        return self._log.outcomes

    @property
    def unfinished(self) -> Path:
        """The folder of the runs that are under way, were broken off, or wait for a person: a file each."""
        return self._log.unfinished

    def outcome(self, trace_id: str, *, success: bool) -> None:
        """Note whether a run solved its task: `record_outcome` in short."""
        self.record_outcome(trace_id, success=success)

    def record_outcome(
        self,
        run_id: object = None,
        *,
        thread_id: object = None,
        success: bool | None = None,
        score: float | None = None,
        reason: str = "",
    ) -> None:
        """Note what came of a run, at any time after it, as explicit feedback. Of two notes the first counts.

        Args:
            run_id: The id of the run, which is the id of its trace.
            thread_id: In its place the thread: its last run that this recorder has recorded in this process.
            success: Whether the run solved its task.
            score: How well it did; a success from 1 on, or from what `--success-at` says.
            reason: What somebody says of it; of a failure it is kept with the trace.

        Raises:
            InputError: Nothing is said, no run named, the thread is unknown, or the file cannot be written.
        """
        if success is None and score is None:
            raise InputError("say what came of the run: success=True, success=False or score=")
        if (run_id is None) == (thread_id is None):
            raise InputError("name the run by its id, or by its thread: the one or the other")
        identity = str(run_id) if run_id is not None else self._log.last_run(str(thread_id))
        said = {"success": success, "score": score, "reason": reason, "origin": FEEDBACK}
        self._log.judge(identity, {key: each for key, each in said.items() if each not in (None, "")})
