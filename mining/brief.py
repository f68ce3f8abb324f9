"""A trace in brief: what planning needs to know of it, small enough to hold for every trace of a library."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple, TypeVar

import orjson

from trace2skill.traces.model import Actor, Label, Trace

Kept = TypeVar("Kept")

LONGEST = 400
"""Characters kept of what was said or seen first: what a run is about is among its first words."""


class Brief(NamedTuple):
    """What tells families apart, and what the statistics need to know of a trace.

    Families are told by what was known before anybody acted: `task`; `opening`, what the others had said by
    then; `scene`, the initial observation; `offered`, the names of the tools at hand. Each text may be empty.
    `calls` are the tools called, in order; they only name a family that no words name.
    """

    hash: str
    stratum: str
    family: str | None
    domain: str | None
    task: str
    opening: str
    scene: str
    offered: frozenset[str]
    calls: tuple[str, ...]
    label: Label
    source: str


def brief(trace: Trace) -> Brief:
    """The trace in brief. Its source is the format: files are mere packaging."""
    return Brief(
        hash=trace.hash,
        stratum=trace.stratum,
        family=trace.family,
        domain=trace.domain,
        task=trace.task,
        opening="\n".join(_said_first(trace))[:LONGEST],
        scene=_scene(trace)[:LONGEST],
        offered=frozenset(tool.name for tool in trace.tools),
        calls=tuple(step.action.tool for step in trace.steps if step.action),
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
            calls=once(one.calls),
            offered=once(one.offered),
            task=once(one.task),
            opening=once(one.opening),
            scene=once(one.scene),
            source=once(one.source),
        )
        for one in briefs
    ]


def _said_first(trace: Trace) -> Iterator[str]:
    """What the other side said before the first call of anybody, without what the task says already."""
    for step in takewhile(lambda step: step.action is None, trace.steps):
        if step.actor is not Actor.AGENT and step.text and step.text not in trace.task:
            yield step.text


def _scene(trace: Trace) -> str:
    seen = trace.initial_observation
    if seen is None:
        return ""
    return seen if isinstance(seen, str) else orjson.dumps(seen, option=orjson.OPT_SORT_KEYS).decode()
