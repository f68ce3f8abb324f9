"""What `gemini --output-format stream-json` prints: messages, calls, results, and how the program ended."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, first_request, says_error, to_steps
from trace2skill.traces.files import from_json_text
from trace2skill.traces.model import Action, Actor, Label, Outcome, Source, StepOutcome, Trace
from trace2skill.traces.outcome_rules import Ending, tell_outcome
from trace2skill.traces.problem import Problem
from trace2skill.traces.session_file import Entry, SessionFile, nothing_in, one_trace
from trace2skill.traces.shell import command_of, exit_code, exit_outcome
from trace2skill.traces.untyped import as_key, as_object, as_text, as_time, shown

NAME = "gemini-cli-headless"

_ACTORS = {"user": Actor.USER, "assistant": Actor.AGENT}
_BESIDE = {
    "init": {"session_id", "model"},
    "tool_use": {"tool_name", "tool_id"},
    "tool_result": {"tool_id", "status"},
}
"""What an event has beside its type, for those by which the format is known."""


def recognises(sample: JsonValue) -> bool:
    """Whether a line is the first event, a call or a result."""
    given = as_object(sample)
    wanted = _BESIDE.get(as_text(given.get("type")))
    return wanted is not None and wanted <= given.keys()


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield one trace for each run of the program."""
    runs: list[_Run] = []
    for entry in file.records:
        if isinstance(entry, Problem):
            yield entry
            continue
        event = as_object(entry.value)
        if not event:
            yield Problem(entry.path, entry.where, "not an event", "Remove the line.")
            continue
        if not runs or event.get("type") == "init":
            runs.append(_Run(as_key(event.get("session_id"))))
        runs[-1].event(event)
    told = [run for run in runs if run.turns]
    if not told:
        yield nothing_in(file.path, "the events hold no message and no call")
    for run in told:
        yield from one_trace(file.path, NAME, partial(_trace, file.path, run))


@dataclass
class _Run:
    """One run; `open` says whose message is being streamed, piece by piece."""

    id: str
    turns: list[Turn] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    open: str = ""
    failed: bool = False

    def event(self, event: dict[str, Any]) -> None:
        """Take an event."""
        kind, time = as_text(event.get("type")), as_time(event.get("timestamp"))
        role = as_text(event.get("role")) if kind == "message" else ""
        if role in _ACTORS:
            text = _text(event.get("content"))
            if event.get("delta") and self.open == role:
                text = as_text(self.turns.pop().text) + text
            self.turns.append(Turn(_ACTORS[role], text=text, time=time))
        elif kind == "tool_use":
            name = as_text(event.get("tool_name")) or "unknown"
            call = Call(as_key(event.get("tool_id")), name, as_object(event.get("parameters")))
            self.calls[call.id] = call
            self.turns.append(Turn(Actor.AGENT, calls=[call], time=time))
        elif kind == "tool_result":
            self.turns.append(self._result(event))
        elif kind == "error":
            self.turns.append(Turn(Actor.ENVIRONMENT, text=as_text(event.get("message")), time=time))
        elif kind == "result":
            self.failed = event.get("status") == "error"
        self.open = role

    def _result(self, event: dict[str, Any]) -> Turn:
        answers = as_key(event.get("tool_id"))
        seen = _text(event.get("output")) or as_text(as_object(event.get("error")).get("message"))
        failed = event.get("status") == "error" or says_error(seen)
        outcome = StepOutcome.ERROR if failed else StepOutcome.OK
        call, code = self.calls.get(answers), exit_code(from_json_text(seen))
        if call and code is not None and not failed:
            outcome = exit_outcome(command_of(Action(tool=call.tool, arguments=call.arguments)), code)
        return Turn(Actor.ENVIRONMENT, result=seen, answers=answers, outcome=outcome)


def _text(value: JsonValue) -> str:
    return "" if value is None else shown(value)


def _trace(path: Path, run: _Run, source: Source) -> Trace:
    steps = to_steps(run.turns)
    told = Outcome(label=Label.FAILURE, origin="result.status") if run.failed else None
    return Trace(
        id=run.id or path.name.split(".")[0],
        task=first_request(run.turns),
        steps=steps,
        outcome=told or tell_outcome(steps, Ending(headless=True)),
        source=source,
    )
