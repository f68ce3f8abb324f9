"""mini-SWE-agent's trajectories: a list of messages (1.x), or an object with `messages` and `info` (2.x).

A command stands in the message's `extra.actions`, in a tool call, or, in the first releases, in a code block.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, to_steps
from trace2skill.traces.files import from_json_text
from trace2skill.traces.messages import Message, together
from trace2skill.traces.model import Actor, Source, StepOutcome, Trace
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers.swe_agent import submitted
from trace2skill.traces.session_file import Entry, SessionFile, one_trace
from trace2skill.traces.shell import exit_code, exit_outcome, with_exit_code
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

NAME = "mini-swe-agent"

_BLOCK = re.compile(r"```(?:mswea_bash_command|bash)\s*\n(.*?)\n```", re.DOTALL)
_RETURNED = "<returncode>"


def recognises(sample: JsonValue) -> bool:
    """Whether an object names the format, or messages hold return codes as mini-SWE-agent writes them."""
    if isinstance(sample, dict):
        named = as_text(sample.get("trajectory_format")).startswith("mini-swe-agent")
        return isinstance(sample.get("messages"), list) and (
            named or "mini_version" in as_object(sample.get("info"))
        )
    messages = [as_object(each) for each in as_list(sample)[:8]]
    return any(
        each.get("role") == "user" and as_text(each.get("content")).startswith(_RETURNED) for each in messages
    )


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield the trace of each document; a file is named after the instance it is about."""
    for entry in file.records:
        if isinstance(entry, Problem):
            yield entry
        elif recognises(entry.value):
            yield from one_trace(file.path, NAME, partial(_trace, file.path, entry.value), entry.where)
        else:
            yield Problem(entry.path, entry.where, "not a list of messages", "Remove the record.")


def _trace(path: Path, run: JsonValue, source: Source) -> Trace:
    given = as_list(run) or as_list(as_object(run).get("messages"))
    messages = [as_object(each) for each in given]
    task = next((joined(each.get("content")) for each in messages if each.get("role") == "user"), "")
    steps = to_steps(_turns(messages))
    return Trace(
        id=path.name.split(".traj")[0].removesuffix(".json"),
        task=task,
        steps=steps,
        instructions=paragraphs(
            [joined(each.get("content")) for each in messages if each.get("role") == "system"]
        ),
        outcome=submitted(as_object(as_object(run).get("info")), steps),
        source=source,
    )


def _turns(messages: Sequence[dict[str, Any]]) -> Iterator[Turn]:
    """The first message of the user is the task; those that follow are what commands printed."""
    asked = False
    open_calls: list[Call] = []
    for number, message in enumerate(messages):
        role = message.get("role")
        if role == "assistant" or isinstance(message.get("output"), list):
            turn = _acted(message, number)
            open_calls = list(turn.calls)
            if turn.text or turn.thought or turn.calls:
                yield turn
        elif role == "user" and not asked:
            asked = True
            yield Turn(Actor.USER, text=joined(message.get("content")))
        elif role in ("user", "tool") or message.get("type") == "function_call_output":
            yield _printed(message, open_calls)


def _acted(message: dict[str, Any], number: int) -> Turn:
    items = as_list(message.get("output"))
    parsed = Message.model_validate(together(items)[-1] if items else message)
    text, calls = parsed.text, [each.call for each in parsed.calls]
    extra = as_object(message.get("extra"))
    if not calls:
        actions = [as_object(each) for each in as_list(extra.get("actions"))]
        commands = [each for each in actions if each.get("command")]
        if commands:
            calls = [
                Call(as_key(each.get("tool_call_id")), "bash", {"command": each["command"]})
                for each in commands
            ]
        else:
            calls = [Call("", "bash", {"command": block}) for block in _BLOCK.findall(text)]
        text = _BLOCK.sub("", text).strip()
    named = [
        Call(call.id or f"{number}.{at}", call.tool, call.arguments, call.readable)
        for at, call in enumerate(calls)
    ]
    thought = "\n".join(filter(None, [parsed.thought, text])) or None
    return Turn(Actor.AGENT, thought=thought, calls=named, time=as_time(extra.get("timestamp")))


def _printed(message: dict[str, Any], open_calls: list[Call]) -> Turn:
    """What a command printed; a message that finds fault with the format answers no call."""
    text = joined(message.get("content") if "content" in message else message.get("output"))
    extra = as_object(message.get("extra"))
    answers = as_key(message.get("tool_call_id")) or as_key(message.get("call_id"))
    call = next((each for each in open_calls if not answers or each.id == answers), None)
    if call is None:
        return Turn(Actor.ENVIRONMENT, text=text)
    open_calls.remove(call)
    text = with_exit_code(text, as_number(extra.get("returncode")))
    code = exit_code(from_json_text(text))
    command = as_text(call.arguments.get("command"))
    outcome = StepOutcome.UNKNOWN if code is None else exit_outcome(command, code)
    return Turn(Actor.ENVIRONMENT, result=text, answers=call.id, outcome=outcome)
