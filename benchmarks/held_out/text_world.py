"""A game in text as an executor's environment, its demonstrations, and two simple players beside it."""

import random
import re
import shutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from trace2skill.errors import SettingError
from trace2skill.plan_templates.text import text_similarity
from trace2skill.skills.execution import Response
from trace2skill.traces.mapping import MappingFile, load_mapping, parse_command
from trace2skill.traces.model import Action, Actor, Label, Outcome, Step, StepOutcome, Tool, Trace

MAPS = Path(__file__).resolve().parents[2] / "examples" / "maps"
_SLOT = re.compile(r"\{(\w+)(?::number)?\}")
SWEEP = ("look around",)
"""What a demonstration reads before it starts and after every action, whatever was seen."""


class Start(NamedTuple):
    """How an episode begins: the task, what is seen, and the solution, where it was asked for."""

    task: str
    observation: str
    gold: tuple[str, ...] = ()


class Reply(NamedTuple):
    """What a command brought, and how the episode stands: a score from 0 to 100."""

    observation: str
    score: float
    done: bool


class Game(Protocol):
    """A game that plays one episode at a time."""

    @property
    def name(self) -> str:
        """Its name, also that of its mapping file."""

    def variations(self, task: str, split: str) -> Sequence[int]:
        """The variations of a task in the `train` or `test` split."""

    def start(self, task: str, variation: int, split: str, *, gold: bool = False) -> Start:
        """Begin an episode; the one before is over."""

    def step(self, command: str) -> Reply:
        """Have a command done."""

    def choices(self) -> Sequence[str]:
        """The commands that the game offers now."""


class TextWorld:
    """One episode of a game; actions are written in the wording of the game's mapping file."""

    tools: Sequence[Tool] = ()

    def __init__(self, game: Game, start: Start) -> None:
        self.task = start.task
        self.initial_observation = start.observation
        self.done = False
        self.score = 0.0
        self._game = game
        self._mapping = mapping(game.name)

    def call(self, _: Actor, action: Action) -> Response:
        """Write the action as a command and have it done."""
        text = command(action, self._mapping)
        return self.say(text) if text else Response("No such command.", StepOutcome.ERROR)

    def say(self, text: str) -> Response:
        """Have a command done."""
        reply = self._game.step(text)
        self.score, self.done = reply.score, reply.done
        failed = any(re.search(error, reply.observation) for error in self._mapping.observation.errors)
        return Response(reply.observation, StepOutcome.ERROR if failed else StepOutcome.OK)


def mapping(name: str) -> MappingFile:
    """The mapping file that tells the game's commands and its errors."""
    return load_mapping(MAPS / f"{name}.toml")


def command(action: Action, rules: MappingFile) -> str:
    """The first wording that takes just these arguments; empty where there is none."""
    for template in rules.action.commands.get(action.tool, []):
        if set(_SLOT.findall(template)) == set(action.arguments):
            return _SLOT.sub(lambda slot: str(action.arguments[slot[1]]), template)
    return ""


def demonstration(game: Game, task: str, variation: int) -> Trace:
    """The game's own solution, played between the same readings everywhere."""
    start = game.start(task, variation, "train", gold=True)
    world = TextWorld(game, start)
    commands = mapping(game.name).action.compiled()
    steps: list[Step] = []
    for text in (*SWEEP, *(each for deed in start.gold for each in (deed, *SWEEP))):
        if world.done:
            break
        answer = world.say(text)
        action = parse_command(text, commands)
        steps.append(
            Step(index=len(steps), action=action, observation=answer.observation, outcome=answer.outcome)
        )
    label = Label.SUCCESS if world.score >= 100 else Label.PARTIAL
    return Trace(
        id=f"{task}-{variation}",
        task=start.task,
        task_key=f"{task}-{variation}",
        family=task,
        domain=game.name,
        steps=tuple(steps),
        initial_observation=start.observation,
        outcome=Outcome(label=label, score=world.score, origin=f"{game.name} score"),
    )


def replay(world: TextWorld, demonstrations: Sequence[Trace]) -> float:
    """The score of the likest demonstration's actions, word by word."""
    nearest = max(demonstrations, key=lambda trace: (_nearness(trace, world), trace.hash))
    for step in nearest.steps:
        if world.done:
            break
        if step.action:
            world.call(Actor.AGENT, step.action)
    return world.score


def _nearness(trace: Trace, world: TextWorld) -> float:
    seen = text_similarity(str(trace.initial_observation), world.initial_observation)
    return text_similarity(trace.task, world.task) + 0.5 * seen


def guess(game: Game, world: TextWorld, seed: int, most: int) -> float:
    """The score of commands drawn from those that the game offers."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
    for _ in range(most):
        offered = sorted(game.choices())
        if world.done or not offered:
            break
        world.say(rng.choice(offered))
    return world.score


def package(module: str, name: str) -> Any:  # noqa: ANN401 - a package without types
    """A Java game's Python package.

    Raises:
        SettingError: The package or Java is missing; the message names the fix.
    """
    try:
        found = import_module(module)
    except ImportError as error:
        message = f"{name} is missing ({error}); install it with: pip install {name}"
        raise SettingError(message) from error
    if shutil.which("java") is None:
        raise SettingError(f"{name} needs Java; install a Java runtime, and see that `java` is on the PATH")
    return found
