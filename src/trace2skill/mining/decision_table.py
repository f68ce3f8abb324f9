"""The decisions of a pool's good runs as a table.

What was done at each, and what conditions speak of it.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from trace2skill.claims.model import ActionPattern, AllOf, Anything, Compare, Constant, CountTerm, Predicate
from trace2skill.claims.traversal import fact_keys
from trace2skill.claims.view import Truth
from trace2skill.facts.fact import is_instance
from trace2skill.facts.read_only import is_read_only
from trace2skill.mining.atomic_conditions import atomic_conditions
from trace2skill.mining.pool import Pool


class Affinity:
    """Affinities of actions to some literals, whose facts the read-only actions of some views show."""

    def __init__(self, pool: Pool, views: Sequence[int], literals: Sequence[Predicate]) -> None:
        self._pool = pool
        self._views = views
        self._literals = literals

    def of(self, action: ActionPattern, row: int) -> float:
        """The share of what the action's name says that the literal speaks of, rare words weighing more."""
        said = {word: weight for word in _action_words(action) if (weight := self._weight.get(word))}
        total = sum(said.values())
        own, around = self._literal_words[row]
        shared = sum(
            weight * (1.0 if word in own else 0.5 * (word in around)) for word, weight in said.items()
        )
        return shared / total if total else 0.0

    @cached_property
    def _literal_words(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """For each literal its own words, and the words of the tools that read its facts."""
        readers: dict[str, set[str]] = defaultdict(set)
        for at in self._views:
            view = self._pool.views[at]
            for key in view.belief.keys:
                for timeline in view.belief.timeline(key).values():
                    tools = {view.tools[reading.step] for reading in timeline if reading.step >= 0}
                    readers[key].update(filter(is_read_only, tools))
        return [
            (_words(_text(literal)), _words(" ".join(t for key in fact_keys(literal) for t in readers[key])))
            for literal in self._literals
        ]

    @cached_property
    def _weight(self) -> Mapping[str, float]:
        keys = {words for own, around in self._literal_words for words in (own | around,)}
        count = Counter(word for words in keys for word in words)
        return {word: math.log(1 + len(keys) / number) for word, number in count.items()}


def flat(predicate: Predicate) -> Sequence[Predicate]:
    """The conjuncts of a predicate."""
    return predicate.parts if isinstance(predicate, AllOf) else (predicate,)


def _text(predicate: Predicate) -> str:
    texts = [part.value for part in _constants(predicate)]
    return " ".join([*fact_keys(predicate), *map(str, texts)]) if not is_event(predicate) else ""


def _constants(predicate: Predicate) -> Iterator[Constant]:
    for part in flat(predicate):
        if isinstance(part, Compare):
            yield from (term for term in (part.left, part.right) if isinstance(term, Constant))


def is_event(predicate: Predicate) -> bool:
    """Whether it asks what was done before, and nothing of the world."""
    return isinstance(predicate, Compare) and isinstance(predicate.left, CountTerm)


def _action_words(action: ActionPattern) -> frozenset[str]:
    constants = [str(value.value) for _, value in action.arguments if isinstance(value, Constant)]
    return _words(" ".join([action.tool, *constants]))


def _words(text: str) -> frozenset[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    return frozenset(word.rstrip("s") for word in re.split(r"[^a-z0-9]+", spaced.lower()) if len(word) > 1)


_SELDOM = 0.5
_RARELY = 0.25
_MOST_GOALS = 2

_USUAL = 2 / 3
"""An action with which so many of the good runs end is their end."""

_WORDS_OF_TEXT = 4
"""An argument whose value has as many words is free text: what it says is no part of what is done."""


class DecisionTable:
    """One column for every decision of the good runs (of all, where none is good), one row for every literal.

    Attributes:
        pool: Where the runs come from.
        views: Which of the pool's views they are.
        literals: Elementary conditions.
        shapes: What was done at each decision; None for what is no action, and for the end.
        run: The view that each decision is of.
        truth: Whether each literal held before each decision.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.views = pool.good or tuple(range(len(pool.views)))
        self.literals = atomic_conditions(pool)
        self.shapes = [
            self._precise(at, index) if index < pool.views[at].length else None
            for at in self.views
            for index in range(pool.views[at].length + 1)
        ]
        self.run = np.repeat(self.views, [pool.views[at].length + 1 for at in self.views])
        self.truth = np.array(
            [
                np.concatenate([pool.views[at].truth(literal) for at in self.views])
                for literal in self.literals
            ],
            dtype=bool,
        ).reshape(len(self.literals), len(self.run))

    @cached_property
    def at_end(self) -> Truth:
        """Whether each literal held at the end of each run."""
        ends: Truth = self.truth[:, [end + 1 for end in self._ends]]
        return ends

    @cached_property
    def actions(self) -> tuple[ActionPattern, ...]:
        """What changes something, in the order in which runs first do it."""
        firsts: dict[ActionPattern, list[float]] = defaultdict(list)
        seen: set[tuple[int, ActionPattern]] = set()
        position = Counter[int]()
        for run, shape in zip(self.run.tolist(), self.shapes, strict=True):
            if shape is not None and not is_read_only(shape.tool):
                position[run] += 1
                if (run, shape) not in seen:
                    seen.add((run, shape))
                    firsts[shape].append(position[run])
        order = {shape: float(np.mean(places)) for shape, places in firsts.items()}
        return tuple(sorted(order, key=lambda shape: (shape not in self.cutting, order[shape], str(shape))))

    @cached_property
    def last(self) -> tuple[ActionPattern, ...]:
        """Actions after which good runs do nothing more."""
        ends = set(self._ends)
        elsewhere = {shape for index, shape in enumerate(self.shapes) if index not in ends}
        final = {self.shapes[index] for index in ends} - elsewhere
        return tuple(sorted((shape for shape in final if shape and not is_read_only(shape.tool)), key=str))

    @cached_property
    def cutting(self) -> tuple[ActionPattern, ...]:
        """Last actions that cut a run short, such as handing over.

        What most good runs end with, such as a farewell, or what mostly comes after other changes, is no such
        action: what was due comes before it.
        """
        final = Counter(self.shapes[index] for index in self._ends)
        changed = Counter(
            int(run)
            for run, shape in zip(self.run, self.shapes, strict=True)
            if shape is not None and not is_read_only(shape.tool)
        )
        alone = Counter(self.shapes[end] for end in self._ends if changed[int(self.run[end])] == 1)
        return tuple(
            action
            for action in self.last
            if final[action] < _USUAL * len(self.views) and 2 * alone[action] > final[action]
        )

    @cached_property
    def _ends(self) -> list[int]:
        """Where each run's last step stands; in front of it, for a run without steps."""
        return [int(start) - 2 for start in np.append(self.starts[1:], len(self.run))]

    @cached_property
    def cut(self) -> set[int]:
        """Runs that were cut short."""
        return {int(run) for run, shape in zip(self.run, self.shapes, strict=True) if shape in self.cutting}

    def goals(self, of: Collection[int]) -> tuple[Predicate, ...]:
        """What holds at the end of every one of these good runs that was not cut short.

        It seldom held before, when the run first changed something, and at the end of few failed runs.
        Of several on one fact it is the one that sets good ends best apart from bad ones and beginnings.

        Args:
            of: The views to look at: those of a family, among the good and failed ones of the pool.
        """
        changes = np.array(
            [shape is not None and not is_read_only(shape.tool) for shape in self.shapes], dtype=bool
        )
        whole = [place for place, at in enumerate(self.views) if at not in self.cut and at in of]
        firsts = [np.flatnonzero(changes & (self.run == self.views[place])) for place in whole]
        starts = [places[0] for places in firsts if len(places)]
        if not starts:
            return ()
        before = self.truth[:, starts].mean(axis=1)
        reached = self.at_end[:, whole].all(axis=1) & (before <= _SELDOM) & ~self.events
        reached &= ~np.array([_is_negative(literal) for literal in self.literals], dtype=bool)
        bad = [at for at in self.pool.bad if at in of]
        scored = []
        for row in np.flatnonzero(reached).tolist():
            ends = [bool(self.pool.views[at].truth(self.literals[row])[-1]) for at in bad]
            failed = sum(ends) / len(ends) if ends else 0.0
            if failed <= _RARELY:
                scored.append((round(failed + float(before[row]), 9), row))
        chosen: dict[tuple[str, ...], Predicate] = {}
        for _, row in sorted(scored):
            chosen.setdefault(tuple(fact_keys(self.literals[row])), self.literals[row])
        return tuple(chosen.values())[:_MOST_GOALS]

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each run's decisions start, of runs that have any."""
        return np.flatnonzero(np.diff(self.run, prepend=-1))

    def exposed(self, holds: Truth) -> Truth:
        """In which runs a condition ever holds."""
        exposed: Truth = np.logical_or.reduceat(holds, self.starts)
        return exposed

    def begins(self, holds: Truth) -> Truth:
        """Where a condition comes to hold."""
        begins = holds.copy()
        begins[1:] &= ~(holds[:-1] & self._same_run)
        return begins

    @cached_property
    def _same_run(self) -> Truth:
        """Of each decision but the first, whether it is of the same run as the one before."""
        same: Truth = self.run[1:] == self.run[:-1]
        return same

    @cached_property
    def events(self) -> Truth:
        """Which literals ask what was done before."""
        return np.array([is_event(literal) for literal in self.literals], dtype=bool)

    def _precise(self, at: int, index: int) -> ActionPattern | None:
        """The shape of a step, with constants also where they are too rare for a reader's skill."""
        view = self.pool.views[at]
        step = view.trace.steps[index]
        shape = self.pool.full_shape(at, index)
        if shape is None or step.action is None:
            return None
        bound = dict(shape.arguments)
        words = self.pool.enumerations
        for name, value in step.action.arguments.items():
            if isinstance(value, dict | list) or value is None or not words.admits_argument(shape.tool, name):
                continue
            if self._is_text(step.action.tool, name) or not words.admits_constant(value):
                bound[name] = Anything()
                continue
            never_varies = self._values[step.action.tool, name] == {value} and not isinstance(value, str)
            if never_varies or (name not in bound and not is_instance(value)):
                bound[name] = Constant(value=value)
        return shape.model_copy(update={"arguments": tuple(sorted(bound.items()))})

    def _is_text(self, tool: str, name: str) -> bool:
        """Whether most values of an argument are sentences: a summary, a message, a note."""
        values = [value for value in self._values[tool, name] if isinstance(value, str)]
        texts = sum(len(value.split()) >= _WORDS_OF_TEXT for value in values)
        return 2 * texts > len(self._values[tool, name])

    @cached_property
    def _values(self) -> Mapping[tuple[str, str], set[object]]:
        values: dict[tuple[str, str], set[object]] = defaultdict(set)
        steps = (step for at in self.views for step in self.pool.views[at].trace.steps)
        for action in (step.action for step in steps if step.action):
            for name, value in action.arguments.items():
                values[action.tool, name].add(str(value) if isinstance(value, dict | list) else value)
        return values


def _is_negative(predicate: Predicate) -> bool:
    """Whether it says what a fact is not: no goal to work for."""
    return isinstance(predicate, Compare) and predicate.operator in {"!=", "not in"}
