"""What `codex exec --json` prints: events of a thread and its items. The prompt is not among them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, to_steps
from trace2skill.traces.files import Record
from trace2skill.traces.model import Actor, Label, Outcome, Source, StepOutcome, Trace
from trace2skill.traces.outcome_rules import Ending, tell_outcome
from trace2skill.traces.problem import Problem
from trace2skill.traces.session_file import Entry, SessionFile, nothing_in, one_trace
from trace2skill.traces.shell import exit_outcome, unwrapped, with_exit_code
from trace2skill.traces.untyped import as_key, as_number, as_object, as_text, joined

NAME = "codex-exec"

_EVENT = re.compile(r"(?:thread|turn|item)\.(?:started|updated|completed|failed)")
_DESCRIBED = ("id", "type", "status", "aggregated_output", "exit_code", "result", "error")
"""Fields of an item that are not what was called, but how it went."""


def recognises(sample: JsonValue) -> bool:
    """Whether a line is an event: a `type` such as `item.completed`, with what belongs to it."""
    if not isinstance(sample, dict) or not isinstance(sample.get("type"), str):
        return False
    kind = sample["type"]
    beside = {"thread": "thread_id", "item": "item"}.get(str(kind).split(".")[0])
    return _EVENT.fullmatch(str(kind)) is not None and (beside is None or beside in sample)


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield one trace per thread."""
    threads: dict[str, _Thread] = {}
    yield from _events(file.records, threads)
    if not any(thread.turns for thread in threads.values()):
        yield nothing_in(file.path, "the events hold no item")
    for thread in threads.values():
        if thread.turns:
            yield from one_trace(file.path, NAME, partial(_trace, file.path, thread))


@dataclass
class _Thread:
    """One thread. `runs` counts how often it was started: item numbers begin anew each time."""

    id: str
    runs: int = 0
    turns: list[Turn] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    called: dict[str, JsonValue] = field(default_factory=dict)
    failed: bool = False

    def event(self, event: dict[str, Any]) -> None:
        """Take an event."""
        kind, _, stage = as_text(event.get("type")).partition(".")
        if kind == "thread":
            self.runs += 1
        elif kind == "item":
            self._item(as_object(event.get("item")), done=stage == "completed")
        elif kind == "error" or stage == "failed":
            self.failed = stage == "failed" or self.failed
            message = as_text(event.get("message")) or as_text(as_object(event.get("error")).get("message"))
            self.turns.append(Turn(Actor.ENVIRONMENT, text=message))
        elif kind == "turn":
            self.failed = False

    def _item(self, item: dict[str, Any], *, done: bool) -> None:
        kind = as_text(item.get("type"))
        if kind in ("agent_message", "reasoning", "error"):
            if done:
                self._text(kind, as_text(item.get("text")) or as_text(item.get("message")))
            return
        call = _call(kind, item, f"{self.runs} {as_key(item.get('id'))}")
        if self.called.get(call.id) != call.arguments:
            self.called[call.id] = dict(call.arguments)
            thought = "\n".join(self.thoughts) or None
            self.thoughts = []
            self.turns.append(Turn(Actor.AGENT, thought=thought, calls=[call]))
        if done and (result := _result(kind, item)) is not None:
            outcome = _outcome(item)
            self.turns.append(Turn(Actor.ENVIRONMENT, result=result, answers=call.id, outcome=outcome))

    def _text(self, kind: str, text: str) -> None:
        if kind == "reasoning":
            self.thoughts.append(text)
        elif kind == "error":
            self.turns.append(Turn(Actor.ENVIRONMENT, text=text))
        else:
            thought = "\n".join(self.thoughts) or None
            self.thoughts = []
            self.turns.append(Turn(Actor.AGENT, text=text, thought=thought))


def _events(records: Iterable[Record | Problem], threads: dict[str, _Thread]) -> Iterator[Problem]:
    thread: _Thread | None = None
    for entry in records:
        if isinstance(entry, Problem):
            yield entry
            continue
        event = as_object(entry.value)
        if not event:
            yield Problem(entry.path, entry.where, "not an event", "Remove the line.")
            continue
        if thread is None or event.get("type") == "thread.started":
            name = as_key(event.get("thread_id"))
            thread = threads.setdefault(name, _Thread(name))
        thread.event(event)


def _call(kind: str, item: dict[str, Any], identity: str) -> Call:
    arguments = {key: value for key, value in item.items() if key not in _DESCRIBED}
    if kind == "command_execution" and isinstance(item.get("command"), str):
        arguments["command"] = unwrapped(item["command"])
    if kind == "mcp_tool_call":
        tool = f"mcp__{as_text(item.get('server'))}__{as_text(item.get('tool'))}"
        return Call(identity, tool, as_object(item.get("arguments")))
    return Call(identity, kind or "unknown", arguments)


def _result(kind: str, item: dict[str, Any]) -> str | None:
    """What came back; of a command its output and exit code, of a change of files its status."""
    if kind == "command_execution":
        return with_exit_code(as_text(item.get("aggregated_output")), as_number(item.get("exit_code")))
    if kind == "mcp_tool_call":
        error = as_object(item.get("error"))
        return (
            as_text(error.get("message")) if error else joined(as_object(item.get("result")).get("content"))
        )
    return as_text(item.get("status")) or None


def _outcome(item: dict[str, Any]) -> StepOutcome:
    code = as_number(item.get("exit_code"))
    if code is not None:
        return exit_outcome(unwrapped(as_text(item.get("command"))), int(code))
    status = item.get("status")
    known = {"completed": StepOutcome.OK, "failed": StepOutcome.ERROR, "declined": StepOutcome.ERROR}
    return known.get(status, StepOutcome.UNKNOWN) if isinstance(status, str) else StepOutcome.UNKNOWN


def _trace(path: Path, thread: _Thread, source: Source) -> Trace:
    steps = to_steps(thread.turns)
    told = Outcome(label=Label.FAILURE, origin="turn.failed") if thread.failed else None
    return Trace(
        id=thread.id or path.name.split(".")[0],
        steps=steps,
        outcome=told or tell_outcome(steps, Ending(headless=True)),
        source=source,
    )
