"""One trace as plain text, with marks where it was cut."""

import re
from collections.abc import Iterator

import orjson
from pydantic import JsonValue

from trace2skill.traces.model import Action, Step, StepOutcome, Trace

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def render_trace(trace: Trace, limit: int = 200, max_steps: int = 40) -> str:
    """Render a trace for a person.

    Args:
        trace: The trace.
        limit: Characters kept of each text, argument list and observation.
        max_steps: Steps shown; the middle is left out when there are more.

    Returns:
        Lines without terminal control characters; cuts read `... (+N characters)`, `... N more steps ...`.
    """
    return "\n".join([*_head(trace, limit), *_body(trace, limit, max_steps)])


def _head(trace: Trace, limit: int) -> Iterator[str]:
    outcome = trace.outcome
    score = "" if outcome.score is None else f", score {outcome.score:g}"
    origin = f" ({outcome.origin})" if outcome.origin else ""
    yield f"trace {_cut(trace.id, limit)}"
    yield f"read from {trace.source.path}, {trace.source.record} as {trace.source.format}"
    yield f"outcome {outcome.label.value}{score}{origin}"
    for name in ("domain", "family"):
        if value := getattr(trace, name):
            yield f"{name} {_cut(value, limit)}"
    yield f"task {_cut(trace.task, limit) or '(none given)'}"
    if trace.initial_observation is not None:
        yield f"start = {_cut(_shown(trace.initial_observation), limit)}"


def _body(trace: Trace, limit: int, max_steps: int) -> Iterator[str]:
    left_out = max(len(trace.steps) - max_steps, 0)
    first = max_steps // 2 if left_out else len(trace.steps)
    for step in trace.steps[:first]:
        yield from _step(step, limit)
    if left_out:
        yield f"... {left_out} more steps ..."
        for step in trace.steps[first + left_out :]:
            yield from _step(step, limit)


def _step(step: Step, limit: int) -> Iterator[str]:
    label = f"[{step.index}] {step.actor.value}"
    if step.thought:
        yield f"{label} thinks: {_cut(step.thought, limit)}"
    if step.text:
        yield f"{label}: {_cut(step.text, limit)}"
    if step.action:
        yield f"{label} -> {_call(step.action, limit)}"
    if step.observation is not None:
        mark = "error" if step.outcome is StepOutcome.ERROR else "="
        yield f"    {mark} {_cut(_shown(step.observation), limit)}"
    elif not (step.thought or step.text or step.action):
        yield label


def _call(action: Action, limit: int) -> str:
    arguments = ", ".join(f"{name}={_shown(value, quote=True)}" for name, value in action.arguments.items())
    return f"{_cut(action.tool, limit)}({_cut(arguments, limit)})"


def _shown(value: JsonValue, *, quote: bool = False) -> str:
    if isinstance(value, str) and not quote:
        return value
    return orjson.dumps(value).decode()


def _cut(text: str, limit: int) -> str:
    line = _CONTROL.sub("?", text.replace("\r\n", "\n")).replace("\n", " / ").replace("\t", " ")
    if len(line) <= limit:
        return line
    return f"{line[:limit]}... (+{len(line) - limit} characters)"
