"""The workbench: what one run's nodes hand each other and is too big for graph state.

One JSON file per body, in `work/<run>/` inside the library folder, written whole or not at all. A run
that is resumed in another process finds it again; a run that ends clears it; what a killed run left
behind is swept away a week later, with the traces it had staged.
"""

import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import TypeVar

from trace2skill.errors import LibraryError
from trace2skill.store.traces import STALE_SECONDS
from trace2skill.traces.model import Frozen

Body = TypeVar("Body", bound=Frozen)
LEFT_BEHIND_AFTER = STALE_SECONDS


class Workbench:
    """Bodies of one run, each under a key of its own."""

    def __init__(self, library: str | Path, run: str) -> None:
        self._folder = Path(library) / "work" / run

    @property
    def rows(self) -> Path:
        """Where the run's rows of evidence lie (`store/rowfile.py`)."""
        return self._folder / "rows.sqlite3"

    def put(self, body: Frozen, *key: str) -> None:
        """Lay `body` down under `key`, in place of what was there.

        Raises:
            LibraryError: The folder cannot be written, or the disk is full.
        """
        path = self._path(type(body), key)
        whole = path.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            whole.write_bytes(body.model_dump_json().encode())
            whole.replace(path)
        except OSError as error:
            raise LibraryError(
                f"cannot write to {self._folder}: {error.strerror or error}; free some space or make it "
                "writable, then run again; the library is as it was"
            ) from error

    def get(self, kind: type[Body], *key: str) -> Body:
        """Pick up the body of that kind under `key`."""
        return kind.model_validate_json(self._path(kind, key).read_bytes())

    def has(self, kind: type[Frozen], *key: str) -> bool:
        """Whether a body of that kind lies under `key`."""
        return self._path(kind, key).exists()

    def find(self, kind: type[Body], *key: str) -> Body | None:
        """The body of that kind under `key`, if there is one."""
        return self.get(kind, *key) if self.has(kind, *key) else None

    def clear(self) -> None:
        """Remove everything the run laid down, and what was left behind by runs killed long ago."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if not self._folder.parent.is_dir():
            return
        for other in self._folder.parent.iterdir():
            if time.time() - other.stat().st_mtime > LEFT_BEHIND_AFTER:
                shutil.rmtree(other, ignore_errors=True)

    def _path(self, kind: type[Frozen], key: tuple[str, ...]) -> Path:
        name = hashlib.sha256("\x1f".join(key).encode()).hexdigest()[:24]
        return self._folder / f"{kind.__name__.lower()}-{name}.json"
