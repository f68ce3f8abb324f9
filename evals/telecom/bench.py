"""The measurement: distil a sample, execute the skills on every task, compare and explain."""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from trace2skill.evals.causes import Fault, fault
from trace2skill.evals.telecom.baselines import Call, drawn, likest, within_reach
from trace2skill.evals.telecom.course import Course
from trace2skill.evals.world import TelecomWorld, recorder
from trace2skill.graph.run import distill
from trace2skill.skills.executor import execute
from trace2skill.skills.knowledge import Knowledge
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Frozen, Step, Trace

FREE_TEXT = frozenset({"summary"})


class Failure(Frozen):
    """A task that was not solved, and what went wrong first."""

    task: str
    fault: Fault


class Result(Frozen):
    """Success rates on the tasks for one sample of demonstrations, and the seconds it took."""

    sample: int
    seed: int
    failed_runs: int
    skills: int
    tasks: int
    success: float
    ceiling: float
    replay: float
    endings: dict[str, int]
    failures: tuple[Failure, ...]
    distilling: float
    executing: float


class Bench:
    """Skills against the tasks of a course."""

    def __init__(self, loop: asyncio.AbstractEventLoop, course: Course) -> None:
        self.course = course
        self._loop = loop
        self._swept: dict[str, tuple[Step, ...]] = {}

    def measure(self, size: int, seed: int, *, failed_half: bool = False) -> Result:
        """Distil from a sample of the demonstrations and execute the skills on every task."""
        sample = self.course.sample(size, seed, failed_half=failed_half)
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            distill(sample, library=folder)
            distilled = time.monotonic()
            with Library(folder) as library:
                stored = {each.skill.name: each.skill for each in library.skills()}
                runs = [self._execute(task, library, stored) for task in self.course.tests]
            executed = time.monotonic()
        failures = tuple(failure for _, failure in runs if failure)
        return Result(
            sample=size,
            seed=seed,
            failed_runs=size // 2 if failed_half else 0,
            skills=len(stored),
            tasks=len(runs),
            success=round(1 - len(failures) / len(runs), 4),
            ceiling=self._share([within_reach(_gold(task), sample) for task in self.course.tests]),
            replay=self.replay(sample),
            endings=dict(sorted(Counter(ending for ending, _ in runs).items())),
            failures=failures,
            distilling=round(distilled - started, 1),
            executing=round(executed - distilled, 1),
        )

    def play(self, plan: Callable[[Any], Sequence[Call]]) -> float:
        """The share of tasks that a fixed plan for each solves."""
        solved = []
        for task in self.course.tests:
            calls = plan(task)
            world = TelecomWorld(task, self._loop)
            for actor, action in calls:
                world.call(actor, action)
            solved.append(world.reward() >= 1)
        return self._share(solved)

    def replay(self, demonstrations: Sequence[Trace]) -> float:
        """The share of tasks that the repairs of the likest demonstration solve."""
        return self.play(lambda task: likest(self._first(task), task.ticket or "", demonstrations))

    def guess(self, seed: int) -> float:
        """The share of tasks that random calls of the demonstrations solve."""
        rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
        return self.play(lambda _: drawn(self.course.demonstrations, rng))

    def _first(self, task: Any) -> tuple[Step, ...]:  # noqa: ANN401 - the benchmark's type
        """What the demonstrations' sweep reads on the task; kept, as it is the same for every sample."""
        if task.id not in self._swept:
            world = recorder("environment").Telecom(task)
            self._loop.run_until_complete(recorder("record").sweep(world, task.ticket or ""))
            self._swept[task.id] = tuple(world.steps)
        return self._swept[task.id]

    def _execute(
        self,
        task: Any,  # noqa: ANN401
        library: Library,
        stored: dict[str, Skill],
    ) -> tuple[str, Failure | None]:
        world = TelecomWorld(task, self._loop)
        skills = _ranked(library, stored, world.task)
        run = execute(skills, world)
        if world.reward() >= 1:
            return run.ending, None
        found = fault(run, Knowledge.of(skills), _gold(task), FREE_TEXT)
        return run.ending, Failure(task=task.id, fault=found)

    @staticmethod
    def _share(of: Sequence[bool]) -> float:
        return round(sum(of) / len(of), 4)


def _gold(task: Any) -> list[Call]:  # noqa: ANN401 - the benchmark's type
    return [(call.actor, call.action) for call in recorder("record").gold(task)]


def _ranked(library: Library, stored: dict[str, Skill], ticket: str) -> list[Skill]:
    """All skills, those that the library's search finds for the ticket first."""
    found = [hit.skill for hit in library.search(ticket, k=len(stored))] if stored else []
    return [stored[name] for name in dict.fromkeys([*found, *sorted(stored)])]
