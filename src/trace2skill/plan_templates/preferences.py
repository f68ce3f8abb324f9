"""What runs prefer: of the things in sight, which ones they took; and how they got from place to place."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from trace2skill.evidence.policy import Link, NavigationAction, ObjectPreference
from trace2skill.plan_templates.objects import EVERY, Purpose, Relation
from trace2skill.plan_templates.surroundings import Surroundings
from trace2skill.traces.model import Step, Trace

Kind = Literal["whole", "word", "said", "least", "beside"]
_Key = tuple[Purpose, Kind, str]


class Tasted(NamedTuple):
    """A thing taken for a purpose, what was in sight and not taken yet, and what stood in a relation."""

    purpose: Purpose
    value: str
    shown: frozenset[str]
    standing: Mapping[Relation, frozenset[str]]


def tastes(taken: Sequence[Tasted]) -> Iterator[ObjectPreference]:
    """How often things, words and relations were taken and shown; things unlike any taken are left out."""
    chosen: Counter[_Key] = Counter()
    offered: Counter[_Key] = Counter()
    alike: dict[Purpose, set[str]] = {}
    for purpose, value, shown, standing in taken:
        alike.setdefault(purpose, set()).update(value.split())
        chosen.update(_features(purpose, {value}))
        offered.update(_features(purpose, {*shown, value}))
        for relation, members in standing.items():
            for each in (purpose, purpose._replace(turn=EVERY)):
                offered[each, relation, ""] += bool(members)
                chosen[each, relation, ""] += value in members
    for key in sorted(offered):
        purpose, kind, value = key
        if not value or not alike[purpose].isdisjoint(value.split()):
            yield ObjectPreference(
                **purpose._asdict(), kind=kind, value=value, taken=chosen[key], shown=offered[key]
            )


def _features(purpose: Purpose, things: set[str]) -> Iterator[_Key]:
    for thing in sorted(things):
        yield purpose, "whole", thing
    for word in sorted({word for thing in things for word in thing.split()}):
        yield purpose, "word", word


_MOSTLY = 0.5


class Travels(NamedTuple):
    """The actions that lead to a next place, in order, and the ways that runs saw."""

    rides: tuple[NavigationAction, ...]
    links: tuple[Link, ...]

    def rides_in(self, step: Step) -> bool:
        """Whether the step is part of a journey."""
        return step.action is not None and any(ride.tool == step.action.tool for ride in self.rides)


def travels(traces: Sequence[Trace]) -> Travels:
    """What the runs show of travelling: nothing where their world has no places."""
    by: Counter[NavigationAction] = Counter()
    before: Counter[NavigationAction] = Counter()
    uses: Counter[str] = Counter()
    links: set[Link] = set()
    known_by: list[Mapping[str, Mapping[str, str]]] = []
    for trace in traces:
        around = Surroundings(trace.initial_observation)
        previous: Step | None = None
        for step in trace.steps:
            origin, known = around.place, {at: dict(to) for at, to in around.ways.items()}
            around.read(step)
            uses.update([step.action.tool] if step.action else [])
            if origin and around.place != origin and step.action:
                ride, link = _ride(step, origin, around.place, known)
                links.add(link)
                by.update([ride] if ride else [])
                opener = _same(previous, step)
                before.update([opener.model_copy(update={"by": ride.by})] if ride and opener else [])
            previous = step if step.action and step.action.arguments else previous
        known_by.append(around.ways)
    rides = [ride for ride, count in by.items() if count >= _MOSTLY * uses[ride.tool]]
    best = max(rides, key=lambda ride: (by[ride], str(ride)), default=None)
    if best is None:
        return Travels((), ())
    openers = [
        ride
        for ride, count in sorted(before.items(), key=str)
        if count >= _MOSTLY * by[best] and ride.tool != best.tool
    ]
    lasting = (link for link in links if _agreed(link, known_by))
    return Travels((*openers, best), tuple(sorted(lasting, key=str)))


def _agreed(link: Link, known_by: Sequence[Mapping[str, Mapping[str, str]]]) -> bool:
    """Whether every run that knows ways from the place knows this one; where maps differ they do not."""
    ways = [known[link.origin] for known in known_by if known.get(link.origin)]
    return all(known.get(link.target) == link.direction for known in ways)


def _ride(
    step: Step, origin: str, place: str, known: dict[str, dict[str, str]]
) -> tuple[NavigationAction | None, Link]:
    assert step.action is not None
    for name, value in step.action.arguments.items():
        if not isinstance(value, str):
            continue
        if value.lower() == place:
            return NavigationAction(tool=step.action.tool, argument=name, by="place"), Link(
                origin=origin, target=place
            )
        if known.get(origin, {}).get(place) == value.lower():
            link = Link(origin=origin, target=place, direction=value.lower())
            return NavigationAction(tool=step.action.tool, argument=name, by="direction"), link
    return None, Link(origin=origin, target=place)


def _same(previous: Step | None, step: Step) -> NavigationAction | None:
    """The previous action, where it had the same word."""
    if previous is None or previous.action is None or step.action is None:
        return None
    wanted = [value for value in step.action.arguments.values() if isinstance(value, str)]
    for name, value in previous.action.arguments.items():
        if value in wanted:
            return NavigationAction(tool=previous.action.tool, argument=name, by="place")
    return None
