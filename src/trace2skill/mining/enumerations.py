"""What of a pool's runs may become a word of a rule: names, states and enumerations, never free text.

Whoever can write one field of one trace can write anything there. A rule is read as advice, so its words must
come from what a domain says again and again: a name that is a name, a value of one to four words, or a longer
text that states how things are and is one of few that a fact has in most runs. What reads like an order is
none of these, whoever says it and however often (`facts/untrusted_text.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from trace2skill.claims.instance import is_personal
from trace2skill.claims.model import Scalar
from trace2skill.claims.view import View
from trace2skill.facts.fact import is_instance
from trace2skill.facts.templates import SAYS
from trace2skill.facts.untrusted_text import is_long, no_name, no_status, reads_like_an_order

_FEW = 8
"""Different long texts that a fact may have to be an enumeration."""

_TASKS = 3
_MOST = 0.5
"""Of the runs that read a fact, the part that must have read a text of its enumeration; of the tasks that use
a tool, the part that must give an argument. No party with a third of the runs brings that about."""


class _Seen(NamedTuple):
    """Where a value was read: in which tasks, by runs of which formats, in which runs."""

    tasks: set[str]
    sources: set[str]
    runs: set[int]


class Enumerations:
    """Which names and values of some runs may stand in a rule.

    Args:
        views: The runs that are mined.
    """

    def __init__(self, views: Sequence[View]) -> None:
        self._views = views
        self._tasks = len({view.trace.stratum for view in views})
        self._formats = Counter(view.trace.source.format for view in views)
        self._closed: dict[str, frozenset[str]] = {}
        self._given, self._used = _given(views), _used(views)

    def admits_name(self, name: str) -> bool:
        """Whether a tool, an argument, a field or a kind of task may be called by its name."""
        return no_name(name) is None

    def admits_key(self, key: str) -> bool:
        """Whether a fact may be spoken of: each part of its key is a name, or its sentence a statement."""
        tool, says, sentence = key.partition(SAYS)
        if says:
            return self.admits_name(tool) and no_status(sentence) is None
        return all(map(self.admits_name, key.split(".")))

    def admits_value(self, key: str, value: Scalar) -> bool:
        """Whether a rule may say that a fact has this value."""
        if not isinstance(value, str):
            return True
        if not is_long(value):
            return reads_like_an_order(value) is None
        return no_status(value) is None and value in self._enumerated(key)

    def admits_argument(self, tool: str, name: str) -> bool:
        """Whether an argument belongs to what is done with a tool: it has a name and most tasks give it."""
        given, used = self._given.get((tool, name), set()), self._given.get((tool, ""), set())
        return self.admits_name(name) and len(given) >= _MOST * len(used)

    def admits_constant(self, value: Scalar) -> bool:
        """Whether an action may be told apart by an argument's value: a sentence is none of few choices."""
        return not isinstance(value, str) or not (is_long(value) or reads_like_an_order(value))

    def admits_use(self, tool: str, name: str, value: Scalar) -> bool:
        """Whether a value may show how an argument is filled: it is nobody's own, and a text is common."""
        if is_instance(value) or is_personal(name):
            return False
        if not isinstance(value, str) or not is_long(value):
            return self.admits_constant(value)
        tasks = self._used.get((tool, name, value), set())
        return no_status(value) is None and len(tasks) >= min(_TASKS, self._tasks)

    def _enumerated(self, key: str) -> frozenset[str]:
        """The long texts that a fact has, if they are few and most runs that read it read one of them."""
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
                            seen[value].sources.add(view.trace.source.format)
                            seen[value].runs.add(at)
        common = {value for value, found in seen.items() if self._is_common(found)}
        covered = set().union(*(seen[value].runs for value in common))
        closed = len(common) <= _FEW and len(covered) >= _MOST * len(readers)
        return frozenset(common) if closed else frozenset()

    def _is_common(self, found: _Seen) -> bool:
        """In enough tasks, and not the word of one of several sources that gave few of the runs."""
        only = next(iter(found.sources)) if len(found.sources) == 1 else None
        alone = only is not None and self._formats[only] < _MOST * len(self._views)
        return len(found.tasks) >= min(_TASKS, self._tasks) and not alone


def _given(views: Sequence[View]) -> dict[tuple[str, str], set[str]]:
    """For each tool and argument the tasks that give it; for each tool and "" those that use it."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for view in views:
        for step in view.trace.steps:
            if step.action:
                for name in ("", *step.action.arguments):
                    found[step.action.tool, name].add(view.trace.stratum)
    return dict(found)


def _used(views: Sequence[View]) -> dict[tuple[str, str, str], set[str]]:
    """The tasks in which a tool was given a text, by tool, argument and text."""
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for view in views:
        for step in view.trace.steps:
            if step.action:
                for name, value in step.action.arguments.items():
                    if isinstance(value, str):
                        found[step.action.tool, name, value].add(view.trace.stratum)
    return found
