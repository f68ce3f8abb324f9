"""Lines added to a file that several threads and processes may add to: each is there whole, or not at all."""

import fcntl
import os
from pathlib import Path


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
