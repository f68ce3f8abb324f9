"""How far runs kept to a skill as time went by: groups of runs, each with the share that followed it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from trace2skill.conformance.check import rate
from trace2skill.conformance.model import Conformance, Rate, TraceConformance, Verdict
from trace2skill.evidence.statistics import Share

MOST_GROUPS = 12
LEAST_RUNS = 5
"""Runs that a group by time has at least, as far as there are that many."""


class Period(NamedTuple):
    """Runs that belong together in time, and how many of those the skill applies to followed it."""

    label: str
    rate: Rate
    runs: tuple[TraceConformance, ...]


def by_time(found: Conformance, days: Mapping[str, str]) -> list[Period]:
    """The runs to which the skill applies, in groups of about equal size, in the order of the check.

    Args:
        found: The check; its runs are in the order of time.
        days: The day of each run, by trace hash.
    """
    runs = [run for run in found.traces if run.verdict is not Verdict.NOT_APPLICABLE]
    groups = max(1, min(MOST_GROUPS, len(runs) // LEAST_RUNS))
    bounds = [len(runs) * at // groups for at in range(groups + 1)]
    parts = [runs[start:end] for start, end in pairwise(bounds) if end > start]
    return [_period(_days(part, days), part) for part in parts]


def by_version(found: Conformance, versions: Sequence[tuple[int, Sequence[str]]]) -> list[Period]:
    """The runs to which the skill applies, by the version that was the first to rest on them.

    Runs that no version rests on come last.

    Args:
        found: The check.
        versions: Each version with the hashes of its traces, oldest first.
    """
    first: dict[str, int] = {}
    for version, traces in versions:
        for trace in traces:
            first.setdefault(trace, version)
    return list(_by_version(found, first))


def _by_version(found: Conformance, first: Mapping[str, int]) -> Iterator[Period]:
    runs = [run for run in found.traces if run.verdict is not Verdict.NOT_APPLICABLE]
    for version in sorted({first[run.trace] for run in runs if run.trace in first}):
        yield _period(f"new in version {version}", [run for run in runs if first.get(run.trace) == version])
    if rest := [run for run in runs if run.trace not in first]:
        yield _period("in no version", rest)


def _days(runs: Sequence[TraceConformance], days: Mapping[str, str]) -> str:
    start, end = days.get(runs[0].trace, ""), days.get(runs[-1].trace, "")
    return start if start == end else f"{start} to {end}"


def _period(label: str, runs: Sequence[TraceConformance]) -> Period:
    followed = sum(run.verdict is Verdict.FOLLOWED for run in runs)
    return Period(label, rate(Share(followed, len(runs))), tuple(runs))
