"""LangGraph's checkpoints, deepagents' among them: the messages that a thread has come to.

| of the thread | becomes |
|---|---|
| its messages, as of the last checkpoint, with what tasks wrote since | one trace |
| its id | the trace's id |
| messages of a sub-graph that a tool ran | steps of `subagent`, whose parent is the call |

`checkpoint_threads` reads the files. A state has no tools, no times and, unless the graph keeps it as a
message, no system prompt; what was taken out of the messages or gone back on is not in it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.checkpoint_threads import THREAD
from trace2skill.traces.conversation import Turn, first_request, says_error, to_steps
from trace2skill.traces.files import Record, traces_from
from trace2skill.traces.messages import Message, to_turns
from trace2skill.traces.model import Actor, Outcome, Source, Trace
from trace2skill.traces.problem import BrokenRecordError, Problem
from trace2skill.traces.span_messages import find_messages
from trace2skill.traces.spans import MessagePool
from trace2skill.traces.untyped import as_list, as_object, as_text

NAME = "langgraph-checkpoints"


def recognises(sample: JsonValue) -> bool:
    """Whether a value is the record of a thread."""
    return isinstance(sample, dict) and THREAD in sample and isinstance(sample.get("messages"), list)


def read(
    record: Record,
    success_at: float | None = None,  # noqa: ARG001 - a state holds no score
) -> Iterator[Trace | Problem]:
    """Yield the trace of a thread."""
    yield from traces_from(record, NAME, [("", as_object(record.value))], _trace)


def _trace(thread: dict[str, Any], source: Source) -> Trace:
    messages, unread = _messages(thread.get("messages"))
    agents: dict[str, list[JsonValue]] = {}
    for each in map(as_object, as_list(thread.get("sub_agents"))):
        agents.setdefault(as_text(each.get("call")), []).append(each.get("messages"))
    turns = list(_turns(messages, agents, ""))
    if not turns:
        fix = "Keep messages of LangChain, or such as OpenAI's, in the state."
        raise BrokenRecordError(f"none of its {unread} messages can be read", fix)
    prompts = [message.text for message in messages if message.role == "system" and message.text]
    return Trace(
        id=as_text(thread.get(THREAD)),
        task=first_request(turns),
        steps=to_steps(turns),
        instructions="\n\n".join(prompts) or None,
        outcome=Outcome(origin="the format has none"),
        source=source,
    )


def _messages(value: JsonValue) -> tuple[list[Message], int]:
    return MessagePool().read(find_messages(value))


def _turns(messages: list[Message], agents: dict[str, list[JsonValue]], inside: str) -> Iterator[Turn]:
    """The turns of an agent; each call that started others is followed by what they did."""
    for turn in to_turns(messages, failed=says_error):
        if inside and turn.actor is Actor.USER:
            continue  # the call says what the sub-agent was asked
        actor = Actor.SUBAGENT if inside and turn.actor is Actor.AGENT else turn.actor
        yield replace(turn, actor=actor, inside=inside)
        for call in turn.calls:
            for each in agents.pop(call.id, ()):
                yield from _turns(_messages(each)[0], agents, call.id)
