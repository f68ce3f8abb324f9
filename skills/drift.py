"""Whether a skill is followed less as time goes by."""

from collections.abc import Sequence
from datetime import UTC, datetime

from trace2skill.claims.proportion import Share, could_fall, fall_p, wilson
from trace2skill.claims.statistics import LEVEL
from trace2skill.skills.conformance_model import Drift, Rate
from trace2skill.traces.model import Trace


def in_time(traces: Sequence[Trace]) -> tuple[list[Trace], bool]:
    """The traces by the time of their first step, and True; as given, and False, where any has no time."""
    starts = [_start(trace) for trace in traces]
    known = [start for start in starts if start is not None]
    if len(known) < len(traces):
        return list(traces), False
    order = sorted(range(len(traces)), key=lambda number: (known[number], traces[number].hash))
    return [traces[number] for number in order], True


def drift(followed: Sequence[bool], *, by_time: bool) -> Drift:
    """Compare the later half of the runs with the earlier half, the middle one counting as later.

    Args:
        followed: Of each run to which the skill applies, in order, whether it followed the skill.
        by_time: Whether the order is that of time.

    Returns:
        `stale` when the later half follows significantly less (Fisher's exact test, one-sided, p < .05);
        `too few runs` when not even a fall from all to none would be significant, which takes seven.
    """
    middle = len(followed) // 2
    earlier, later = _share(followed[:middle]), _share(followed[middle:])
    p = fall_p(earlier, later)
    stale = p is not None and p < LEVEL
    enough = could_fall(earlier.trials, later.trials)
    return Drift(
        ordered_by="time" if by_time else "order given",
        overall=rate(_share(followed)),
        earlier=rate(earlier),
        later=rate(later),
        p=p,
        verdict="stale" if stale else "steady" if enough else "too few runs",
    )


def rate(share: Share) -> Rate:
    """A share with its interval."""
    low, high = wilson(share)
    return Rate(hits=share.hits, trials=share.trials, low=low, high=high)


def _share(followed: Sequence[bool]) -> Share:
    return Share(sum(followed), len(followed))


def _start(trace: Trace) -> datetime | None:
    """The first time any step gives; without a zone it is taken for UTC."""
    times = [step.time for step in trace.steps if step.time]
    return min((time if time.tzinfo else time.replace(tzinfo=UTC) for time in times), default=None)
