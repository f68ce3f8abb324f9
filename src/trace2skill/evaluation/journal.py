"""The journal: one JSON line for each finished run, so that nothing is run twice."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import orjson
from pydantic import Field, ValidationError

from trace2skill.errors import InputError
from trace2skill.evaluation.solver import Result
from trace2skill.evaluation.suite import Task
from trace2skill.store.folder import WriteLock
from trace2skill.traces.model import Frozen
from trace2skill.traces.redact import redact_text

ANSWER = 2000
"""Most characters of an answer that are kept, with what looks like a secret replaced."""


class Run(Frozen):
    """One finished run."""

    key: str = Field(description="digest of task, guidance, seed, solver and replicate")
    suite: str
    task: str
    arm: str
    seed: int
    success: float
    cost: float | None = None
    tokens: int | None = None
    turns: int | None = None
    model: str = ""
    seconds: float = 0.0
    answer: str = ""


def run_key(task: Task, guidance: str, seed: int, solver: str, replicate: str = "") -> str:
    """32 hex digits of all that decides a run.

    Args:
        task: The task.
        guidance: The text that the solver is given.
        seed: Its seed.
        solver: The solver's name, with the label of its version.
        replicate: Tells apart runs that are alike in all else.
    """
    parts = (task.digest, guidance, str(seed), solver, replicate)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


class Journal:
    """The runs in a file, or in memory alone. Threads may share it, and processes its file.

    A line that was cut off when a process was killed is left out and overwritten by the next run. What
    another process adds is seen when the file is opened again.

    Args:
        file: The file; None to keep the runs in memory alone.

    Raises:
        InputError: The file cannot be read, or a line of it is no run; the message names the line.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._mutex = threading.Lock()
        self._runs: dict[str, Run] = {}
        self._lock = None if file is None else WriteLock(file.with_name(f"{file.name}.lock"))
        if file is not None and self._lock is not None and file.exists():
            with self._lock:
                self._read(file)

    def __len__(self) -> int:
        return len(self._runs)

    def get(self, key: str) -> Run | None:
        """The run of that key, if it was made."""
        return self._runs.get(key)

    def spent(self, runs: int) -> dict[str, float]:
        """What so many runs take in seconds, tokens and cost if they are like those kept; empty without any.

        What some of these do not tell is left out.
        """
        kept = list(self._runs.values())
        told = {name: [getattr(run, name) for run in kept] for name in ("seconds", "tokens", "cost")}
        return {
            name: runs * sum(values) / len(values)
            for name, values in told.items()
            if values and None not in values
        }

    def add(self, run: Run) -> None:
        """Keep a run; it is written when this returns.

        Raises:
            InputError: The file cannot be written.
        """
        with self._mutex:
            self._runs[run.key] = run
            if self.file is None or self._lock is None:
                return
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                with self._lock, self.file.open("ab") as sink:
                    sink.write(orjson.dumps(run.model_dump(mode="json")) + b"\n")
            except OSError as error:
                raise InputError(f"{self.file}: cannot be written ({error.strerror or error})") from error

    def _read(self, file: Path) -> None:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(f"{file}: cannot be read ({error.strerror or error})") from error
        whole, _, rest = data.rpartition(b"\n")
        if rest:
            with file.open("r+b") as cut:
                cut.truncate(len(data) - len(rest))
        for number, line in enumerate(whole.splitlines(), 1):
            if line.strip():
                run = _parsed(line, f"{file}:{number}")
                self._runs[run.key] = run


def _parsed(line: bytes, place: str) -> Run:
    try:
        return Run.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InputError(
            f"{place}: is no run ({first['msg']}); remove the line, or name another file with --results"
        ) from None


def kept_answer(answer: Any) -> str:  # noqa: ANN401 - whatever a solver answers
    """An answer as it is kept: text, without secrets, cut to `ANSWER` characters."""
    text = "" if answer is None else str(answer)
    return redact_text(text[: 2 * ANSWER])[:ANSWER] if text else ""


def finished(key: str, suite: str, task: str, arm: str, seed: int, result: Result, seconds: float) -> Run:  # noqa: PLR0913, PLR0917
    """A result as a line of the journal."""
    assert result.success is not None
    return Run(
        key=key,
        suite=suite,
        task=task,
        arm=arm,
        seed=seed,
        success=result.success,
        cost=result.cost,
        tokens=result.tokens,
        turns=result.turns,
        model=result.model,
        seconds=round(seconds, 3),
        answer=kept_answer(result.answer),
    )
