"""The folder a library lies in, and its lock: one writer at a time."""

from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from trace2skill.errors import LibraryError

FILE = "library.sqlite3"
CALLS = "calls.sqlite3"
"""What models answered when they read the traces; not part of the library, but it quotes them."""


def prepare(path: Path, *, create: bool) -> None:
    """Make the folder, or insist that it holds a library.

    Raises:
        LibraryError: It cannot be made, or holds none.
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
    """Throw away what models answered: their answers quote traces, and can be had again."""
    for name in (CALLS, f"{CALLS}-wal", f"{CALLS}-shm"):
        (path / name).unlink(missing_ok=True)


TIMEOUT = 120.0


class WriteLock:
    """A lock file held while the library is written or its embedded index is open.

    The system frees it when its holder dies. Re-entrant within a thread. Take it before a database
    transaction, never inside one.

    Args:
        file: The lock file; made when absent, never removed.
        timeout: Seconds to wait for another holder.
    """

    def __init__(self, file: Path, timeout: float = TIMEOUT) -> None:
        self._file = file
        self._timeout = timeout
        self._lock = FileLock(file)

    def __enter__(self) -> None:
        """Wait for the lock.

        Raises:
            LibraryError: Somebody else holds it for too long, or the file cannot be written.
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
        """Free the lock."""
        self._lock.release()
