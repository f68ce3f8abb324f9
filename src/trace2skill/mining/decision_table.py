"""The decision table of a pool: the action at each decision of its good runs, and all atomic conditions."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    Anything,
    ArgumentPattern,
    Compare,
    Constant,
    CountTerm,
    Predicate,
)
from trace2skill.claims.series import Places, Truth
from trace2skill.claims.traversal import fact_keys
from trace2skill.facts.fact import is_instance, is_redacted
from trace2skill.facts.read_only import is_read_only
from trace2skill.mining.atomic_conditions import atomic_conditions
from trace2skill.mining.pool import Pool


class Affinity:
    """Lexical affinity of actions to literals (atomic conditions).

    Args:
        pool: The pool.
        views: The views whose read-only tools are counted as readers of facts.
        literals: The literals.
    """

    def __init__(self, pool: Pool, views: Sequence[int], literals: Sequence[Predicate]) -> None:
        self._pool = pool
        self._views = views
        self._literals = literals

    def of(self, action: ActionPattern) -> Iterator[float]:
        """For each literal the share, weighted by rarity, of the action's words that occur in it (0 to 1).

        A word that occurs only in the name of a tool that reads the literal's facts counts half.
        """
        said = {word: weight for word in _action_words(action) if (weight := self._weight.get(word))}
        total = sum(said.values())
        for own, around in self._literal_words:
            shared = sum(
                weight * (1.0 if word in own else 0.5 * (word in around)) for word, weight in said.items()
            )
            yield shared / total if total else 0.0

    @cached_property
    def _literal_words(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """For each literal its words, and the words of the tools that read its facts."""
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
    """Whether the predicate counts earlier actions instead of testing a fact."""
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
"""Share of good runs with the same last action from which that action is their regular end."""

_WORDS_OF_TEXT = 4
"""Number of words from which an argument's value is free text and no part of the action."""


class DecisionTable:
    """A table with one row per literal and one column per step of the good runs (of all, if none is good).

    Each run has one further column for its end.

    Attributes:
        pool: The pool.
        views: The indices of the runs in the pool's views.
        literals: The atomic conditions.
        shapes: The action at each column; None for steps without an action, and for the end.
        run: The view index of each column.
        truth: Whether each literal held just before each column's step.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.views = pool.good or tuple(range(len(pool.views)))
        self.literals = atomic_conditions(pool)
        self._equal: dict[object, ActionPattern] = {}
        self._texts: dict[tuple[str, str], bool] = {}
        self.shapes = [
            self._precise(at, index) if index < pool.views[at].length else None
            for at in self.views
            for index in range(pool.views[at].length + 1)
        ]
        self.run = np.repeat(self.views, [pool.views[at].length + 1 for at in self.views])
        columns = np.flatnonzero(np.isin(pool.together.run, self.views))
        self.truth = np.zeros((len(self.literals), len(self.run)), dtype=bool)
        for row, literal in zip(self.truth, self.literals, strict=True):
            row[:] = pool.together.truth(literal)[columns]

        numbers: dict[ActionPattern, int] = {}
        self._numbers = numbers
        self._done = np.array(
            [-1 if shape is None else numbers.setdefault(shape, len(numbers)) for shape in self.shapes],
            dtype=np.int64,
        )

    def does(self, action: ActionPattern) -> Truth:
        """The columns at which the action is done."""
        does: Truth = self._done == self._numbers.get(action, -2)
        return does

    def holds(self, rows: Sequence[int]) -> Truth:
        """The columns at which all of these literals hold."""
        holds: Truth = np.logical_and.reduce(self.truth[list(rows)], axis=0)
        return holds

    @cached_property
    def place(self) -> Places:
        """For each column, the number of its run among those of the table."""
        place: Places = np.cumsum(np.diff(self.run, prepend=-1) != 0) - 1
        return place

    @cached_property
    def at_end(self) -> Truth:
        """Whether each literal held at the end of each run."""
        ends: Truth = self.truth[:, [end + 1 for end in self._ends]]
        return ends

    @cached_property
    def actions(self) -> tuple[ActionPattern, ...]:
        """The state-changing actions, by mean position of their first occurrence; cutting ones first."""
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
        """State-changing actions that occur only as the last step of good runs."""
        ends = set(self._ends)
        elsewhere = {shape for index, shape in enumerate(self.shapes) if index not in ends}
        final = {self.shapes[index] for index in ends} - elsewhere
        return tuple(sorted((shape for shape in final if shape and not is_read_only(shape.tool)), key=str))

    @cached_property
    def cutting(self) -> tuple[ActionPattern, ...]:
        """Last actions that cut a run short, such as a hand-over.

        A last action is not one of them if most good runs end with it (a farewell), or if it mostly follows
        other changes: then what was due has been done before.
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
        """The column of each run's last step; for a run without steps, the column before the run."""
        return [int(start) - 2 for start in np.append(self.starts[1:], len(self.run))]

    @cached_property
    def cut(self) -> set[int]:
        """The view indices of runs that were cut short."""
        return {int(run) for run, shape in zip(self.run, self.shapes, strict=True) if shape in self.cutting}

    def goals(self, of: Collection[int]) -> tuple[Predicate, ...]:
        """The literals that hold at the end of every good run in `of` that was not cut short.

        Each held in at most half of the runs before their first change, and at the end of at most a quarter
        of the failed runs. Of several literals on the same facts the most discriminating is chosen.

        Args:
            of: The indices of the views of a family.
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
            ends = self.pool.together.truth(self.literals[row])[self.pool.together.ends[bad]]
            failed = int(ends.sum()) / len(ends) if bad else 0.0
            if failed <= _RARELY:
                scored.append((round(failed + float(before[row]), 9), row))
        chosen: dict[tuple[str, ...], Predicate] = {}
        for _, row in sorted(scored):
            chosen.setdefault(tuple(fact_keys(self.literals[row])), self.literals[row])
        return tuple(chosen.values())[:_MOST_GOALS]

    @cached_property
    def starts(self) -> np.ndarray:
        """The first column of each run."""
        return np.flatnonzero(np.diff(self.run, prepend=-1))

    def begins(self, holds: Truth) -> Truth:
        """The columns at which a condition becomes true, or each of several, one in a row."""
        begins = holds.copy()
        begins[..., 1:] &= ~(holds[..., :-1] & self._same_run)
        return begins

    @cached_property
    def _same_run(self) -> Truth:
        """For each column but the first, whether it belongs to the same run as the one before."""
        same: Truth = self.run[1:] == self.run[:-1]
        return same

    @cached_property
    def events(self) -> Truth:
        """For each literal, whether it is an event (`is_event`)."""
        return np.array([is_event(literal) for literal in self.literals], dtype=bool)

    def _precise(self, at: int, index: int) -> ActionPattern | None:
        """The shape of a step, with constants even if they are too rare for the skill that readers see."""
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
            stated = is_redacted(value) or words.admits_constant(value)
            if self._is_text(step.action.tool, name) or not stated:
                bound[name] = Anything()
                continue
            never_varies = self._values[step.action.tool, name] == {value} and not isinstance(value, str)
            if never_varies or (name not in bound and not is_instance(value)):
                bound[name] = Constant(value=value)
        key = (id(shape), tuple(sorted((name, _identity(pattern)) for name, pattern in bound.items())))
        if key not in self._equal:
            self._equal[key] = shape.model_copy(update={"arguments": tuple(sorted(bound.items()))})
        return self._equal[key]

    def _is_text(self, tool: str, name: str) -> bool:
        """Whether most values of an argument are free text, such as a summary or a message."""
        key = (tool, name)
        if key not in self._texts:
            self._texts[key] = self._finds_text(tool, name)
        return self._texts[key]

    def _finds_text(self, tool: str, name: str) -> bool:
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


def _identity(pattern: ArgumentPattern) -> str:
    """A text that differs for patterns of a pool that differ; it tells constants of different types apart."""
    match pattern:
        case Constant():
            return f"= {pattern.value!r}"
        case Anything():
            return "*"
        case _:
            return str(id(pattern))  # it belongs to the pool's shapes, which live as long


def _is_negative(predicate: Predicate) -> bool:
    """Whether the predicate states what a fact is not, which makes no useful goal."""
    return isinstance(predicate, Compare) and predicate.operator in {"!=", "not in"}
