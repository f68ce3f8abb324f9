"""Spans: what observability tools record of a run, a tree of model calls, tool calls and what is around."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import JsonValue, ValidationError

from trace2skill.traces.judgements import Judgement
from trace2skill.traces.messages import Message
from trace2skill.traces.model import SkillMention, Tool


class Kind(StrEnum):
    """What a span is of. A plain span may turn out to be a tool, any other kind is as its writer says."""

    MODEL = "model"
    TOOL = "tool"
    AGENT = "agent"
    PLAIN = "plain"
    OTHER = "other"


@dataclass(slots=True, eq=False)
class Span:
    """One span, with what is read of it.

    Attributes:
        id: Its id; `parent` is that of the span around it, empty for a root.
        trace: The id of the run.
        what: The word of the format for its kind, for the report of what was not used.
        order: Sorts the spans of a run where the format has a key for that; `start` does otherwise.
        given: The messages that a model, or the run, was given.
        made: The messages that came back.
        request: The task, where what the run was given is no messages.
        tools: The tools on offer.
        tool: The name of the tool that was run, with `arguments`, `result` and `call`, the id of its call.
        error: What the span failed with, empty if it did not.
        thread: The conversation of several runs that this one is part of.
        agent: The agent that acts, where the format names it.
        task_key: The id of the task in a data set.
        skills: The skills that were on offer, or that were loaded.
        judged: What the record itself says of how the run went.
        part: Names a log record, of which this is what it says of its span; empty for a span.
    """

    id: str
    trace: str
    parent: str = ""
    name: str = ""
    kind: Kind = Kind.PLAIN
    what: str = "span"
    start: datetime | None = None
    order: str = ""
    given: Sequence[Message] = ()
    made: Sequence[Message] = ()
    request: str = ""
    tools: tuple[Tool, ...] = ()
    tool: str = ""
    arguments: dict[str, JsonValue] | None = None
    result: JsonValue = None
    call: str = ""
    error: str = ""
    thread: str = ""
    agent: str = ""
    task_key: str | None = None
    skills: tuple[SkillMention, ...] = ()
    judged: tuple[Judgement, ...] = ()
    unread: int = 0
    part: str = ""


class MessagePool:
    """Reads messages once each: the conversation that every model call repeats costs memory once.

    `size` counts the characters of what was read.
    """

    def __init__(self) -> None:
        self.size = 0
        self._known: dict[bytes, Message | None] = {}

    def read(self, found: Iterable[dict[str, Any]]) -> tuple[list[Message], int]:
        """The messages that can be read, and how many cannot."""
        messages: list[Message] = []
        unread = 0
        for each in found:
            text = orjson.dumps(each, option=orjson.OPT_SORT_KEYS)
            key = blake2b(text, digest_size=16).digest()
            if key not in self._known:
                self._known[key] = _message(each)
                self.size += len(text)
            message = self._known[key]
            messages += [message] if message else []
            unread += message is None
        return messages, unread


def _message(given: dict[str, Any]) -> Message | None:
    try:
        return Message.model_validate(given)
    except (ValidationError, AttributeError, TypeError):
        return None


def united(spans: Iterable[Span]) -> list[Span]:
    """Spans without repetition: of two records of one span the later counts, where it says something.

    Exports overlap, and some clients write a span when it begins and once more when it ends. What log records
    say of a span counts where the span does not say it.
    """
    known: dict[str, Span] = {}
    parts: dict[str, dict[str, Span]] = {}
    for span in spans:
        if span.part:
            parts.setdefault(span.id, {})[span.part] = span
            continue
        earlier = known.get(span.id)
        known[span.id] = span if earlier is None else _one(span, earlier, span.kind is not Kind.OTHER)
    for identity, told in parts.items():
        part, whole = _gathered(list(told.values())), known.get(identity)
        known[identity] = part if whole is None else _one(whole, part, whole.kind is not Kind.PLAIN)
    return list(known.values())


def _one(first: Span, second: Span, own_kind: bool) -> Span:
    """Two records of a span as one: the second says what the first does not, its kind if not `own_kind`."""
    said = {name: getattr(first, name) or getattr(second, name) for name in Span.__slots__}
    of = first if own_kind else second
    judged = (*second.judged, *(each for each in first.judged if each not in second.judged))
    return Span(**{**said, "kind": of.kind, "what": of.what, "judged": judged, "part": first.part})


def _gathered(parts: list[Span]) -> Span:
    """What several log records say of one span, in the order of their times."""
    parts.sort(key=lambda part: part.start.timestamp() if part.start else 0.0)
    whole = parts[0]
    for part in parts[1:]:
        joined = {name: [*getattr(whole, name), *getattr(part, name)] for name in ("given", "made", "tools")}
        whole = _one(whole, part, whole.kind is not Kind.PLAIN)
        whole.given, whole.made, whole.tools = joined["given"], joined["made"], tuple(joined["tools"])
    if whole.kind is Kind.PLAIN and (whole.given or whole.made):
        whole.kind = Kind.MODEL
    return whole


def in_order(spans: Sequence[Span]) -> list[Span]:
    """Spans in the order of their beginning; of two that began together the outer one is first.

    A span of which the beginning is unknown stays behind the one that it was written after.
    """
    depths = _depths(spans)
    places: list[tuple[str, float, int, int]] = []
    now, depth = 0.0, 0
    for number, span in enumerate(spans):
        if span.start:
            now, depth = span.start.timestamp(), depths[span.id]
        places.append((span.order, now, depth, number))
    return [spans[number] for _, _, _, number in sorted(places)]


def _depths(spans: Sequence[Span]) -> dict[str, int]:
    """How many spans are around each; a circle of parents ends where it began."""
    known = {span.id: span for span in spans}
    depths: dict[str, int] = {}
    for span in spans:
        line: dict[str, None] = {}
        each: Span | None = span
        while each is not None and each.id not in depths and each.id not in line:
            line[each.id] = None
            each = known.get(each.parent)
        above = depths.get(each.id, -1) if each is not None else -1
        for identity in reversed(line):
            above += 1
            depths[identity] = above
    return depths
