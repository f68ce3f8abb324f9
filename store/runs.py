"""Runs: the input, settings and progress of a distil run, kept in the library so that it can be resumed.

Each run has a folder `runs/<id>/` inside the library's: `run.json`, a lock that its process holds, and its
checkpoints while it is unfinished. To keep no secrets, settings that contain one and traces given as objects
are not stored.
"""

import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal, Self

from filelock import FileLock, Timeout
from pydantic import Field

from trace2skill.errors import LibraryError
from trace2skill.store.folder import left_behind, prepare
from trace2skill.store.traces import STALE_SECONDS
from trace2skill.traces.model import Frozen

RunState = Literal["running", "finished", "failed", "stopped", "waiting"]
UNFINISHED: frozenset[RunState] = frozenset({"failed", "stopped", "waiting"})
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


class RunRecord(Frozen):
    """One distil run. Only its process writes the record, and holds the run's lock while it works."""

    id: str
    started: str = Field(description="UTC, to the second")
    state: RunState = Field("running", description="`stopped`: killed or interrupted, and can be resumed")
    folder: str = Field("", description="where it was started; relative paths start there")
    settings: dict[str, Any] = Field({}, description="those that may be kept")
    withheld: tuple[str, ...] = Field((), description="settings that are not kept: they hold a secret")
    objects: tuple[str, ...] = Field((), description="settings that are not kept: they are objects")
    checkpoints: str = Field("", description="the server that holds them, without credentials")
    paths: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    traces: int = Field(0, description="traces given as objects; they are not kept here")
    stage: str = Field("", description="what it did last")
    done: dict[str, int] = Field({}, description="how often each stage reported progress")
    waiting: tuple[str, ...] = Field((), description="skills that wait for a review")
    result: tuple[str, ...] = Field((), description="what became of which skill: `add house-doors`")
    message: str = Field("", description="the mistake that ended it")


class RunFolder:
    """The folder of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path / "lock")

    @classmethod
    def new(cls, library: Path, **fields: Any) -> Self:  # noqa: ANN401 - the fields of a record
        """Create the folder of a new run, and remove those of old ones.

        Args:
            library: The library's folder.
            **fields: Fields of the record.

        Raises:
            LibraryError: The library's folder cannot be written.
        """
        prepare(library, create=True)
        sweep(library)
        now = datetime.now(UTC)
        name = f"{now:%Y%m%d-%H%M%S}-{token_hex(2)}"
        run = cls(library / "runs" / name)
        with _explained(run.path):
            run.path.mkdir(parents=True)
        run.save(RunRecord(id=name, started=now.isoformat(timespec="seconds"), **fields))
        return run

    @property
    def checkpoint_file(self) -> Path:
        """The file of its checkpoints, unless they are on a server."""
        return self.path / "checkpoints.sqlite3"

    @property
    def library(self) -> Path:
        """The library's folder."""
        return self.path.parent.parent

    def record(self) -> RunRecord:
        """The record as its process last wrote it; `stopped` if it was running and has no process now."""
        record = RunRecord.model_validate_json((self.path / "run.json").read_bytes())
        if record.state == "running" and not self._is_held():
            return record.model_copy(update={"state": "stopped"})
        return record

    def save(self, record: RunRecord) -> None:
        """Write the record, completely or not at all; what a finished run needs no more, redacted.

        Raises:
            LibraryError: The folder cannot be written, or the disk is full.
        """
        if record.state == "finished":
            record = _redacted(record)
        partial = self.path / f"run.{os.getpid()}"
        with _explained(self.path):
            partial.write_bytes(record.model_dump_json(indent=1).encode())
            partial.replace(self.path / "run.json")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run's lock, as its process.

        Raises:
            LibraryError: Another process holds it.
        """
        try:
            with self._lock.acquire(timeout=0):
                yield
        except Timeout:
            raise LibraryError(
                f"run {self.path.name} is at work in another process; wait until it has finished, or stop it"
            ) from None

    def drop_checkpoints(self) -> None:
        """Remove the checkpoint file of a finished run."""
        for file in self.path.glob("checkpoints.sqlite3*"):
            file.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove the run's folder, and the folders around it if they are then empty."""
        shutil.rmtree(self.path, ignore_errors=True)
        for folder in (self.path.parent, self.library):
            try:
                folder.rmdir()
            except OSError:  # it is not empty
                return

    def _is_held(self) -> bool:
        try:
            with FileLock(self.path / "lock", is_singleton=False).acquire(timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # a read-only folder
            return False


def runs(library: Path) -> list[RunRecord]:
    """The runs of a library, newest first.

    Raises:
        LibraryError: There is no library.
    """
    if not (library / "runs").is_dir():
        prepare(library, create=False)
    found = []
    for run in reversed(_folders(library)):
        with suppress(FileNotFoundError):  # its process has removed it meanwhile
            found.append(run.record())
    return found


def unfinished(
    library: Path, name: str | None = None, states: Collection[RunState] = UNFINISHED
) -> RunFolder:
    """The run with that id, or the latest one in one of the states.

    Raises:
        LibraryError: There is none, or the named run is in another state.
    """
    known = runs(library)
    for record in known:
        if name in (None, record.id) and record.state in states:
            return RunFolder(library / "runs" / record.id)
    wanted = " or ".join(sorted(states))
    found = {record.id: record.state for record in known}
    if name in found:
        raise LibraryError(f"run {name} is {found[name]}, not {wanted}")
    wanted = f"no run {name}" if name else f"no run that is {wanted}"
    raise LibraryError(f"{wanted} in {library}; list them with `trace2skill runs --library {library}`")


def sweep(library: Path) -> None:
    """Remove runs so old that their staged traces have been removed, so that they cannot be resumed."""
    for file in left_behind((run.path / "run.json" for run in _folders(library)), STALE_SECONDS):
        if not RunFolder(file.parent)._is_held():
            shutil.rmtree(file.parent, ignore_errors=True)


def without_secrets(settings: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The settings without those that contain a secret, and the names of these, sorted."""
    from trace2skill.traces.redact import find_secrets

    secret = [name for name, value in settings.items() if find_secrets(str(value))]
    kept = {name: value for name, value in settings.items() if name not in secret}
    return kept, tuple(sorted(secret))


def _redacted(record: RunRecord) -> RunRecord:
    """The record without secrets and people's names in its paths."""
    from trace2skill.traces.redact import redact_path

    paths = {
        "folder": redact_path(record.folder),
        "paths": tuple(map(redact_path, record.paths)),
        "libraries": tuple(map(redact_path, record.libraries)),
        "settings": {
            name: redact_path(value) if isinstance(value, str) else value
            for name, value in record.settings.items()
        },
    }
    return record.model_copy(update=paths)


def _folders(library: Path) -> list[RunFolder]:
    found = sorted((library / "runs").glob("*/run.json"))
    return [RunFolder(file.parent) for file in found if _ID.fullmatch(file.parent.name)]


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryError(
            f"cannot write to {folder}: {error.strerror or error}; free some space or make it writable, or "
            "choose another library with --library DIR"
        ) from error
