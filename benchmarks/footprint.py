"""What a command takes: wall time, CPU time, and the memory of it and everything it starts, added up."""

import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

INTERVAL = 0.5
"""Seconds between two looks at the memory; a look takes some milliseconds."""


class Footprint(NamedTuple):
    """What a command took.

    `megabytes` is the highest sum, over all processes alive at once, of the memory that each holds (shared
    pages are shared out among those that share them); `largest` the highest of any single process.
    """

    status: int
    seconds: float
    cpu: float
    megabytes: float
    largest: float


def footprint(command: Sequence[str], errors: Path, output: Path = Path(os.devnull)) -> Footprint:
    """Run a command to its end and watch it; its stderr goes to the file `errors`, its stdout to `output`.

    Linux only.
    """
    begun, together, largest, cpu = time.perf_counter(), 0.0, 0.0, {0: 0.0}
    with errors.open("wb") as stderr, output.open("wb") as stdout:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)  # noqa: S603 - our own command
    while True:
        finished, status, usage = os.wait4(process.pid, os.WNOHANG)
        if finished:
            process.returncode = os.waitstatus_to_exitcode(status)
            break
        sizes = []
        for pid in family(process.pid):
            sizes.append(proportional(pid))
            cpu[pid] = max(cpu.get(pid, 0.0), spent(pid))
        together, largest = max(together, sum(sizes)), max(largest, *sizes)
        time.sleep(INTERVAL)
    own = usage.ru_utime + usage.ru_stime
    return Footprint(
        process.returncode,
        time.perf_counter() - begun,
        max(own, sum(cpu.values())),  # the second counts processes that were waited for by none, as Ray's
        together,
        largest,
    )


def family(root: int) -> Iterator[int]:
    """A process and all its descendants that are alive."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            fields = _read(folder / "stat").rpartition(")")[2].split()
            if fields:
                children[int(fields[1])].append(int(folder.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children[pid]


def proportional(pid: int) -> float:
    """The memory of a process in MB, its part of what it shares with others; 0 once it has ended."""
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def spent(pid: int) -> float:
    """CPU seconds that a process has taken so far; 0 once it has ended."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12]) if fields else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _read(path: Path) -> str:
    """What the file holds; nothing when its process has just ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
