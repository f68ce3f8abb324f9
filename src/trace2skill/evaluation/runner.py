"""Runs a solver on tasks under the guidance of arms: from the journal if the run was made, else now."""

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from trace2skill.errors import LimitError, Trace2SkillError
from trace2skill.evaluation.arms import Arm
from trace2skill.evaluation.journal import Journal, Run, finished, run_key
from trace2skill.evaluation.solver import Ask, SolverError
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.traces.redact import redact_text

ATTEMPTS = 3
"""How often a run is tried that gives no result."""

Progress = Callable[[Run], None]


class Draw(NamedTuple):
    """A task with the seed for one pair."""

    task: Task
    seed: int


def seed_of(suite: Suite, task: Task, repeat: int, seed: int) -> int:
    """The seed of a task's n-th run, the same in every arm; 0 to 2**31 - 1."""
    text = f"{seed}:{suite.name}:{task.id}:{repeat}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def draws(suite: Suite, tasks: Sequence[Task], seed: int) -> Iterator[Draw]:
    """Tasks drawn with equal chances, each independently of all before it, without end.

    So the difference of each pair has the mean of the tasks' mean differences as its expectation, whatever
    came before, which is what the sequential tests ask for.
    """
    chance = random.Random(f"{seed}:{suite.digest}")  # noqa: S311 - no secret
    ordered = sorted(tasks, key=lambda task: task.id)
    repeats: Counter[str] = Counter()
    while True:
        task = chance.choice(ordered)
        yield Draw(task, seed_of(suite, task, repeats[task.id], seed))
        repeats[task.id] += 1


class Request(NamedTuple):
    """One run to make."""

    arm: Arm
    draw: Draw


class Runner:
    """Makes runs, and counts all that were asked for, made now or before.

    Args:
        suite: The suite, for the journal.
        ask: The solver.
        solver: Its name, with the label of its version.
        journal: Where runs are kept.
        max_runs: The most runs.
        parallel: How many are made at a time.
        progress: Called with each run as it becomes known.
    """

    def __init__(  # noqa: PLR0913 - keyword only but for what every run needs
        self,
        suite: Suite,
        ask: Ask,
        *,
        solver: str,
        journal: Journal,
        max_runs: int,
        parallel: int = 1,
        progress: Progress | None = None,
    ) -> None:
        self.suite = suite
        self.solver = solver
        self.max_runs = max_runs
        self.parallel = parallel
        self.models: set[str] = set()
        self.made = 0
        self._ask = ask
        self._journal = journal
        self._progress = progress
        self._used: set[str] = set()

    @property
    def runs(self) -> int:
        """Distinct runs asked for so far."""
        return len(self._used)

    @property
    def left(self) -> int:
        """How many more runs may be asked for."""
        return self.max_runs - self.runs

    def missing(self, requests: Sequence[Request]) -> int:
        """How many of these the limit has to have room for."""
        return len({self._key(each) for each in requests} - self._used)

    def due(self, requests: Sequence[Request]) -> int:
        """How many of these are not in the journal."""
        return sum(self._journal.get(key) is None for key in {self._key(each) for each in requests})

    def run(self, requests: Sequence[Request]) -> list[Run]:
        """The runs, in the order of the requests and under the names of their arms.

        Raises:
            LimitError: They would exceed the limit; none is made.
            SolverError: A run gave no result, three times over. What was finished is in the journal.
        """
        keys = [self._key(each) for each in requests]
        if len(set(keys) | self._used) > self.max_runs:
            raise LimitError(f"{len(requests)} more runs would exceed --max-runs {self.max_runs}")
        self._used.update(keys)
        due = {key: each for key, each in zip(keys, requests, strict=True) if self._journal.get(key) is None}
        known: dict[str, Run] = {}
        for key in dict.fromkeys(keys):
            if key not in due and (found := self._journal.get(key)) is not None:
                known[key] = self._seen(found)
        if self.parallel == 1 or len(due) == 1:
            known |= {key: self._seen(self._make(key, each)) for key, each in due.items()}
        else:
            known |= self._together(due)
        return [
            known[key].model_copy(update={"arm": each.arm.name})
            for key, each in zip(keys, requests, strict=True)
        ]

    def _together(self, due: dict[str, Request]) -> dict[str, Run]:
        known: dict[str, Run] = {}
        with ThreadPoolExecutor(self.parallel) as pool:
            waiting: dict[Future[Run], str] = {
                pool.submit(self._make, key, each): key for key, each in due.items()
            }
            try:
                while waiting:
                    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                        known[waiting.pop(future)] = self._seen(future.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return known

    def _seen(self, run: Run) -> Run:
        self.models |= {run.model} - {""}
        if self._progress:
            self._progress(run)
        return run

    def _make(self, key: str, request: Request) -> Run:
        arm, (task, seed) = request
        begun = time.perf_counter()
        problem: Exception | None = None
        for _ in range(ATTEMPTS):
            try:
                result = self._ask(task, arm.guidance(task), seed)
            except SolverError as error:
                problem = error
            except Trace2SkillError:
                raise
            except Exception as error:  # noqa: BLE001 - somebody else's agent may raise anything
                problem = error
            else:
                run = finished(
                    key, self.suite.name, task.id, arm.name, seed, result, time.perf_counter() - begun
                )
                self._journal.add(run)
                self.made += 1
                return run
        kind = "" if isinstance(problem, SolverError) else f"{type(problem).__name__}: "
        raise SolverError(
            f"no result for task {task.id!r} in arm {arm.name!r} after {ATTEMPTS} attempts: {kind}"
            f"{redact_text(str(problem))[:500]}. A run that fails is no result: have the solver return "
            "success 0 where the agent is to blame; the same command goes on from here"
        ) from problem

    def _key(self, request: Request) -> str:
        arm, (task, seed) = request
        return run_key(task, arm.guidance(task), seed, self.solver, arm.replicate)
