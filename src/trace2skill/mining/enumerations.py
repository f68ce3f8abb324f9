"""Decides which names and values of runs may be used in rules: names, states and enumerations, not free text.

An attacker who controls one field of a trace can write any text there, and agents read rules as advice. So a
rule may use only names, values of one to four words, and longer texts that are statements and belong to a
small set of values that a fact has in most runs. Text that reads like an order is never used, however
frequent (`facts/untrusted_text.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from trace2skill.claims.instance import is_personal
from trace2skill.claims.model import Scalar
from trace2skill.claims.view import View
from trace2skill.facts.fact import is_instance, is_redacted
from trace2skill.facts.templates import SAYS
from trace2skill.facts.untrusted_text import is_long, no_name, no_status, reads_like_an_order

_FEW = 8
"""Maximum number of long texts of a fact that is an enumeration."""

_TASKS = 3
_MOST = 0.5
"""Minimum share of the runs reading a fact that read a text of its enumeration, and of the tasks using a tool
that give an argument. A contributor of a third of the runs cannot reach it alone."""


class _Seen(NamedTuple):
    """Where a value was read: tasks, sources of traces and run indices."""

    tasks: set[str]
    sources: set[str]
    runs: set[int]


class Enumerations:
    """Decides which names and values of the given runs may be used in a rule.

    Args:
        views: The runs that are mined.
    """

    def __init__(self, views: Sequence[View]) -> None:
        self._views = views
        self._tasks = len({view.trace.stratum for view in views})
        self._sources = Counter(view.trace.source.origin for view in views)
        self._closed: dict[str, frozenset[str]] = {}
        self._given, self._used = _given(views), _used(views)

    def admits_name(self, name: str) -> bool:
        """Whether the name of a tool, argument, field or task family may be used."""
        return no_name(name) is None

    def admits_key(self, key: str) -> bool:
        """Whether a fact may be used: each part of its key is a name, or its sentence is a statement."""
        tool, says, sentence = key.partition(SAYS)
        if says:
            return self.admits_name(tool) and no_status(sentence) is None
        return all(map(self.admits_name, key.split(".")))

    def admits_value(self, key: str, value: Scalar) -> bool:
        """Whether a rule may compare a fact with this value."""
        if not isinstance(value, str):
            return True
        if is_redacted(value):
            return False
        if not is_long(value):
            return reads_like_an_order(value) is None
        return no_status(value) is None and value in self._enumerated(key)

    def admits_argument(self, tool: str, name: str) -> bool:
        """Whether an argument may be part of an action: it has a valid name and half of the tasks give it."""
        given, used = self._given.get((tool, name), set()), self._given.get((tool, ""), set())
        return self.admits_name(name) and len(given) >= _MOST * len(used)

    def admits_constant(self, value: Scalar) -> bool:
        """Whether an argument's value may be a constant of an action; sentences and orders may not."""
        if not isinstance(value, str):
            return True
        return not (is_redacted(value) or is_long(value) or reads_like_an_order(value))

    def admits_use(self, tool: str, name: str, value: Scalar) -> bool:
        """Whether a value may be an example of an argument: not specific to a run, and if long, common."""
        if is_instance(value) or is_personal(name):
            return False
        if not isinstance(value, str) or not is_long(value):
            return self.admits_constant(value)
        tasks = self._used.get((tool, name, value), set())
        return no_status(value) is None and len(tasks) >= min(_TASKS, self._tasks)

    def _enumerated(self, key: str) -> frozenset[str]:
        """The long texts of a fact, if they are few and most runs that read the fact read one of them."""
        if key not in self._closed:
            self._closed[key] = self._find(key)
        return self._closed[key]

    def _find(self, key: str) -> frozenset[str]:
        seen: dict[str, _Seen] = defaultdict(lambda: _Seen(set(), set(), set()))
        readers: set[int] = set()
        for at, view in enumerate(self._views):
            for readings in view.belief.timeline(key).values():
                for reading in readings:
                    values = reading.value if isinstance(reading.value, tuple) else (reading.value,)
                    readers.add(at)
                    for value in values:
                        if isinstance(value, str) and is_long(value):
                            seen[value].tasks.add(view.trace.stratum)
                            seen[value].sources.add(view.trace.source.origin)
                            seen[value].runs.add(at)
        common = {value for value, found in seen.items() if self._is_common(found)}
        covered = set().union(*(seen[value].runs for value in common))
        closed = len(common) <= _FEW and len(covered) >= _MOST * len(readers)
        return frozenset(common) if closed else frozenset()

    def _is_common(self, found: _Seen) -> bool:
        """Whether a value occurs in enough tasks, and not only in a source with a minority of the runs."""
        only = next(iter(found.sources)) if len(found.sources) == 1 else None
        alone = only is not None and self._sources[only] < _MOST * len(self._views)
        return len(found.tasks) >= min(_TASKS, self._tasks) and not alone


def _given(views: Sequence[View]) -> dict[tuple[str, str], set[str]]:
    """The tasks that give an argument, by tool and argument; under (tool, "") the tasks that use the tool."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for view in views:
        for step in view.trace.steps:
            if step.action:
                for name in ("", *step.action.arguments):
                    found[step.action.tool, name].add(view.trace.stratum)
    return dict(found)


def _used(views: Sequence[View]) -> dict[tuple[str, str, str], set[str]]:
    """The tasks in which an argument had a text, by tool, argument and text."""
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for view in views:
        for step in view.trace.steps:
            if step.action:
                for name, value in step.action.arguments.items():
                    if isinstance(value, str):
                        found[step.action.tool, name, value].add(view.trace.stratum)
    return found
