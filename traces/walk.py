"""A walk over every string and number of a trace."""

from collections.abc import Callable, Iterator

from pydantic import JsonValue

from trace2skill.traces.model import Action, Step, Tool, Trace
from trace2skill.traces.rebuild import rebuild

Visit = Callable[[JsonValue, str | None], JsonValue]
"""Takes a string or whole number and the field it stands in; returns what replaces it."""


def map_trace(trace: Trace, visit: Visit) -> Trace:
    """Rebuild a trace with every string and whole number passed through `visit`, in a fixed order.

    Keys of objects are visited too. `source`, outcomes and times are left alone.
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
    )


def strings(trace: Trace) -> Iterator[tuple[JsonValue, str | None]]:
    """What `map_trace` would visit, in the same order, without rebuilding anything."""
    for text in (trace.id, trace.task, trace.task_key, trace.family, trace.domain):
        if text is not None:
            yield text, None
    yield from _inside(trace.initial_observation)
    for step in trace.steps:
        yield from ((text, None) for text in (step.thought, step.text) if text is not None)
        if step.action:
            yield step.action.tool, None
            yield from _inside(step.action.arguments)
        yield from _inside(step.observation)
    for tool in trace.tools:
        yield tool.name, None
        yield tool.description, None
        yield from _inside(tool.parameters)


def as_text(value: JsonValue) -> str:
    """A string as it is, a whole number as its digits, anything else as nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _step(step: Step, visit: Visit) -> Step:
    changes = {
        "thought": _text(step.thought, visit),
        "text": _text(step.text, visit),
        "action": _action(step.action, visit) if step.action else None,
        "observation": _value(step.observation, visit),
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
        return {str(visit(key, None)): _value(inner, visit, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_value(inner, visit, name) for inner in value]
    return value if value is None or isinstance(value, bool | float) else visit(value, name)


def _inside(value: JsonValue, name: str | None = None) -> Iterator[tuple[JsonValue, str | None]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, None
            yield from _inside(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(inner, name)
    elif value is not None and not isinstance(value, bool | float):
        yield value, name
