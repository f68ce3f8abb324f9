"""Step logs with arbitrary field names, read with a mapping file."""

import re
from collections.abc import Iterator

import orjson
from pydantic import JsonValue

from trace2skill.traces.files import Record, each_item, from_json_text, traces_from
from trace2skill.traces.mapping import MappingFile, parse_bracket, parse_command
from trace2skill.traces.messages import UNREADABLE, parse_arguments
from trace2skill.traces.model import Action, Actor, Label, Outcome, Source, Step, StepOutcome, Trace
from trace2skill.traces.outcomes import from_score, to_label
from trace2skill.traces.problem import BrokenRecordError, Problem
from trace2skill.traces.readers.chat import content_id

_ACTORS = {
    **dict.fromkeys(("agent", "assistant", "ai"), Actor.AGENT),
    **dict.fromkeys(("user", "human"), Actor.USER),
    **dict.fromkeys(("environment", "env", "tool", "system"), Actor.ENVIRONMENT),
    **dict.fromkeys(("subagent", "sub-agent"), Actor.SUBAGENT),
}
_OUTCOMES = {
    **dict.fromkeys(("ok", "true", "success", "done"), StepOutcome.OK),
    **dict.fromkeys(("error", "false", "failure", "failed"), StepOutcome.ERROR),
}


class StepLog:
    """A reader configured by a mapping."""

    def __init__(self, mapping: MappingFile) -> None:
        self.NAME = mapping.format
        self._map = mapping
        self._commands = mapping.action.compiled()
        self._errors = [re.compile(pattern) for pattern in mapping.observation.errors]
        self._strip = [re.compile(pattern) for pattern in mapping.observation.strip]

    def recognises(self, sample: JsonValue) -> bool:
        """Whether a value is an object, or list of objects, with steps that hold the mapped action."""
        return not self.misfit(sample)

    def misfit(self, sample: JsonValue) -> str:
        """Why the mapping does not fit, without any value of the sample; empty if it fits."""
        first = sample[0] if isinstance(sample, list) and sample else sample
        if not isinstance(first, dict):
            return "the first record is not an object"
        steps = field(first, self._map.trace.steps)
        if not isinstance(steps, list):
            found = "is absent" if steps is None else "is no list"
            return f"trace.steps names {self._map.trace.steps!r}, which {found} in the first record"
        name, key = (
            ("action", self._map.step.action) if self._map.step.action else ("tool", self._map.step.tool)
        )
        if steps and all(field(step, key) is None for step in steps):
            return f"step.{name} names {key!r}, which no step of the first record has"
        return ""

    def read(self, record: Record, success_at: float | None = None) -> Iterator[Trace | Problem]:
        """Yield one trace per record. With `success_at`, the score decides on success if there is one."""

        def build(item: JsonValue, source: Source) -> Trace:
            return self._trace(item, source, success_at)

        yield from traces_from(record, self.NAME, each_item(record.value), build)

    def _trace(self, item: JsonValue, source: Source, success_at: float | None) -> Trace:
        names, constant = self._map.trace, self._map.constant
        start, steps = self._steps(item)
        return Trace(
            id=_text(item, names.id) or content_id(item),
            task=_text(item, names.task) or "",
            task_key=_key(item, names.task_key),
            family=_text(item, names.family) or constant.family,
            domain=_text(item, names.domain) or constant.domain,
            initial_observation=start,
            instructions=_text(item, names.instructions),
            steps=steps,
            outcome=self._outcome(item, success_at),
            source=source,
        )

    def _steps(self, item: JsonValue) -> tuple[JsonValue, tuple[Step, ...]]:
        """The initial observation and the steps; thoughts are attached to the action that follows them."""
        given = field(item, self._map.trace.steps)
        if not isinstance(given, list):
            fix = "Mend the record, or the mapping's trace.steps."
            raise BrokenRecordError(f"{self._map.trace.steps} is not a list", fix)
        start = self._observed(_text(item, self._map.trace.initial_observation))
        steps: list[Step] = []
        thoughts: list[str] = []
        for position, entry in enumerate(given):
            if not isinstance(entry, dict):
                fix = "Every step must be an object."
                raise BrokenRecordError(f"{self._map.trace.steps}[{position}] is not an object", fix)
            action = self._action(entry)
            if action and action.tool in self._map.action.thoughts:
                thoughts += [str(value) for value in action.arguments.values()]
            elif action and action.tool in self._map.action.resets and not steps:
                start = self._observed(_text(entry, self._map.step.observation)) or start
            else:
                steps.append(self._step(entry, len(steps), action, thoughts))
                thoughts = []
        if thoughts:
            steps.append(Step(index=len(steps), thought="\n".join(thoughts)))
        return start, tuple(steps)

    def _step(self, entry: JsonValue, index: int, action: Action | None, thoughts: list[str]) -> Step:
        names = self._map.step
        said = _text(entry, names.thought)
        observation = _text(entry, names.observation)
        return Step.model_validate(
            {
                "index": index,
                "actor": _ACTORS.get((_text(entry, names.actor) or "agent").lower(), Actor.AGENT),
                "thought": "\n".join([*thoughts, *([said] if said else ())]) or None,
                "text": _text(entry, names.text),
                "action": action,
                "observation": self._observed(observation),
                "outcome": StepOutcome.ERROR
                if action and UNREADABLE in action.arguments
                else self._step_outcome(entry, observation),
                "time": field(entry, names.time),
            }
        )

    def _action(self, entry: JsonValue) -> Action | None:
        names, rules = self._map.step, self._map.action
        if names.tool is not None:
            tool = _text(entry, names.tool)
            given = field(entry, names.arguments)
            if given is not None and not isinstance(given, str | dict):
                fix = "Write an object, or JSON text."
                raise BrokenRecordError(f"{names.arguments} is not an object", fix)
            read = parse_arguments(given)
            return (
                Action(tool=tool, arguments={UNREADABLE: given} if read is None else read) if tool else None
            )
        text = _text(entry, names.action)
        if not text or not text.strip():
            return None
        if rules.syntax == "bracket":
            return parse_bracket(text, rules.argument, rules.arguments)
        return parse_command(text, self._commands)

    def _observed(self, text: str | None) -> JsonValue:
        for pattern in self._strip:
            text = pattern.sub("", text) if text else text
        return from_json_text(text) if text else None

    def _step_outcome(self, entry: JsonValue, observation: str | None) -> StepOutcome:
        if self._map.step.outcome is not None:
            word = (_text(entry, self._map.step.outcome) or "").lower()
            return _OUTCOMES.get(word, StepOutcome.UNKNOWN)
        if not self._errors or observation is None:
            return StepOutcome.UNKNOWN
        failed = any(pattern.search(observation) for pattern in self._errors)
        return StepOutcome.ERROR if failed else StepOutcome.OK

    def _outcome(self, item: JsonValue, success_at: float | None) -> Outcome:
        names, rules = self._map.trace, self._map.outcome
        score = _number(item, names.score)
        by_score = rules.success == "score" or names.success is None
        if names.score and (by_score or (success_at is not None and score is not None)):
            return from_score(score, rules.success_at if success_at is None else success_at, names.score)
        label = to_label(field(item, names.success))
        origin = f"field {names.success}" if names.success else "the mapping names none"
        return Outcome(label=label if names.success else Label.UNKNOWN, score=score, origin=origin)


def field(value: JsonValue, path: str | None) -> JsonValue:
    """The value at a dotted path, or None; a key that itself contains the dots takes precedence."""
    if path is None or not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    head, dot, rest = path.partition(".")
    return field(value.get(head), rest) if dot else None


def _text(value: JsonValue, path: str | None) -> str | None:
    found = field(value, path)
    if found is None or isinstance(found, str):
        return found
    return str(found).lower() if isinstance(found, bool) else _json(found)


def _json(value: JsonValue) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _number(value: JsonValue, path: str | None) -> float | None:
    found = field(value, path)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _key(value: JsonValue, paths: str | list[str] | None) -> str | None:
    names = [paths] if isinstance(paths, str) else paths or []
    parts = [_text(value, name) for name in names]
    return "/".join(part or "" for part in parts) if any(parts) else None
