"""What SkillMiddleware adds to each turn of an agent, and what it does with a library that cannot be used.

    python -m benchmarks.middleware [MESSAGES]

A scripted agent answers real task texts (the bundled telecom traces), each in four turns, three of which call
a tool; once with the middleware and once without. Every message is new, so that each is looked up: nothing
is answered from the cache but the turns after the first. Prints Markdown: tokens (a quarter of the bytes)
and milliseconds added per turn, then the same for a library that is empty, being written, damaged or absent.
"""

import asyncio
import logging
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool

from examples.embedding.scripted import ScriptedModel
from trace2skill import Library, SkillMiddleware, distill, read_traces
from trace2skill.skills.guidance_text import approx_tokens
from trace2skill.store.folder import WriteLock

ROOT = Path(__file__).resolve().parents[1]

TURNS = 4
TRACES = ROOT / "examples" / "telecom" / "traces.jsonl"
CALL = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "1"}])
SCRIPT = [*[CALL] * (TURNS - 1), AIMessage("Done.")]


@tool
def look() -> str:
    """Look at something."""
    return "seen"


class Run(NamedTuple):
    """One message answered: milliseconds a turn, tokens of the system prompt a turn, and the output."""

    milliseconds: float
    tokens: int
    output: dict[str, Any]


def answer(message: str, middleware: list[SkillMiddleware], *, awaited: bool = False) -> Run:
    """Let a new agent answer; building it is not measured."""
    model = ScriptedModel(replies=SCRIPT)
    agent = create_agent(model, tools=[look], system_prompt="You help customers.", middleware=middleware)
    asked = {"messages": [HumanMessage(message)]}
    begun = time.perf_counter()
    output = asyncio.run(agent.ainvoke(asked)) if awaited else agent.invoke(asked)
    milliseconds = (time.perf_counter() - begun) * 1000 / TURNS
    system = model.asked[-1][0]
    assert isinstance(system, SystemMessage)
    return Run(milliseconds, approx_tokens(system.text), output)


def added(messages: list[str], library: Path, *, awaited: bool = False) -> tuple[list[float], list[Run]]:
    """Milliseconds a turn that the middleware adds to each message, and the runs with it."""
    middleware = SkillMiddleware(library)
    answer("warm up", [middleware], awaited=awaited)
    differences, runs = [], []
    for message in messages:
        without = answer(message, [], awaited=awaited)
        with_it = answer(message, [middleware], awaited=awaited)
        differences.append(with_it.milliseconds - without.milliseconds)
        runs.append(with_it._replace(tokens=with_it.tokens - without.tokens))
    return differences, runs


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def line(name: str, differences: list[float], runs: list[Run]) -> str:
    """A row of the table."""
    answered = sum(run.output["messages"][-1].text == "Done." for run in runs)
    offered = [run.tokens for run in runs if run.output["skill_receipt"]["offered"]]
    recorded = sum(run.output["skill_receipt"]["recorded"] for run in runs)
    tokens = f"{statistics.median(offered):.0f} / {max(offered)}" if offered else "0"
    times = f"{percentile(differences, 50):.1f} / {percentile(differences, 99):.1f}"
    counts = f"{answered} | {len(offered)} | {recorded}"
    return f"| {name} | {len(runs)} | {counts} | {tokens} | {times} |"


@contextmanager
def being_written(library: Path) -> Iterator[None]:
    """Another writer holds the library's lock and a write transaction."""
    with WriteLock(library / "write.lock"):
        writer = sqlite3.connect(library / "library.sqlite3", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        yield
        writer.close()


@contextmanager
def empty(library: Path) -> Iterator[None]:
    """All skills are retired."""
    with Library(library) as opened:
        for stored in opened.skills():
            opened.remove(stored.skill.name)
    yield


@contextmanager
def damaged(library: Path) -> Iterator[None]:
    """Every byte of the file is overwritten."""
    file = library / "library.sqlite3"
    file.write_bytes(b"\xff" * file.stat().st_size)
    yield


@contextmanager
def absent(library: Path) -> Iterator[None]:
    """The folder is gone."""
    shutil.rmtree(library)
    yield


CONDITIONS: dict[str, Callable[[Path], Any]] = {
    "as it is": lambda _: nullcontext(),
    "being written": being_written,
    "empty": empty,
    "damaged": damaged,
    "absent": absent,
}


def main() -> None:
    """Measure and print."""
    logging.getLogger("trace2skill").setLevel(logging.CRITICAL)  # the warnings are counted as receipts
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    tasks = sorted({trace.task for trace in read_traces(str(TRACES))})
    messages = [f"{tasks[number % len(tasks)]} (case {number})" for number in range(most)]
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        distill(TRACES, library=library)
        head = "| library | messages | answered | offered | recorded | tokens added, median / most "
        print(f"{head}| ms added per turn, p50 / p99 |\n|---|---|---|---|---|---|---|")  # noqa: T201
        print(line("as it is, awaited", *added(messages, library, awaited=True)))  # noqa: T201
        reasons = {}
        for name, condition in CONDITIONS.items():
            copy = Path(folder) / name.replace(" ", "-")
            shutil.copytree(library, copy)
            with condition(copy):
                differences, runs = added(messages if name == "as it is" else messages[:20], copy)
            print(line(name, differences, runs))  # noqa: T201
            reasons[name] = runs[0].output["skill_receipt"]["reason"].replace(str(copy), "DIR")
        print(*(f"- {name}: {reason}" for name, reason in reasons.items()), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
