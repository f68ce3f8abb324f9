"""Chat messages as several writers put them down, read as turns of a conversation.

Four shapes hold the same things: OpenAI's chat messages, Anthropic's content blocks, the items of OpenAI's
Responses API, and LangChain's messages in both of its serialisations.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import orjson
from pydantic import BaseModel, JsonValue, model_validator

from trace2skill.traces.conversation import Call, Turn
from trace2skill.traces.model import Actor, StepOutcome

UNREADABLE = "unreadable"
"""The argument under which the text of arguments that are no JSON object is kept."""

_CLASSES = {"Human": "user", "AI": "assistant", "System": "system", "Tool": "tool", "Function": "tool"}
_ROLES = {
    **{f"{name}Message{part}": role for name, role in _CLASSES.items() for part in ("", "Chunk")},
    "human": "user",
    "ai": "assistant",
    "developer": "system",
    "function": "tool",
}
_KNOWN = ("system", "user", "assistant", "tool")
_LANGCHAIN = ("human", "ai", "AIMessageChunk", "system", "tool", "function")
_CALLS = ("tool_use", "server_tool_use")
_THOUGHTS = ("thinking", "reasoning")
_RESULTS = ("tool_result", "web_search_tool_result")
_ITEMS = ("function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "reasoning")
"""Items of the Responses API that are no messages."""


class ToolCall(BaseModel):
    """A call: its id if it has one, the tool, and the arguments as an object or as JSON text."""

    id: str = ""
    name: str
    arguments: str | dict[str, JsonValue] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_shape(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was in the file
        if not isinstance(given, dict):
            return given
        inner = given["function"] if isinstance(given.get("function"), dict) else given
        arguments = next((inner[key] for key in ("arguments", "args", "input") if key in inner), None)
        return {"id": given.get("id") or "", "name": inner.get("name") or "unknown", "arguments": arguments}

    @property
    def call(self) -> Call:
        """The call; arguments that cannot be read are kept as text, and the call counts as failed."""
        arguments = parse_arguments(self.arguments)
        if arguments is None:
            return Call(self.id, self.name, {UNREADABLE: self.arguments}, readable=False)
        return Call(self.id, self.name, arguments)


class ToolResult(BaseModel):
    """What came back for a call; `failed` is None where the message does not say."""

    answers: str = ""
    text: str
    failed: bool | None = None


class Message(BaseModel):
    """One message of any of the shapes. Fields that carry no behaviour are ignored."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str = ""
    thought: str | None = None
    calls: list[ToolCall] = []
    results: list[ToolResult] = []

    @model_validator(mode="before")
    @classmethod
    def _one_shape(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was in the file
        return _normalised(given) if isinstance(given, dict) else given


def to_turns(
    messages: Iterable[Message], failed: Callable[[str], bool], clean: Callable[[str], str] = str
) -> Iterator[Turn]:
    """Read messages as turns; the system prompt is no turn.

    Args:
        messages: The conversation in order.
        failed: Whether the text of a tool result says that the call failed; asked where the message does not.
        clean: What to do to utterances, e.g. strip end markers.
    """
    for message in messages:
        for result in message.results:
            error = failed(result.text) if result.failed is None else result.failed
            outcome = StepOutcome.ERROR if error else StepOutcome.OK
            yield Turn(Actor.ENVIRONMENT, result=result.text, answers=result.answers, outcome=outcome)
        if message.role in ("user", "assistant"):
            actor = Actor.USER if message.role == "user" else Actor.AGENT
            calls = [each.call for each in message.calls]
            text = clean(message.text)
            if text or message.thought or calls:
                yield Turn(actor, text=text, thought=message.thought, calls=calls)


def together(items: Sequence[JsonValue]) -> list[JsonValue]:
    """Items of the Responses API as messages: a call joins the assistant message that it follows."""
    messages: list[Any] = []
    for item in items:
        kind = item.get("type") if isinstance(item, dict) else None
        if not isinstance(item, dict) or kind not in _ITEMS:
            messages.append(item)
        elif kind in ("function_call", "custom_tool_call"):
            given = item.get("arguments") if kind == "function_call" else {"input": item.get("input")}
            call = {"id": item.get("call_id") or item.get("id"), "name": item.get("name"), "arguments": given}
            _open_turn(messages)["tool_calls"].append(call)
        elif kind == "reasoning":
            thought = _joined(_blocks(item.get("summary")) + _blocks(item.get("content")))
            if thought:
                messages.append({"role": "assistant", "content": "", "reasoning_content": thought})
        else:
            answer = {"role": "tool", "tool_call_id": item.get("call_id")}
            messages.append({**answer, "content": item.get("output")})
    return messages


def is_messages(value: JsonValue) -> bool:
    """Whether a JSON value is a list of messages with roles, judged by its first entry."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return False
    first = value[0]
    role = first.get("role")
    named = isinstance(role, str) and _ROLES.get(role, role) in _KNOWN
    return named and ("content" in first or "tool_calls" in first) and not _is_item(first)


def is_langchain(value: JsonValue) -> bool:
    """Whether a JSON value is a list of LangChain's messages, in either serialisation."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return False
    first = value[0]
    if first.get("type") == "constructor":
        return isinstance(first.get("kwargs"), dict) and str(first.get("id")).count("messages") > 0
    inner = first.get("data", first)
    return first.get("type") in _LANGCHAIN and isinstance(inner, dict) and "content" in inner


def is_blocks(value: JsonValue) -> bool:
    """Whether messages hold Anthropic's blocks of calls and results."""
    if not is_messages(value) or not isinstance(value, list):
        return False
    blocks = (block for each in value if isinstance(each, dict) for block in _blocks(each.get("content")))
    return any(isinstance(block, dict) and block.get("type") in (*_CALLS, *_RESULTS) for block in blocks)


def is_items(value: JsonValue) -> bool:
    """Whether a JSON value is a list of items of the Responses API, with at least one that only it has."""
    return isinstance(value, list) and any(_is_item(each) or _says_item(each) for each in value)


def parse_arguments(arguments: str | dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
    """Arguments as an object; empty text means none, text in text is unpacked once more.

    Returns:
        The object, or None where the text is not one.
    """
    for _ in range(2):
        if not isinstance(arguments, str):
            break
        try:
            arguments = orjson.loads(arguments) if arguments.strip() else {}
        except orjson.JSONDecodeError:
            return None
    if arguments is None:
        return {}
    return arguments if isinstance(arguments, dict) else None


def _is_item(value: JsonValue) -> bool:
    return isinstance(value, dict) and value.get("type") in _ITEMS and value.get("type") != "reasoning"


def _says_item(value: JsonValue) -> bool:
    blocks = _blocks(value.get("content")) if isinstance(value, dict) else []
    return any(_kind(block) in ("input_text", "output_text") for block in blocks)


def _open_turn(messages: list[Any]) -> dict[str, Any]:
    """The assistant's last message, or a new one: calls follow the words they came with."""
    last = messages[-1] if messages and isinstance(messages[-1], dict) else {}
    if last.get("role") == "assistant":
        messages[-1] = {**last, "tool_calls": list(last.get("tool_calls") or ())}
    else:
        messages.append({"role": "assistant", "content": "", "tool_calls": []})
    opened: dict[str, Any] = messages[-1]
    return opened


def _normalised(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("type") == "constructor":  # LangChain for JavaScript names the class alone
        path = given.get("id")
        given = {"type": path[-1] if isinstance(path, list) and path else None, **(given.get("kwargs") or {})}
    elif isinstance(given.get("data"), dict) and "role" not in given:
        given = {**given["data"], "type": given.get("type")}
    role = given.get("role") or given.get("type")
    blocks = _blocks(given.get("content"))
    message: dict[str, Any] = {
        "role": _ROLES.get(role, role) if isinstance(role, str) else role,
        "text": _joined(blocks),
        "thought": _thought(given, blocks),
        "calls": list(_calls(given, blocks)),
        "results": [_result(block) for block in blocks if _kind(block) in _RESULTS],
    }
    if message["role"] == "tool":
        status = given.get("status")
        message["results"] = [
            {
                "answers": given.get("tool_call_id") or "",
                "text": message["text"],
                "failed": True if status == "error" else None,
            }
        ]
    return message


def _calls(given: dict[str, Any], blocks: Sequence[JsonValue]) -> Iterator[Any]:
    """The calls of a message; those of content blocks only where no list of calls repeats them."""
    if given.get("function_call") is not None:
        yield {"function": given["function_call"]}
    listed = [*(given.get("tool_calls") or ()), *(given.get("invalid_tool_calls") or ())]
    yield from listed or (block for block in blocks if _kind(block) in _CALLS)


def _thought(given: dict[str, Any], blocks: Sequence[JsonValue]) -> str | None:
    beside = given.get("additional_kwargs")
    told = [given.get("reasoning_content") or (isinstance(beside, dict) and beside.get("reasoning_content"))]
    told += [
        block.get("thinking")
        or block.get("reasoning")
        or block.get("text")
        or _joined(_blocks(block.get("summary")))
        for block in blocks
        if isinstance(block, dict) and _kind(block) in _THOUGHTS
    ]
    return "\n".join(text for text in told if isinstance(text, str) and text) or None


def _result(block: JsonValue) -> dict[str, Any]:
    given = block if isinstance(block, dict) else {}
    return {
        "answers": given.get("tool_use_id") or "",
        "text": _joined(_blocks(given.get("content"))),
        "failed": True if given.get("is_error") else None,
    }


def _blocks(content: JsonValue) -> list[JsonValue]:
    return content if isinstance(content, list) else [] if content is None else [content]


def _kind(block: JsonValue) -> str:
    return str(block.get("type", "text")) if isinstance(block, dict) else "text"


def _joined(blocks: Sequence[JsonValue]) -> str:
    """The text of content blocks; one that is no text shows as its type in brackets."""
    said: list[str] = []
    for block in blocks:
        kind = _kind(block)
        if isinstance(block, str):
            said.append(block)
        elif isinstance(block, dict) and isinstance(block.get("text"), str):
            said += [str(block["text"])] if kind not in _THOUGHTS else []
        elif kind not in (*_CALLS, *_RESULTS, *_THOUGHTS):
            said.append(f"[{kind}]")
    return "\n".join(said)
