"""The folder of a library, and the lock that allows one writer at a time."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from time import time
from types import TracebackType

from filelock import FileLock, Timeout

from trace2skill.errors import LibraryError

FILE = "library.sqlite3"
CALLS = "calls.sqlite3"
"""The cache of models' answers; not part of the library, but it quotes traces."""


def prepare(path: Path, *, create: bool) -> None:
    """Create the folder or, without `create`, check that it holds a library.

    Raises:
        LibraryError: The folder cannot be created, or holds no library.
    """
    if not create:
        if not (path / FILE).is_file():
            raise LibraryError(
                f"no library in {path}; make one with `trace2skill distill PATH... --library {path}`, "
                "or name another with --library DIR"
            )
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(
            f"cannot make the folder {path}: {error.strerror or error}; choose another with --library DIR"
        ) from error


def drop_calls(path: Path) -> None:
    """Remove the cache of models' answers, which quote traces."""
    for name in (CALLS, f"{CALLS}-wal", f"{CALLS}-shm"):
        (path / name).unlink(missing_ok=True)


def left_behind(paths: Iterable[Path], seconds: float) -> Iterator[Path]:
    """Those of the paths that were last changed more than so many seconds ago.

    Others may remove theirs meanwhile: what is gone is passed over.
    """
    for path in paths:
        try:
            age = time() - path.stat().st_mtime
        except FileNotFoundError:
            continue
        if age > seconds:
            yield path


TIMEOUT = 120.0


class WriteLock:
    """A lock file held while the library is written or its embedded index is open.

    The system releases it if its holder dies. It is re-entrant within a thread. It must be acquired before a
    database transaction, never inside one.

    Args:
        file: The lock file; created if missing, never removed.
        timeout: Seconds to wait for another holder.
    """

    def __init__(self, file: Path, timeout: float = TIMEOUT) -> None:
        self._file = file
        self._timeout = timeout
        self._lock = FileLock(file)

    def __enter__(self) -> None:
        """Wait for the lock.

        Raises:
            LibraryError: Another process has held it for more than `timeout`, or the file cannot be written.
        """
        try:
            self._lock.acquire(timeout=self._timeout)
        except Timeout:
            raise LibraryError(
                f"another process has held {self._file} for more than {self._timeout:g} s; "
                "wait until it has finished, or stop it, then try again"
            ) from None
        except OSError as error:
            raise LibraryError(
                f"cannot lock {self._file}: {error.strerror or error}; "
                "make the folder writable, or choose another with --library DIR"
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        self._lock.release()
