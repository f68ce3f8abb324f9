"""The threads of a file of LangGraph's checkpoints, a record each: its messages, and those of its sub-agents.

A record is `{"langgraph_thread": id, "messages": [...], "sub_agents": [{"call": id, "messages": [...]}]}`. A
sub-agent is a sub-graph that a tool ran: its namespace, `tools:<task>` behind that of the graph around it,
names the task that answered the call.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.channel_messages import Messages, after_writes, identity
from trace2skill.traces.checkpoint_file import (
    ChangedError,
    CheckpointFile,
    NoCheckpointsError,
    Saved,
)
from trace2skill.traces.files import Record
from trace2skill.traces.packed_values import UnreadableValueError
from trace2skill.traces.problem import Problem, Scope
from trace2skill.traces.untyped import as_list, as_object

THREAD = "langgraph_thread"
ATTEMPTS = 3
"""How often a thread is read that is written meanwhile."""

_OWN_RUN = {"run", "settings", "mined"}
_AGAIN = "Get the file again, with its -wal beside it; the other threads are read."


def thread_records(path: Path) -> Iterator[Record | Problem]:
    """A record for each thread of a file; one that cannot be read, or another SQLite file, is a `Problem`."""
    name = str(path)
    try:
        with closing(CheckpointFile(path)) as file:
            threads = file.threads()
            if not threads:
                yield Problem(name, "", "there is no thread in it", "Run the agent once more.", Scope.FILE)
            for thread in threads:
                yield _record(name, file, thread)
    except NoCheckpointsError as error:
        fix = "Leave it out; name a file that langgraph-checkpoint-sqlite writes."
        yield Problem(name, "", str(error), fix, Scope.FILE)
    except sqlite3.Error as error:
        fix = "Get the file again, with its -wal beside it, into a folder that can be written."
        yield Problem(name, "", f"the SQLite file cannot be read ({error})", fix, Scope.FILE)


def _record(name: str, file: CheckpointFile, thread: str) -> Record | Problem:
    where = f"thread {_shown(thread)}"
    try:
        for _ in range(ATTEMPTS):
            try:
                with file.at_once():
                    return _read(name, where, file, thread)
            except ChangedError:
                continue
    except UnreadableValueError as error:
        return Problem(name, where, f"its state cannot be read: {error}", _AGAIN)
    except (sqlite3.DatabaseError, UnicodeError) as error:
        return Problem(name, where, f"the file is damaged ({type(error).__name__})", _AGAIN)
    return Problem(name, where, "it was written faster than it is read", "Read it when the agent is idle.")


def _read(name: str, where: str, file: CheckpointFile, thread: str) -> Record | Problem:
    saved = file.newest(thread, "")
    messages = _whole(file, thread, "", saved) if saved else []
    if not messages:
        return Problem(name, where, *_silent(saved.channels if saved else {}))
    agents = list(_sub_agents(file, thread, messages))
    value: JsonValue = {THREAD: thread, "messages": list(messages), "sub_agents": agents}
    return Record(name, where, value)


def _whole(file: CheckpointFile, thread: str, namespace: str, saved: Saved) -> Messages:
    """The messages of a thread; those that a summary replaced as an earlier state has them."""
    parts: list[Messages] = [file.messages(thread, namespace, saved)]
    place: Saved | None = saved
    met = {saved.id}
    while place and any(map(_summarises, parts[-1])):
        place = file.before(thread, namespace, place)
        if place is None or place.id in met:
            break
        met.add(place.id)
        earlier = file.messages(thread, namespace, place, pending=False)
        if not {identity(each) for each in parts[-1] if _summarises(each)} & set(map(identity, earlier)):
            parts.append(earlier)
    return after_writes([], ([each for each in part if not _summarises(each)] for part in reversed(parts)))


def _summarises(message: dict[str, Any]) -> bool:
    """Whether LangChain's middleware wrote a message in the place of others."""
    held = as_object(message.get("kwargs")) or message
    return as_object(held.get("additional_kwargs")).get("lc_source") == "summarization"


def _silent(channels: dict[str, JsonValue]) -> tuple[str, str]:
    """What to say of a state without messages."""
    if set(channels) >= _OWN_RUN:
        return "it is a run of trace2skill distill, not of an agent", "Leave the library's folder out."
    named = ", ".join(_shown(each) for each in sorted(channels)[:5] if not each.startswith("__")) or "nothing"
    return (
        f"its state holds no list of messages (it holds {named})",
        "Trace the agent with the recorder, or keep what it says in the channel `messages`.",
    )


def _sub_agents(file: CheckpointFile, thread: str, main: Messages) -> Iterator[JsonValue]:
    """What happened in tools, each with the call; graphs that no call started repeat what is in `main`."""
    said = {"": main}
    taken: set[str] = set()
    for namespace in file.namespaces(thread):
        around, task = _place(namespace)
        saved = file.newest(thread, namespace)
        if saved is None or around not in said:
            continue
        outer = {identity(each) for each in said[around]} - {""}
        messages = [each for each in _whole(file, thread, namespace, saved) if identity(each) not in outer]
        answered = file.answered_by(thread, around, task)
        call = _started_by(messages, said[around], answered, taken)
        if messages and call:
            said[namespace] = messages
            taken.add(call)
            yield {"call": call, "messages": list(messages)}


def _place(namespace: str) -> tuple[str, str]:
    """The namespace around one, and the task that it names. A number behind it counts graphs of one task."""
    parts = namespace.split("|")
    while parts and parts[-1].isdecimal():
        parts.pop()
    return "|".join(parts[:-1]), parts[-1].rpartition(":")[2] if parts else ""


def _calls(messages: Messages) -> dict[str, dict[str, Any]]:
    """The calls in messages by their ids, with their arguments."""
    held = (as_object(each.get("kwargs")) or each for each in messages)
    listed = (as_object(call) for message in held for call in as_list(message.get("tool_calls")))
    return {call["id"]: as_object(call.get("args")) for call in listed if isinstance(call.get("id"), str)}


def _started_by(messages: Messages, around: Messages, answered: Sequence[str], taken: set[str]) -> str:
    """The call that started a sub-agent: the one that its task answered, else one without an answer.

    Of several it is the one that says what the sub-agent was asked, then the first that started none yet.
    Empty if it cannot be told.
    """
    calls = _calls(around)
    results = {each.get("tool_call_id") for each in around}
    known = [call for call in answered if call in calls]
    candidates = known or [call for call in calls if call not in results]
    asked = messages[0].get("content") if messages else None
    alike = [call for call in candidates if isinstance(asked, str) and asked in calls[call].values()]
    if not alike and not known and len(candidates) > 1:
        return ""
    free = [call for call in alike or candidates if call not in taken]
    return next(iter(free or alike or candidates), "")


def _shown(name: str) -> str:
    """A name out of a file, fit for a message."""
    return "".join(each if each.isprintable() else "?" for each in name)[:80]
