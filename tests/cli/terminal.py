"""A command at a terminal of its own, with somebody who types."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SECONDS = 120.0


class Session(NamedTuple):
    """What stood on the screen, and how the command ended."""

    screen: str
    code: int


def typed(words: Sequence[object], keys: Sequence[tuple[str, str]], **environment: str) -> Session:
    """Run `trace2skill` on a terminal; each time the first text comes up, type the second."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-W", "ignore", "-m", "trace2skill", *map(str, words)]
    surroundings: Mapping[str, str] = {**os.environ, "TERM": "dumb", "COLUMNS": "100", **environment}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=surroundings) as process:
        os.close(theirs)
        screen, seen = "", 0
        left = list(keys)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and (some := _read(ours)) is not None:
            screen += some
            while left and (place := screen.find(left[0][0], seen)) >= 0:
                seen = place + len(left[0][0])
                os.write(ours, left.pop(0)[1].encode() + b"\n")
        if process.poll() is None:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
    os.close(ours)
    return Session(screen, process.returncode)


def _read(terminal: int) -> str | None:
    """What came next; nothing after a moment of silence, None when the other side is gone."""
    if not select.select([terminal], [], [], 0.2)[0]:
        return ""
    try:
        return os.read(terminal, 65536).decode(errors="replace") or None
    except OSError:
        return None
