"""Agents made up for tests: their success is a coin whose chance the guidance moves."""

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

from trace2skill.evaluation.arms import Arm, fixed
from trace2skill.evaluation.gate import GateSettings, Judgement, judge
from trace2skill.evaluation.journal import Journal
from trace2skill.evaluation.runner import Runner
from trace2skill.evaluation.solver import asking
from trace2skill.evaluation.suite import Suite, Task

SUITE = Suite("coins", tuple(Task(f"t{number}", f"task {number}") for number in range(10)))
NOTHING = fixed("none", "")


def coin(chances: dict[str, float]) -> Callable[[str, str, int], float]:
    """Succeeds with the chance that the first matching word of the guidance gives; `""` matches all."""

    def solve(task: str, guidance: str, seed: int) -> float:
        chance = next(chance for word, chance in chances.items() if word in guidance)
        digest = hashlib.sha256(f"{task}|{guidance.strip()}|{seed}".encode()).digest()
        return float(int.from_bytes(digest[:6], "big") / 2**48 < chance)

    return solve


def noise(seed: int, chance: float = 0.5) -> Callable[[str, str, int], float]:
    """Succeeds at random, whatever the arm and the seed of the run."""
    draw = random.Random(seed)
    return lambda task, guidance, run_seed: float(draw.random() < chance)


def runner(
    solver: object,
    *,
    suite: Suite = SUITE,
    max_runs: int = 600,
    results: Path | None = None,
    parallel: int = 1,
) -> Runner:
    """A runner that keeps its runs in a file, or in memory."""
    return Runner(
        suite,
        asking(solver),
        solver="made up",
        journal=Journal(results),
        max_runs=max_runs,
        parallel=parallel,
    )


def judged(solver: object, skill: Arm | None = None, **settings: float) -> Judgement:
    """The verdict on a skill with an agent, on ten tasks."""
    given = GateSettings.model_validate(settings)
    return judge(
        NOTHING,
        skill or fixed("skill", "skill"),
        runner=runner(solver, max_runs=given.max_runs),
        tasks=SUITE.tasks,
        settings=given,
    )
