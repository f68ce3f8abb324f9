"""OpenHands: events of both releases, as a list, in an evaluation's output, one to a line, or one to a file.

The first release writes actions and observations, joined by `cause`; the second events of a `kind`, joined by
the id of their tool call. While a task is delegated, the other agent's steps lie inside the delegation.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, first_request, says_error, to_steps
from trace2skill.traces.files import Record, from_json_text
from trace2skill.traces.messages import parse_arguments
from trace2skill.traces.model import Action, Actor, Label, Outcome, Source, StepOutcome, Tool, Trace
from trace2skill.traces.outcome_rules import Ending, tell_outcome
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers.chat import offered
from trace2skill.traces.session_file import Entry, Joined, SessionFile, first_record, nothing_in, one_trace
from trace2skill.traces.shell import command_of, exit_code, exit_outcome, with_exit_code, word_set
from trace2skill.traces.untyped import as_key, as_list, as_object, as_text, as_time, joined, paragraphs

NAME = "openhands"

_SILENT = word_set(
    """recall change_agent_state agent_state_changed null condensation condensation_request loop_recovery
    pause resume"""
)
"""Actions and observations of the program itself."""

_NOT_ARGUMENTS = word_set(
    "thought blocking confirmation_state security_risk hidden is_input is_static impl_source cwd"
)
_EVENT_FIELDS = frozenset(("action", "observation", "kind", "source"))
_KIND = re.compile(r"\w+Event|UserRejectObservation|Condensation\w*")


def recognises(sample: JsonValue) -> bool:
    """Whether a value is an event, a list of events, or an object with a list of them."""
    return bool(_events(sample)) or _is_event(sample)


def _is_event(value: JsonValue) -> bool:
    given = as_object(value)
    if isinstance(given.get("kind"), str):
        return _KIND.fullmatch(given["kind"]) is not None and {"id", "source", "timestamp"} <= given.keys()
    acted = isinstance(given.get("action"), str) and isinstance(given.get("args"), dict)
    observed = isinstance(given.get("observation"), str) and ("extras" in given or "cause" in given)
    return "id" in given and (acted or observed) and ("source" in given or "timestamp" in given)


def _events(value: JsonValue) -> list[Any]:
    """The list of events in a value; empty if there is none."""
    given = as_object(value)
    listed = next(
        filter(None, (as_list(given.get(name)) for name in ("history", "trajectory"))), as_list(value)
    )
    pairs = [each for pair in listed if isinstance(pair, list) for each in pair]
    listed = pairs or listed
    return listed if any(map(_is_event, listed[:5])) else []


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:  # noqa: ARG001 - no score
    """Yield a trace for each list of events; events that stand alone, in lines or in files, are one run."""
    alone: list[Any] = []
    runs = 0
    for entry in file.records:
        if isinstance(entry, Problem):
            yield entry
        elif events := _events(entry.value):
            runs += 1
            run = as_object(entry.value)
            yield from one_trace(file.path, NAME, partial(_trace, file.path, run, events), entry.where)
        elif _EVENT_FIELDS & as_object(entry.value).keys():
            alone.append(entry.value)
        else:
            yield Problem(entry.path, entry.where, "neither a run nor an event", "Mend or remove the record.")
    if not alone and not runs:
        yield nothing_in(file.path, "the file holds no event")
    elif alone:
        yield from _of_events(file, alone)


def _of_events(file: SessionFile, alone: list[Any]) -> Iterator[Entry]:
    """The run of events that stand alone; one that is all of its file is read with the first one's file."""
    others = _numbered(file) if len(alone) == 1 else [file.path]
    if others[0] != file.path:
        yield Joined(file.path)
        return
    for path in others[1:]:
        yield from _more(file.beside(path), alone)
    folder = file.path.parent.parent if file.path.parent.name == "events" else file.path.parent
    run = {"id": folder.name} if len(others) > 1 else {}
    yield from one_trace(file.path, NAME, partial(_trace, file.path, run, alone))


def _more(records: Iterable[Record | Problem], alone: list[Any]) -> Iterator[Problem]:
    for entry in records:
        if isinstance(entry, Problem):
            yield entry
        elif isinstance(entry.value, dict):
            alone.append(entry.value)


def _numbered(file: SessionFile) -> list[Path]:
    """The files that hold an event each of the same run: those of the folder that are numbered alike."""
    folder, kind = file.path.parent, _stem(file.path)
    if kind is None or file.path.suffix != ".json" or not file.among(file.path):
        return [file.path]
    return file.folders.kept(("events", folder, kind), lambda: _alike(file, folder, kind))


def _alike(file: SessionFile, folder: Path, kind: str) -> list[Path]:
    alike = [
        each for each in file.folders.files(folder, "*.json") if _stem(each) == kind and file.among(each)
    ]
    ordered = sorted(alike, key=lambda each: (_number(each), each.name))
    readable = (at for at, each in enumerate(ordered) if _is_event(first_record(each)))
    return ordered[next(readable, 0) :]


def _stem(path: Path) -> str | None:
    """What stands before the number of a file's name; None without a number."""
    name = path.stem.split("-")[1 if path.stem.startswith("event-") else 0]
    return name.rstrip("0123456789") if name[-1:].isdigit() else None


def _number(path: Path) -> int:
    return int("".join(filter(str.isdigit, path.stem.removeprefix("event-").split("-")[0])) or 0)


def _trace(path: Path, run: dict[str, Any], events: Sequence[JsonValue], source: Source) -> Trace:
    log = _Log()
    for event in events:
        log.event(as_object(event))
    steps = to_steps(log.turns)
    given = as_text(run.get("instruction")) or as_text(
        as_object(run.get("instance")).get("problem_statement")
    )
    name = as_key(run.get("instance_id")) or as_key(run.get("id"))
    return Trace(
        id=name or path.name.split(".")[0],
        task=first_request(log.turns) or given,
        task_key=as_key(run.get("instance_id")) or None,
        steps=steps,
        instructions=paragraphs(log.told),
        tools=log.tools,
        outcome=_resolved(run) or tell_outcome(steps, Ending(interrupted=log.stopped, feedback=_rated(run))),
        source=source,
    )


def _resolved(run: dict[str, Any]) -> Outcome | None:
    """The verdict of an evaluation, where it was written into its output."""
    for name in ("report", "test_result", ""):
        place = as_object(run.get(name)) if name else run
        value = place.get("resolved", as_object(place.get("report")).get("resolved"))
        if isinstance(value, bool):
            origin = f"{name}.resolved" if name else "resolved"
            return Outcome(label=Label.SUCCESS if value else Label.FAILURE, origin=origin)
    return None


def _rated(run: dict[str, Any]) -> Label | None:
    """The rating of a shared trajectory."""
    given = run.get("polarity", run.get("feedback"))
    return (
        {"positive": Label.SUCCESS, "negative": Label.FAILURE}.get(given) if isinstance(given, str) else None
    )


@dataclass
class _Log:
    """Turns out of events. `acted` maps the ids of actions to calls, `inside` is the open delegation."""

    turns: list[Turn] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    tools: tuple[Tool, ...] = ()
    stopped: bool = False
    inside: str = ""
    acted: dict[str, Call | None] = field(default_factory=dict)
    group: str = ""

    def event(self, event: dict[str, Any]) -> None:
        """Take an event of either release; what says nothing of the run is passed over."""
        kind = event.get("kind")
        if isinstance(kind, str):
            self._kind(kind, event)
        elif isinstance(event.get("action"), str):
            self._action(event, event["action"], as_object(event.get("args")))
        elif isinstance(event.get("observation"), str):
            self._observation(event, event["observation"], as_object(event.get("extras")))

    def _add(self, turn: Turn) -> None:
        self.stopped = False
        agent = Actor.SUBAGENT if self.inside and turn.actor is Actor.AGENT else turn.actor
        self.turns.append(replace(turn, actor=agent, inside=self.inside))

    def _action(self, event: dict[str, Any], action: str, args: dict[str, Any]) -> None:
        identity, time = as_key(event.get("id")), as_time(event.get("timestamp"))
        self.acted[identity] = None
        if action == "system":
            self.told.append(joined(args.get("content")))
            self.tools = self.tools or offered(as_list(args.get("tools")))
        elif action == "message":
            actor = Actor.USER if event.get("source") == "user" else Actor.AGENT
            self._add(
                Turn(actor, text=joined(args.get("content")) or as_text(event.get("message")), time=time)
            )
        elif action == "think":
            self._add(Turn(Actor.AGENT, thought=as_text(args.get("thought")), time=time))
        elif action not in _SILENT:
            call = _called(event, identity, action, args)
            self.acted[identity] = call
            actor = Actor.USER if event.get("source") == "user" else Actor.AGENT
            self._add(Turn(actor, thought=as_text(args.get("thought")) or None, calls=[call], time=time))
            if action == "delegate":
                self.inside = call.id

    def _observation(self, event: dict[str, Any], kind: str, extras: dict[str, Any]) -> None:
        cause = as_key(event.get("cause"))
        call = self.acted.get(cause)
        if kind in _SILENT or (call is None and cause in self.acted and kind != "error"):
            self.stopped = self.stopped or extras.get("agent_state") == "stopped"
            return
        if kind == "delegate":
            self.inside = ""
        text = with_exit_code(joined(event.get("content")), exit_code(extras))
        failed = kind in ("error", "user_rejected") or event.get("success") is False
        outcome = StepOutcome.ERROR if failed else _went(call, text)
        answers = call.id if call else f"none {cause}"
        time = as_time(event.get("timestamp"))
        self._add(Turn(Actor.ENVIRONMENT, result=text, answers=answers, outcome=outcome, time=time))
        self.stopped = kind == "user_rejected"

    def _kind(self, kind: str, event: dict[str, Any]) -> None:
        time = as_time(event.get("timestamp"))
        match kind:
            case "SystemPromptEvent":
                self.told.append(joined(event.get("system_prompt")))
                self.tools = self.tools or offered(as_list(event.get("tools")))
            case "MessageEvent":
                actor = Actor.USER if event.get("source") == "user" else Actor.AGENT
                text = joined(as_object(event.get("llm_message")).get("content"))
                self._add(Turn(actor, text=text, time=time))
            case "ActionEvent":
                self._acted(event)
            case "ObservationEvent" | "AgentErrorEvent" | "UserRejectObservation":
                self._answered(kind, event)
            case "ConversationErrorEvent":
                text = as_text(event.get("detail")) or as_text(event.get("code"))
                self._add(Turn(Actor.ENVIRONMENT, text=text, time=time))
            case "PauseEvent" | "InterruptEvent":
                self.stopped = True
            case _:
                pass

    def _acted(self, event: dict[str, Any]) -> None:
        """A call; calls of one answer of the model join the first."""
        given = as_object(event.get("tool_call"))
        given = as_object(given.get("function")) or given
        arguments = parse_arguments(
            given.get("arguments") if isinstance(given.get("arguments"), str | dict) else None
        )
        if not arguments:
            action = as_object(event.get("action"))
            arguments = {key: value for key, value in action.items() if key not in ("kind", "security_risk")}
        tool = as_text(event.get("tool_name")) or as_text(given.get("name")) or "unknown"
        call = Call(as_key(event.get("tool_call_id")) or as_key(event.get("id")), tool, arguments)
        self.acted[as_key(event.get("id"))] = self.acted[call.id] = call
        group = as_key(event.get("llm_response_id"))
        last = self.turns[-1] if self.turns else None
        if group and group == self.group and last is not None and last.calls:
            self.turns[-1] = replace(last, calls=[*last.calls, call])
            return
        self.group = group
        thought = "\n".join(
            filter(None, [as_text(event.get("reasoning_content")), joined(event.get("thought"))])
        )
        self._add(
            Turn(Actor.AGENT, thought=thought or None, calls=[call], time=as_time(event.get("timestamp")))
        )

    def _answered(self, kind: str, event: dict[str, Any]) -> None:
        told = as_object(event.get("observation"))
        identity = as_key(event.get("tool_call_id")) or as_key(event.get("action_id"))
        call = self.acted.get(identity) or self.acted.get(as_key(event.get("action_id")))
        text = joined(told.get("content")) or as_text(told.get("output")) or as_text(told.get("error"))
        text = text or as_text(event.get("error")) or as_text(event.get("rejection_reason"))
        text = with_exit_code(text, exit_code(told))
        failed = kind != "ObservationEvent" or told.get("is_error") is True
        outcome = StepOutcome.ERROR if failed else _went(call, text)
        answers = call.id if call else f"none {identity}"
        time = as_time(event.get("timestamp"))
        self._add(Turn(Actor.ENVIRONMENT, result=text, answers=answers, outcome=outcome, time=time))
        self.stopped = kind == "UserRejectObservation"


def _called(event: dict[str, Any], identity: str, action: str, args: dict[str, Any]) -> Call:
    """A call as the model made it, if the event keeps that; else the action and its arguments."""
    made = as_object(event.get("tool_call_metadata"))
    choices = as_list(as_object(made.get("model_response")).get("choices"))
    message = as_object(as_object(choices[0] if choices else None).get("message"))
    for each in map(as_object, as_list(message.get("tool_calls"))):
        function = as_object(each.get("function"))
        if each.get("id") == made.get("tool_call_id") and isinstance(function.get("arguments"), str):
            arguments = parse_arguments(function["arguments"])
            if arguments is not None:
                return Call(f"e{identity}", as_text(function.get("name")) or action, arguments)
    kept = {key: value for key, value in args.items() if key not in _NOT_ARGUMENTS}
    return Call(f"e{identity}", as_text(made.get("function_name")) or action, kept)


def _went(call: Call | None, text: str) -> StepOutcome:
    code = exit_code(from_json_text(text))
    if code is None:
        return StepOutcome.ERROR if says_error(text) else StepOutcome.OK
    command = command_of(Action(tool=call.tool, arguments=call.arguments)) if call else None
    return exit_outcome(command, code)
