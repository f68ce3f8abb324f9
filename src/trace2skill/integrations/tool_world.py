"""LangChain tools as an environment that skills can be executed on."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, ToolException
from pydantic import JsonValue

from trace2skill.nodes.solve import awaited, is_async_only
from trace2skill.skills.execution import Response
from trace2skill.traces.model import Action, Actor, StepOutcome, Tool

FAILURES: tuple[type[Exception], ...] = (ToolException, ValueError, LookupError, OSError)
"""What counts as a tool's failure; anything else that a tool raises is a bug and goes on to the caller."""

User = Callable[[Action], JsonValue]


class ToolWorld:
    """An environment of LangChain tools, for `trace2skill.policies.executor.execute`.

        world = ToolWorld(tools, "Customer C001 sits in the dark.")
        run = execute([skill], world)

    Args:
        tools: The agent's tools.
        task: The task's text.
        user: Has the other side do an action, and says what it reported; None where nobody is there.
        failures: Exceptions of tools that are answers.
        loop: The running event loop on which tools are awaited, where this acts on a thread beside it.
    """

    done = False
    initial_observation: JsonValue = None

    def __init__(
        self,
        tools: Iterable[BaseTool],
        task: str = "",
        *,
        user: User | None = None,
        failures: tuple[type[Exception], ...] = FAILURES,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.task = task
        self._tools = {tool.name: tool for tool in tools}
        self._user = user
        self._failures = failures
        self._loop = loop

    @property
    def tools(self) -> Sequence[Tool]:
        """What the tools say of themselves."""
        return [
            Tool(name=tool.name, description=tool.description, parameters=dict(tool.args))
            for tool in self._tools.values()
        ]

    def call(self, actor: Actor, action: Action) -> Response:
        """Call a tool, or ask the user; a failure is an answer."""
        if actor != Actor.AGENT:
            if self._user is None:
                return Response(f"Error: no {actor} to ask", StepOutcome.ERROR)
            return Response(self._user(action))
        tool = self._tools.get(action.tool)
        if tool is None:
            return Response(f"Error: no tool {action.tool!r}", StepOutcome.ERROR)
        try:
            return _answer(self._invoke(tool, _as_call(action)))
        except self._failures as error:
            return Response(f"Error: {error}", StepOutcome.ERROR)

    def _invoke(self, tool: BaseTool, call: dict[str, Any]) -> object:
        if self._loop is not None:
            return asyncio.run_coroutine_threadsafe(tool.ainvoke(call), self._loop).result()
        return awaited(tool.ainvoke(call)) if is_async_only(tool) else tool.invoke(call)


def _as_call(action: Action) -> dict[str, Any]:
    """As a model would call it, so that a failure the tool itself handles is still told from a success."""
    return {"type": "tool_call", "id": action.tool, "name": action.tool, "args": dict(action.arguments)}


def _answer(result: object) -> Response:
    if not isinstance(result, ToolMessage):
        return Response(str(result))
    outcome = StepOutcome.ERROR if result.status == "error" else StepOutcome.OK
    return Response(parsed(str(result.text)), outcome)


def parsed(text: str) -> JsonValue:
    """A reply as data where it is a JSON object or list, else as it is."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        found: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return found
