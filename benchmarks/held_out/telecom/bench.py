"""The measurement: distil a sample, execute the skills on every task, compare and explain."""

import asyncio
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from pydantic import Field

from benchmarks.held_out.causes import Fault, fault
from benchmarks.held_out.telecom.baselines import Call, drawn, likest, within_reach
from benchmarks.held_out.telecom.course import Course, stratum
from benchmarks.held_out.visible import shown
from benchmarks.held_out.world import TelecomWorld, recorder
from trace2skill.graph.run import distill
from trace2skill.policies.executor import execute
from trace2skill.policies.knowledge import Knowledge
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Frozen, Step, Trace

FREE_TEXT = frozenset({"summary"})

Rules = Literal["policy", "visible"]
"""What the executor acts on: all that a skill's policy holds, or only the rules that it shows."""


class Failure(Frozen):
    """A task that was not solved, and what went wrong first."""

    task: str
    fault: Fault


class Stratum(Frozen):
    """The tasks of one kind of issue: how many there were, and how many were solved, by whom."""

    tasks: int
    solved: int
    replayed: int
    unaided: int


class Result(Frozen):
    """Success rates on the tasks for one sample of demonstrations, and the seconds it took."""

    sample: int
    seed: int
    failed_runs: int
    rules: Rules = "policy"
    skills: int
    tasks: int
    success: float
    ceiling: float
    replay: float
    strata: dict[str, Stratum] = Field(default_factory=dict)
    endings: dict[str, int]
    failures: tuple[Failure, ...]
    distilling: float
    executing: float


class _Sample(NamedTuple):
    """Demonstrations that were distilled, and what they give without skills."""

    size: int
    seed: int
    failed_runs: int
    distilling: float
    ceiling: float
    replayed: list[bool]


class Bench:
    """Skills against the tasks of a course."""

    def __init__(self, loop: asyncio.AbstractEventLoop, course: Course) -> None:
        self.course = course
        self._loop = loop
        self._swept: dict[str, tuple[Step, ...]] = {}

    @cached_property
    def unaided(self) -> list[bool]:
        """Which tasks doing nothing solves."""
        return self.play(lambda _: [])

    def measure(
        self, size: int, seed: int, *, failed_half: bool = False, rules: Sequence[Rules] = ("policy",)
    ) -> list[Result]:
        """Distil from a sample of the demonstrations and execute the skills on every task.

        One result for each kind of rules that is asked for.
        """
        demonstrations = self.course.sample(size, seed, failed_half=failed_half)
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            distill(demonstrations, library=folder)
            sample = _Sample(
                size=size,
                seed=seed,
                failed_runs=size // 2 if failed_half else 0,
                distilling=round(time.monotonic() - started, 1),
                ceiling=share([within_reach(_gold(task), demonstrations) for task in self.course.tests]),
                replayed=self.replay(demonstrations),
            )
            with Library(folder) as library:
                return [self._act(sample, library, kind) for kind in rules]

    def _act(self, sample: _Sample, library: Library, rules: Rules) -> Result:
        """Execute the library's skills on every task."""
        skills = {each.skill.name: each.skill for each in library.skills()}
        if rules == "visible":
            skills = {name: shown(skill) for name, skill in skills.items()}
        started = time.monotonic()
        runs = [self._execute(task, library, skills) for task in self.course.tests]
        solved = [failure is None for _, failure in runs]
        return Result(
            sample=sample.size,
            seed=sample.seed,
            failed_runs=sample.failed_runs,
            rules=rules,
            skills=len(skills),
            tasks=len(runs),
            success=share(solved),
            ceiling=sample.ceiling,
            replay=share(sample.replayed),
            strata=self._strata(solved, sample.replayed),
            endings=dict(sorted(Counter(ending for ending, _ in runs).items())),
            failures=tuple(failure for _, failure in runs if failure),
            distilling=sample.distilling,
            executing=round(time.monotonic() - started, 1),
        )

    def _strata(self, solved: Sequence[bool], replayed: Sequence[bool]) -> dict[str, Stratum]:
        places: dict[str, list[int]] = defaultdict(list)
        for at, task in enumerate(self.course.tests):
            places[stratum(task)].append(at)
        return {
            name: Stratum(
                tasks=len(of),
                solved=sum(solved[at] for at in of),
                replayed=sum(replayed[at] for at in of),
                unaided=sum(self.unaided[at] for at in of),
            )
            for name, of in sorted(places.items())
        }

    def play(self, plan: Callable[[Any], Sequence[Call]]) -> list[bool]:
        """Which tasks a fixed plan for each solves."""
        solved = []
        for task in self.course.tests:
            calls = plan(task)
            world = TelecomWorld(task, self._loop)
            for actor, action in calls:
                world.call(actor, action)
            solved.append(world.reward() >= 1)
        return solved

    def replay(self, demonstrations: Sequence[Trace]) -> list[bool]:
        """Which tasks the repairs of the likest demonstration solve."""
        return self.play(lambda task: likest(self._first(task), task.ticket or "", demonstrations))

    def guess(self, seed: int) -> list[bool]:
        """Which tasks random calls of the demonstrations solve."""
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


def share(of: Sequence[bool]) -> float:
    """The share that is so, to four digits."""
    return round(sum(of) / len(of), 4)


def _gold(task: Any) -> list[Call]:  # noqa: ANN401 - the benchmark's type
    return [(call.actor, call.action) for call in recorder("record").gold(task)]


def _ranked(library: Library, stored: dict[str, Skill], ticket: str) -> list[Skill]:
    """All skills, those that the library's search finds for the ticket first."""
    found = [hit.skill for hit in library.search(ticket, k=len(stored))] if stored else []
    return [stored[name] for name in dict.fromkeys([*found, *sorted(stored)])]
