"""Which action follows which in a family's runs: its directly-follows graph, as process mining calls it.

Rare actions are taken out of the runs first, so that what stood on either side of them follows; of the edges
those are kept that many runs took, and for each action its commonest way in and out (van der Aalst, Process
Mining, 2016, chapters 7 and 9).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from trace2skill.traces.model import Trace

START, END = "start", "end"
DEFAULT_LEAST = 15
MOST_ACTIONS = 60


class Activity(NamedTuple):
    """An action by its actor and tool; `start` and `end` have no actor."""

    actor: str
    tool: str

    def __str__(self) -> str:
        return f"{self.actor}: {self.tool}" if self.actor else self.tool


class ActivityCount(NamedTuple):
    """An activity: the runs that have it, how often in all, and where in a run it first comes (0 to 1)."""

    activity: Activity
    runs: int
    times: int
    place: float


class Transition(NamedTuple):
    """An activity directly followed by another: in how many runs, and how often in all."""

    before: Activity
    after: Activity
    runs: int
    times: int


class TransitionGraph(NamedTuple):
    """The activities and transitions of some runs, and how many rarer ones are left out."""

    runs: int
    activities: tuple[ActivityCount, ...]
    transitions: tuple[Transition, ...]
    repeats: tuple[Transition, ...]
    left_out: int
    edges_left_out: int


FIRST, LAST = Activity("", START), Activity("", END)


def transition_graph(traces: Iterable[Trace], least: int = DEFAULT_LEAST) -> TransitionGraph:
    """The directly-follows graph of the runs' actions; utterances are no actions.

    Args:
        traces: The runs.
        least: The share of runs, in percent, that an action or an edge must occur in to be kept.
    """
    runs = [
        [Activity(step.actor, step.action.tool) for step in trace.steps if step.action] for trace in traces
    ]
    runs = [run for run in runs if run]
    within = Counter(activity for run in runs for activity in set(run))
    needed = max(1, -(-len(runs) * least // 100))
    common = sorted(within, key=lambda each: (-within[each], each))[:MOST_ACTIONS]
    kept = {each for each in common if within[each] >= needed}
    paths = [[FIRST, *(each for each in run if each in kept), LAST] for run in runs]
    found = _transitions(paths)
    repeats = tuple(each for each in found if each.before == each.after)
    edges = [each for each in found if each.before != each.after]
    shown = _worth_showing(edges, needed)
    return TransitionGraph(
        runs=len(runs),
        activities=tuple(_counted(paths)),
        transitions=tuple(shown),
        repeats=repeats,
        left_out=len(within) - len(kept),
        edges_left_out=len(edges) - len(shown),
    )


def _transitions(paths: Sequence[Sequence[Activity]]) -> list[Transition]:
    runs: Counter[tuple[Activity, Activity]] = Counter()
    times: Counter[tuple[Activity, Activity]] = Counter()
    for path in paths:
        steps = list(pairwise(path))
        runs.update(set(steps))
        times.update(steps)
    pairs = sorted(runs, key=lambda pair: (-runs[pair], -times[pair], pair))
    return [Transition(*pair, runs=runs[pair], times=times[pair]) for pair in pairs]


def _worth_showing(edges: Sequence[Transition], needed: int) -> list[Transition]:
    """The edges of enough runs, and each activity's commonest in and out; `edges` are commonest first."""
    entered: set[Activity] = set()
    left: set[Activity] = set()
    shown = []
    for edge in edges:
        if edge.runs >= needed or edge.after not in entered or edge.before not in left:
            shown.append(edge)
        entered.add(edge.after)
        left.add(edge.before)
    return shown


def _counted(paths: Sequence[Sequence[Activity]]) -> list[ActivityCount]:
    """The activities, earliest first."""
    places: dict[Activity, list[float]] = defaultdict(list)
    for path in paths:
        first = {activity: at for at, activity in reversed(list(enumerate(path)))}
        for activity, at in first.items():
            places[activity].append(at / (len(path) - 1))
    times = Counter(activity for path in paths for activity in path)
    counts = [
        ActivityCount(activity, len(where), times[activity], sum(where) / len(where))
        for activity, where in places.items()
    ]
    return sorted(
        counts, key=lambda each: (each.activity == LAST, each.activity != FIRST, each.place, each.activity)
    )
