"""The attributes of spans under which model and tool calls are recorded.

Several conventions hold the same things: OpenTelemetry's for generative AI (`gen_ai.*`, with messages as
attributes, as numbered attributes, or as events of the span), OpenInference, and those of OpenLLMetry,
MLflow, the AI SDK and Pydantic AI where they differ.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.model import Tool
from trace2skill.traces.span_events import (
    Attributes,
    Event,
    details,
    evaluations,
    event_messages,
    exception,
    tool_details,
)
from trace2skill.traces.span_messages import (
    as_object,
    as_text,
    call_id,
    find_messages,
    find_reply,
    find_request,
    find_tools,
    tool_message,
    unpacked,
)
from trace2skill.traces.span_skills import skills_of
from trace2skill.traces.spans import Kind, MessagePool, Span

_KIND_NAMES = (
    "openinference.span.kind",
    "traceloop.span.kind",
    "gen_ai.operation.name",
    "mlflow.spanType",
    "langfuse.observation.type",
    "llm.request.type",
)
_KINDS = {
    **dict.fromkeys(("llm", "chat", "chat_model", "text_completion", "generate_content"), Kind.MODEL),
    **dict.fromkeys(("generation", "completion", "response"), Kind.MODEL),
    **dict.fromkeys(("tool", "execute_tool", "function"), Kind.TOOL),
    **dict.fromkeys(("agent", "invoke_agent"), Kind.AGENT),
    **dict.fromkeys(("span", "task", "unknown"), Kind.PLAIN),
}
_AI_SDK = {"ai.toolCall": Kind.TOOL, "ai.generateText": Kind.AGENT, "ai.streamText": Kind.AGENT}
_AI_SDK_MODEL = (".doGenerate", ".doStream")
_GIVEN = ("gen_ai.input.messages", "ai.prompt.messages", "llm.prompts")
_MADE = ("gen_ai.output.messages", "pydantic_ai.all_messages")
_PLAIN_GIVEN = (
    "input.value",
    "traceloop.entity.input",
    "mlflow.spanInputs",
    "langfuse.observation.input",
    "gcp.vertex.agent.llm_request",
    "ai.prompt",
)
_PLAIN_MADE = (
    "output.value",
    "traceloop.entity.output",
    "mlflow.spanOutputs",
    "langfuse.observation.output",
    "gcp.vertex.agent.llm_response",
    "ai.response.text",
)
_TOOLS = ("gen_ai.tool.definitions", "mlflow.chat.tools", "ai.prompt.tools", "gen_ai.request.tools")
_TOOL_NAMES = (
    "gen_ai.tool.name",
    "tool.name",
    "ai.toolCall.name",
    "traceloop.entity.name",
    "mcp.tool.name",
)
_ARGUMENTS = (
    "gen_ai.tool.call.arguments",
    "tool_arguments",
    "ai.toolCall.args",
    "tool.parameters",
    "gcp.vertex.agent.tool_call_args",
    "gen_ai.tool.arguments",
)
_RESULT = (
    "gen_ai.tool.call.result",
    "tool_response",
    "ai.toolCall.result",
    "gcp.vertex.agent.tool_response",
    "gen_ai.tool.result",
)
_CALL_IDS = ("gen_ai.tool.call.id", "tool_call.id", "ai.toolCall.id", "tool.id")
_SYSTEM = ("system", "instructions", "system_instruction")
THREADS = (
    "gen_ai.conversation.id",
    "session.id",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.thread_id",
    "mlflow.trace.session",
    "langfuse.session.id",
)


def fill(span: Span, attributes: Attributes, events: Sequence[Event], pool: MessagePool) -> Span:
    """Read what a span holds into it; what it holds already stays where the attributes say nothing."""
    attributes = {**attributes, **details(events)}
    span.kind, span.what = _kind(attributes, span)
    span.thread = span.thread or _text(attributes, THREADS)
    span.agent = span.agent or _text(attributes, ("gen_ai.agent.name", "agent.name"))
    span.judged += tuple(evaluations(span.id, events))
    span.error = span.error or exception(events)
    span.skills = skills_of(attributes, failed=bool(span.error)) or span.skills
    if span.kind is Kind.TOOL:
        _fill_tool(span, {**tool_details(events), **attributes})
        span.tools = (*span.tools, *_tools(attributes))
    else:
        _fill_talk(span, attributes, events, pool)
    if span.kind is Kind.PLAIN and not span.given:
        _fill_tool(span, attributes)
    return span


def numbered(attributes: Attributes, prefix: str) -> JsonValue:
    """The lists and objects that attributes such as `prefix.0.role` were flattened from, if there are any."""
    whole = attributes.get(prefix)
    if whole is not None:
        return _unflattened(unpacked(whole))
    start = prefix + "."
    below = {key[len(start) :]: value for key, value in attributes.items() if key.startswith(start)}
    return _unflattened(below) if below else None


def _unflattened(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_unflattened(each) for each in value]
    if not isinstance(value, dict):
        return value
    grown: dict[str, Any] = {}
    for key, each in value.items():
        head, _, rest = key.partition(".")
        if rest:
            inner = grown.setdefault(head, {})
            if isinstance(inner, dict):
                inner[rest] = each
        else:
            grown[head] = each
    nested = {key: _unflattened(each) for key, each in grown.items()}
    if nested and all(key.isdecimal() for key in nested):
        return [nested[key] for key in sorted(nested, key=int)]
    return nested


def _kind(attributes: Attributes, span: Span) -> tuple[Kind, str]:
    """What a span is of, and the word for it."""
    for name in _KIND_NAMES:
        word = unpacked(attributes.get(name))
        if isinstance(word, str) and word:
            known = _KINDS.get(word.lower(), Kind.OTHER)
            return known, word.lower()
    operation = attributes.get("ai.operationId")
    if isinstance(operation, str):
        model = operation.endswith(_AI_SDK_MODEL)
        return Kind.MODEL if model else _AI_SDK.get(operation, Kind.OTHER), operation
    if any(name in attributes for name in ("gen_ai.tool.name", "tool.name")):
        return Kind.TOOL, "tool"
    starts = ("gen_ai.prompt.", "gen_ai.completion.", "gen_ai.input.messages", "llm.input_messages")
    if any(key.startswith(starts) for key in attributes):
        return Kind.MODEL, "llm"
    return span.kind, span.what


def _fill_tool(span: Span, attributes: Attributes) -> None:
    span.tool = _text(attributes, _TOOL_NAMES) or span.tool or span.name.removeprefix("execute_tool ")
    span.call = span.call or call_id(_first(attributes, _CALL_IDS))
    given = _first(attributes, _ARGUMENTS)
    given = _first(attributes, _PLAIN_GIVEN) if given is None else given
    if given is not None:
        set_arguments(span, given)
    made = _first(attributes, _RESULT)
    made = _first(attributes, _PLAIN_MADE) if made is None else made
    if made is not None:
        set_result(span, made)
    told = _text(attributes, ("tool.description", "gen_ai.tool.description"))
    described: dict[str, JsonValue] = {"name": span.tool, "description": told}
    schema = unpacked(_first(attributes, ("tool.json_schema", "gen_ai.tool.json_schema")))
    if span.tool and (described["description"] or isinstance(schema, dict)):
        span.tools = (*span.tools, *find_tools({**described, "parameters": schema}))


def set_arguments(span: Span, given: JsonValue) -> None:
    """Take over what a tool was given: an object, the text of one, or a text that is all it was given."""
    found = as_object(given)
    if set(found) == {"input"} and (inner := as_object(found["input"])):
        found = inner
    if isinstance(found.get("args"), dict) and ("name" in found or "id" in found):
        span.call = span.call or call_id(found.get("id"))
        found = as_object(found["args"])
    if set(found) == {"args", "kwargs"} and isinstance(found["kwargs"], dict):  # of a decorated function
        positional = found["args"] if isinstance(found["args"], list) else []
        found = {**{str(place): each for place, each in enumerate(positional)}, **found["kwargs"]}
    if found or unpacked(given) == {}:
        span.arguments = found
    elif given not in (None, ""):
        span.arguments = {"input": unpacked(given)}


def set_result(span: Span, made: JsonValue) -> None:
    """Take over what a tool returned; a message of the tool names the call that it answers."""
    message = tool_message(made)
    if message is None:
        found = None if made == "null" else unpacked(made)
        only = isinstance(found, dict) and set(found) == {"output"}
        span.result = unpacked(found["output"]) if only and isinstance(found, dict) else found
        return
    span.call = span.call or as_text(message.get("tool_call_id"))
    content = message.get("content")
    blocks = content if isinstance(content, list) else [content]
    texts = [each.get("text") if isinstance(each, dict) else each for each in blocks]
    span.result = "\n".join(text for text in texts if isinstance(text, str))
    if message.get("status") == "error" and not span.error:
        span.error = as_text(span.result)


def _fill_talk(span: Span, attributes: Attributes, events: Sequence[Event], pool: MessagePool) -> None:
    given = [*_system(attributes), *_given(attributes)]
    made = _made(attributes)
    for message in event_messages(events):
        (made if message.pop("chosen", False) else given).append(message)
    plain_given = _first(attributes, _PLAIN_GIVEN)
    plain_made = _first(attributes, _PLAIN_MADE)
    if not given and plain_given is not None:
        given = [*beside(plain_given, plain_made)[0], *find_messages(plain_given)]
        span.request = span.request or ("" if given else find_request(plain_given))
    if not made and plain_made is not None:
        made = find_reply(plain_made) if span.kind is Kind.MODEL else find_messages(plain_made)
    set_talk(span, given, made, pool)
    span.tools = (*span.tools, *_tools(attributes, plain_given))


def set_talk(
    span: Span, given: Iterable[dict[str, Any]], made: Iterable[dict[str, Any]], pool: MessagePool
) -> None:
    """Take over what a model, or a run, was given and returned; nothing stays what it was."""
    read, unread = pool.read(given)
    said, unsaid = pool.read(made)
    span.given = read or span.given
    span.made = said or span.made
    span.unread += unread + unsaid


def beside(given: JsonValue, made: JsonValue = None) -> tuple[list[dict[str, Any]], tuple[Tool, ...]]:
    """The system prompt and the tools that stand beside the messages of a model's request or response."""
    prompts: list[dict[str, Any]] = []
    tools: tuple[Tool, ...] = ()
    for value in (unpacked(given), unpacked(made)):
        held = value if isinstance(value, dict) and "role" not in value else {}
        if isinstance(config := held.get("config"), dict):
            held = {**config, **held}
        told = next((held[key] for key in _SYSTEM if held.get(key)), None)
        if isinstance(told, str | list) and not prompts:
            prompts = [{"role": "system", "content": told}]
        for key in ("tools", "functions"):
            tools = (*tools, *find_tools(held.get(key)))
    return prompts, tools


def _system(attributes: Attributes) -> list[dict[str, Any]]:
    told = unpacked(attributes.get("gen_ai.system_instructions"))
    if isinstance(told, list):
        texts = [each.get("content", each.get("text")) if isinstance(each, dict) else each for each in told]
        told = "\n".join(text for text in texts if isinstance(text, str))
    return [{"role": "system", "content": told}] if isinstance(told, str) and told else []


def _given(attributes: Attributes) -> list[dict[str, Any]]:
    for name in _GIVEN:
        if found := find_messages(attributes.get(name)):
            return found
    for prefix in ("llm.input_messages", "gen_ai.prompt"):
        if found := find_messages(_unwrapped(numbered(attributes, prefix))):
            return found
    return []


def _made(attributes: Attributes) -> list[dict[str, Any]]:
    for name in _MADE:
        if found := find_messages(attributes.get(name)):
            return found
    for prefix in ("llm.output_messages", "gen_ai.completion"):
        if found := find_messages(_unwrapped(numbered(attributes, prefix))):
            return found
    calls = unpacked(attributes.get("ai.response.toolCalls"))
    if isinstance(calls, list):
        named = [{**each, "type": "tool-call"} for each in calls if isinstance(each, dict)]
        text = [{"type": "text", "text": attributes.get("ai.response.text") or ""}]
        content: list[Any] = [*text, *named]
        spoken: dict[str, JsonValue] = {"role": "assistant", "content": content}
        return find_messages(spoken)
    return []


def _unwrapped(value: JsonValue) -> JsonValue:
    """Messages without the objects that OpenInference puts around messages, calls and contents."""
    if not isinstance(value, list):
        return value
    found: list[JsonValue] = []
    for each in value:
        message = each.get("message", each) if isinstance(each, dict) else each
        if isinstance(message, dict):
            message = dict(message)
            calls = message.get("tool_calls")
            if isinstance(calls, list):
                message["tool_calls"] = [
                    each.get("tool_call", each) if isinstance(each, dict) else each for each in calls
                ]
            contents = message.pop("contents", None)
            if isinstance(contents, list) and not message.get("content"):
                message["content"] = [
                    each.get("message_content", each) if isinstance(each, dict) else each for each in contents
                ]
            message.setdefault("content", None)
        found.append(message)
    return found


def _tools(attributes: Attributes, plain_given: JsonValue = None) -> tuple[Tool, ...]:
    found = [*(attributes.get(name) for name in _TOOLS)]
    found += [numbered(attributes, "llm.tools"), numbered(attributes, "llm.request.functions")]
    for holder in ("llm.invocation_parameters", "model_request_parameters"):
        held = as_object(attributes.get(holder))
        found += [held.get("tools"), held.get("functions"), held.get("function_tools")]
    listed = (tool for each in found if each is not None for tool in find_tools(each))
    return (*listed, *beside(plain_given)[1])


def _first(attributes: Attributes, names: Iterable[str]) -> JsonValue:
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


def _text(attributes: Attributes, names: Iterable[str]) -> str:
    found = unpacked(_first(attributes, names))
    return found if isinstance(found, str) else ""
