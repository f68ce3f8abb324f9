"""A trace in brief: what planning needs to know of it, small enough to hold for every trace of a library."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from trace2skill.traces.model import Label, Trace

Kept = TypeVar("Kept")


class Brief(NamedTuple):
    """What tells families apart, and what the statistics need to know of a trace.

    `calls` are the tools called, in order; `shown` holds `ACTOR TOOL` for each, and `offered TOOL`.
    """

    hash: str
    stratum: str
    family: str | None
    domain: str | None
    task: str
    calls: tuple[str, ...]
    shown: frozenset[str]
    label: Label
    source: str


def brief(trace: Trace) -> Brief:
    """The trace in brief. Its source is the format: files are mere packaging."""
    called = [(step.actor, step.action.tool) for step in trace.steps if step.action]
    shown = {f"{actor} {tool}" for actor, tool in called} | {f"offered {tool.name}" for tool in trace.tools}
    return Brief(
        hash=trace.hash,
        stratum=trace.stratum,
        family=trace.family,
        domain=trace.domain,
        task=trace.task,
        calls=tuple(tool for _, tool in called),
        shown=frozenset(shown),
        label=trace.outcome.label,
        source=trace.source.format,
    )


def compact(briefs: Iterable[Brief]) -> list[Brief]:
    """All of them, what they repeat held once: briefs that come from other processes share nothing."""
    shared: dict[object, object] = {}

    def once(value: Kept) -> Kept:
        return shared.setdefault(value, value)  # type: ignore[return-value]

    return [
        one._replace(
            calls=once(one.calls), shown=once(one.shown), task=once(one.task), source=once(one.source)
        )
        for one in briefs
    ]
