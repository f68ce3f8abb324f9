"""Turns the messages of a conversation into steps; a tool result is attached to the call it answers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from trace2skill.traces.files import from_json_text
from trace2skill.traces.model import Action, Actor, Step, StepOutcome

SUBSTANTIVE_WORDS = 5
_ERROR_TEXT = re.compile(r"\s*(error|exception|traceback)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """One tool call inside a message; `id` may be empty. One whose arguments could not be read has failed."""

    id: str
    tool: str
    arguments: dict[str, JsonValue]
    readable: bool = True


@dataclass(frozen=True)
class Turn:
    """One message, independent of the format it was read from.

    A turn with `result` set answers the call `answers` (by id, or the oldest open call when that is empty).
    A sub-agent's turns name the call they act for in `inside`: its id, which must come earlier.
    """

    actor: Actor
    text: str | None = None
    thought: str | None = None
    calls: Sequence[Call] = ()
    result: str | None = None
    answers: str = ""
    outcome: StepOutcome = StepOutcome.UNKNOWN
    time: datetime | None = None
    inside: str = ""


@dataclass(eq=False)
class _Draft:
    fields: dict[str, object]
    call: str = ""
    inside: str = ""


def to_steps(turns: Iterable[Turn]) -> tuple[Step, ...]:
    """Turn messages into steps numbered from 0.

    A message with several calls becomes several steps that share a `group`, its text on the first. A result
    that answers no call becomes a step of the environment; one that was written before its call joins it.
    """
    drafts: list[_Draft] = []
    waiting: list[_Draft] = []
    early: dict[str, _Draft] = {}
    called: set[str] = set()
    for number, turn in enumerate(turns):
        if turn.result is not None:
            alone = list(_answer(waiting, turn))
            drafts.extend(alone)
            early.update(
                (turn.answers, each) for each in alone if turn.answers and turn.answers not in called
            )
        elif turn.calls:
            calls = list(_calls(turn, f"m{number}"))
            drafts.extend(calls)
            waiting.extend(each for each in calls if not _already(early, drafts, each))
            called.update(each.call for each in calls)
        elif turn.text or turn.thought:
            drafts.append(_Draft(_spoken(turn), inside=turn.inside))
    return _numbered(drafts)


def _numbered(drafts: Sequence[_Draft]) -> tuple[Step, ...]:
    """The steps with their indices; a sub-agent's steps get the index of the call they act for."""
    steps: list[Step] = []
    spawned: dict[str, int] = {}
    for index, draft in enumerate(drafts):
        parent = spawned.get(draft.inside) if draft.inside else None
        steps.append(Step.model_validate({"index": index, "parent": parent, **draft.fields}))
        if draft.call:
            spawned[draft.call] = index
    return tuple(steps)


def _already(early: dict[str, _Draft], drafts: list[_Draft], call: _Draft) -> bool:
    """Attach the result that stood before its call, if there is one."""
    before = early.pop(call.call, None)
    if before is None:
        return False
    drafts.remove(before)
    observed = {name: before.fields[name] for name in ("observation", "outcome")}
    call.fields = {**observed, **call.fields, "observation": observed["observation"]}
    return True


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
        outcome = {} if call.readable else {"outcome": StepOutcome.ERROR}
        yield _Draft({**spoken, "action": action, "group": parallel, **outcome}, call.id, turn.inside)


def _answer(waiting: list[_Draft], turn: Turn) -> Iterable[_Draft]:
    """Attach a result to the open call it answers; if there is none, return it as a step of its own."""
    observed = {"observation": from_json_text(turn.result or ""), "outcome": turn.outcome}
    for draft in waiting:
        if draft.call == turn.answers if turn.answers else draft.inside == turn.inside:
            draft.fields = {**observed, **draft.fields, "observation": observed["observation"]}
            waiting.remove(draft)
            return ()
    return (_Draft({"actor": Actor.ENVIRONMENT, "time": turn.time, **observed}, inside=turn.inside),)
