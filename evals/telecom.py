"""Held-out success on tau2 telecom: skills distilled from train demonstrations, executed on test tasks.

    python -m trace2skill.evals.telecom --samples 74 40 20 10 5 --seeds 5

A demonstration is the benchmark's gold plan between two sweeps of the read tools; its family is not told.
Beside the executor stand: doing nothing, random calls, the replay of the likest demonstration (by
ticket and first readings), and the ceiling (the share of test tasks
all of whose gold calls occur in the sample).
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from trace2skill.evals.world import TelecomWorld, recorder
from trace2skill.facts.belief import Belief
from trace2skill.graph.run import distill
from trace2skill.mining.probes import is_probe
from trace2skill.skills.executor import Execution, execute
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Action, Actor, Frozen, Step, Trace

Call = tuple[Actor, Action]
RANDOM_CALLS = 10


class Result(Frozen):
    """Success rates on the test tasks for one sample of demonstrations, and the seconds it took."""

    sample: int
    seed: int
    skills: int
    success: float
    ceiling: float
    replay: float
    endings: dict[str, int]
    failed: tuple[str, ...]
    distilling: float
    executing: float


class Bench:
    """Demonstrations and test tasks, and what is measured on them."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        environment = recorder("environment")
        self.tests: list[Any] = environment.read_tasks("test")
        self._swept: dict[str, tuple[Step, ...]] = {}
        self.demonstrations: list[Trace] = self.loop.run_until_complete(
            _record(environment.read_tasks("train"))
        )

    def measure(self, sample: int, seed: int) -> Result:
        """Distil from a sample of the demonstrations and execute the skills on every test task."""
        rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
        demonstrations = rng.sample(self.demonstrations, sample)
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            distill(demonstrations, library=folder)
            distilled = time.monotonic()
            with Library(folder) as library:
                stored = {each.skill.name: each.skill for each in library.skills()}
                runs = [self._execute(task, library, stored) for task in self.tests]
        failed = tuple(task.id for task, (_, reward) in zip(self.tests, runs, strict=True) if reward < 1)
        return Result(
            sample=sample,
            seed=seed,
            skills=len(stored),
            success=1 - len(failed) / len(runs),
            ceiling=self._ceiling(demonstrations),
            replay=self.replay(demonstrations),
            endings=dict(Counter(run.ending for run, _ in runs)),
            failed=failed,
            distilling=round(distilled - started, 1),
            executing=round(time.monotonic() - distilled, 1),
        )

    def play(self, plan: Callable[[Any], Sequence[Call]]) -> float:
        """The share of test tasks that a fixed plan for each solves."""
        solved = 0
        for task in self.tests:
            calls = plan(task)
            world = TelecomWorld(task, self.loop)
            for actor, action in calls:
                world.call(actor, action)
            solved += world.reward() >= 1
        return solved / len(self.tests)

    def replay(self, demonstrations: Sequence[Trace]) -> float:
        """The share of test tasks that the repairs of the likest demonstration solve."""
        return self.play(lambda task: _likest(self._first(task), task.ticket or "", demonstrations))

    def _first(self, task: Any) -> tuple[Step, ...]:  # noqa: ANN401 - the benchmark's type
        """What the demonstrations' sweep reads on the task; kept, as it is the same for every sample."""
        if task.id not in self._swept:
            world = recorder("environment").Telecom(task)
            self.loop.run_until_complete(recorder("record").sweep(world, task.ticket or ""))
            self._swept[task.id] = tuple(world.steps)
        return self._swept[task.id]

    def guess(self, seed: int) -> float:
        """The share of test tasks that random calls of the demonstrations solve."""
        calls = [call for demonstration in self.demonstrations for call in _repairs(demonstration)]
        rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
        return self.play(lambda _: rng.sample(calls, RANDOM_CALLS))

    def _execute(self, task: Any, library: Library, stored: dict[str, Skill]) -> tuple[Execution, float]:  # noqa: ANN401
        world = TelecomWorld(task, self.loop)
        run = execute(_ranked(library, stored, world.task), world)
        return run, world.reward()

    def _ceiling(self, demonstrations: Sequence[Trace]) -> float:
        seen = {_key(call) for demonstration in demonstrations for call in _repairs(demonstration)}
        gold = recorder("record").gold
        able = [all(_key((call.actor, call.action)) in seen for call in gold(task)) for task in self.tests]
        return sum(able) / len(able)


async def _record(tasks: Sequence[Any]) -> list[Trace]:
    return [trace async for _, trace in recorder("record").episodes(tasks, 0, 0)]


def _ranked(library: Library, stored: dict[str, Skill], ticket: str) -> list[Skill]:
    """All skills, those that the library's search finds for the ticket first."""
    found = [hit.skill for hit in library.search(ticket, k=len(stored))] if stored else []
    return [stored[name] for name in dict.fromkeys([*found, *sorted(stored)])]


def _repairs(trace: Trace) -> list[Call]:
    return [
        (step.actor, step.action) for step in trace.steps if step.action and not is_probe(step.action.tool)
    ]


def _key(call: Call) -> str:
    arguments = {name: value for name, value in call[1].arguments.items() if name != "summary"}
    return f"{call[0]} {call[1].tool} {json.dumps(arguments, sort_keys=True)}"


def _likest(first: Sequence[Step], ticket: str, demonstrations: Sequence[Trace]) -> list[Call]:
    """The repairs of the demonstration whose ticket and first readings share most facts with these."""
    facts = _facts(first, ticket)

    def likeness(trace: Trace) -> float:
        repairs = (step.index for step in trace.steps if step.action and not is_probe(step.action.tool))
        other = _facts(trace.steps[: next(repairs, len(trace.steps))], trace.task)
        return len(facts & other) / max(1, len(facts | other))

    return _repairs(max(demonstrations, key=lambda trace: (likeness(trace), trace.hash)))


def _facts(steps: Sequence[Step], ticket: str) -> set[tuple[object, ...]]:
    belief = Belief(Trace(id="start", task=ticket, steps=tuple(steps)))
    latest = {
        (key, entity, readings[-1].value)
        for key in belief.keys
        for entity, readings in belief.timeline(key).items()
    }
    return latest | {("task", word) for word in ticket.split()}


def main() -> None:
    """Measure and print one JSON record a line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--samples", type=int, nargs="+", default=[74, 40, 20, 10, 5], metavar="K")
    parser.add_argument("--seeds", type=int, default=5, metavar="N")
    arguments = parser.parse_args()
    bench = Bench()
    sys.stdout.write(f"no-op {bench.play(lambda _: [])} random {bench.guess(0)}\n")
    for sample in arguments.samples:
        for seed in range(arguments.seeds if sample < len(bench.demonstrations) else 1):
            sys.stdout.write(bench.measure(sample, seed).model_dump_json() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
