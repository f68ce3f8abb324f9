"""SWE-agent's `.traj` files: a `trajectory` of actions and observations, and the `history` of messages.

Arguments come from the tool calls of the history where there are any; otherwise the first word of the action
is the tool, and what is no command of SWE-agent's is one of bash. Demonstrations are no part of the run.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, says_error, to_steps
from trace2skill.traces.messages import ToolCall
from trace2skill.traces.model import Actor, Label, Outcome, Source, Step, StepOutcome, Trace
from trace2skill.traces.outcome_rules import tell_outcome
from trace2skill.traces.problem import Problem
from trace2skill.traces.session_file import Entry, SessionFile, one_trace
from trace2skill.traces.shell import word_set
from trace2skill.traces.untyped import as_list, as_object, as_text, joined, paragraphs

NAME = "swe-agent"

_COMMANDS = word_set(
    """open goto scroll_up scroll_down create edit insert search_dir search_file find_file submit filemap
    str_replace_editor exit_forfeit exit_format exit_cost exit_context skip view_image"""
)
_REFUSED = "Your proposed edit has introduced new syntax error"


def recognises(sample: JsonValue) -> bool:
    """Whether a value has a `trajectory` of actions and observations, or a `history` that names its agent."""
    if not isinstance(sample, dict):
        return False
    steps, history = as_list(sample.get("trajectory")), as_list(sample.get("history"))
    if steps:
        return {"action", "observation"} <= as_object(steps[0]).keys() and "source" not in steps[0]
    return bool(history) and {"role", "content", "agent"} <= as_object(history[0]).keys()


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield the trace of each document; a file is named after the instance it is about."""
    for entry in file.records:
        if isinstance(entry, Problem):
            yield entry
        elif recognises(entry.value):
            yield from one_trace(
                file.path, NAME, partial(_trace, file.path, as_object(entry.value)), entry.where
            )
        else:
            yield Problem(entry.path, entry.where, "neither a trajectory nor a history", "Remove the record.")


def _trace(path: Path, run: dict[str, Any], source: Source) -> Trace:
    history = [as_object(each) for each in as_list(run.get("history"))]
    told = [each for each in history if not each.get("is_demo")]
    task = next((joined(each.get("content")) for each in told if each.get("role") == "user"), "")
    acts = list(_acts(as_list(run.get("trajectory")), told) if run.get("trajectory") else _said(told))
    steps = to_steps([Turn(Actor.USER, text=task), *acts])
    return Trace(
        id=path.name.split(".traj")[0].removesuffix(".json"),
        task=task,
        steps=steps,
        instructions=paragraphs(
            [joined(each.get("content")) for each in told if each.get("role") == "system"]
        ),
        outcome=submitted(as_object(run.get("info")), steps),
        source=source,
    )


def submitted(info: dict[str, Any], steps: Sequence[Step]) -> Outcome:
    """A run that ended without a submission failed; one that submitted may have solved its task, or not."""
    status = as_text(info.get("exit_status"))
    if status and not status.lower().startswith("submitted") and not info.get("submission"):
        return Outcome(label=Label.FAILURE, origin="info.exit_status without a submission")
    return tell_outcome(steps)


def _acts(trajectory: Sequence[JsonValue], told: Sequence[dict[str, Any]]) -> Iterator[Turn]:
    """The steps of the trajectory, with the arguments of the messages that have the same action."""
    answered = [each for each in told if each.get("role") == "assistant"]
    for number, entry in enumerate(map(as_object, trajectory)):
        action = as_text(entry.get("action"))
        same = (at for at, each in enumerate(answered) if each.get("action") == entry.get("action"))
        at = next(same, None)
        calls: Sequence[JsonValue] = ()
        if at is not None:
            calls = as_list(answered[at].get("tool_calls"))
            answered = answered[at + 1 :]
        thought = as_text(entry.get("thought")) or as_text(entry.get("response"))
        yield from _step(str(number), action, thought, calls, entry.get("observation"))


def _said(told: Sequence[dict[str, Any]]) -> Iterator[Turn]:
    """The messages, where there is no trajectory; each answer follows the action that it answers."""
    for number, message in enumerate(told):
        if message.get("role") != "assistant":
            continue
        after = told[number + 1] if number + 1 < len(told) else {}
        observed = after.get("content") if after.get("role") in ("user", "tool") else None
        thought = as_text(message.get("thought")) or joined(message.get("content"))
        calls = as_list(message.get("tool_calls"))
        yield from _step(str(number), as_text(message.get("action")), thought, calls, observed)


def _step(
    number: str, action: str, thought: str, given: Sequence[JsonValue], observed: JsonValue
) -> Iterator[Turn]:
    calls = [_renamed(call, f"{number}.{at}") for at, call in enumerate(_calls(action, given))]
    if calls or thought:
        yield Turn(Actor.AGENT, thought=thought or None, calls=calls)
    if observed is not None:
        text = joined(observed)
        failed = says_error(text) or text.startswith(_REFUSED)
        outcome = StepOutcome.ERROR if failed else StepOutcome.OK
        yield Turn(Actor.ENVIRONMENT, result=text, answers=f"{number}.0", outcome=outcome)


def _calls(action: str, given: Sequence[JsonValue]) -> Iterator[Call]:
    if given:
        yield from (ToolCall.model_validate(each).call for each in given)
    elif action.strip():
        tool = action.split(maxsplit=1)[0]
        rest = action.strip().removeprefix(tool).strip()
        if tool in _COMMANDS:
            yield Call("", tool, {"text": rest} if rest else {})
        else:
            yield Call("", "bash", {"command": action.strip()})


def _renamed(call: Call, identity: str) -> Call:
    """A call under an id of its own: recorded ids may repeat."""
    return Call(identity, call.tool, call.arguments, call.readable)
