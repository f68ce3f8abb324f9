"""Held-out scores on TextWorldExpress: skills distilled from gold runs, executed on test seeds.

    python -m benchmarks.held_out.textworldexpress --demonstrations 1 3 8 16 --tests 10

A demonstration is the gold action sequence of a training seed with a look around after every action.
Beside the executor stand random commands out of those offered, and the replay of the likest demonstration.
"""

from collections.abc import Sequence

from benchmarks.held_out.text_bench import run_main
from benchmarks.held_out.text_world import Game, Reply, Start, package

TASKS = ("twc", "mapreader", "sorting", "peckingorder")
_STEPS = 1000


class TextWorldExpress:
    """The game; a task is one of its games with default settings, a variation a seed."""

    name = "textworldexpress"

    def __init__(self) -> None:
        self._game = package("textworld_express", "textworld-express").TextWorldExpressEnv(
            envStepLimit=_STEPS
        )
        self._offered: Sequence[str] = ()

    def variations(self, task: str, split: str) -> Sequence[int]:
        """The seeds of a split."""
        self._game.load(gameName=task, gameParams="")
        found = self._game.getValidSeedsTrain() if split == "train" else self._game.getValidSeedsTest()
        return list(found)

    def start(self, task: str, variation: int, split: str, *, gold: bool = False) -> Start:
        """Begin an episode."""
        self._game.load(gameName=task, gameParams="")
        observation, info = self._game.reset(seed=variation, gameFold=split, generateGoldPath=gold)
        self._offered = info["validActions"]
        solution = tuple(self._game.getGoldActionSequence()) if gold else ()
        return Start(info["taskDescription"], observation, solution)

    def step(self, command: str) -> Reply:
        """Have a command done."""
        observation, _, done, info = self._game.step(command)
        self._offered = info["validActions"]
        return Reply(observation, max(0.0, 100.0 * float(info["score"])), bool(done))

    def choices(self) -> Sequence[str]:
        """The commands that the game offers now."""
        return list(self._offered)


def open_game() -> Game:
    """The game, with its Java process.

    Raises:
        SettingError: The package or Java is missing.
    """
    return TextWorldExpress()


if __name__ == "__main__":
    run_main((__doc__ or "").partition("\n")[0], TASKS, open_game)
