"""LangChain's messages and tools as a recorder takes them down."""

import json
from collections.abc import Iterable
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage, convert_to_messages
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import JsonValue, ValidationError

from trace2skill.traces.encodings import parsed
from trace2skill.traces.messages import Message
from trace2skill.traces.model import Tool

_THOUGHTS = ("thinking", "reasoning", "redacted_thinking")


class MessageReader:
    """Reads messages once each, however often a run repeats them."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[BaseMessage, Message | None]] = {}

    def read(self, messages: Iterable[BaseMessage]) -> list[Message]:
        """The messages, without those that nobody said, such as orders to remove others."""
        found: list[Message] = []
        for each in messages:
            if id(each) not in self._known:
                self._known[id(each)] = (each, read_message(each))
            read = self._known[id(each)][1]
            found += [read] if read else []
        return found


def read_message(message: BaseMessage) -> Message | None:
    """A message as readers of files have it; None for one that nobody said."""
    kind = message.type.removesuffix("MessageChunk").lower()
    given: dict[str, Any] = {"role": getattr(message, "role", kind), "content": _spoken(message.content)}
    match message:
        case AIMessage():
            given |= {"tool_calls": message.tool_calls, "invalid_tool_calls": message.invalid_tool_calls}
            given |= {"reasoning_content": _thought(message)}
        case ToolMessage():
            given |= {"tool_call_id": message.tool_call_id, "status": message.status}
    try:
        return Message.model_validate(as_json(given))
    except ValidationError:
        return None


def messages_of(value: object) -> list[BaseMessage]:
    """The messages in what a run was given or returned, in any of the ways that LangChain takes them."""
    if isinstance(value, BaseMessage):
        return [value]
    if isinstance(value, dict):
        return messages_of(value.get("messages"))
    if isinstance(value, list | tuple) and value:
        try:
            return list(convert_to_messages(value))
        except (ValueError, NotImplementedError):
            return []
    return []


def to_tool(tool: BaseTool | dict[str, object]) -> Tool | None:
    """A tool on offer; None for one that the model's provider runs and that has no schema here."""
    if not isinstance(tool, BaseTool) and "function" not in tool:
        return None
    function = convert_to_openai_tool(tool)["function"]
    return Tool(
        name=function["name"],
        description=function.get("description", ""),
        parameters=function.get("parameters", {}),
    )


def as_json(value: object) -> JsonValue:
    """A value as JSON; what has no form in JSON is told as text, numbers beyond 64 bits are rounded."""
    try:
        text = json.dumps(value, default=str, skipkeys=True, ensure_ascii=False).encode("utf-8", "replace")
        return parsed(text)
    except (ValueError, RecursionError):
        return str(value)


def _spoken(content: str | list[str | dict[Any, Any]]) -> object:
    if isinstance(content, str):
        return content
    return [each for each in content if not (isinstance(each, dict) and each.get("type") in _THOUGHTS)]


def _thought(message: AIMessage) -> str | None:
    blocks = (block for block in message.content_blocks if block["type"] == "reasoning")
    return "\n".join(block.get("reasoning", "") for block in blocks) or None
