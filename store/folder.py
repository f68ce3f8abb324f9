"""The folder a library lies in."""

from pathlib import Path

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
