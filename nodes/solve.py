"""Solve: a model carries out the task with the tools and the guidance."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage
from langgraph.runtime import Runtime
from pydantic import ValidationError

from trace2skill.llm.providers import resolve_model
from trace2skill.llm.resolve import explained, model_name
from trace2skill.nodes.solve_state import SolveContext, SolveState, solve_settings
from trace2skill.prompts.load import prompt

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool


FINISHED = "finished"
OUT_OF_STEPS = "out of steps"

Tools = Sequence["BaseTool | Callable[..., Any]"]
Result = TypeVar("Result")


@dataclass(frozen=True)
class SolverTask:
    """One task for a model.

    Attributes:
        model: The model.
        tools: What it may call.
        messages: The conversation; the last message is the task.
        guidance: The rendered skills; empty for none.
        max_steps: The most replies of the model.
        report: Called with each new message.
    """

    model: "BaseChatModel"
    tools: Tools
    messages: Sequence[AnyMessage]
    guidance: str
    max_steps: int
    report: Callable[[AnyMessage], None]


@dataclass(frozen=True)
class Solved:
    """The messages that the solver added, its answer, and why it stopped."""

    messages: Sequence[AnyMessage]
    answer: str
    stopped: str


def is_async_only(tool: "BaseTool | Callable[..., Any]") -> bool:
    """Whether the tool has no synchronous form."""
    return asyncio.iscoroutinefunction(tool) or (
        getattr(tool, "coroutine", None) is not None and getattr(tool, "func", None) is None
    )


LOOP: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("LOOP", default=None)
"""The loop of a caller who awaits; its asynchronous tools belong to it."""


def awaited(work: Coroutine[Any, Any, Result]) -> Result:
    """Run asynchronous work to its end: on the caller's loop or, without one, in a loop on another thread.

    This thread may have a running loop too.
    """
    if loop := LOOP.get():
        return asyncio.run_coroutine_threadsafe(work, loop).result()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


FINISH = "finish"
LONGEST = 4000
"""Most characters of a string in a reply; small models held to a schema may otherwise never end one."""


def response_format(tools: "Mapping[str, BaseTool]") -> dict[str, Any]:
    """The schema of a reply: an object with a tool's name and arguments, or `finish` and the answer."""
    choices = [
        _object({"action": {"const": name}, "arguments": _bounded(_arguments(tool))})
        for name, tool in tools.items()
    ]
    choices.append(_object({"action": {"const": FINISH}, "answer": {"type": "string", "maxLength": LONGEST}}))
    return {"type": "json_schema", "json_schema": {"name": "action", "schema": {"anyOf": choices}}}


def _arguments(tool: "BaseTool") -> dict[str, Any]:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    parameters: dict[str, Any] = convert_to_openai_tool(tool)["function"].get(
        "parameters", {"type": "object"}
    )
    return parameters


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _bounded(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The schema with a maximum length on every string."""
    if isinstance(schema, list):
        return [_bounded(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _bounded(value) for name, value in schema.items()}
    return {"maxLength": LONGEST} | inner if inner.get("type") == "string" else inner


def solve_by_actions(task: SolverTask) -> Solved:
    """Let the model choose actions as JSON replies until it chooses `finish`.

    The schema of a reply is sent as `response_format`; replies of a model that ignores it are read all the
    same. The model is told of a reply that is no action and of a tool that fails; both cost a step.
    """
    tools = _tools(task.tools)
    instructions = prompt("solve_by_actions", tools="\n".join(map(_described, tools.values())) or "(none)")
    first = SystemMessage("\n\n".join(filter(None, (instructions, task.guidance))))
    chooser = task.model.bind(response_format=response_format(tools))
    added: list[AnyMessage] = []
    for _ in range(task.max_steps):
        reply = chooser.invoke([first, *task.messages, *added])
        added.append(reply)
        task.report(reply)
        action = _action(reply)
        if action.get("action") == FINISH:
            return Solved(added, str(action.get("answer", "")), FINISHED)
        added.append(HumanMessage(_observed(tools, action)))
        task.report(added[-1])
    return Solved(added, "", OUT_OF_STEPS)


def _tools(tools: Tools) -> "dict[str, BaseTool]":
    from langchain_core.tools import BaseTool, tool

    made = [each if isinstance(each, BaseTool) else tool(each) for each in tools]
    return {each.name: each for each in made}


def _described(tool: "BaseTool") -> str:
    return f"- {tool.name}: {tool.description} Arguments: {orjson.dumps(tool.args).decode()}"


def _action(reply: AIMessage) -> dict[str, Any]:
    """The JSON object in the reply, also between code fences; empty if there is none."""
    text = str(reply.text)
    try:
        found = orjson.loads(text[text.find("{") : text.rfind("}") + 1])
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _observed(tools: "dict[str, BaseTool]", action: dict[str, Any]) -> str:
    name = action.get("action")
    if not isinstance(name, str) or name not in tools:
        names = ", ".join(sorted([*tools, FINISH]))
        return f"Nothing was done: reply with one JSON object whose action is one of {names}."
    from langchain_core.tools import ToolException

    try:
        result = _call(tools[name], action.get("arguments") or {})
    except (ToolException, ValidationError) as error:
        result = f"Error: {error}"
    return f"{name} returned:\n```\n{_fenced(result)}\n```"


def _call(tool: "BaseTool", arguments: dict[str, Any]) -> object:
    if is_async_only(tool):
        return awaited(tool.ainvoke(arguments))
    return tool.invoke(arguments)


def _fenced(result: object) -> str:
    return str(result)[:LONGEST].replace("```", "'''")


Chunks = Iterable[dict[str, Any]]


def solve_by_tool_calls(task: SolverTask) -> Solved:
    """Run a tool-calling agent. In the system message, the guidance follows the instructions in its tag."""
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelCallLimitMiddleware

    agent = create_agent(
        task.model,
        list(task.tools),
        system_prompt=SystemMessage("\n\n".join(filter(None, (prompt("solve"), task.guidance)))),
        middleware=[ModelCallLimitMiddleware(run_limit=task.max_steps, exit_behavior="end")],
    )
    added: list[AnyMessage] = []
    for chunk in _chunks(agent, task):
        for update in chunk.values():
            for message in (update or {}).get("messages", []):
                added.append(message)
                task.report(message)
    return _solved(added, task.max_steps)


def _chunks(agent: Any, task: SolverTask) -> Chunks:  # noqa: ANN401 - LangGraph's compiled graph
    given = {"messages": list(task.messages)}
    config: RunnableConfig = {"recursion_limit": 10 * task.max_steps + 50}  # the middleware's limit counts
    if any(map(is_async_only, task.tools)):

        async def collect() -> list[dict[str, Any]]:
            return [chunk async for chunk in agent.astream(given, config, stream_mode="updates")]

        return awaited(collect())
    stream: Chunks = agent.stream(given, config, stream_mode="updates")
    return stream


def _solved(added: list[AnyMessage], max_steps: int) -> Solved:
    if sum(isinstance(message, AIMessage) for message in added) > max_steps:
        return Solved(added[:-1], "", OUT_OF_STEPS)  # without the message that the limit added
    last = added[-1] if added else HumanMessage("")
    return Solved(added, str(last.text), FINISHED)


NO_MODEL = "no model is configured"


def solve(
    state: SolveState,
    runtime: Runtime[SolveContext],
    *,
    model: "BaseChatModel | None" = None,
    tools: Tools = (),
) -> SolveState:
    """Let the model work until it is done or out of steps; without a model, report that there is none.

    Args:
        state: The task, the guidance, the thread's conversation.
        runtime: The settings, among them the model's name.
        model: A model object, which overrides the name.
        tools: What the model may call.

    Raises:
        SettingError: There is no such provider.
        ModelError: The model could not be reached, refused, or failed.
    """
    settings = solve_settings(runtime)
    chosen = model or settings.model
    if not chosen:
        runtime.stream_writer({"stage": "solve", "stopped": NO_MODEL})
        return {"stopped": NO_MODEL}

    def report(message: AnyMessage) -> None:
        calls = [call["name"] for call in message.tool_calls] if isinstance(message, AIMessage) else []
        runtime.stream_writer({"stage": "solve", "message": message.type, "calls": calls})

    name = model_name(chosen)
    work = solve_by_tool_calls if settings.tool_calls else solve_by_actions
    said = state.get("messages", [])
    new = [] if said and said[-1].type == "human" else [HumanMessage(state["task"])]
    conversation = [*said, *new]
    with explained(name):
        ready = resolve_model(chosen, settings.base_url)
        guidance = state.get("guidance", "")
        done = work(SolverTask(ready, tools, conversation, guidance, settings.max_steps, report))
    return {"messages": [*new, *done.messages], "answer": done.answer, "stopped": done.stopped, "model": name}
