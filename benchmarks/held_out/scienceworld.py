"""Held-out scores on ScienceWorld: skills distilled from gold runs, executed on test variations.

    python -m benchmarks.held_out.scienceworld --demonstrations 1 3 8 16 --tests 10

A demonstration is the gold action sequence of a training variation with a look around after every action.
Beside the executor stand random commands out of those offered, and the replay of the likest demonstration.
"""

import re
from collections.abc import Sequence

from benchmarks.held_out.text_bench import run_main
from benchmarks.held_out.text_world import Game, Reply, Start, package

TASKS = (
    "find-animal",
    "find-plant",
    "lifespan-longest-lived",
    "use-thermometer",
    "grow-plant",
    "boil",
    "melt",
    "test-conductivity",
)
_STEPS = 1000
_NUMBER = re.compile(r"\d+")


class ScienceWorld:
    """The game. What it calls an ambiguous request is answered with its first reading, in every run."""

    name = "scienceworld"

    def __init__(self) -> None:
        self._game = package("scienceworld", "scienceworld").ScienceWorldEnv("", None, envStepLimit=_STEPS)
        self._loaded: tuple[str, int] | None = None

    def variations(self, task: str, split: str) -> Sequence[int]:
        """The variations of a split."""
        self._game.load(task, 0, "", generateGoldPath=False)
        found = self._game.get_variations_train() if split == "train" else self._game.get_variations_test()
        return list(found)

    def start(self, task: str, variation: int, _: str, *, gold: bool = False) -> Start:
        """Begin an episode."""
        self._game.load(task, variation, "", generateGoldPath=gold)
        observation, _info = self._game.reset()
        solution = self._game.get_gold_action_sequence() if gold else ()
        deeds = tuple(deed for deed in solution if not _NUMBER.fullmatch(deed))
        return Start(self._game.get_task_description(), observation, deeds)

    def step(self, command: str) -> Reply:
        """Have a command done."""
        observation, _, done, info = self._game.step(command)
        if observation.startswith("Ambiguous request"):
            observation, _, done, info = self._game.step("0")
        return Reply(observation, max(0.0, float(info["score"])), bool(done))

    def choices(self) -> Sequence[str]:
        """The commands that the game offers now."""
        return list(self._game.get_valid_action_object_combinations())


def open_game() -> Game:
    """The game, with its Java process.

    Raises:
        SettingError: The package or Java is missing.
    """
    return ScienceWorld()


if __name__ == "__main__":
    run_main((__doc__ or "").partition("\n")[0], TASKS, open_game)
