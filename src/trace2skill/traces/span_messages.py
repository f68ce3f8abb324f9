"""Messages and tools in what a span was given and returned, in whatever shape its writer chose.

All shapes are rewritten to those that `messages.Message` and `OfferedTool` read; nothing is interpreted here.
"""

import ast
from collections.abc import Iterator
from typing import Any

import orjson
from pydantic import JsonValue, ValidationError

from trace2skill.traces.messages import is_items, together
from trace2skill.traces.model import Tool
from trace2skill.traces.readers.chat import OfferedTool

UNPACKED = 3
"""How often text that is JSON is parsed again: exporters serialise what was serialised before."""

DEEPEST = 8
"""Levels of objects and lists that are searched for messages."""

_ROLES = ("role", "type", "lc", "parts")
_TEXT_ROLES = frozenset({"human", "ai", "AIMessageChunk", "system", "tool", "function", "user", "assistant"})
_HOLDERS = (
    "messages",
    "message",
    "output",
    "input",
    "generations",
    "choices",
    "kwargs",
    "inputs",
    "outputs",
    "contents",
    "content",
)
_ASKED = (
    "input",
    "question",
    "query",
    "task",
    "prompt",
    "request",
    "goal",
    "instruction",
    "user_input",
    "text",
)
_ROLE_NAMES = {"model": "assistant", "chatbot": "assistant", "bot": "assistant", "ai": "assistant"}
_THOUGHTS = ("reasoning", "thinking", "thought")
_CALLS = ("tool_call", "tool-call", "function_call", "functionCall", "toolUse")
_RESULTS = (
    "tool_call_response",
    "tool-result",
    "tool_result",
    "function_response",
    "functionResponse",
    "toolResult",
)
_CALL_IDS = ("id", "toolCallId", "tool_use_id", "toolUseId")


def unpacked(value: JsonValue) -> JsonValue:
    """A value, or what it is the JSON text of; text that is not a JSON object, list or string stays text."""
    for _ in range(UNPACKED):
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "[", '"'):
            break
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            break
    return value


def as_text(value: JsonValue) -> str:
    """Text as it is, nothing as empty text, any other value as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else orjson.dumps(value).decode()


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """The object that a value is, or is the text of: JSON, or as Python prints a dict; else an empty one."""
    value = unpacked(value)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = orjson.loads(orjson.dumps(ast.literal_eval(value)))
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return {}
    return value if isinstance(value, dict) else {}


def find_messages(value: JsonValue, depth: int = 0) -> list[dict[str, Any]]:
    """The messages that a value is or holds, as chat messages in order; none if there are none."""
    value = unpacked(value)
    if depth > DEEPEST or not isinstance(value, dict | list) or not value:
        return []
    if isinstance(value, list):
        return _listed(value, depth)
    if _is_message(value):
        return list(_chat(value))
    for holder in _HOLDERS:
        if holder in value and (found := find_messages(value[holder], depth + 1)):
            return found
    return []


def find_reply(value: JsonValue) -> list[dict[str, Any]]:
    """The messages that a model returned; plain text is what the assistant said."""
    found = find_messages(value)
    if found:
        return found
    plain = unpacked(value)
    if isinstance(plain, dict):
        plain = next(
            (plain[key] for key in ("output", "text", "content", "completion") if key in plain), None
        )
    said = isinstance(plain, str) and plain.strip()
    return [{"role": "assistant", "content": plain}] if said else []


def find_request(value: JsonValue) -> str:
    """The task in what a run was given, where that is text or an object with a field for it."""
    value = unpacked(value)
    if isinstance(value, str):
        return value.strip()
    given = value if isinstance(value, dict) else {}
    texts = {key: each for key, each in given.items() if isinstance(each, str) and each.strip()}
    named = next((texts[key] for key in _ASKED if key in texts), "")
    return named or (next(iter(texts.values())) if len(texts) == 1 == len(given) else "")


def find_tools(value: JsonValue) -> tuple[Tool, ...]:
    """The tools that a value lists, in any of the shapes; entries that are no tools are passed over."""
    value = unpacked(value)
    listed = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    grouped = (each.get("function_declarations") for each in listed if isinstance(each, dict))
    listed = [*listed, *(each for group in grouped if isinstance(group, list) for each in group)]
    return tuple(tool for each in listed if (tool := _tool(unpacked(each))))


def tool_message(value: JsonValue) -> dict[str, Any] | None:
    """The message of a tool that a value itself is: a tool that was run returned it."""
    value = unpacked(value)
    if isinstance(value, dict) and isinstance(value.get("output"), dict | str) and len(value) == 1:
        value = unpacked(value["output"])
    if not isinstance(value, dict) or not _is_message(value):
        return None
    found = list(_chat(value))
    return found[0] if len(found) == 1 and found[0].get("role") == "tool" else None


def _tool(value: JsonValue) -> Tool | None:
    if isinstance(value, dict) and isinstance(value.get("tool"), dict):
        value = value["tool"]
    if isinstance(value, dict) and "json_schema" in value:
        return _tool(unpacked(value["json_schema"]))
    if not isinstance(value, dict) or not (value.get("name") or value.get("function")):
        return None
    for schema in ("inputSchema", "parameters_json_schema", "parameters", "input_schema"):
        if isinstance(given := unpacked(value.get(schema)), dict):
            value = {**value, "parameters": given}
            break
    try:
        return Tool.model_validate(OfferedTool.model_validate(value).model_dump())
    except ValidationError:
        return None


def _listed(value: list[JsonValue], depth: int) -> list[dict[str, Any]]:
    first = unpacked(value[0])
    if isinstance(first, list) or (isinstance(first, dict) and not _is_message(first) and "message" in first):
        return find_messages(first, depth + 1)
    items = together([unpacked(each) for each in value]) if is_items(value) else value
    found = [unpacked(each) for each in items]
    if not any(isinstance(each, dict) and _is_message(each) for each in found):
        return []
    return [message for each in found if isinstance(each, dict) for message in _chat(each)]


def _is_message(value: dict[str, JsonValue]) -> bool:
    if value.get("lc") is not None and value.get("type") == "constructor":
        return True
    role = value.get("role")
    if isinstance(role, str):
        return any(
            key in value for key in ("content", "parts", "tool_calls", "contents", "additional_kwargs")
        )
    inner = value.get("data") if isinstance(value.get("data"), dict) else value
    kind = value.get("type")
    return isinstance(kind, str) and kind in _TEXT_ROLES and isinstance(inner, dict) and "content" in inner


def _chat(message: dict[str, JsonValue]) -> Iterator[dict[str, Any]]:
    """One message as chat messages: parts that answer calls become messages of their own."""
    fields: dict[str, Any] = message
    if fields.get("type") == "constructor":
        fields = fields["kwargs"] if isinstance(fields.get("kwargs"), dict) else {}
        path = message.get("id")
        named = fields.get("type") or (path[-1] if isinstance(path, list) and path else None)
        fields = {**fields, "type": named}
    elif isinstance(fields.get("data"), dict) and "role" not in fields:
        fields = {**fields["data"], "type": fields.get("type")}
    role = fields.get("role") or fields.get("type")
    if isinstance(role, str):
        fields = {**fields, "role": _ROLE_NAMES.get(role.lower(), role.lower() if "role" in fields else role)}
    parts = fields["parts"] if isinstance(fields.get("parts"), list) else fields.get("content")
    if isinstance(parts, list) and any(_is_part(each) for each in parts):
        yield from _of_parts(fields, parts)
    else:
        yield _plain(fields)


def _is_part(value: JsonValue) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    if kind in ("tool_call", "tool-call", "tool_call_response", "tool-result", "reasoning"):
        return True
    if kind is None:
        return any(key in value for key in ("text", *_CALLS, *_RESULTS))
    return kind == "text" and "content" in value


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """A chat message whose calls are where they are looked for, and whose result is text."""
    beside = fields.get("additional_kwargs")
    changes: dict[str, Any] = {}
    if isinstance(beside, dict) and not fields.get("tool_calls") and beside.get("tool_calls"):
        changes["tool_calls"] = beside["tool_calls"]
    calls = unpacked(changes.get("tool_calls", fields.get("tool_calls")))
    if isinstance(calls, list):
        changes["tool_calls"] = [each.get("tool_call", each) for each in calls if isinstance(each, dict)]
    elif calls is not None:
        changes["tool_calls"] = [calls] if isinstance(calls, dict) else []
    content = fields.get("content")
    if fields.get("role") in ("tool", "function") and _is_data(content):
        changes["content"] = as_text(content)
    elif isinstance(content, dict):
        changes["content"] = [content]
    if fields.get("role") in ("tool", "function"):
        changes["tool_call_id"] = call_id(fields.get("tool_call_id") or fields.get("id"))
    return {**fields, **changes}


def _is_data(content: JsonValue) -> bool:
    """Whether the content of a tool's message is data and not blocks of text."""
    if isinstance(content, list):
        return any(not isinstance(each, str) and not _is_block(each) for each in content)
    return content is not None and not isinstance(content, str)


def _is_block(value: JsonValue) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def _of_parts(fields: dict[str, Any], parts: list[JsonValue]) -> Iterator[dict[str, Any]]:
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[dict[str, Any]] = []
    for each in parts:
        part = each if isinstance(each, dict) else {"type": "text", "content": as_text(each)}
        kind = part.get("type") or next((key for key in (*_CALLS, *_RESULTS) if key in part), "text")
        given: Any = part.get(str(kind)) if isinstance(part.get(str(kind)), dict) else part
        if kind in _CALLS:
            calls.append(_call(given))
        elif kind in _RESULTS:
            yield _answer(given)
        elif kind in _THOUGHTS:
            thoughts.append(as_text(given.get("content") or given.get("text") or given.get("thinking")))
        else:
            said = given.get("content", given.get("text"))
            texts.append(as_text(said) if said is not None else f"[{kind}]")
    if texts or thoughts or calls:
        kept = {key: value for key, value in fields.items() if key not in ("parts", "content", "tool_calls")}
        told = {"content": "\n".join(texts), "reasoning_content": "\n".join(thoughts) or None}
        yield {**kept, **told, "tool_calls": calls}


def _call(part: dict[str, Any]) -> dict[str, Any]:
    arguments = next((part[key] for key in ("arguments", "args", "input") if key in part), None)
    return {
        "id": call_id(next((part[key] for key in _CALL_IDS if part.get(key)), "")),
        "name": part.get("name") or part.get("toolName"),
        "arguments": arguments if isinstance(arguments, str | dict) else {},
    }


def _answer(part: dict[str, Any]) -> dict[str, Any]:
    said = next((part[key] for key in ("response", "result", "output", "content") if key in part), None)
    answers = call_id(next((part[key] for key in _CALL_IDS if part.get(key)), ""))
    wrong = part.get("is_error") or part.get("isError") or part.get("status") == "error"
    failed = {"status": "error"} if wrong else {}
    return {"role": "tool", "tool_call_id": answers, "content": as_text(plain_content(said)), **failed}


def plain_content(value: JsonValue) -> JsonValue:
    """What blocks such as `[{"text": ...}]` and `[{"json": ...}]` hold; any other value as it is."""
    if not isinstance(value, list) or not all(isinstance(each, dict) and len(each) == 1 for each in value):
        return value
    held = [next(iter(each.items())) for each in value if isinstance(each, dict)]
    if len(held) == 1 and held[0][0] in ("text", "json"):
        return held[0][1]
    texts = [each for key, each in held if key == "text" and isinstance(each, str)]
    return "\n".join(texts) if held and len(texts) == len(held) else value


def call_id(value: JsonValue) -> str:
    """The id of a call; one that is a list, or the text of one, is joined."""
    value = unpacked(value)
    return "/".join(map(as_text, value)) if isinstance(value, list) else as_text(value)
