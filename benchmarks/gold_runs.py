"""Demonstrations of tau2 telecom that a library was not distilled from. Needs inspect-evals."""

import asyncio
import hashlib
from collections.abc import Collection, Iterable
from typing import Any

from benchmarks.held_out.telecom.course import composed
from benchmarks.held_out.world import recorder
from trace2skill.traces.model import Trace


def held_out(mined: Collection[str], compositions: int, seed: int) -> list[Trace]:
    """The gold run of every base task that was not mined from, and of compositions outside the base set.

    Args:
        mined: Task keys of the runs that were distilled: ids of the benchmark, or the recorder's hashes.
        compositions: How many tasks of the full set without the base set, evenly from each kind of issue.
        seed: Draws them.

    Raises:
        SettingError: The environment is not installed.
    """
    base = [task for task in recorder("environment").read_tasks("base") if not names(task) & set(mined)]
    more = composed(compositions, seed, stratified=True) if compositions else []
    return asyncio.run(_record([*base, *more]))


def names(task: Any) -> set[str]:  # noqa: ANN401 - the benchmark's type
    """What a run on the task may be called: the task's id, or what the recorder writes in its stead."""
    return {str(task.id), hashlib.sha256(task.id.encode()).hexdigest()[:12]}


def keys_of(runs: Iterable[Trace]) -> set[str]:
    """The task keys of runs."""
    return {run.task_key for run in runs if run.task_key}


async def _record(tasks: list[Any]) -> list[Trace]:
    return [trace async for _, trace in recorder("record").episodes(tasks, 0, 0)]
