"""Codex rollouts: `rollout-<time>-<id>.jsonl`, plain or zstd, one session each.

What the model was shown again is passed over: events that repeat items, and the history that each compaction
writes anew, so that a file of gigabytes is read in the memory of its conversation. Of a file and its
compressed copy one is read. The rollout of a sub-agent is read with that of its parent, if both are read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, first_request, says_error, to_steps
from trace2skill.traces.decoding import DamagedFileError, read_lines
from trace2skill.traces.files import Record, from_json_text
from trace2skill.traces.messages import UNREADABLE, parse_arguments
from trace2skill.traces.model import Action, Actor, Source, StepOutcome, Tool, Trace
from trace2skill.traces.outcome_rules import Ending, tell_outcome
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers.chat import offered
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
from trace2skill.traces.untyped import (
    as_key,
    as_list,
    as_number,
    as_object,
    as_text,
    as_time,
    joined,
    paragraphs,
)

NAME = "codex"
HEADLESS = "codex-headless"
"""The format's name for sessions that a program started: `codex exec`."""

_ROWS = ("session_meta", "response_item", "turn_context", "event_msg", "compacted")
_ITEMS = ("message", "reasoning", "function_call", "function_call_output")
_CONTEXT = (
    "<environment_context>",
    "<user_shell_command>",
    "<subagent_notification>",
    "<skill>",
    "<permissions",
)
_EDITOR, _REQUEST = "# Context from my IDE setup:", "## My request for Codex:"
_INSTRUCTIONS = ("<user_instructions>", "# AGENTS.md instructions", "<INSTRUCTIONS>")
_FAILED = re.compile(
    r"\A(?:aborted by user|failed to|apply_patch verification failed|tool call error|exec_command failed)"
)
_AGENT_ID = re.compile(r'"agent_id"\s*:\s*"([\w-]{8,})"')


def recognises(sample: JsonValue) -> bool:
    """Whether a line is a row of a rollout, or the bare first line of an early release."""
    if not isinstance(sample, dict):
        return False
    if isinstance(sample.get("payload"), dict) and sample.get("type") in _ROWS:
        return True
    return (
        {"id", "timestamp", "instructions"} <= sample.keys()
        and "type" not in sample
        and "steps" not in sample
    )


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield the trace of a rollout, and one for each turn that the user rolled back."""
    plain = file.path.with_suffix("")
    if file.path.suffix == ".zst" and file.among(plain) and recognises(first_record(plain)):
        yield Joined(file.path)
        return
    log = _Rollout()
    yield from log.read(file.records)
    if not log.turns and not log.left:
        yield nothing_in(file.path, "the session holds no message")
        return
    if log.parent and any(file.among(each) and _names(each, log.id) for each in _rollouts(file, log.parent)):
        yield Joined(file.path)
        return
    form = HEADLESS if log.headless else NAME
    yield from one_trace(file.path, form, partial(_trace, file, log, log.turns, 0))
    for number, turns in enumerate(log.left, start=1):
        if any(turn.calls for turn in turns):
            build = partial(_trace, file, log, turns, number)
            yield from one_trace(file.path, form, build, f"rolled back {number}")


@dataclass
class _Rollout:
    """What a rollout says. `left` are turns that were rolled back, `parent` is the thread of the parent."""

    id: str = ""
    parent: str = ""
    cwd: JsonValue = None
    headless: bool = False
    told: list[str] = field(default_factory=list)
    tools: tuple[Tool, ...] = ()
    turns: list[Turn] = field(default_factory=list)
    left: list[list[Turn]] = field(default_factory=list)
    stopped: bool = False
    _events: list[Turn] | None = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _commands: dict[str, str | None] = field(default_factory=dict)

    def read(self, records: Iterable[Record | Problem]) -> Iterator[Problem]:
        """Take the rows; one that is no row is yielded as a `Problem`."""
        for entry in records:
            if isinstance(entry, Problem):
                yield entry
            elif isinstance(entry.value, dict):
                self._row(entry.value)
            else:
                yield Problem(entry.path, entry.where, "not a row of a rollout", "Remove the line.")
        if self._events and all(turn.actor is Actor.ENVIRONMENT for turn in self.turns):
            self.turns = self._events

    def _row(self, row: dict[str, Any]) -> None:
        payload = as_object(row.get("payload"))
        time = row.get("timestamp")
        match row.get("type"):
            case "session_meta":
                self._meta(payload)
            case "turn_context":
                self.cwd = self.cwd or payload.get("cwd")
                self._tell(payload.get("user_instructions"), payload.get("developer_instructions"))
            case "response_item":
                self._item(payload, time)
            case "event_msg":
                self._event(payload, time)
            case "compacted":
                pass
            case _ if row.get("type") in _ITEMS or str(row.get("type")).endswith(("_call", "_call_output")):
                self._item(row, time)
            case None if "id" in row:
                self._meta(row)
            case _:
                pass

    def _meta(self, meta: dict[str, Any]) -> None:
        """The first row counts: a fork repeats the one of the session that it was forked from."""
        if self.id:
            return
        self.id = as_key(meta.get("id"))
        self.cwd = meta.get("cwd")
        source = meta.get("source")
        self.headless = source == "exec" or meta.get("originator") == "codex_exec"
        spawned = as_object(as_object(as_object(source).get("subagent")).get("thread_spawn"))
        self.parent = as_key(spawned.get("parent_thread_id"))
        self._tell(meta.get("base_instructions"), meta.get("instructions"))
        self.tools = offered(as_list(meta.get("dynamic_tools")))

    def _tell(self, *instructions: JsonValue) -> None:
        self.told += [text for text in map(joined, instructions) if text and text not in self.told]

    def _event(self, event: dict[str, Any], time: JsonValue) -> None:
        match event.get("type"):
            case "turn_aborted":
                self.stopped = event.get("reason") in (None, "interrupted")
            case "thread_rolled_back":
                self._roll_back(int(as_number(event.get("num_turns")) or 0))
            case "error":
                failed = Turn(Actor.ENVIRONMENT, text=as_text(event.get("message")), time=as_time(time))
                self.turns.append(failed)
                self._events = None if self._events is None else [*self._events, failed]
            case "user_message" | "agent_message" if self._events is not None:
                actor = Actor.USER if event["type"] == "user_message" else Actor.AGENT
                self._events.append(Turn(actor, text=as_text(event.get("message")), time=as_time(time)))

    def _roll_back(self, count: int) -> None:
        asked = [at for at, turn in enumerate(self.turns) if turn.actor is Actor.USER and turn.text]
        if 0 < count <= len(asked):
            at = asked[-count]
            self.left.append(self.turns[at:])
            del self.turns[at:]
        self.stopped = False

    def _item(self, item: dict[str, Any], time: JsonValue) -> None:
        kind = as_text(item.get("type"))
        if kind == "message":
            self._message(item, time)
        elif kind == "reasoning":
            thought = joined([*as_list(item.get("summary")), *as_list(item.get("content"))])
            self._thoughts += [thought] if thought else []
        elif kind.endswith("_output"):
            self._result(item, time)
        elif kind.endswith("_call"):
            self._call(kind, item, time)

    def _message(self, item: dict[str, Any], time: JsonValue) -> None:
        text = joined(item.get("content"))
        role = item.get("role")
        self._events = None
        if role in ("developer", "system") or text.startswith(_INSTRUCTIONS):
            self._tell(text)
        elif role == "user" and text.startswith("<turn_aborted>"):
            self.stopped = True
        elif role == "user" and text and not text.startswith(_CONTEXT):
            self.stopped = False
            asked = text.split(_REQUEST, 1)[-1].strip() if text.startswith(_EDITOR) else text
            self.turns.append(Turn(Actor.USER, text=asked, time=as_time(time)))
        elif role == "assistant" and text:
            self._speak(text, time)

    def _speak(self, text: str, time: JsonValue) -> None:
        self.stopped = False
        thought = "\n".join(self._thoughts) or None
        self._thoughts = []
        self.turns.append(Turn(Actor.AGENT, text=text, thought=thought, time=as_time(time)))

    def _call(self, kind: str, item: dict[str, Any], time: JsonValue) -> None:
        call = _to_call(kind, item)
        self._commands[call.id] = command_of(Action(tool=call.tool, arguments=call.arguments))
        if self._thoughts or not self.turns or self.turns[-1].actor is not Actor.AGENT:
            self._speak("", time)
        self.stopped = False
        self.turns[-1] = replace(self.turns[-1], calls=[*self.turns[-1].calls, call])

    def _result(self, item: dict[str, Any], time: JsonValue) -> None:
        given = item.get("output", item.get("tools"))
        inner = as_object(given)
        text = given if isinstance(given, str) else joined(inner.get("content") or inner.get("body") or given)
        call = as_key(item.get("call_id"))
        outcome = StepOutcome.ERROR if inner.get("success") is False else self._outcome(text, call)
        self.turns.append(
            Turn(Actor.ENVIRONMENT, result=text, answers=call, outcome=outcome, time=as_time(time))
        )

    def _outcome(self, text: str, call: str) -> StepOutcome:
        code = exit_code(from_json_text(text))
        if code is not None:
            return exit_outcome(self._commands.get(call), code)
        return StepOutcome.ERROR if _FAILED.match(text) or says_error(text) else StepOutcome.OK


def _to_call(kind: str, item: dict[str, Any]) -> Call:
    name = as_text(item.get("name")) or kind.removesuffix("_call")
    space = as_text(item.get("namespace"))
    tool = f"{space}{'' if space.endswith('__') else '.'}{name}" if space else name
    identity = as_key(item.get("call_id")) or as_key(item.get("id"))
    if kind == "custom_tool_call":
        return Call(identity, tool, {"input": item.get("input")})
    given = item.get("arguments", item.get("action"))
    arguments = parse_arguments(given if isinstance(given, str | dict) else None)
    if arguments is None:
        return Call(identity, tool, {UNREADABLE: given}, readable=False)
    return Call(
        identity, tool, {key: value for key, value in arguments.items() if item.get("name") or key != "type"}
    )


def _trace(file: SessionFile, log: _Rollout, turns: list[Turn], number: int, source: Source) -> Trace:
    name = log.id or file.path.name.split(".")[0]
    steps = to_steps(_with_agents(file, turns))
    return Trace(
        id=f"{name}/rolled-back-{number}" if number else name,
        task=first_request(turns),
        domain=project(log.cwd),
        steps=steps,
        instructions=paragraphs(log.told),
        tools=log.tools,
        outcome=tell_outcome(steps, Ending(interrupted=log.stopped and not number, headless=log.headless)),
        source=source,
    )


def _with_agents(file: SessionFile, turns: Iterable[Turn]) -> Iterator[Turn]:
    """The turns, each answer of a call that started a sub-agent preceded by what that did."""
    for turn in turns:
        found = _AGENT_ID.search(turn.result) if turn.result and turn.answers else None
        child = next(_rollouts(file, found[1]), None) if found else None
        if child is not None and child.resolve() != file.path.resolve():
            log = _Rollout()
            list(log.read(file.beside(child)))
            yield from (_of_agent(each, turn.answers) for each in _without_prompt(log.turns))
        yield turn


def _of_agent(turn: Turn, call: str) -> Turn:
    actor = {Actor.AGENT: Actor.SUBAGENT, Actor.USER: Actor.AGENT}.get(turn.actor, turn.actor)
    return replace(turn, actor=actor, inside=call)


def _without_prompt(turns: list[Turn]) -> list[Turn]:
    return turns[1:] if turns and turns[0].actor is Actor.USER else turns


def _rollouts(file: SessionFile, thread: str) -> Iterator[Path]:
    """The rollouts of a thread, in this folder or that of another day; plain before compressed."""
    if re.fullmatch(r"[\w-]+", thread):
        here = file.path.parent
        yield from file.folders.files(here, f"*{thread}.jsonl*")
        if here.name.isdigit():
            yield from file.folders.files(here.parent, f"*/*{thread}.jsonl*")


def _names(path: Path, thread: str) -> bool:
    """Whether a rollout says that it started this thread."""
    try:
        lines = (line for line in read_lines(path) if thread.encode() in line)
        return any(thread in found for line in lines for found in _AGENT_ID.findall(_unescaped(line)))
    except (OSError, DamagedFileError):
        return False


def _unescaped(line: bytes) -> str:
    return line.decode("utf-8", "replace").replace('\\"', '"')
