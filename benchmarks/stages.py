"""Where the CPU time of a run goes: by node of the graph, and within what is sent to workers.

    python -m benchmarks.stages [--sets telecom,webshop] [--count 1000] [--traces FOLDER]

Distils resampled traces of a set (see growth.py) in this process and prints Markdown tables of CPU seconds.
Work for other processes is done here too, shard by shard, and what a process holds of earlier shards is let
go before each, since no worker would have it. "Unpacking" is what columns handed over without a copy would
spare: reading a stored trace from the library's file and making its steps anew.
"""

import argparse
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.growth import TRACES, real_traces, write
from trace2skill.claims.view import View
from trace2skill.facts import held
from trace2skill.graph.run import distill
from trace2skill.nodes import intake, plan, runtime, shards
from trace2skill.store import traces as tracebook

Spent = defaultdict[str, float]


class Clock:
    """CPU seconds of threads by what they did; what is timed within something else is not counted twice."""

    def __init__(self) -> None:
        self.spent: Spent = defaultdict(float)
        self._own = threading.local()

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Count what is done meanwhile under a name, after that of what it is done for."""
        within: list[list[Any]] = self._own.__dict__.setdefault("within", [])
        begun = time.thread_time()
        within.append([name, 0.0])
        try:
            yield
        finally:
            taken = time.thread_time() - begun
            _, counted = within.pop()
            self.spent[": ".join(dict.fromkeys([*(outer for outer, _ in within[:1]), name]))] += (
                taken - counted
            )
            if within:
                within[-1][1] += taken

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, with what it takes counted under a name."""

        def do(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the function
            with self.timing(name):
                return work(*given, **named)

        return do


def of_a_run(path: Path, library: Path) -> tuple[Spent, Spent]:
    """CPU seconds of a distil in one process: by node, and by part of the work that is meant for workers."""
    nodes: Spent = defaultdict(float)
    inside = Clock()

    def timed(_: object, work: Callable[..., Any], state: object, given: object) -> Any:  # noqa: ANN401
        begun = time.thread_time()
        try:
            return work(state, given)
        finally:
            nodes[getattr(work, "func", work).__name__] += time.thread_time() - begun

    def measured(shard: shards.Shard) -> Any:  # noqa: ANN401 - as `shards.measured`
        tracebook.release()
        held.forget()
        with patch.object(View, "of", inside.timed("facts", View.of)):
            return plain(shard)

    plain = inside.timed("measuring", shards.measured)
    unpack, stream = tracebook.unpack, tracebook.stream

    def read(*given: Any) -> Iterator[Any]:  # noqa: ANN401 - as `traces.stream`
        found = stream(*given)
        while True:
            with inside.timing("unpacking"):
                trace = next(found, None)
            if trace is None:
                return
            yield trace

    clean = inside.timed("cleaning", shards.clean)
    with (
        patch.object(runtime.Keeper, "_timed", timed),
        patch.object(shards, "measured", measured),
        patch.object(shards, "pack_row", inside.timed("rows", shards.pack_row)),
        patch.object(shards, "pack", inside.timed("packing", shards.pack)),
        patch.object(tracebook, "unpack", inside.timed("unpacking", unpack)),
        patch.object(tracebook, "stream", read),
        patch.object(intake, "clean", clean),
        patch.object(plan, "briefs", inside.timed("briefs", shards.briefs)),
    ):
        distill(path, library=library, workers=1)
    return nodes, inside.spent


def main() -> None:
    """Print two tables for each set."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--sets", default="telecom")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--traces", type=Path, default=TRACES)
    given = parser.parse_args()
    for name in given.sets.split(","):
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch, "traces.jsonl")
            write(real_traces(name, given.traces), given.count, path)
            begun = time.process_time()
            nodes, parts = of_a_run(path, Path(scratch, "library"))
            whole = time.process_time() - begun
        print(f"\n| {name}, {given.count:,} traces | CPU s | share |\n|---|---|---|")  # noqa: T201
        rows = [*sorted(nodes.items(), key=lambda pair: -pair[1]), *parts.items(), ("in all", whole)]
        for part, seconds in rows:
            print(f"| {part} | {seconds:.2f} | {seconds / whole:.1%} |")  # noqa: T201


if __name__ == "__main__":
    main()
