"""The order in which rules are read: as the work goes, told by milestones and by where past runs did it."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from trace2skill.claims.model import ActionPattern, Closing, Milestones
from trace2skill.skills.anatomy import actions_of
from trace2skill.skills.model import Finding
from trace2skill.skills.strength import strength
from trace2skill.traces.model import Trace

_MIDDLE = 0.5


def as_work_goes(findings: Iterable[Finding], traces: Sequence[Trace]) -> list[Finding]:
    """Milestones first, stop conditions last, between them by stage of the work, then by position in it.

    A rule's stage is that of the milestone whose action it is about, else that of the last milestone past
    runs had usually reached where they followed the rule. Positions are relative to the length of the run.
    """
    pool = sorted(findings, key=strength)
    lengths = {trace.hash: max(len(trace.steps), 1) for trace in traces}
    stages = next((f.claim.actions for f in pool if isinstance(f.claim, Milestones)), ())
    reached = [_first_done(stage, traces) for stage in stages]

    def place(finding: Finding) -> tuple[int, int, float]:
        if isinstance(finding.claim, Milestones):
            return (0, 0, 0.0)
        where = position(finding, lengths)
        if isinstance(finding.claim, Closing):
            return (2, 0, where)
        return (1, _stage(finding, stages, reached, where), where)

    return sorted(pool, key=place)


def position(finding: Finding, lengths: dict[str, int]) -> float:
    """Mean relative position, 0 to 1, of the first step cited in each trace; the middle if none is."""
    first: dict[str, int] = {}
    for citation in finding.held_at or finding.broken_at:
        if citation.trace in lengths:
            first[citation.trace] = min(citation.step, first.get(citation.trace, citation.step))
    return fmean(step / lengths[trace] for trace, step in sorted(first.items())) if first else _MIDDLE


def _stage(finding: Finding, stages: Sequence[ActionPattern], reached: Sequence[float], where: float) -> int:
    for action in actions_of(finding.claim)[:1]:
        for number, stage in enumerate(stages, 1):
            if (stage.tool, stage.actor) == (action.tool, action.actor):
                return number
    return sum(at <= where for at in reached)


def _first_done(action: ActionPattern, traces: Sequence[Trace]) -> float:
    found = [where for trace in traces if (where := _first_in(action, trace)) is not None]
    return fmean(sorted(found)) if found else _MIDDLE


def _first_in(action: ActionPattern, trace: Trace) -> float | None:
    for step in trace.steps:
        if step.action and step.action.tool == action.tool and action.actor in {None, step.actor}:
            return step.index / len(trace.steps)
    return None
