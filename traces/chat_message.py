"""The OpenAI chat message, as chat logs and τ-bench write it, and its reading as a turn."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import orjson
from pydantic import BaseModel, JsonValue

from trace2skill.traces.conversation import Call, Turn
from trace2skill.traces.model import Actor, StepOutcome
from trace2skill.traces.problem import BrokenRecordError

ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class Function(BaseModel):
    """Name and arguments of a call; the arguments are JSON text, some writers leave them an object."""

    name: str
    arguments: str | dict[str, JsonValue] | None = None


class ToolCall(BaseModel):
    """One entry of `tool_calls`."""

    id: str | None = None
    function: Function


class ContentPart(BaseModel):
    """One entry of a content list."""

    type: str = "text"
    text: str | None = None


class ChatMessage(BaseModel):
    """One message; fields that carry no behaviour are ignored."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None
    tool_call_id: str | None = None
    reasoning_content: str | None = None

    @property
    def text(self) -> str:
        """The content as text; a part that is no text shows as its type in brackets."""
        if isinstance(self.content, list):
            return "\n".join(f"[{part.type}]" if part.text is None else part.text for part in self.content)
        return self.content or ""


def to_turns(
    messages: Sequence[ChatMessage],
    failed: Callable[[str], bool],
    clean: Callable[[str], str] = str,
) -> Iterator[Turn]:
    """Read messages as turns; the system prompt is no turn.

    Args:
        messages: The conversation in order.
        failed: Whether a tool result says that the call failed.
        clean: What to do to utterances, e.g. strip end markers.

    Raises:
        BrokenRecordError: A call's arguments are not a JSON object.
    """
    for message in messages:
        if message.role in ("tool", "function"):
            outcome = StepOutcome.ERROR if failed(message.text) else StepOutcome.OK
            answers = message.tool_call_id or ""
            yield Turn(Actor.ENVIRONMENT, result=message.text, answers=answers, outcome=outcome)
        elif message.role in ("user", "assistant"):
            actor = Actor.USER if message.role == "user" else Actor.AGENT
            calls = [_call(call.id or "", call.function) for call in _tool_calls(message)]
            yield Turn(actor, text=clean(message.text), thought=message.reasoning_content, calls=calls)


def is_messages(value: JsonValue) -> bool:
    """Whether a JSON value is a list of chat messages, judged by its first entry."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return False
    first = value[0]
    return first.get("role") in ROLES and ("content" in first or "tool_calls" in first)


def _tool_calls(message: ChatMessage) -> Iterable[ToolCall]:
    if message.function_call is not None:
        return [ToolCall(function=message.function_call), *(message.tool_calls or ())]
    return message.tool_calls or ()


def _call(identity: str, function: Function) -> Call:
    return Call(identity, function.name, parse_arguments(function.arguments))


def parse_arguments(arguments: str | dict[str, JsonValue] | None) -> dict[str, JsonValue]:
    """Arguments as an object; empty text means none.

    Raises:
        BrokenRecordError: The text is not a JSON object.
    """
    if not isinstance(arguments, str):
        return arguments or {}
    try:
        value = orjson.loads(arguments) if arguments.strip() else {}
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        fix = "Write them as a JSON object in a string."
        raise BrokenRecordError("the arguments of a call are not a JSON object", fix)
    return value
