"""A solver for models without tool calls: each reply is one JSON object that chooses the next action."""

from typing import TYPE_CHECKING, Any

import orjson
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage
from pydantic import ValidationError

from trace2skill.nodes.action_schema import FINISH, LONGEST, response_format
from trace2skill.nodes.solver import (
    FINISHED,
    OUT_OF_STEPS,
    Job,
    Solved,
    Tools,
    in_own_loop,
    is_async_only,
)
from trace2skill.prompts.load import prompt

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


def solve_by_actions(job: Job) -> Solved:
    """Choose, act, observe, until the model chooses `finish`.

    The schema of a reply goes to the server as `response_format`; a model that ignores it is read all the
    same. A reply that is no action, and a tool that fails, are told to the model and cost a step.
    """
    tools = _tools(job.tools)
    instructions = prompt("solve_by_actions", tools="\n".join(map(_described, tools.values())) or "(none)")
    first = SystemMessage("\n\n".join(filter(None, (instructions, job.guidance))))
    chooser = job.model.bind(response_format=response_format(tools))
    added: list[AnyMessage] = []
    for _ in range(job.max_steps):
        reply = chooser.invoke([first, *job.messages, *added])
        added.append(reply)
        job.report(reply)
        action = _action(reply)
        if action.get("action") == FINISH:
            return Solved(added, str(action.get("answer", "")), FINISHED)
        added.append(HumanMessage(_observed(tools, action)))
        job.report(added[-1])
    return Solved(added, "", OUT_OF_STEPS)


def _tools(tools: Tools) -> "dict[str, BaseTool]":
    from langchain_core.tools import BaseTool, tool

    made = [each if isinstance(each, BaseTool) else tool(each) for each in tools]
    return {each.name: each for each in made}


def _described(tool: "BaseTool") -> str:
    return f"- {tool.name}: {tool.description} Arguments: {orjson.dumps(tool.args).decode()}"


def _action(reply: AIMessage) -> dict[str, Any]:
    """The object in the reply, also between fences; nothing when there is none."""
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
        result = _called(tools[name], action.get("arguments") or {})
    except (ToolException, ValidationError) as error:
        result = f"Error: {error}"
    return f"{name} returned:\n```\n{_fenced(result)}\n```"


def _called(tool: "BaseTool", arguments: dict[str, Any]) -> object:
    if is_async_only(tool):
        return in_own_loop(tool.ainvoke(arguments))
    return tool.invoke(arguments)


def _fenced(result: object) -> str:
    return str(result)[:LONGEST].replace("```", "'''")
