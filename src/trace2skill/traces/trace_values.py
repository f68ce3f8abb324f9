"""Visits every text and number of a trace, with the name of its field."""

from collections.abc import Callable, Iterator, Mapping

from pydantic import JsonValue

from trace2skill.traces.model import Action, ModelJudgement, SkillMention, Step, Tool, Trace, rebuild
from trace2skill.traces.personal_detection import is_person, tells_a_person

Visit = Callable[[JsonValue, str | None], JsonValue]
"""Takes a string or number and the name of its field (None if it has none); returns the replacement."""

_PERSONS_NAME = "full_name"
"""The field that the `name` in a record about a person is taken for."""


def map_trace(trace: Trace, visit: Visit) -> Trace:
    """Rebuild a trace with every string and number passed through `visit`, in a fixed order.

    Keys of objects are visited too; labels and times are not. What is no part of the trace's hash comes last.
    """
    return rebuild(
        trace,
        id=visit(trace.id, None),
        task=visit(trace.task, None),
        task_key=_text(trace.task_key, visit),
        family=_text(trace.family, visit),
        domain=_text(trace.domain, visit),
        initial_observation=_value(trace.initial_observation, visit),
        steps=tuple(_step(step, visit) for step in trace.steps),
        tools=tuple(_tool(tool, visit) for tool in trace.tools),
        outcome=trace.outcome.model_copy(
            update={
                "origin": visit(trace.outcome.origin, None),
                "failed_checks": tuple(visit(check, None) for check in trace.outcome.failed_checks),
                "judgement": _judgement(trace.outcome.judgement, visit),
            }
        ),
        instructions=_text(trace.instructions, visit),
        skills=tuple(_mention(each, visit) for each in trace.skills),
        source=trace.source.model_copy(
            update={"path": visit(trace.source.path, None), "record": visit(trace.source.record, None)}
        ),
    )


def _mention(mention: SkillMention, visit: Visit) -> SkillMention:
    told = {"name": visit(mention.name, None), "version": visit(mention.version, None)}
    return mention.model_copy(update=told)


def _judgement(judgement: ModelJudgement | None, visit: Visit) -> ModelJudgement | None:
    """A model's judgement with the origin that it stands for visited; the model's name is no trace's."""
    if judgement is None:
        return None
    return judgement.model_copy(update={"instead_of": visit(judgement.instead_of, None)})


def strings(trace: Trace) -> Iterator[tuple[JsonValue, str | None]]:
    """The values that `map_trace` visits, with their field names, in the same order."""
    outcome, source = trace.outcome, trace.source
    yield from _plain(trace.id, trace.task, trace.task_key, trace.family, trace.domain)
    yield from _inside(trace.initial_observation)
    for step in trace.steps:
        yield from _plain(step.thought, step.text)
        if step.action:
            yield step.action.tool, None
            yield from _inside(step.action.arguments)
        yield from _inside(step.observation)
        yield from _plain(step.group)
    for tool in trace.tools:
        yield from _plain(tool.name, tool.description)
        yield from _inside(tool.parameters)
    yield from _plain(outcome.origin, *outcome.failed_checks)
    if outcome.judgement:
        yield from _plain(outcome.judgement.instead_of)
    yield from _plain(trace.instructions)
    for each in trace.skills:
        yield from _plain(each.name, each.version)
    yield from _plain(source.path, source.record)


def _plain(*texts: str | None) -> Iterator[tuple[JsonValue, str | None]]:
    yield from ((text, None) for text in texts if text is not None)


def _inside(value: JsonValue, name: str | None = None) -> Iterator[tuple[JsonValue, str | None]]:
    if isinstance(value, dict):
        about = _is_about_a_person(value, name)
        for key, inner in value.items():
            yield key, None
            yield from _inside(inner, _PERSONS_NAME if about and key == "name" else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(inner, name)
    elif value is not None and not isinstance(value, bool):
        yield value, name


def _is_about_a_person(record: Mapping[str, JsonValue], name: str | None) -> bool:
    return "name" in record and (is_person(name or "") or any(map(tells_a_person, record)))


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
    changes = {
        "thought": _text(step.thought, visit),
        "text": _text(step.text, visit),
        "action": _action(step.action, visit) if step.action else None,
        "observation": _value(step.observation, visit),
        "group": _text(step.group, visit),
    }
    return step.model_copy(update=changes)


def _action(action: Action, visit: Visit) -> Action:
    changes = {"tool": visit(action.tool, None), "arguments": _value(action.arguments, visit)}
    return action.model_copy(update=changes)


def _tool(tool: Tool, visit: Visit) -> Tool:
    changes = {
        "name": visit(tool.name, None),
        "description": visit(tool.description, None),
        "parameters": _value(tool.parameters, visit),
    }
    return tool.model_copy(update=changes)


def _text(value: str | None, visit: Visit) -> JsonValue:
    return None if value is None else visit(value, None)


def _value(value: JsonValue, visit: Visit, name: str | None = None) -> JsonValue:
    if isinstance(value, dict):
        about = _is_about_a_person(value, name)
        return {
            str(visit(key, None)): _value(inner, visit, _PERSONS_NAME if about and key == "name" else key)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_value(inner, visit, name) for inner in value]
    return value if value is None or isinstance(value, bool) else visit(value, name)
