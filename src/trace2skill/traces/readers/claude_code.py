"""Claude Code's session logs: `<session>.jsonl`, its sub-agents' files, and what `claude -p` streams as JSON.

A user's way through a session is a trace, and so is one that they left by going back, from there on.
Sub-agents act inside the call that started them, whether their rows stand in the session's file or in one of
their own (`<session>/subagents/`, earlier `agent-<id>.jsonl` beside it).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Turn, first_request, to_steps
from trace2skill.traces.files import Record, each_item, read_records
from trace2skill.traces.model import Actor, Label, Outcome, Source, Step, Tool, Trace
from trace2skill.traces.outcome_rules import Ending, tell_outcome
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers.claude_branches import Branch, branches, sessions
from trace2skill.traces.readers.claude_rows import SPAWNING, Row, to_row
from trace2skill.traces.session_file import (
    Entry,
    Joined,
    SessionFile,
    first_record,
    grouped,
    nothing_in,
    one_trace,
    project,
    within,
)
from trace2skill.traces.untyped import as_key, as_list, as_object, as_text

NAME = "claude-code"
HEADLESS = "claude-code-headless"
"""The format's name for sessions that a program started, not a person: `claude -p` and the SDKs."""

_BOOKKEEPING = {
    "summary": "leafUuid",
    "file-history-snapshot": "messageId",
    "queue-operation": "operation",
    **dict.fromkeys(("mode", "permission-mode", "agent-setting", "agent-name"), "sessionId"),
    **dict.fromkeys(("ai-title", "custom-title", "last-prompt", "pr-link"), "sessionId"),
}
"""Rows that may stand before the first message, each with a field that it has."""

_COPIES = ("acompact", "aprompt_suggestion")
"""Sub-agents of the program's own, which repeat the session to sum it up."""


def recognises(sample: JsonValue) -> bool:
    """Whether a value is a row of a session or one that may stand before it, an event, or a list of rows."""
    if isinstance(sample, list):
        return bool(sample) and recognises(sample[0])
    if not isinstance(sample, dict):
        return False
    if isinstance(sample.get("loglines"), list):
        return True
    kind = sample.get("type")
    if kind in ("user", "assistant", "system", "result", "progress", "attachment"):
        known = ("sessionId" in sample and "uuid" in sample) or "session_id" in sample
        return known and ("message" in sample or kind not in ("user", "assistant"))
    if "agentType" in sample and "messages" not in sample and "type" not in sample:
        return True
    return isinstance(kind, str) and kind in _BOOKKEEPING and _BOOKKEEPING[kind] in sample


@dataclass
class _Log:
    """What a file holds: rows of the session and of sub-agents, and what rows say beside them."""

    main: list[Row] = field(default_factory=list)
    side: list[Row] = field(default_factory=list)
    cwd: str = ""
    headless: bool = False
    tools: list[str] = field(default_factory=list)
    ended: str = ""
    seen: set[str] = field(default_factory=set)

    def add(self, value: dict[str, Any], number: int) -> None:
        """Take a row; one that was met before is passed over."""
        if value.get("type") == "system" and value.get("subtype") == "init":
            self.tools = [each for each in as_list(value.get("tools")) if isinstance(each, str)]
        if value.get("type") == "result":
            self.ended = as_text(value.get("subtype")) if value.get("is_error") else ""
        started = (as_text(value.get("entrypoint")), as_text(value.get("promptSource")))
        self.headless = (
            self.headless or "session_id" in value or any(each.startswith("sdk") for each in started)
        )
        self.cwd = self.cwd or as_text(value.get("cwd"))
        row = to_row(value, number)
        if row is None or row.uuid in self.seen:
            return
        self.seen.add(row.uuid)
        (self.side if row.side else self.main).append(row)


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield the traces of a session: the way that was taken last, and those that the user left.

    A sub-agent's file is read with its session if that is read too, else as a session of its own.
    """
    log = _Log()
    yield from _rows(file.records, log)
    if not log.main and not log.side:
        held = nothing_in(file.path, "the session holds no message")
        yield held if not file.path.name.endswith(".meta.json") else Joined(file.path)
        return
    if not log.main:
        home = _home(file.path, log.side[0].session)
        if home and file.among(home) and file.folders.kept(("session", home), partial(_is_session, home)):
            yield Joined(file.path)
            return
        log.main, log.side = log.side, []
        for row in log.main:
            row.session = f"{row.session}/{row.agent}" if row.agent else row.session
    else:
        known = dict.fromkeys(row.session for row in log.main)
        for path in _agents(file, known):
            yield from _rows(file.beside(path), log, agent=path.stem.removeprefix("agent-"))
        for row in log.side:
            row.session = row.session if row.session in known else log.main[-1].session
    for rows in sessions(log.main):
        yield from _traces(file.path, rows, log)


def _rows(records: Iterable[Record | Problem], log: _Log, agent: str = "") -> Iterator[Problem]:
    count = 0
    for entry in records:
        if isinstance(entry, Problem):
            yield entry
            continue
        for part, value in _parts(entry.value):
            count += 1
            if not isinstance(value, dict):
                yield Problem(entry.path, entry.inside(part), "not a row of a session", "Remove it.")
                continue
            try:
                log.add({**value, "isSidechain": True, "agentId": agent} if agent else value, count)
            except ValueError as error:
                yield Problem(entry.path, entry.inside(part), str(error), "Mend or remove the row.")


def _parts(value: JsonValue) -> list[tuple[str, JsonValue]]:
    """The rows of a record: it is one, or, in an export of the web version, has a list of them."""
    listed = as_object(value).get("loglines")
    return each_item(listed if isinstance(listed, list) else value)


def _home(path: Path, session: str) -> Path | None:
    """The session's file, for the file of a sub-agent: above `subagents/`, else beside it."""
    above = next((each for each in path.parents if each.name == "subagents"), None)
    if above:
        return within(above.parent.parent, f"{above.parent.name}.jsonl")
    return within(path.parent, f"{session}.jsonl")


def _is_session(path: Path) -> bool:
    """Whether a file holds a session, with which its sub-agents are then read."""
    rows = (as_object(entry.value) for entry in read_records(path) if isinstance(entry, Record))
    return any(row.get("type") in ("user", "assistant") and not row.get("isSidechain") for row in rows)


def _agents(file: SessionFile, sessions: Iterable[str]) -> Iterator[Path]:
    """The files of the sub-agents of a file's sessions."""
    path, folders = file.path, file.folders
    yield from folders.files(path.with_suffix("") / "subagents", "**/*.jsonl")
    beside = folders.files(path.parent, "agent-*.jsonl")
    by_session = folders.kept(("agents", path.parent), lambda: grouped(beside, _session_of))
    yield from (each for session in sessions for each in by_session.get(session, ()) if each != path)


def _session_of(path: Path) -> str:
    return as_key(as_object(first_record(path)).get("sessionId"))


def _traces(path: Path, rows: Sequence[Row], log: _Log) -> Iterator[Entry]:
    session = rows[-1].session or path.stem
    ids = {row.session for row in rows}
    side = [row for row in log.side if row.session in ids]
    for number, branch in enumerate(branches(rows)):
        if number and not any(row.calls for row in branch.rows):
            continue
        form = HEADLESS if log.headless else NAME
        builder = _Builder(session, number, branch, _Agents(rows, side), log)
        yield from one_trace(path, form, builder.trace, f"branch {number}" if number else "")


@dataclass(frozen=True)
class _Builder:
    """Builds the trace of one branch; the branch that was taken last has the number 0."""

    session: str
    number: int
    branch: Branch
    agents: "_Agents"
    log: _Log

    def trace(self, source: Source) -> Trace:
        turns = list(self.agents.placed(_merged(self.branch.rows)))
        if self.number == 0:
            turns += self.agents.left()
        steps = to_steps(turns)
        return Trace(
            id=f"{self.session}/branch-{self.number}" if self.number else self.session,
            task=first_request(turn for turn in turns if not turn.inside) or self.branch.prompt,
            domain=project(self.log.cwd),
            steps=steps,
            tools=tuple(Tool(name=name) for name in dict.fromkeys(self.log.tools)),
            outcome=self._outcome(steps),
            source=source,
        )

    def _outcome(self, steps: Sequence[Step]) -> Outcome:
        if self.log.ended.startswith("error"):
            return Outcome(label=Label.FAILURE, origin=f"result.subtype {self.log.ended}")
        last = next((row for row in reversed(self.branch.rows) if row.turns or row.stopped), None)
        stopped = last is not None and last.stopped and not last.prompt
        return tell_outcome(steps, Ending(interrupted=stopped, headless=self.log.headless))


def _merged(rows: Iterable[Row]) -> Iterator[Turn]:
    """The turns of rows; parts of one message, which stand in rows of their own, are one turn."""
    turns: list[Turn] = []
    place: dict[str, int] = {}
    for row in rows:
        for turn in row.turns:
            at = place.get(row.message) if row.message and turn.actor is Actor.AGENT else None
            if at is None:
                if row.message and turn.actor is Actor.AGENT:
                    place[row.message] = len(turns)
                turns.append(turn)
            else:
                turns[at] = _united(turns[at], turn)
    yield from turns


def _united(first: Turn, more: Turn) -> Turn:
    known = {call.id for call in first.calls if call.id}
    return replace(
        first,
        text=_added(first.text, more.text),
        thought=_added(first.thought, more.thought),
        calls=[*first.calls, *(call for call in more.calls if call.id not in known)],
    )


def _added(text: str | None, more: str | None) -> str | None:
    """Two parts of a message; one that the other repeats is said once."""
    if not text or not more:
        return text or more
    return text if more in text else f"{text}\n{more}"


class _Agents:
    """The sub-agents of a session, to be placed behind the calls that started them."""

    def __init__(self, rows: Sequence[Row], side: Sequence[Row]) -> None:
        self._groups: dict[str, list[Row]] = {}
        chain: dict[str, str] = {}
        for row in side:
            key = row.agent or chain.get(row.parent) or row.uuid
            chain[row.uuid] = key
            self._groups.setdefault(key, []).append(row)
        for key in [key for key in self._groups if key.startswith(_COPIES)]:
            del self._groups[key]
        self._call: dict[str, str] = {}
        for row in [*rows, *side]:
            self._call.update({agent: call for agent, call in row.spawned.items() if agent in self._groups})
        self._call.update({key: group[0].inside for key, group in self._groups.items() if group[0].inside})
        self._match_prompts([*rows, *side])

    def _match_prompts(self, rows: Iterable[Row]) -> None:
        free = {key: _prompt(group) for key, group in self._groups.items() if key not in self._call}
        calls = [call for row in rows for call in row.calls if call.tool in SPAWNING]
        open_calls = [call for call in calls if call.id and call.id not in self._call.values()]
        for call in open_calls:
            told = as_text(call.arguments.get("prompt")).strip()
            key = next((key for key, prompt in free.items() if told and prompt == told), None)
            if key is not None:
                self._call[key] = call.id
                del free[key]
        open_calls = [call for call in open_calls if call.id not in self._call.values()]
        if len(free) == 1 and len(open_calls) == 1:
            self._call[next(iter(free))] = open_calls[0].id

    def placed(self, turns: Iterable[Turn]) -> Iterator[Turn]:
        """The turns, each followed by what the sub-agents did that it started."""
        for turn in turns:
            yield turn
            for call in turn.calls:
                for key in [
                    key for key, started_by in self._call.items() if call.id and started_by == call.id
                ]:
                    yield from self.placed(self._turns(key, call.id))

    def left(self) -> list[Turn]:
        """What sub-agents did that no call is known of, if they called a tool."""
        free = [key for key in self._groups if key not in self._call]
        return [
            turn
            for key in free
            if any(row.calls for row in self._groups[key])
            for turn in self._turns(key, "")
        ]

    def _turns(self, key: str, call: str) -> Iterator[Turn]:
        """A sub-agent's turns, without the prompt, which is an argument of the call."""
        group = self._groups.pop(key, [])
        for turn in _merged(group):
            if turn.actor is Actor.USER and turn.text and turn.text == _prompt(group) and call:
                continue
            actor = {Actor.AGENT: Actor.SUBAGENT, Actor.USER: Actor.AGENT}.get(turn.actor, turn.actor)
            yield replace(turn, actor=actor, inside=call or f"agent {key}")


def _prompt(group: Sequence[Row]) -> str:
    return next((turn.text or "" for row in group for turn in row.turns if row.prompt and turn.text), "")
