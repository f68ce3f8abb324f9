"""Visits every text and number of a trace, with the name of its field."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from pydantic import JsonValue

from trace2skill.traces.field_detection import is_person, tells_a_person
from trace2skill.traces.model import Action, ModelJudgement, SkillMention, Step, Tool, Trace, rebuild

Part = TypeVar("Part", Step, Action, Tool)

Named = tuple[JsonValue, str]
"""A string or number, and the name of its field; empty if it has none."""

Visit = Callable[[JsonValue, str], JsonValue]
"""Takes a string or number and the name of its field (empty if it has none); returns the replacement."""

_PERSONS_NAME = "full_name"
"""The field that the `name` in a record about a person is taken for."""


def map_trace(trace: Trace, visit: Visit) -> Trace:
    """Rebuild a trace with every string and number passed through `visit`, in a fixed order.

    Keys of objects are visited too; labels and times are not. What is no part of the trace's hash comes last.
    """
    return rebuild(
        trace,
        id=visit(trace.id, ""),
        task=visit(trace.task, ""),
        task_key=_text(trace.task_key, visit),
        family=_text(trace.family, visit),
        domain=_text(trace.domain, visit),
        initial_observation=_value(trace.initial_observation, visit),
        steps=tuple(_step(step, visit) for step in trace.steps),
        tools=tuple(_tool(tool, visit) for tool in trace.tools),
        outcome=trace.outcome.model_copy(
            update={
                "origin": visit(trace.outcome.origin, ""),
                "failed_checks": tuple(visit(check, "") for check in trace.outcome.failed_checks),
                "judgement": _judgement(trace.outcome.judgement, visit),
            }
        ),
        instructions=_text(trace.instructions, visit),
        skills=tuple(_mention(each, visit) for each in trace.skills),
        source=trace.source.model_copy(
            update={"path": visit(trace.source.path, ""), "record": visit(trace.source.record, "")}
        ),
    )


def _mention(mention: SkillMention, visit: Visit) -> SkillMention:
    told = {"name": visit(mention.name, ""), "version": visit(mention.version, "")}
    return mention.model_copy(update=told)


def _judgement(judgement: ModelJudgement | None, visit: Visit) -> ModelJudgement | None:
    """A model's judgement with the origin that it stands for visited; the model's name is no trace's."""
    if judgement is None:
        return None
    return judgement.model_copy(update={"instead_of": visit(judgement.instead_of, "")})


def strings(trace: Trace) -> list[Named]:
    """The values that `map_trace` visits, with their field names, in the same order."""
    outcome, source = trace.outcome, trace.source
    values = _plain(trace.id, trace.task, trace.task_key, trace.family, trace.domain)
    _collect(trace.initial_observation, "", values)
    for step in trace.steps:
        values += _plain(step.thought, step.text)
        if step.action:
            values.append((step.action.tool, ""))
            _collect(step.action.arguments, "", values)
        _collect(step.observation, "", values)
        values += _plain(step.group)
    for tool in trace.tools:
        values += _plain(tool.name, tool.description)
        _collect(tool.parameters, "", values)
    values += _plain(outcome.origin, *outcome.failed_checks)
    if outcome.judgement:
        values += _plain(outcome.judgement.instead_of)
    values += _plain(trace.instructions)
    for each in trace.skills:
        values += _plain(each.name, each.version)
    return values + _plain(source.path, source.record)


def _plain(*texts: str | None) -> list[Named]:
    return [(text, "") for text in texts if text is not None]


def _collect(value: JsonValue, name: str, values: list[Named]) -> None:
    if isinstance(value, dict):
        about = _is_about_a_person(value, name)
        for key, inner in value.items():
            values.append((key, ""))
            _collect(inner, _PERSONS_NAME if about and key == "name" else key, values)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, name, values)
    elif value is not None and not isinstance(value, bool):
        values.append((value, name))


def _is_about_a_person(record: Mapping[str, JsonValue], name: str) -> bool:
    return "name" in record and (is_person(name) or any(map(tells_a_person, record)))


def as_text(value: JsonValue) -> str:
    """A string unchanged, a whole number as its digits, any other value as the empty string."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) >= _LONG_NUMBER else ""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


_LONG_NUMBER = 1e6
"""From here on a number that JSON writes with a point may be a telephone's or a card's."""


def _step(step: Step, visit: Visit) -> Step:
    return _changed(
        step,
        thought=_text(step.thought, visit),
        text=_text(step.text, visit),
        action=_action(step.action, visit) if step.action else None,
        observation=_value(step.observation, visit),
        group=_text(step.group, visit),
    )


def _action(action: Action, visit: Visit) -> Action:
    return _changed(action, tool=visit(action.tool, ""), arguments=_value(action.arguments, visit))


def _tool(tool: Tool, visit: Visit) -> Tool:
    return _changed(
        tool,
        name=visit(tool.name, ""),
        description=visit(tool.description, ""),
        parameters=_value(tool.parameters, visit),
    )


def _changed(record: Part, **values: object) -> Part:
    """The record with these values; the same object if it has them."""
    changes = {name: value for name, value in values.items() if value is not getattr(record, name)}
    return record.model_copy(update=changes) if changes else record


def _text(value: str | None, visit: Visit) -> JsonValue:
    return None if value is None else visit(value, "")


def _value(value: JsonValue, visit: Visit, name: str = "") -> JsonValue:
    if isinstance(value, dict):
        about = _is_about_a_person(value, name)
        record = {
            str(visit(key, "")): _value(inner, visit, _PERSONS_NAME if about and key == "name" else key)
            for key, inner in value.items()
        }
        return record if record.keys() != value.keys() or _differ(record.values(), value.values()) else value
    if isinstance(value, list):
        items = [_value(inner, visit, name) for inner in value]
        return items if _differ(items, value) else value
    return value if value is None or isinstance(value, bool) else visit(value, name)


def _differ(made: Iterable[JsonValue], given: Iterable[JsonValue]) -> bool:
    return any(new is not old for new, old in zip(made, given, strict=True))
