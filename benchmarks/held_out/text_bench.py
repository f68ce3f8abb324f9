"""Held-out scores on a game in text: skills distilled from demonstrations, executed on test variations."""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean

from benchmarks.held_out.text_world import Game, TextWorld, demonstration, guess, replay
from trace2skill.errors import Trace2SkillError
from trace2skill.graph.run import distill
from trace2skill.policies.executor import execute
from trace2skill.skills.execution import Execution
from trace2skill.skills.model import Skill
from trace2skill.store.library import Library
from trace2skill.traces.model import Frozen, Trace

BUDGET = 400
RANDOM_COMMANDS = 50


class Result(Frozen):
    """Mean scores, 0 to 100, on the test variations of a task, from one number of demonstrations."""

    game: str
    task: str
    demonstrations: int
    score: float
    random: float
    replay: float
    scores: tuple[float, ...]
    variations: tuple[int, ...]
    endings: dict[str, int]
    distilling: float
    executing: float


class Bench:
    """Demonstrations and test variations of a game, and what is measured on them.

    Args:
        game: The game.
        tests: How many test variations of a task are played.
        seed: Draws the demonstrations, the test variations and the random commands.
    """

    def __init__(self, game: Game, tests: int, seed: int = 0) -> None:
        self.game = game
        self.tests = tests
        self.seed = seed
        self._demonstrations: dict[tuple[str, int], Trace] = {}
        self._guessed: dict[str, float] = {}

    def demonstrations(self, task: str, count: int) -> list[Trace]:
        """Demonstrations on training variations; those of a smaller sample are among a larger one's."""
        found = self.drawn(task, "train", count)
        for variation in found:
            if (task, variation) not in self._demonstrations:
                self._demonstrations[task, variation] = demonstration(self.game, task, variation)
        return [self._demonstrations[task, variation] for variation in found]

    def measure(self, task: str, count: int) -> Result:
        """Distil from some demonstrations, and play the test variations by the skills."""
        demonstrations = self.demonstrations(task, count)
        variations = self.drawn(task, "test", self.tests)
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            distill(demonstrations, library=folder)
            distilled = time.monotonic()
            runs = [self.run(folder, task, variation) for variation in variations]
        scores = [score for _, score in runs]
        executed = time.monotonic()
        return Result(
            game=self.game.name,
            task=task,
            demonstrations=len(demonstrations),
            score=round(fmean(scores), 1),
            random=self._random(task, variations),
            replay=self._mean(task, variations, lambda world: replay(world, demonstrations)),
            scores=tuple(round(score, 1) for score in scores),
            variations=tuple(variations),
            endings=dict(Counter(run.ending for run, _ in runs)),
            distilling=round(distilled - started, 1),
            executing=round(executed - distilled, 1),
        )

    def run(self, folder: str, task: str, variation: int) -> tuple[Execution, float]:
        """Play one test variation by the skills of a library."""
        world = TextWorld(self.game, self.game.start(task, variation, "test"))
        with Library(folder, create=False) as library:
            run = execute(_ranked(library, world.task), world, budget=BUDGET)
        return run, world.score

    def _random(self, task: str, variations: Sequence[int]) -> float:
        """The score of random commands, the same for every number of demonstrations."""
        if task not in self._guessed:
            self._guessed[task] = self._mean(task, variations, self._guess)
        return self._guessed[task]

    def _guess(self, world: TextWorld) -> float:
        return guess(self.game, world, self.seed, RANDOM_COMMANDS)

    def _mean(self, task: str, variations: Sequence[int], play: Callable[[TextWorld], float]) -> float:
        worlds = (TextWorld(self.game, self.game.start(task, each, "test")) for each in variations)
        return round(fmean([play(world) for world in worlds]), 1)

    def drawn(self, task: str, split: str, count: int) -> list[int]:
        """Variations of a split, in the order of the seed."""
        variations = list(self.game.variations(task, split))
        rng = random.Random(f"{self.seed}/{task}/{split}")  # noqa: S311 - reproducible, no secret
        rng.shuffle(variations)
        return variations[:count]


def _ranked(library: Library, task: str) -> list[Skill]:
    """All skills, those that the library's search finds for the task first."""
    stored = {each.skill.name: each.skill for each in library.skills()}
    found = [hit.skill for hit in library.search(task, k=len(stored))] if stored else []
    return [stored[name] for name in dict.fromkeys([*found, *sorted(stored)])]


def run_main(description: str, tasks: Sequence[str], open_game: Callable[[], Game]) -> None:
    """Read the command line, measure, print one JSON record a line and a table at the end."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--tasks", nargs="+", default=list(tasks), choices=tasks, metavar="TASK")
    parser.add_argument("--demonstrations", type=int, nargs="+", default=[1, 3, 8, 16], metavar="K")
    parser.add_argument("--tests", type=int, default=10, metavar="N", help="test variations a task")
    parser.add_argument("--seed", type=int, default=0, help="draws demonstrations and tests (%(default)s)")
    arguments = parser.parse_args()
    try:
        bench = Bench(open_game(), arguments.tests, arguments.seed)
    except Trace2SkillError as error:
        parser.exit(2, f"{error}\n")
    results = []
    for task in arguments.tasks:
        for count in arguments.demonstrations:
            results.append(bench.measure(task, count))
            sys.stdout.write(results[-1].model_dump_json() + "\n")
            sys.stdout.flush()
    sys.stdout.write(table(results))


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table: a row for each task, replay in brackets."""
    counts = sorted({result.demonstrations for result in results})
    lines = [f"| task | random | {' | '.join(f'K = {count}' for count in counts)} |"]
    lines.append("|---" * (len(counts) + 2) + "|")
    for task in dict.fromkeys(result.task for result in results):
        of = {result.demonstrations: result for result in results if result.task == task}
        cells = [f"{of[k].score:.0f} ({of[k].replay:.0f})" if k in of else "" for k in counts]
        lines.append(f"| {task} | {next(iter(of.values())).random:.0f} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
