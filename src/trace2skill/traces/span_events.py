"""Events of spans: messages, evaluations, and what a span failed with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.judgements import Judgement
from trace2skill.traces.span_messages import as_text, find_messages, find_reply, plain_content, unpacked

Attributes = Mapping[str, JsonValue]

_EVENT_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
GEN_AI = "gen_ai."
"""What the names of OpenTelemetry's events for generative AI begin with."""

_DETAILS = "gen_ai.client.inference.operation.details"
_EVALUATION = "gen_ai.evaluation.result"


@dataclass(frozen=True)
class Event:
    """An event of a span: its name and what it holds."""

    name: str
    attributes: Attributes


def event_messages(events: Sequence[Event]) -> Iterator[dict[str, Any]]:
    """The messages of events, one each; what the model chose is marked `chosen`."""
    for event in events:
        role = _EVENT_ROLES.get(event.name)
        held = {key.removeprefix("gen_ai.event."): unpacked(value) for key, value in event.attributes.items()}
        content = held.pop("event_content", None)
        if isinstance(content, dict):
            held |= content
        if role:
            yield from _event_message(held, role)
        elif event.name == "gen_ai.choice":
            inner = held.get("message")
            if isinstance(inner, list):
                inner = {"content": inner}
            beside = {
                key: held[key] for key in ("tool_calls",) if key in held
            }  # as older conventions have it
            spoken = {**beside, **inner} if isinstance(inner, dict) else held
            for message in _event_message(spoken, "assistant"):
                yield {**message, "chosen": True}
        elif event.name == "gen_ai.content.prompt":
            yield from find_messages(held.get("gen_ai.prompt"))
        elif event.name == "gen_ai.content.completion":
            for message in find_reply(held.get("gen_ai.completion")):
                yield {**message, "chosen": True}


def _event_message(held: dict[str, Any], role: str) -> list[dict[str, Any]]:
    named = held.get("role") if isinstance(held.get("role"), str) else role
    return find_messages({"content": None, **held, "role": "tool" if role == "tool" else named})


def details(events: Sequence[Event]) -> dict[str, JsonValue]:
    """Messages that stand on an event of the span and not on the span itself."""
    return {
        key: value
        for event in events
        if event.name == _DETAILS
        for key, value in event.attributes.items()
        if key.startswith("gen_ai.")
    }


def tool_details(events: Sequence[Event]) -> dict[str, JsonValue]:
    """The arguments and the result of a tool whose span has them as events, under the names of attributes."""
    found: dict[str, JsonValue] = {}
    for event in events:
        if event.name == "gen_ai.tool.message" and "content" in event.attributes:
            found["gen_ai.tool.call.arguments"] = event.attributes["content"]
        elif event.name == "gen_ai.choice" and "message" in event.attributes:
            found["gen_ai.tool.call.result"] = plain_content(unpacked(event.attributes["message"]))
    return found


def evaluations(identity: str, events: Sequence[Event]) -> Iterator[Judgement]:
    """What is said of a span by the events of an evaluation."""
    for event in events:
        name = event.attributes.get("gen_ai.evaluation.name")
        if event.name != _EVALUATION or not isinstance(name, str):
            continue
        score = event.attributes.get("gen_ai.evaluation.score.value")
        label = event.attributes.get("gen_ai.evaluation.score.label")
        yield Judgement(identity, name, label if score is None else score, "evaluation")


def exception(events: Sequence[Event]) -> str:
    """What a span failed with, as `Name: what it says`; empty without such an event."""
    for event in events:
        if event.name == "exception":
            kind = as_text(event.attributes.get("exception.type")).rpartition(".")[2]
            said = as_text(event.attributes.get("exception.message"))
            return f"{kind}: {said}" if kind else said
    return ""
