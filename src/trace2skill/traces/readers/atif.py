"""Harbor's trajectories (ATIF 1.x): steps with tool calls and their observations.

A continuation (`continued_trajectory_ref`) is read behind the trajectory that names it, a sub-agent's
(`subagent_trajectory_ref`, embedded or in a file) inside the call that names it, or behind the step.
References lead no further than the folder. The outcome is in the `result.json` of the trial.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from trace2skill.traces.conversation import Call, Turn, first_request, says_error, to_steps
from trace2skill.traces.decoding import DamagedFileError, read_lines
from trace2skill.traces.files import from_json_text
from trace2skill.traces.model import Action, Actor, Outcome, Source, StepOutcome, Tool, Trace
from trace2skill.traces.outcome_rules import tell_outcome
from trace2skill.traces.outcomes import from_score
from trace2skill.traces.problem import Problem
from trace2skill.traces.readers.chat import content_id, offered
from trace2skill.traces.session_file import (
    Entry,
    Joined,
    SessionFile,
    first_record,
    one_trace,
    within,
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

NAME = "atif"
SUCCESS_AT = 1.0

_REFERENCE = re.compile(rb'"(?:continued_trajectory_ref|trajectory_path)"\s*:\s*"([^"\\]+)"')
_MOST_PARTS = 1000
_DEEPEST = 20


def recognises(sample: JsonValue) -> bool:
    """Whether a value is a trajectory, or the result of a trial."""
    given = as_object(sample)
    named = as_text(given.get("schema_version")).startswith("ATIF-")
    return (named and isinstance(given.get("steps"), list)) or _is_result(given)


def _is_result(given: dict[str, Any]) -> bool:
    return "task_name" in given and "trial_name" in given and "verifier_result" in given


def read_file(file: SessionFile, success_at: float | None = None) -> Iterator[Entry]:
    """Yield the trace of a trajectory; success means a reward of `success_at` or more (default 1.0)."""
    for entry in file.records:
        if isinstance(entry, Problem):
            yield entry
            continue
        given = as_object(entry.value)
        if _is_result(given):
            yield _result_alone(file)
        elif not recognises(given):
            yield Problem(entry.path, entry.where, "not a trajectory", "Remove the record.")
        elif (first := _first(file)) != file.path.resolve() and file.among(first):
            yield Joined(file.path)
        else:
            yield from one_trace(file.path, NAME, partial(_trace, file, given, success_at), entry.where)


def _result_alone(file: SessionFile) -> Entry:
    here = file.path.parent
    places = [*file.folders.files(here, "*.json"), *file.folders.files(here / "agent", "*.json")]
    if any(each != file.path and file.among(each) for each in places):
        return Joined(file.path)
    fix = "Name the folder of the trial, with its agent/trajectory.json."
    return Problem(str(file.path), "", "the result of a trial, without its trajectory", fix)


def _trace(file: SessionFile, given: dict[str, Any], success_at: float | None, source: Source) -> Trace:
    story = _Story(file.path.parent, seen={file.path.resolve()})
    story.add(given, file.path.parent)
    steps = to_steps(story.turns)
    result = _result(file.path)
    agent = as_object(given.get("agent"))
    name = as_key(given.get("session_id")) or as_key(given.get("trajectory_id")) or content_id(given)
    return Trace(
        id=as_text(result.get("trial_name")) or name,
        task=first_request(turn for turn in story.turns if not turn.inside),
        task_key=as_text(result.get("task_name")) or None,
        domain=as_text(result.get("source")) or None,
        steps=steps,
        instructions=paragraphs(story.told),
        tools=story.tools or offered(as_list(agent.get("tool_definitions"))),
        outcome=_outcome(result, success_at) or tell_outcome(steps),
        source=source,
    )


def _result(path: Path) -> dict[str, Any]:
    """The trial's result: beside the trajectory, or beside its folder `agent`."""
    for place in (path.with_name("result.json"), path.parent.with_name("result.json")):
        if place.is_file() and _is_result(found := as_object(first_record(place))):
            return found
    return {}


def _outcome(result: dict[str, Any], success_at: float | None) -> Outcome | None:
    """The reward of the verifier; of several, the one named `reward`, else the least."""
    if not result:
        return None
    given = as_object(result.get("verifier_result"))
    rewards = as_object(given.get("rewards")) or given
    values = {key: number for key, each in rewards.items() if (number := as_number(each)) is not None}
    if not values:
        failed = as_object(result.get("exception_info")).get("exception_type")
        return Outcome(origin="the trial ended in an exception" if failed else "no reward in result.json")
    name = "reward" if "reward" in values else min(values, key=lambda key: values[key])
    threshold = SUCCESS_AT if success_at is None else success_at
    return from_score(values[name], threshold, f"result.json rewards.{name}")


@dataclass
class _Story:
    """The turns of a trajectory and of those that it refers to."""

    folder: Path
    turns: list[Turn] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    tools: tuple[Tool, ...] = ()
    seen: set[Path] = field(default_factory=set)
    inside: str = ""
    parts: int = 0
    depth: int = 0

    def add(self, given: dict[str, Any], folder: Path) -> None:
        """Take a trajectory of this folder and, one after the other, its continuations."""
        self.tools = self.tools or offered(as_list(as_object(given.get("agent")).get("tool_definitions")))
        while given:
            self.parts += 1
            children = [as_object(each) for each in as_list(given.get("subagent_trajectories"))]
            place = _Place(folder, {as_key(each.get("trajectory_id")): each for each in children})
            acted = False
            for number, step in enumerate(map(as_object, as_list(given.get("steps")))):
                if not step.get("is_copied_context"):
                    acted = self._step(step, f"{self.inside}/{self.parts}.{number}", place, acted) or acted
            for child in place.embedded.values():
                self._agent(child, folder, "")
            given, folder = self._file(folder, given.get("continued_trajectory_ref"))

    def _file(self, folder: Path, reference: JsonValue) -> tuple[dict[str, Any], Path]:
        """The trajectory that a reference names, and its folder; nothing if it was read or lies outside."""
        path = within(folder, as_text(reference))
        if path is None or path in self.seen or self.folder.resolve() not in path.parents:
            return {}, folder
        self.seen.add(path)
        found = as_object(first_record(path))
        return (found if recognises(found) else {}), path.parent

    def _step(self, step: dict[str, Any], key: str, place: "_Place", acted: bool) -> bool:
        """Take a step; returns whether the agent or the user has acted."""
        text, time = joined(step.get("message")), as_time(step.get("timestamp"))
        source = step.get("source")
        calls = [_call(as_object(each), key) for each in as_list(step.get("tool_calls"))]
        thought = as_text(step.get("reasoning_content")) or None
        results = [as_object(each) for each in as_list(as_object(step.get("observation")).get("results"))]
        if source == "system" and not acted and not results:
            self.told += [text] if text and not self.inside else []
            return False
        actor = {"user": Actor.USER, "system": Actor.ENVIRONMENT}.get(str(source), Actor.AGENT)
        if text or thought or calls:
            self._say(Turn(actor, text=text, thought=thought, calls=calls, time=time))
        for result in results:
            self._result(result, calls, key, place)
        return True

    def _say(self, turn: Turn) -> None:
        if self.inside:
            actor = {Actor.AGENT: Actor.SUBAGENT, Actor.USER: Actor.AGENT}.get(turn.actor, turn.actor)
            turn = replace(turn, actor=actor, inside=self.inside)
        self.turns.append(turn)

    def _result(self, result: dict[str, Any], calls: Sequence[Call], key: str, place: "_Place") -> None:
        named = as_key(result.get("source_call_id"))
        call = next((each for each in calls if each.id == f"{key} {named}"), None)
        if call is None and not named and len(calls) == 1:
            call = calls[0]
        for reference in map(as_object, as_list(result.get("subagent_trajectory_ref"))):
            child, folder = place.embedded.pop(as_key(reference.get("trajectory_id")), None), place.folder
            if child is None:
                child, folder = self._file(place.folder, reference.get("trajectory_path"))
            self._agent(child, folder, call.id if call else "")
        if result.get("content") is not None:
            text = joined(result["content"])
            answers = call.id if call else f"none {key}"
            self._say(Turn(Actor.ENVIRONMENT, result=text, answers=answers, outcome=_went(call, text)))

    def _agent(self, child: dict[str, Any], folder: Path, call: str) -> None:
        if child and self.parts < _MOST_PARTS and self.depth < _DEEPEST:
            inside = call or f"agent {self.inside}.{self.parts}.{len(self.turns)}"
            story = _Story(self.folder, tools=self.tools, seen=self.seen, inside=inside, parts=self.parts)
            story.depth = self.depth + 1
            story.add(child, folder)
            self.parts = story.parts
            self.turns += story.turns


@dataclass(frozen=True)
class _Place:
    """Where references lead: a trajectory's folder, and those that it holds and that were not read yet."""

    folder: Path
    embedded: dict[str, dict[str, Any]]


def _call(given: dict[str, Any], key: str) -> Call:
    """A call under an id of its own: trajectories number theirs anew."""
    identity = f"{key} {as_key(given.get('tool_call_id'))}"
    return Call(identity, as_text(given.get("function_name")) or "unknown", as_object(given.get("arguments")))


def _went(call: Call | None, text: str) -> StepOutcome:
    code = exit_code(from_json_text(text))
    if code is None:
        return StepOutcome.ERROR if says_error(text) else StepOutcome.OK
    return exit_outcome(command_of(Action(tool=call.tool, arguments=call.arguments)) if call else None, code)


def _first(file: SessionFile) -> Path:
    """The trajectory with which this one is read: the first of the chain that refers to it, or itself."""
    here = file.path.resolve()
    chain = [here]
    while above := _referrer(file, here):
        if above in chain:
            return min(chain)
        chain.append(above)
        here = above
    return here


def _referrer(file: SessionFile, path: Path) -> Path | None:
    for folder in (path.parent, path.parent.parent):
        found = file.folders.kept(("references", folder), partial(_references, file, folder)).get(path)
        if found:
            return found
    return None


def _references(file: SessionFile, folder: Path) -> dict[Path, Path]:
    """The files that trajectories of a folder refer to, within it, each with the first that does."""
    found: dict[Path, Path] = {}
    for path in file.folders.files(folder, "*.json"):
        names = _named(path)
        for name in sorted(names if names and recognises(first_record(path)) else ()):
            target = within(folder, name)
            if target is not None and target != path:
                found.setdefault(target, path)
    return found


def _named(path: Path) -> set[str]:
    try:
        lines = (line for line in read_lines(path) if b"traject" in line)
        return {match.decode("utf-8", "replace") for line in lines for match in _REFERENCE.findall(line)}
    except (OSError, DamagedFileError):
        return set()
