"""Distils that are killed with -9 at a chosen moment, in processes of their own."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

KILLER = """
import os, signal, sys, time, warnings
from trace2skill.graph.run import distill
import trace2skill.nodes.measure, scipy.stats, tokenizers, chromadb

source, *plans = sys.argv[1:]
for plan in plans:
    moment, library = plan.split(":", 1)
    child = os.fork()
    if not child:
        left = [int(moment)] if moment.isdigit() else None
        def count(event):
            if left:
                left[0] -= 1
                if left[0] <= 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        distill(source, library=library, progress=count)
        os._exit(0)
    if not moment.isdigit():
        time.sleep(float(moment[1:]))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else "done", flush=True)
"""
"""Forks after the slow imports, so that the moments fall into the work."""


def killed(source: Path, plans: Sequence[tuple[str, Path]]) -> list[bool]:
    """Distil into each library and kill the process; whether it was still at work.

    A moment is the number of an event (`7`) or a time in seconds (`t0.35`).
    """
    told = [f"{moment}:{library}" for moment, library in plans]
    command = [sys.executable, "-W", "ignore", "-c", KILLER, str(source), *told]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return [line == "killed" for line in done.stdout.split()]
