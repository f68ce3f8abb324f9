"""The tau2 telecom environment of the example recorder, as an executor's environment with a reward."""

import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.errors import SettingError
from trace2skill.skills.execution import Response
from trace2skill.traces.model import Action, Actor, StepOutcome, Tool

RECORDER = Path(__file__).resolve().parents[2] / "examples" / "telecom"


def recorder(module: str) -> Any:  # noqa: ANN401 - a module that is no package's
    """A module of the example recorder.

    Raises:
        SettingError: The environment is not installed.
    """
    if str(RECORDER) not in sys.path:
        sys.path.insert(0, str(RECORDER))
    try:
        return import_module(module)
    except ImportError as error:
        message = f"the telecom environment is missing ({error}); install it with: pip install inspect-evals"
        raise SettingError(message) from error


class TelecomWorld:
    """A fresh world for a task of the benchmark. The last one made is the one that acts."""

    tools: Sequence[Tool] = ()
    initial_observation: JsonValue = None
    done = False

    def __init__(self, task: Any, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ANN401 - the benchmark's type
        self._world = recorder("environment").Telecom(task)
        self._loop = loop
        self.task: str = task.ticket or ""

    def call(self, actor: Actor, action: Action) -> Response:
        """Call a tool; one that the benchmark does not list, or with wrong arguments, is an error."""
        try:
            observation = self._loop.run_until_complete(self._world.call(actor, action))
        except (KeyError, TypeError) as error:
            return Response(f"Error: {error}", StepOutcome.ERROR)
        return Response(observation, self._world.steps[-1].outcome)

    def reward(self) -> float:
        """The verdict of the benchmark's own scorer: 1.0 or 0.0."""
        return float(self._loop.run_until_complete(self._world.reward()))
