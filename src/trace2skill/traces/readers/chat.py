"""Conversations: chat messages of OpenAI, Anthropic and LangChain, and the items of the Responses API."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import orjson
from pydantic import BaseModel, JsonValue, ValidationError, model_validator

from trace2skill.traces.conversation import first_request, says_error, to_steps
from trace2skill.traces.files import Record, each_item, from_json_text, traces_from
from trace2skill.traces.messages import (
    Message,
    is_blocks,
    is_items,
    is_langchain,
    is_messages,
    to_turns,
    together,
)
from trace2skill.traces.model import Outcome, Source, Tool, Trace
from trace2skill.traces.problem import Problem
from trace2skill.traces.stated_outcomes import stated_outcome

_SCHEMAS = ("parameters", "input_schema", "inputSchema", "args_schema")


class OfferedTool(BaseModel):
    """A tool that the model was offered, in any of the shapes."""

    name: str
    description: str = ""
    parameters: dict[str, JsonValue] = {}

    @model_validator(mode="before")
    @classmethod
    def _one_shape(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was in the file
        if not isinstance(given, dict):
            return given
        inner = given["function"] if isinstance(given.get("function"), dict) else given
        schema: dict[str, JsonValue] = next(
            (inner[key] for key in _SCHEMAS if isinstance(inner.get(key), dict)), {}
        )
        name = inner.get("name") or inner.get("type")
        return {"name": name, "description": inner.get("description") or "", "parameters": schema}


def offered(tools: Iterable[JsonValue]) -> tuple[Tool, ...]:
    """The tools that were offered; what is no description of a tool is passed over."""
    found: list[Tool] = []
    for each in tools:
        with suppress(ValidationError):
            found.append(Tool.model_validate(OfferedTool.model_validate(each).model_dump()))
    return tuple(found)


class Conversation(BaseModel):
    """One conversation; `functions` is the older spelling of `tools`."""

    id: str | None = None
    messages: list[Message]
    tools: list[OfferedTool] | None = None
    functions: list[OfferedTool] | None = None


class ChatReader:
    """Reads conversations of one shape: a list of messages, an object that holds one, or a list of either.

    The formats have no place for an outcome; people put one beside the messages (`stated_outcomes`).

    Args:
        name: The format's name, as reports show it.
        fits: Whether a JSON value is such a list of messages.
        messages: The list of messages in an object, or None where there is none.
    """

    def __init__(
        self,
        name: str,
        fits: Callable[[JsonValue], bool],
        messages: Callable[[dict[str, JsonValue]], JsonValue],
    ) -> None:
        self.NAME = name
        self.fits = fits
        self.messages = messages

    def recognises(self, sample: JsonValue) -> bool:
        """Whether a document, or one of its lines, is of this format."""
        first = sample[0] if isinstance(sample, list) and sample else None
        first = None if isinstance(first, dict) and _held(first) is not first else first  # a thread's history
        return any(self.fits(self._listed(each)) for each in (sample, first))

    def read(self, record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
        """Yield one trace per conversation."""
        value = record.value
        items = [("", value)] if self.fits(value) else each_item(value)
        yield from traces_from(
            record, self.NAME, items, lambda item, source: self._trace(item, source, success_at)
        )

    def _listed(self, value: JsonValue) -> JsonValue:
        return self.messages(value) if isinstance(value, dict) else value

    def _trace(self, item: JsonValue, source: Source, success_at: float | None) -> Trace:
        fields = item if isinstance(item, dict) else {}
        listed = self._listed(item)
        talk = Conversation.model_validate(
            {**fields, "messages": together(listed) if isinstance(listed, list) else listed}
        )
        turns = list(to_turns(talk.messages, failed=says_error))
        offered = [*(talk.tools or ()), *(talk.functions or ())]
        return Trace(
            id=talk.id or content_id(item),
            task=first_request(turns),
            steps=to_steps(turns),
            instructions=_instructions(fields, talk.messages),
            tools=tuple(Tool.model_validate(each.model_dump()) for each in offered),
            outcome=stated_outcome(fields, success_at) or Outcome(origin="the format has none"),
            source=source,
        )


def content_id(item: JsonValue) -> str:
    """An id for a record that has none: the same content gets the same id wherever it lies."""
    return "chat-" + hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def _instructions(fields: dict[str, JsonValue], messages: Sequence[Message]) -> str | None:
    """The system prompt: a message, Anthropic's `system`, or the `instructions` of Responses."""
    beside = next((fields[key] for key in ("system", "instructions") if fields.get(key)), None)
    prompt = Message.model_validate({"role": "system", "content": beside}).text if beside else ""
    said = [prompt, *(message.text for message in messages if message.role == "system")]
    return "\n\n".join(filter(None, said)) or None


def _held(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What holds the messages: the record itself, or the values of the state of a graph that it is."""
    inner = value.get("values")
    return inner if isinstance(inner, dict) and "messages" in inner and "messages" not in value else value


def _of_messages(value: dict[str, JsonValue]) -> JsonValue:
    """The messages, also as JSON text, and the model's reply where it stands beside them."""
    listed = _held(value).get("messages")
    listed = from_json_text(listed) if isinstance(listed, str) else listed
    reply = next((found for key in _REPLIES if (found := _reply(value.get(key)))), None)
    known = not isinstance(listed, list) or reply is None or reply in listed[-1:]
    return listed if known else [*(listed if isinstance(listed, list) else ()), reply]


_REPLIES = ("choices", "response", "completion")


def _reply(value: JsonValue) -> JsonValue:
    """The message in what a model's server returned: the first choice of OpenAI's, or Anthropic's message."""
    if isinstance(value, dict) and value.get("role") == "assistant" and "content" in value:
        return value
    choices = value.get("choices") if isinstance(value, dict) else value
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    return message if isinstance(message, dict) and message.get("role") == "assistant" else None


def _of_response(value: dict[str, JsonValue]) -> JsonValue:
    """What was put in and what came out; a plain text that was put in is the user's."""
    given, out = value.get("input"), value.get("output")
    if not isinstance(out, list):
        return given
    asked = [{"role": "user", "content": given}] if isinstance(given, str) else given
    return [*(asked if isinstance(asked, list) else ()), *out]


OPENAI_CHAT = ChatReader("openai-chat", is_messages, _of_messages)
ANTHROPIC = ChatReader("anthropic-messages", is_blocks, _of_messages)
LANGCHAIN = ChatReader("langchain-messages", is_langchain, _of_messages)
RESPONSES = ChatReader("openai-responses", is_items, _of_response)
