"""What runs prefer: which of the things in sight they took, and which actions took them between places."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from trace2skill.evidence.policy import Link, NavigationAction, ObjectPreference
from trace2skill.plan_templates.objects import EVERY, Purpose, Relation
from trace2skill.plan_templates.surroundings import Surroundings
from trace2skill.traces.model import Step, Trace

Kind = Literal["whole", "word", "said", "least", "beside"]
_Key = tuple[Purpose, Kind, str]


class ObjectChoice(NamedTuple):
    """A thing taken for a purpose, the things in sight and not taken yet, and those in each relation."""

    purpose: Purpose
    value: str
    shown: frozenset[str]
    standing: Mapping[Relation, frozenset[str]]


def object_preferences(taken: Sequence[ObjectChoice]) -> Iterator[ObjectPreference]:
    """How often things, words and relations were taken and shown.

    Things that share no word with any taken one are left out.
    """
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


class Navigation(NamedTuple):
    """The actions that lead to the next place, in order, and the links between places that runs saw."""

    actions: tuple[NavigationAction, ...]
    links: tuple[Link, ...]

    def includes(self, step: Step) -> bool:
        """Whether the step uses a navigation tool."""
        return step.action is not None and any(each.tool == step.action.tool for each in self.actions)


def navigation(traces: Sequence[Trace]) -> Navigation:
    """How the runs moved between places; empty if their world has no places."""
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
                move, link = _navigation_action(step, origin, around.place, known)
                links.add(link)
                by.update([move] if move else [])
                opener = _opener(previous, step)
                before.update([opener.model_copy(update={"by": move.by})] if move and opener else [])
            previous = step if step.action and step.action.arguments else previous
        known_by.append(around.ways)
    moves = [move for move, count in by.items() if count >= _MOSTLY * uses[move.tool]]
    best = max(moves, key=lambda move: (by[move], str(move)), default=None)
    if best is None:
        return Navigation((), ())
    openers = [
        move
        for move, count in sorted(before.items(), key=str)
        if count >= _MOSTLY * by[best] and move.tool != best.tool
    ]
    lasting = (link for link in links if _is_stable(link, known_by))
    return Navigation((*openers, best), tuple(sorted(lasting, key=str)))


def _is_stable(link: Link, known_by: Sequence[Mapping[str, Mapping[str, str]]]) -> bool:
    """Whether every run that knows ways from the link's origin knows this link; maps can differ by run."""
    ways = [known[link.origin] for known in known_by if known.get(link.origin)]
    return all(known.get(link.target) == link.direction for known in ways)


def _navigation_action(
    step: Step, origin: str, place: str, known: dict[str, dict[str, str]]
) -> tuple[NavigationAction | None, Link]:
    assert step.action is not None
    plain = Link(origin=origin, target=place)
    for name, value in step.action.arguments.items():
        if not isinstance(value, str):
            continue
        if value.lower() == place:
            return NavigationAction(tool=step.action.tool, argument=name, by="place"), plain
        if known.get(origin, {}).get(place) == value.lower():
            link = plain.model_copy(update={"direction": value.lower()})
            return NavigationAction(tool=step.action.tool, argument=name, by="direction"), link
    return None, plain


def _opener(previous: Step | None, step: Step) -> NavigationAction | None:
    """The previous action if it had the same argument value, such as opening the door gone through."""
    if previous is None or previous.action is None or step.action is None:
        return None
    wanted = [value for value in step.action.arguments.values() if isinstance(value, str)]
    for name, value in previous.action.arguments.items():
        if value in wanted:
            return NavigationAction(tool=previous.action.tool, argument=name, by="place")
    return None
