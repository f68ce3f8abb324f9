"""What SkillMiddleware adds to an agent's turn, by the size of the library, in a new process and after.

    python -m benchmarks.turn_times [SKILLS]...

Libraries of copies of the bundled telecom skills, each with words of its own so that no two are alike (10
and 10,000 if nothing is said). An agent whose model answers at once is asked task texts that it was not asked
before, with the middleware and without. The first turn of a process is its cold one (five processes); it pays
for what is loaded once. Then 200 warm turns, each with a new message, so that every one is looked up. Times
are wall-clock; processor time beside them says how much of it was work. Prints Markdown.
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from trace2skill import Library, Skill, distill, read_traces
from trace2skill.skills.model import Policy
from trace2skill.store.records import Change, Commit

ROOT = Path(__file__).resolve().parents[1]
TRACES = ROOT / "examples" / "telecom" / "traces.jsonl"
COLD, WARM = 5, 200
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta")


def grown(template: Path, folder: Path, size: int) -> None:
    """A library with so many skills: copies without policies, whose purpose has three words of its own."""
    chance = random.Random(1)  # noqa: S311 - words, no secret
    with Library(template) as library:
        skills = [each.skill for each in library.skills()]

    def copy(number: int) -> Skill:
        skill = skills[number % len(skills)]
        own = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(3)]
        words = " ".join(own)
        return skill.model_copy(
            update={
                "name": f"{skill.name}-{number}"[:64],
                "family": f"{skill.family}/{number}",
                "title": f"{skill.title} {own[0]}",
                "description": f"{words}. {skill.description}"[:1024],
                "when_to_use": f"{words}. {skill.when_to_use}",
                "background": (),
                "policy": Policy(),
            }
        )

    with Library(folder) as library:
        changes = tuple(Change(skill=copy(number), operation="add") for number in range(size))
        library.commit(Commit(changes=changes))


def turns(folder: str, count: int) -> list[tuple[float, float]]:
    """Milliseconds, of the clock and of the processor, that the middleware adds to each of so many turns."""
    from langchain.agents import create_agent
    from langchain_core.messages import AIMessage, HumanMessage

    from examples.embedding.scripted import ScriptedModel
    from trace2skill import SkillMiddleware

    tasks = sorted({trace.task for trace in read_traces(str(TRACES))})
    middleware = SkillMiddleware(folder, record=True)

    def answer(number: int, *, guided: bool) -> tuple[float, float]:
        agent = create_agent(
            ScriptedModel(replies=[AIMessage("Done.")]), middleware=[middleware] if guided else []
        )
        asked = {"messages": [HumanMessage(f"{tasks[number % len(tasks)]} (case {number})")]}
        begun, worked = time.perf_counter(), _processor()
        agent.invoke(asked)
        return (time.perf_counter() - begun) * 1000, (_processor() - worked) * 1000

    answer(0, guided=False)  # what the agent itself loads once
    found = []
    for number in range(count):
        with_it, without = answer(number, guided=True), answer(number, guided=False)
        found.append((with_it[0] - without[0], with_it[1] - without[1]))
    return found


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(folder: Path, count: int) -> list[tuple[float, float]]:
    """As `turns`, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.turn_times", "--turns", str(folder), str(count)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return [(each[0], each[1]) for each in json.loads(result.stdout)]


def row(name: str, size: int, found: list[tuple[float, float]]) -> str:
    """A row of the table."""
    clock, work = ([each[place] for each in found] for place in (0, 1))
    high = statistics.quantiles(clock, n=20, method="inclusive")[-1]
    return (
        f"| {size:,} | {name} | {len(found)} | {statistics.median(clock):.1f} | {high:.1f} "
        f"| {statistics.median(work):.1f} |"
    )


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--turns"]:
        print(json.dumps(turns(sys.argv[2], int(sys.argv[3]))))  # noqa: T201
        return
    sizes = list(map(int, sys.argv[1:])) or [10, 10_000]
    with tempfile.TemporaryDirectory() as place:
        template = Path(place, "template")
        distill(TRACES, library=template)
        head = "| skills | turn | turns | ms, p50 | ms, p95 | ms of processor, p50 |"
        print(f"{head}\n|---|---|---|---|---|---|")  # noqa: T201
        for size in sizes:
            folder = Path(place, str(size))
            grown(template, folder, size)
            cold = [measured(folder, 1)[0] for _ in range(COLD)]
            print(row("first of a process", size, cold))  # noqa: T201
            print(row("later", size, measured(folder, WARM + 1)[1:]), flush=True)  # noqa: T201
    print(f"\nload average {os.getloadavg()[0]:.1f}")  # noqa: T201


if __name__ == "__main__":
    main()
