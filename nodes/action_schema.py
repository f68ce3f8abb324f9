"""The JSON Schema of a reply that chooses the next action, for servers that hold a model to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

FINISH = "finish"
LONGEST = 4000
"""Characters of a string in a reply: small models held to a schema may otherwise never end one."""


def response_format(tools: "Mapping[str, BaseTool]") -> dict[str, Any]:
    """One object: a tool's name with its arguments, or `finish` with the answer."""
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
    """The schema with a longest length on every string."""
    if isinstance(schema, list):
        return [_bounded(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _bounded(value) for name, value in schema.items()}
    return {"maxLength": LONGEST} | inner if inner.get("type") == "string" else inner
