"""OpenAI chat messages with tool calls, as fine-tuning files and chat logs hold them."""

import hashlib
from collections.abc import Iterator

import orjson
from pydantic import BaseModel, JsonValue

from trace2skill.traces.conversation import (
    ChatMessage,
    first_request,
    is_messages,
    says_error,
    to_steps,
    to_turns,
)
from trace2skill.traces.files import Record, each_item, traces_from
from trace2skill.traces.model import Outcome, Source, Tool, Trace
from trace2skill.traces.problem import Problem

NAME = "openai-chat"


class FunctionSchema(BaseModel):
    """A tool the model was offered: the inner object of an entry of `tools`."""

    name: str
    description: str | None = None
    parameters: dict[str, JsonValue] | None = None


class OfferedTool(BaseModel):
    """An entry of `tools`."""

    function: FunctionSchema


class Conversation(BaseModel):
    """One conversation; `functions` is the older spelling of `tools`."""

    id: str | None = None
    messages: list[ChatMessage]
    tools: list[OfferedTool] | None = None
    functions: list[FunctionSchema] | None = None


def recognises(sample: JsonValue) -> bool:
    """Whether a value is a list of messages, an object with `messages`, or a list of either."""
    if _is_conversation(sample):
        return True
    return isinstance(sample, list) and bool(sample) and _is_conversation(sample[0])


def read(
    record: Record,
    success_at: float | None = None,  # noqa: ARG001 the format holds no score
) -> Iterator[Trace | Problem]:
    """Yield one trace per conversation, with unknown outcome: the format has no field for it."""
    value = record.value
    items = [("", value)] if is_messages(value) else each_item(value)
    yield from traces_from(record, NAME, items, _trace)


def _is_conversation(value: JsonValue) -> bool:
    return is_messages(value.get("messages")) if isinstance(value, dict) else is_messages(value)


def _trace(item: JsonValue, source: Source) -> Trace:
    talk = Conversation.model_validate({"messages": item} if isinstance(item, list) else item)
    turns = list(to_turns(talk.messages, failed=says_error))
    offered = [tool.function for tool in talk.tools or ()] + (talk.functions or [])
    return Trace(
        id=talk.id or content_id(item),
        task=first_request(turns),
        steps=to_steps(turns),
        tools=tuple(_tool(tool) for tool in offered),
        outcome=Outcome(origin="the format has none"),
        source=source,
    )


def _tool(offered: FunctionSchema) -> Tool:
    return Tool(name=offered.name, description=offered.description or "", parameters=offered.parameters or {})


def content_id(item: JsonValue) -> str:
    """A content hash as the id of a record that has none, independent of the record's location."""
    return "chat-" + hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
