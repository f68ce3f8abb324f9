"""Gemini CLI's chats: a session's document, the JSON Lines that replaced it, or a saved history of contents.

In the lines a message that is written again replaces the earlier one, `$set` may replace all, and `$rewindTo`
takes back a message and what followed. A sub-agent's chat, in a folder named after its session, is read with
that session.
"""

import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, first_request, says_error, to_steps
from trace2skill.traces.files import Record, from_json_text
from trace2skill.traces.model import Action, Actor, Source, StepOutcome, Trace
from trace2skill.traces.outcome_rules import Ending, tell_outcome
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers.chat import content_id
from trace2skill.traces.session_file import (
    Entry,
    Joined,
    SessionFile,
    first_record,
    nothing_in,
    one_trace,
    project,
)
from trace2skill.traces.shell import command_of, exit_code, exit_outcome
from trace2skill.traces.untyped import as_key, as_list, as_object, as_text, as_time, joined, shown

NAME = "gemini-cli"

_CONTEXT = ("<session_context>", "This is the Gemini CLI. We are setting up the context")
_CANCELLED = ("Request cancelled", "User cancelled")
_STATUS = {"success": StepOutcome.OK, "error": StepOutcome.ERROR, "cancelled": StepOutcome.ERROR}


def recognises(sample: JsonValue) -> bool:
    """Whether a value is a session, the first line or a message of one, or a list of contents with parts."""
    contents = as_list(as_object(sample).get("history")) or as_list(sample)
    if contents:
        first = as_object(contents[0])
        return first.get("role") in ("user", "model") and isinstance(first.get("parts"), list)
    given = as_object(sample)
    written = given.get("type") == "gemini" and {"id", "content"} <= given.keys()
    return written or {"sessionId", "projectHash"} <= given.keys()


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield the trace of a session, and of each part of it that the user took back."""
    lines = file.path.with_suffix(".jsonl")
    if file.path.suffix == ".json" and file.among(lines) and recognises(first_record(lines)):
        yield Joined(file.path)
        return
    chat = _Chat()
    yield from chat.read(file.records)
    if not chat.messages and not chat.left:
        yield nothing_in(file.path, "the session holds no message")
        return
    if chat.meta.get("kind") == "subagent" and any(map(file.among, _sessions(file))):
        yield Joined(file.path)
        return
    yield from one_trace(file.path, NAME, partial(_trace, file, chat, list(chat.messages.values()), 0))
    for number, messages in enumerate(chat.left, start=1):
        if any(as_list(each.get("toolCalls")) for each in messages):
            where = f"taken back {number}"
            yield from one_trace(file.path, NAME, partial(_trace, file, chat, messages, number), where)


@dataclass
class _Chat:
    """The messages of a session by their ids; `left` holds those that were taken back."""

    meta: dict[str, Any] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: list[list[dict[str, Any]]] = field(default_factory=list)

    def read(self, records: Iterable[Record | Problem]) -> Iterator[Problem]:
        """Take the records; one that says nothing is yielded as a `Problem`."""
        for entry in records:
            if isinstance(entry, Problem):
                yield entry
            elif isinstance(entry.value, list):
                self._replace([{"type": "content", **as_object(each)} for each in entry.value])
            elif isinstance(entry.value, dict):
                self._take(entry.value)
            else:
                yield Problem(entry.path, entry.where, "not a record of a session", "Remove the line.")

    def _take(self, value: dict[str, Any]) -> None:
        changed = as_object(value.get("$set"))
        target = value.get("$rewindTo")
        if isinstance(target, str):
            self._rewind(target)
        elif as_list(value.get("history")):
            self._replace([{"type": "content", **as_object(each)} for each in value["history"]])
        elif "sessionId" in value or changed:
            given = changed or value
            self.meta.update({key: each for key, each in given.items() if key != "messages"})
            if as_list(given.get("messages")):
                self._replace(given["messages"])
        elif as_key(value.get("id")):
            self.messages[as_key(value["id"])] = value

    def _replace(self, messages: Sequence[JsonValue]) -> None:
        given = list(map(as_object, messages))
        self.messages = {as_key(each.get("id")) or f"#{at}": each for at, each in enumerate(given)}

    def _rewind(self, target: str) -> None:
        """As the program does: an unknown message takes back everything."""
        keys = list(self.messages)
        at = keys.index(target) if target in self.messages else 0
        taken = [self.messages.pop(key) for key in keys[at:]]
        if taken:
            self.left.append(taken)


def _trace(
    file: SessionFile, chat: _Chat, messages: Sequence[dict[str, Any]], number: int, source: Source
) -> Trace:
    turns = list(_with_agents(file, chat, _turns(messages)))
    steps = to_steps(turns)
    name = as_key(chat.meta.get("sessionId")) or content_id([dict(each) for each in messages])
    folders = as_list(chat.meta.get("directories"))
    return Trace(
        id=f"{name}/taken-back-{number}" if number else name,
        task=first_request(turn for turn in turns if not turn.inside),
        domain=project(folders[0]) if folders else None,
        steps=steps,
        outcome=tell_outcome(steps, Ending(interrupted=not number and _stopped(messages))),
        source=source,
    )


def _stopped(messages: Sequence[dict[str, Any]]) -> bool:
    last = messages[-1] if messages else {}
    calls = [as_object(each) for each in as_list(last.get("toolCalls"))]
    cancelled = bool(calls) and calls[-1].get("status") == "cancelled"
    return cancelled or (last.get("type") == "info" and joined(last.get("content")).startswith(_CANCELLED))


def _turns(messages: Iterable[dict[str, Any]]) -> Iterator[Turn]:
    for message in messages:
        time = as_time(message.get("timestamp"))
        match message.get("type"):
            case "user":
                text = joined(message.get("content")).strip()
                if text and not text.startswith(_CONTEXT):
                    yield Turn(Actor.USER, text=text, time=time)
            case "gemini":
                yield from _acted(message)
            case "error":
                yield Turn(Actor.ENVIRONMENT, text=joined(message.get("content")), time=time)
            case "content":
                yield from _content(message)
            case _:
                pass


def _acted(message: dict[str, Any]) -> Iterator[Turn]:
    time = as_time(message.get("timestamp"))
    thoughts = [as_object(each) for each in as_list(message.get("thoughts"))]
    told = [
        ": ".join(filter(None, [as_text(t.get("subject")), as_text(t.get("description"))])) for t in thoughts
    ]
    calls = [as_object(each) for each in as_list(message.get("toolCalls"))]
    made = [
        Call(as_key(c.get("id")), as_text(c.get("name")) or "unknown", as_object(c.get("args")))
        for c in calls
    ]
    text = joined(message.get("content"))
    if text or told or made:
        yield Turn(Actor.AGENT, text=text, thought="\n".join(told) or None, calls=made, time=time)
    for call, given in zip(made, calls, strict=True):
        if given.get("result") is not None or given.get("status") in _STATUS:
            yield _answered(call, given)


def _answered(call: Call, given: dict[str, Any]) -> Turn:
    text = "\n".join(filter(None, map(_part, as_list(given.get("result")) or [given.get("result")])))
    status = given.get("status")
    outcome = _STATUS.get(status, StepOutcome.UNKNOWN) if isinstance(status, str) else StepOutcome.UNKNOWN
    code = exit_code(from_json_text(text))
    if code is not None and outcome is StepOutcome.OK:
        outcome = exit_outcome(command_of(Action(tool=call.tool, arguments=call.arguments)), code)
    return Turn(
        Actor.ENVIRONMENT,
        result=text or as_text(given.get("resultDisplay")),
        answers=call.id,
        outcome=outcome,
    )


def _part(part: JsonValue) -> str:
    """The text of a part of a result: what a function returned is its output, or its error."""
    response = as_object(as_object(part).get("functionResponse")).get("response")
    if response is None:
        return joined(part)
    inner = as_object(response)
    return next(
        (as_text(inner[key]) for key in ("output", "error") if as_text(inner.get(key))), shown(response)
    )


def _content(message: dict[str, Any]) -> Iterator[Turn]:
    """A content of a saved history: its parts are texts, thoughts, calls, and what functions returned."""
    parts = [as_object(each) for each in as_list(message.get("parts"))]
    results = [each for each in parts if "functionResponse" in each]
    for part in results:
        returned, text = as_object(part["functionResponse"]), _part(part)
        name = as_key(returned.get("id")) or as_key(returned.get("name"))
        failed = "error" in as_object(returned.get("response")) or says_error(text)
        outcome = StepOutcome.ERROR if failed else StepOutcome.OK
        yield Turn(Actor.ENVIRONMENT, result=text, answers=name, outcome=outcome)
    calls = [as_object(each["functionCall"]) for each in parts if "functionCall" in each]
    made = [
        Call(
            as_key(call.get("id")) or as_key(call.get("name")),
            as_text(call.get("name")),
            as_object(call.get("args")),
        )
        for call in calls
    ]
    text = "\n".join(
        as_text(each.get("text")) for each in parts if "text" in each and not each.get("thought")
    )
    thought = "\n".join(as_text(each.get("text")) for each in parts if each.get("thought"))
    actor = Actor.AGENT if message.get("role") == "model" else Actor.USER
    if made or thought or (text and not text.startswith(_CONTEXT)):
        yield Turn(actor, text=text, thought=thought or None, calls=made)


def _with_agents(file: SessionFile, chat: _Chat, turns: Iterable[Turn]) -> Iterator[Turn]:
    """The turns, each call that started a sub-agent followed by what that did."""
    agents = {
        as_key(call.get("agentId")): as_key(call.get("id"))
        for message in chat.messages.values()
        for call in map(as_object, as_list(message.get("toolCalls")))
        if as_key(call.get("agentId"))
    }
    started = {call: agent for agent, call in agents.items()}
    for turn in turns:
        yield turn
        for call in turn.calls:
            if call.id in started:
                yield from _agent(file, as_key(chat.meta.get("sessionId")), started[call.id], call.id)


def _agent(file: SessionFile, session: str, agent: str, call: str) -> Iterator[Turn]:
    found = [each for each in file.folders.files(file.path.parent / session, "*.json*") if each.stem == agent]
    for path in found[:1]:
        chat = _Chat()
        list(chat.read(file.beside(path)))
        said = list(_turns(chat.messages.values()))
        for turn in said[1:] if said and said[0].actor is Actor.USER else said:
            actor = {Actor.AGENT: Actor.SUBAGENT, Actor.USER: Actor.AGENT}.get(turn.actor, turn.actor)
            yield replace(turn, actor=actor, inside=call)


def _sessions(file: SessionFile) -> Iterator[Path]:
    """The chats of the session whose sub-agent a file belongs to, if they name it."""
    session = file.path.parent.name
    for each in file.folders.files(file.path.parent.parent, f"*{glob.escape(session[:8])}*.json*"):
        if as_key(as_object(first_record(each)).get("sessionId")) == session and _names(each, file.path.stem):
            yield each


def _names(path: Path, agent: str) -> bool:
    return f'"agentId":"{agent}"' in path.read_text("utf-8", "replace").replace(": ", ":")
