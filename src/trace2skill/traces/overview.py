"""Renders traces and counts what they hold, so that a user can check the reading before distilling."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Literal

import orjson
from pydantic import JsonValue, computed_field

from trace2skill.traces.model import Action, Frozen, Label, Outcome, Step, StepOutcome, Trace

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


class ToolUse(Frozen):
    """Usage of one tool by one actor. `judged` counts the calls whose step outcome is known."""

    name: str
    actor: str
    calls: int
    judged: int
    errors: int
    traces: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def error_rate(self) -> float | None:
        """Errors per judged call; None when no call was judged."""
        return self.errors / self.judged if self.judged else None


class FormatUse(Frozen):
    """What was read of a format. `known` counts traces of known outcome, `silent` those without a call."""

    name: str
    traces: int
    known: int
    silent: int
    steps: int
    calls: int
    tools: int


class OutcomesTold(Frozen):
    """How many traces of a format have each outcome from one origin.

    `told_by`: the data (labels, scores, exit states, an outcomes file), a rule over what was run and said, a
    model (asked by us, or where the data says that a model gave the label), or nobody.
    """

    told_by: Literal["the data", "a rule", "a model", "nobody"]
    origin: str
    format: str
    success: int = 0
    failure: int = 0
    partial: int = 0
    unknown: int = 0


class Overview(Frozen):
    """Counts over traces. `actors` counts steps; an absent family or domain counts under the empty name."""

    traces: int
    steps: int
    formats: dict[str, int]
    by_format: tuple[FormatUse, ...]
    outcomes: dict[str, int]
    origins: dict[str, int]
    told: tuple[OutcomesTold, ...]
    actors: dict[str, int]
    families: dict[str, int]
    domains: dict[str, int]
    tools: tuple[ToolUse, ...]
    offered_tools: int
    steps_median: float
    steps_max: int
    distinct_tasks: int


class _Tally:
    def __init__(self) -> None:
        self.by: dict[str, Counter[str]] = {
            name: Counter() for name in ("formats", "outcomes", "origins", "actors", "families", "domains")
        }
        self.told: dict[tuple[str, str, str], Counter[str]] = {}
        self.lengths: list[int] = []
        self.tasks: set[str] = set()
        self.offered: set[str] = set()
        self.tools: dict[tuple[str, str], Counter[str]] = {}
        self.of_format: dict[str, Counter[str]] = {}
        self.tools_of: dict[str, set[str]] = {}

    def add(self, trace: Trace) -> None:
        self.by["formats"][trace.source.format] += 1
        self._count_format(trace)
        key = (_told_by(trace.outcome), trace.outcome.origin, trace.source.format)
        self.told.setdefault(key, Counter())[trace.outcome.label.value] += 1
        self.by["outcomes"][trace.outcome.label.value] += 1
        self.by["origins"][trace.outcome.origin] += 1
        self.by["families"][trace.family or ""] += 1
        self.by["domains"][trace.domain or ""] += 1
        self.lengths.append(len(trace.steps))
        self.tasks.add(trace.stratum)
        self.offered.update(tool.name for tool in trace.tools)
        used: set[tuple[str, str]] = set()
        for step in trace.steps:
            self.by["actors"][step.actor.value] += 1
            if step.action:
                tool = (step.action.tool, step.actor.value)
                self._count(tool, step.outcome)
                used.add(tool)
        for tool in used:
            self.tools[tool]["traces"] += 1

    def _count_format(self, trace: Trace) -> None:
        called = [step.action.tool for step in trace.steps if step.action]
        counts = self.of_format.setdefault(trace.source.format, Counter())
        counts["traces"] += 1
        counts["known"] += trace.outcome.label is not Label.UNKNOWN
        counts["silent"] += not called
        counts["steps"] += len(trace.steps)
        counts["calls"] += len(called)
        self.tools_of.setdefault(trace.source.format, set()).update(called)

    def _count(self, key: tuple[str, str], outcome: StepOutcome) -> None:
        counts = self.tools.setdefault(key, Counter())
        counts["calls"] += 1
        counts["judged"] += outcome is not StepOutcome.UNKNOWN
        counts["errors"] += outcome is StepOutcome.ERROR


def overview(traces: Iterable[Trace]) -> Overview:
    """Count traces, outcomes, tools, actors and tasks in one pass; counts are sorted in descending order."""
    tally = _Tally()
    for trace in traces:
        tally.add(trace)
    tools = [
        ToolUse(
            name=name,
            actor=actor,
            **{field: counts[field] for field in ("calls", "judged", "errors", "traces")},
        )
        for (name, actor), counts in tally.tools.items()
    ]
    formats = [
        FormatUse(
            name=name,
            tools=len(tally.tools_of[name]),
            **{field: counts[field] for field in ("traces", "known", "silent", "steps", "calls")},
        )
        for name, counts in tally.of_format.items()
    ]
    return Overview(
        by_format=tuple(sorted(formats, key=lambda use: (-use.traces, use.name))),
        told=tuple(sorted(_told(tally.told), key=_order)),
        traces=len(tally.lengths),
        steps=sum(tally.lengths),
        tools=tuple(sorted(tools, key=lambda use: (-use.calls, use.name, use.actor))),
        offered_tools=len(tally.offered),
        steps_median=median(tally.lengths) if tally.lengths else 0.0,
        steps_max=max(tally.lengths, default=0),
        distinct_tasks=len(tally.tasks),
        **{name: _largest_first(counts) for name, counts in tally.by.items()},
    )


_TELLERS = ("the data", "a rule", "a model", "nobody")


def _told_by(outcome: Outcome) -> str:
    if outcome.label is Label.UNKNOWN:
        return "nobody"
    if outcome.judged or outcome.origin.startswith("model's "):
        return "a model"
    return "a rule" if outcome.origin.startswith("rule ") else "the data"


def _told(counts: Mapping[tuple[str, str, str], Counter[str]]) -> Iterator[OutcomesTold]:
    for (told_by, origin, form), labels in counts.items():
        yield OutcomesTold.model_validate(
            {"told_by": told_by, "origin": origin, "format": form, **dict(labels)}
        )


def _order(told: OutcomesTold) -> tuple[int, int, str, str]:
    """Tellers in their order, the origins with most traces first."""
    traces = told.success + told.failure + told.partial + told.unknown
    return _TELLERS.index(told.told_by), -traces, told.origin, told.format


def _largest_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
