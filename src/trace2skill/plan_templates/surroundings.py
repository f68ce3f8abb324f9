"""What a run has learnt so far: where it is, which things are there, which ways lead on."""

import re
from collections.abc import Iterable, Sequence

from trace2skill.evidence.policy import Link
from trace2skill.plan_templates.text import phrases, place_in, ways_in
from trace2skill.traces.model import Step

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?!\w)")
_CLAUSE = re.compile(r"[,.;:()\n]+")


class Surroundings:
    """The place, the things in sight and remembered, and the ways; updated with every step.

    Attributes:
        place: Where the run is; empty while unknown.
        scene: Things in sight: those named by the latest look at the place and by answers since.
        groups: Sets of things in sight that were named in one line.
        memory: Everything that was ever named, with the place where it was last seen.
        ways: For each place its neighbours, each with the direction; empty if none is needed.
        visited: Places where the run has been.
        said: Things named by the latest answer that was not a look at the place.
        number: The latest number that an answer gave; None before the first.
    """

    def __init__(self, initial: object, links: Iterable[Link] = ()) -> None:
        self.place = ""
        self.scene: dict[str, None] = {}
        self.groups: list[frozenset[str]] = []
        self.memory: dict[str, str] = {}
        self.ways: dict[str, dict[str, str]] = {}
        self.visited: set[str] = set()
        self.said: frozenset[str] = frozenset()
        self.number: float | None = None
        self._look, self._said = "", ""
        for link in links:
            self.ways.setdefault(link.origin, {})[link.target] = link.direction
        if isinstance(initial, str):
            self._hear(initial)

    def read(self, step: Step) -> None:
        """Read a step's observation."""
        if isinstance(step.observation, str):
            self._hear(step.observation)
            numbers = _NUMBER.findall(step.observation)
            if numbers and step.action and step.action.arguments:
                self.number = float(numbers[-1])

    @property
    def clauses(self) -> frozenset[str]:
        """The clauses of the latest look at the place and the latest other answer, in lower case."""
        text = f"{self._look}\n{self._said}".lower()
        return frozenset(" ".join(clause.split()) for clause in _CLAUSE.split(text) if clause.strip())

    def _hear(self, text: str) -> None:
        place = place_in(text)
        named = phrases(text)
        if place and (place != self.place or len(named) > 2):
            if place != self.place:
                self._look = ""
            self.place = place
            self.visited.add(place)
            self.scene = {}
            self.groups = []
        if place and len(named) > 2:
            self._look = text
        else:
            self._said = text
            self.said = frozenset(named)
        self.scene.update(dict.fromkeys(named))
        self.groups.extend(frozenset(phrases(line)) for line in text.splitlines())
        self.memory.update(dict.fromkeys(named, self.place))
        ways = list(ways_in(text))
        here = {way.target: way.direction for way in ways if not way.origin}
        if here and self.place:
            self.ways[self.place] = here
        for way in ways:
            if way.origin and way.target not in self.ways.get(way.origin, {}):
                self.ways.setdefault(way.origin, {})[way.target] = ""


def route(ways: dict[str, dict[str, str]], start: str, goal: str) -> Sequence[str]:
    """The places on a shortest route after the start, the goal last; empty if no route is known."""
    previous: dict[str, str] = {start: ""}
    queue = [start]
    for here in queue:
        if here == goal:
            found = [goal]
            while previous[found[-1]]:
                found.append(previous[found[-1]])
            return found[-2::-1]
        for target in sorted(ways.get(here, {})):
            if target not in previous:
                previous[target] = here
                queue.append(target)
    return ()
