"""The pages about what runs do: the transition graph of a skill's family, and how runs keep to the skill."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from trace2skill.conformance.check import conform
from trace2skill.conformance.model import Conformance, Verdict
from trace2skill.store.library import Library
from trace2skill.store.records import StoredSkill
from trace2skill.traces.model import Label, Trace
from trace2skill.ui.layout import Layout, layout
from trace2skill.ui.over_time import Period, by_time, by_version
from trace2skill.ui.rendering import number, page
from trace2skill.ui.skill_pages import asked_for, heading
from trace2skill.ui.transitions import DEFAULT_LEAST, TransitionGraph, transition_graph

MOST_RUNS = 500
"""Runs that are looked at for one page."""
MOST_DEVIATIONS = 50
CHARACTER, PADDING, NARROWEST = 7.4, 22.0, 92.0
"""Pixels: a character of a box's label, the space around it, and the least width of a box."""
CHART_WIDTH, CHART_HEIGHT = 640, 160
OUTCOMES = {"success": "that succeeded", "failure": "that failed"}


def flow_page(request: Request) -> Response:
    """What follows what in the runs of the skill's family, as a graph and as a table."""
    desk, stored = asked_for(request)
    least = min(100, number(request, "least", DEFAULT_LEAST))
    outcome = request.query_params.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else ""
    graph, drawing, runs = desk.kept(
        ("flow", stored.skill.family, least, outcome), lambda library: _flow(library, stored, least, outcome)
    )
    return page(
        request,
        "flow.html",
        **heading(desk, stored),
        graph=graph,
        drawing=drawing,
        places={each.activity: at for at, each in enumerate(graph.activities)},
        most=max((each.runs for each in graph.transitions), default=1),
        least=least,
        outcome=outcome,
        outcomes=OUTCOMES,
        all_runs=runs,
        most_runs=MOST_RUNS,
    )


def _flow(
    library: Library, stored: StoredSkill, least: int, outcome: str
) -> tuple[TransitionGraph, Layout | None, int]:
    wanted = [Label(outcome)] if outcome else list(Label)
    hashes, total = _family(library, stored, wanted)
    graph = transition_graph(library.traces(hashes), least)
    return graph, _drawing(graph) if graph.runs else None, total


def _drawing(graph: TransitionGraph) -> Layout:
    place = {each.activity: at for at, each in enumerate(graph.activities)}
    widths = [max(NARROWEST, len(each.activity.tool) * CHARACTER + PADDING) for each in graph.activities]
    return layout(widths, [(place[each.before], place[each.after]) for each in graph.transitions])


def conformance_page(request: Request) -> Response:
    """How the library's runs of the family keep to the skill, run by run, rule by rule, and over time."""
    desk, stored = asked_for(request)
    found, days, total = desk.kept(
        ("conform", stored.skill.name, stored.version), lambda library: _conformance(library, stored)
    )
    timed = found.drift.ordered_by == "time"
    versions = [(each.version, each.skill.traces) for each in desk.history(stored.skill.name)]
    periods = by_time(found, days) if timed else by_version(found, versions)
    deviated = [run for run in found.traces if run.verdict is Verdict.DEVIATED]
    return page(
        request,
        "conformance.html",
        **heading(desk, stored),
        found=found,
        verdicts={verdict.value: found.count(verdict) for verdict in Verdict},
        timed=timed,
        periods=periods,
        chart=_chart(periods),
        width=CHART_WIDTH,
        height=CHART_HEIGHT,
        reasons=sorted(Counter(run.reason for run in found.traces if run.reason).items()),
        deviated=deviated[-MOST_DEVIATIONS:][::-1],
        deviations=len(deviated),
        own=set(stored.skill.traces),
        total=total,
        most_runs=MOST_RUNS,
    )


def _conformance(library: Library, stored: StoredSkill) -> tuple[Conformance, dict[str, str], int]:
    hashes, total = _family(library, stored, list(Label))
    traces = list(library.traces(hashes))
    families = {trace.hash: stored.skill.family for trace in traces}
    return conform(stored.skill, traces, families=families), _days(traces), total


def _family(library: Library, stored: StoredSkill, outcomes: Sequence[Label]) -> tuple[list[str], int]:
    """The family's kept runs with one of the outcomes, and how many there are.

    Of more than `MOST_RUNS`, those with the lowest hashes: always the same ones, early and late alike.
    """
    kept = set(library.trace_hashes())
    hashes = [
        name
        for name, facts in library.trace_facts().items()
        if facts.family == stored.skill.family and facts.label in outcomes and name in kept
    ]
    return hashes[:MOST_RUNS], len(hashes)


def _days(traces: Sequence[Trace]) -> dict[str, str]:
    """The UTC day of each run's first step, by trace hash; runs without times are left out."""
    known = {trace.hash: [_utc(step.time) for step in trace.steps if step.time] for trace in traces}
    return {name: min(times).date().isoformat() for name, times in known.items() if times}


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _chart(periods: Sequence[Period]) -> list[tuple[float, Period]]:
    """Each period with the middle of its place on the chart, in pixels."""
    room = CHART_WIDTH / max(1, len(periods))
    return [(room * (at + 0.5), period) for at, period in enumerate(periods)]
