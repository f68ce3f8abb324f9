"""The tau2 telecom environment of `inspect-evals` (MIT): a world per task, acted on, recorded and scored."""

import gzip
import json
from collections.abc import Callable
from typing import Any

from inspect_ai.model import ChatMessageAssistant, ModelName
from inspect_ai.scorer import CORRECT, Target
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolCall, ToolDef, ToolError
from inspect_ai.util import store, store_as
from inspect_evals.tau2.common.agents import StoredAgentState
from inspect_evals.tau2.common.metadata import Tau2MetaData
from inspect_evals.tau2.data_model.tasks import Task
from inspect_evals.tau2.telecom.environment import get_environment
from inspect_evals.tau2.telecom.scorer import telecom_scorer
from inspect_evals.tau2.telecom.solver import perform_action
from inspect_evals.tau2.telecom.tools import all_telecom_agent_tools
from inspect_evals.tau2.telecom.user_tools import all_telecom_user_tools
from inspect_evals.tau2.utils import TAU2_DATA_DIR

from trace2skill.traces.model import Action, Actor, Step, StepOutcome

DATA = TAU2_DATA_DIR / "domains" / "telecom"
INSTANCE = "telecom"


def read_tasks(split: str) -> list[Task]:
    """Read the tasks of a split of the benchmark, ordered by id."""
    names = set(json.loads((DATA / "split_tasks.json").read_text("utf-8"))[split])
    records = json.loads(gzip.decompress((DATA / "tasks.json.gz").read_bytes()))
    tasks = [Task.model_validate(record) for record in records if record["id"] in names]
    return sorted(tasks, key=lambda task: task.id)


class Telecom:
    """A fresh world per task, reachable only through the tools that the benchmark lists."""

    def __init__(self, task: Task) -> None:
        # The environment keeps its state in the library's store of the running context: empty it first.
        for key in list(store().keys()):
            store().delete(key)
        environment = get_environment()
        for action in (task.initial_state and task.initial_state.initialization_actions) or []:
            perform_action(environment, action)
        listed = ((Actor.AGENT, all_telecom_agent_tools), (Actor.USER, all_telecom_user_tools))
        self._tools: dict[tuple[Actor, str], Callable[..., Any]] = {
            (actor, ToolDef(tool).name): tool
            for actor, makers in listed
            for tool in (make() for make in makers)
        }
        self._task = task
        self.steps: list[Step] = []

    async def call(self, actor: Actor, action: Action) -> Any:  # noqa: ANN401 - JSON of any shape
        """Call a tool and keep the step; return the observation: parsed JSON for an object, else text.

        Raises:
            KeyError: The benchmark lists no such tool for this actor.
        """
        tool = self._tools[actor, action.tool]
        try:
            text, outcome = str(await tool(**action.arguments)), StepOutcome.OK
        except ToolError as error:
            text, outcome = str(error), StepOutcome.ERROR
        observation = json.loads(text) if text.startswith(("{", "[")) else text
        self.steps.append(
            Step(index=len(self.steps), actor=actor, action=action, observation=observation, outcome=outcome)
        )
        return observation

    async def reward(self) -> float:
        """Return the verdict of the benchmark's own scorer on the steps so far: 1.0 or 0.0."""
        # It looks for the agent's calls in the stored conversation, for the user's in the state.
        store_as(StoredAgentState, INSTANCE).messages = [self._message(Actor.AGENT)]
        state = TaskState(
            model=ModelName("none/none"),
            sample_id=self._task.id,
            epoch=1,
            input=[],
            messages=[self._message(Actor.USER)],
            metadata=Tau2MetaData(instance=INSTANCE, task=self._task).model_dump(),
        )
        score = await telecom_scorer()(state, Target(""))
        return float(score is not None and score.value == CORRECT)

    def _message(self, actor: Actor) -> ChatMessageAssistant:
        calls = [
            ToolCall(id=str(step.index), function=step.action.tool, arguments=dict(step.action.arguments))
            for step in self.steps
            if step.action and step.actor is actor
        ]
        return ChatMessageAssistant(content="", tool_calls=calls)
