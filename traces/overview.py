"""What was understood of a set of traces, so that a user can trust the reading before distilling."""

from collections import Counter
from collections.abc import Iterable
from statistics import median

from pydantic import computed_field

from trace2skill.traces.model import Frozen, StepOutcome, Trace


class ToolUse(Frozen):
    """How one actor used one tool. `judged` calls are those whose step outcome is known."""

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


class Overview(Frozen):
    """Counts over traces. `actors` counts steps; an absent family or domain counts under the empty name."""

    traces: int
    steps: int
    formats: dict[str, int]
    outcomes: dict[str, int]
    origins: dict[str, int]
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
        self.lengths: list[int] = []
        self.tasks: set[str] = set()
        self.offered: set[str] = set()
        self.tools: dict[tuple[str, str], Counter[str]] = {}

    def add(self, trace: Trace) -> None:
        self.by["formats"][trace.source.format] += 1
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
                key = (step.action.tool, step.actor.value)
                self._count(key, step.outcome)
                used.add(key)
        for key in used:
            self.tools[key]["traces"] += 1

    def _count(self, key: tuple[str, str], outcome: StepOutcome) -> None:
        counts = self.tools.setdefault(key, Counter())
        counts["calls"] += 1
        counts["judged"] += outcome is not StepOutcome.UNKNOWN
        counts["errors"] += outcome is StepOutcome.ERROR


def overview(traces: Iterable[Trace]) -> Overview:
    """Count traces, outcomes, tools, actors and tasks in one pass. Counts come sorted, the largest first."""
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
    return Overview(
        traces=len(tally.lengths),
        steps=sum(tally.lengths),
        tools=tuple(sorted(tools, key=lambda use: (-use.calls, use.name, use.actor))),
        offered_tools=len(tally.offered),
        steps_median=median(tally.lengths) if tally.lengths else 0.0,
        steps_max=max(tally.lengths, default=0),
        distinct_tasks=len(tally.tasks),
        **{name: _largest_first(counts) for name, counts in tally.by.items()},
    )


def _largest_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
