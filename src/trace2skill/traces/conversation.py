"""Turns the messages of a conversation into steps; a tool result is attached to the call it answers."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson
from pydantic import BaseModel, JsonValue

from trace2skill.traces.files import from_json_text
from trace2skill.traces.model import Action, Actor, Step, StepOutcome
from trace2skill.traces.problem import BrokenRecordError

SUBSTANTIVE_WORDS = 5
_ERROR_TEXT = re.compile(r"\s*(error|exception|traceback)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """One tool call inside a message; `id` may be empty."""

    id: str
    tool: str
    arguments: dict[str, JsonValue]


@dataclass(frozen=True)
class Turn:
    """One message, independent of the format it was read from.

    A turn with `result` set answers the call `answers` (by id, or the oldest open call when that is empty).
    """

    actor: Actor
    text: str | None = None
    thought: str | None = None
    calls: Sequence[Call] = ()
    result: str | None = None
    answers: str = ""
    outcome: StepOutcome = StepOutcome.UNKNOWN
    time: datetime | None = None


@dataclass
class _Draft:
    fields: dict[str, object]
    call: str = ""


def to_steps(turns: Iterable[Turn]) -> tuple[Step, ...]:
    """Turn messages into steps numbered from 0.

    A message with several calls becomes several steps that share a `group`, its text on the first. A result
    that answers no call becomes a step of the environment.
    """
    drafts: list[_Draft] = []
    waiting: list[_Draft] = []
    for number, turn in enumerate(turns):
        if turn.result is not None:
            drafts.extend(_answer(waiting, turn))
        elif turn.calls:
            calls = list(_calls(turn, f"m{number}"))
            drafts.extend(calls)
            waiting.extend(calls)
        elif turn.text or turn.thought:
            drafts.append(_Draft(_spoken(turn)))
    return tuple(Step.model_validate({"index": index, **draft.fields}) for index, draft in enumerate(drafts))


def first_request(turns: Iterable[Turn]) -> str:
    """The task as a solver sees it: the first user message of at least five words, else the first one."""
    said = [turn.text for turn in turns if turn.actor is Actor.USER and turn.text]
    substantive = (text for text in said if len(text.split()) >= SUBSTANTIVE_WORDS)
    return next(substantive, said[0] if said else "")


def says_error(content: str) -> bool:
    """Whether a tool result clearly calls itself an error.

    It does when it starts with the word "error", "exception" or "traceback", or when it is a JSON object with
    a truthy `error` or `is_error`, or with `status` equal to "error".
    """
    value = from_json_text(content)
    if isinstance(value, dict):
        return bool(value.get("error") or value.get("is_error") or value.get("status") == "error")
    return isinstance(value, str) and _ERROR_TEXT.match(value) is not None


def _spoken(turn: Turn) -> dict[str, object]:
    return {
        "actor": turn.actor,
        "text": turn.text or None,
        "thought": turn.thought or None,
        "time": turn.time,
    }


def _calls(turn: Turn, group: str) -> Iterable[_Draft]:
    parallel = group if len(turn.calls) > 1 else None
    for position, call in enumerate(turn.calls):
        spoken = _spoken(turn) if position == 0 else {"actor": turn.actor, "time": turn.time}
        action = Action(tool=call.tool, arguments=call.arguments)
        yield _Draft({**spoken, "action": action, "group": parallel}, call=call.id)


def _answer(waiting: list[_Draft], turn: Turn) -> Iterable[_Draft]:
    """Attach a result to the open call it answers; if there is none, return it as a step of its own."""
    observed = {"observation": from_json_text(turn.result or ""), "outcome": turn.outcome}
    for draft in waiting:
        if not turn.answers or draft.call == turn.answers:
            draft.fields.update(observed)
            waiting.remove(draft)
            return ()
    return (_Draft({"actor": Actor.ENVIRONMENT, "time": turn.time, **observed}),)


ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class Function(BaseModel):
    """Name and arguments of a call; the arguments are JSON text, or an object in some logs."""

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
        """The content as text; a non-text part is shown as its type in brackets."""
        if isinstance(self.content, list):
            return "\n".join(f"[{part.type}]" if part.text is None else part.text for part in self.content)
        return self.content or ""


def to_turns(
    messages: Sequence[ChatMessage],
    failed: Callable[[str], bool],
    clean: Callable[[str], str] = str,
) -> Iterator[Turn]:
    """Convert messages to turns; system and developer messages are dropped.

    Args:
        messages: The conversation in order.
        failed: Whether a tool result says that the call failed.
        clean: A function applied to every utterance, e.g. to strip end markers.

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
