"""What it takes to ask a model many questions at once.

    python -m benchmarks.asking --calls 128 --concurrency 128

A server in a process of its own answers every request after a quarter of a second; what is printed is the
wall time beside the ideal, and the processor time of the asking process per call, from threads and from
coroutines.
"""

import argparse
import asyncio
import math
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel

from trace2skill.llm.ask import Asker
from trace2skill.llm.question import Question
from trace2skill.llm.settings import ModelSettings

DELAY = 0.25
ROUNDS = 3


class Answer(BaseModel):
    """What the server answers."""

    answer: str


def question(number: int) -> Question:
    """About 20,000 characters, 5,000 tokens."""
    body = f"step {number} " * 1500
    return Question("Be brief. " * 60, "common " * 500, body, node="read", subject=f"family {number % 7}")


def from_threads(asker: Asker, calls: int, concurrency: int) -> None:
    """A thread per call at once."""
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(lambda number: asker.ask(question(number), Answer), range(calls)))


def from_coroutines(asker: Asker, calls: int, _: int) -> None:
    """A coroutine per call."""

    async def all_of_them() -> None:
        await asyncio.gather(*(asker.aask(question(number), Answer) for number in range(calls)))

    asyncio.run(all_of_them())


def measured(way: Callable[[Asker, int, int], None], url: str, calls: int, concurrency: int) -> str:
    """One line about one way, on a client that has made a call before."""
    asker = Asker(ModelSettings(model="openai:m", base_url=url, max_concurrency=concurrency))
    asker.ask(question(-1), Answer)
    wall, processor = time.perf_counter(), time.process_time()
    way(asker, calls, concurrency)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    ideal = math.ceil(calls / concurrency) * DELAY
    each = processor / calls * 1000
    return f"{way.__name__:16} wall {wall:5.2f} s, ideal {ideal:.2f} s; processor {each:.2f} ms a call"


def main() -> None:
    """Print the figures of each way, several times."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=128)
    options.add_argument("--concurrency", type=int, default=128)
    given = options.parse_args()
    command = [sys.executable, "-m", "tests.chat_server", "--delay", str(DELAY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own
        assert server.stdout is not None
        try:
            url = server.stdout.readline().strip()
            for way in (from_threads, from_coroutines) * ROUNDS:
                print(measured(way, url, given.calls, given.concurrency), flush=True)  # noqa: T201
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
