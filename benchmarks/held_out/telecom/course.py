"""What is shown and what is asked: demonstrations to distil from, and the tasks to score on."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

from benchmarks.held_out.world import recorder
from trace2skill.traces.model import Label, Trace

Split = Literal["test", "train"]
HELD_BACK = 24
"""Train tasks that score, where settings are chosen and the test tasks must not be looked at."""


class Course:
    """Demonstrations and tasks to score on; no task is on both sides.

    Args:
        split: `test` scores on the benchmark's test tasks and demonstrates its train tasks; `train` cuts the
            train tasks in two and leaves the test tasks alone.
        compositions: Score on so many tasks of the full set that are not in the base set instead.
        seed: Draws the compositions and the failed runs.
        stratified: Draw as many compositions of each kind of issue, as far as there are.
        loop: Runs the environment, which is asynchronous.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        split: Split = "test",
        compositions: int = 0,
        seed: int = 0,
        *,
        stratified: bool = False,
    ) -> None:
        read = recorder("environment").read_tasks
        self._loop = loop
        self._seed = seed
        shown: list[Any] = read("train")
        self.tests: list[Any] = read("test")
        if split == "train":
            back = set(random.Random(99).sample(range(len(shown)), HELD_BACK))  # noqa: S311
            self.tests = [task for at, task in enumerate(shown) if at in back]
            shown = [task for at, task in enumerate(shown) if at not in back]
        if compositions:
            self.tests = composed(compositions, seed, stratified=stratified)
        self.shown = shown
        self.demonstrations: list[Trace] = loop.run_until_complete(_record(shown))
        self._failed: dict[int, Trace] = {}

    def sample(self, size: int, seed: int, *, failed_half: bool = False) -> list[Trace]:
        """Demonstrations drawn by seed; on request every second one is a failed run on its task instead."""
        rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
        drawn = rng.sample(range(len(self.demonstrations)), size)
        return [
            self._failure(at) if failed_half and place % 2 else self.demonstrations[at]
            for place, at in enumerate(drawn)
        ]

    def _failure(self, at: int) -> Trace:
        """A run on the task that the benchmark scores 0: the gold plan with a step left out, misplaced ..."""
        if at not in self._failed:
            self._failed[at] = self._loop.run_until_complete(_fail(self.shown[at], at, self._seed))
        return self._failed[at]


def composed(count: int, seed: int, *, stratified: bool = False) -> list[Any]:
    """Tasks of the full set that are not in the base set, drawn by seed, in order of their ids.

    Args:
        count: How many; stratified, of each kind of issue a third of it, or all there are.
        seed: Draws them.
        stratified: Draw from each kind of issue apart.
    """
    read = recorder("environment").read_tasks
    base = {task.id for task in read("base")}
    others = [task for task in read("full") if task.id not in base]
    rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
    drawn = even(others, count, rng) if stratified else rng.sample(others, count)
    return sorted(drawn, key=lambda task: str(task.id))


def even(tasks: Sequence[Any], count: int, rng: random.Random) -> list[Any]:
    """As many tasks of each stratum, `count` in all; of a smaller one all it has, and then fewer in all."""
    strata: dict[str, list[Any]] = defaultdict(list)
    for task in tasks:
        strata[stratum(task)].append(task)
    each = count // len(strata)
    return [task for _, of in sorted(strata.items()) for task in rng.sample(of, min(each, len(of)))]


def stratum(task: Any) -> str:  # noqa: ANN401 - the benchmark's type
    """The kind of issue that a task is about, which its id names in brackets. For reports alone."""
    return str(task.id).partition("]")[0].lstrip("[").replace("_", " ")


async def _record(tasks: Sequence[Any]) -> list[Trace]:
    return [trace async for _, trace in recorder("record").episodes(tasks, 0, 0)]


async def _fail(task: Any, index: int, seed: int) -> Trace:  # noqa: ANN401 - the benchmark's type
    record = recorder("record")
    plan, brief, name = record.gold(task), index % 2 == 1, f"telecom-{index:02d}"
    _, belongings = await record.play(task, plan, name, brief=brief)
    rng = random.Random(f"{seed}/{task.id}")  # noqa: S311 - reproducible, no secret
    for variant in rng.sample(record.VARIANTS, len(record.VARIANTS)):
        changed = variant(plan, belongings, rng)
        if changed == plan:
            continue
        trace: Trace = (await record.play(task, changed, f"{name}b", brief=brief))[0]
        if trace.outcome.label == Label.FAILURE:
            return trace
    raise AssertionError("a run that does nothing fails")
