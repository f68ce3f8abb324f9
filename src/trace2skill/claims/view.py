"""Evaluates predicates and action patterns at every step of traces, and caches the results."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain

import numpy as np

from trace2skill.claims.compare import Test, entity_type_of, fact_test, known
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Anything,
    ArgumentPattern,
    ArgumentTerm,
    Combined,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Known,
    Like,
    Never,
    OwnTerm,
    Predicate,
    SizeTerm,
    Slot,
    Term,
    Unknown,
)
from trace2skill.claims.series import (
    Places,
    Series,
    Timelines,
    Truth,
    cells,
    combined,
    entities_of,
    pair_of,
    related,
    timelines,
)
from trace2skill.claims.traversal import SAID, TASK
from trace2skill.facts.belief import BEFORE, Belief, FactReading, belief_of
from trace2skill.facts.fact import Value
from trace2skill.facts.read_only import is_read_only
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Actor, StepOutcome, Trace


class View:
    """One trace with its belief, and truth arrays over its steps.

    `truth(p)` has n + 1 entries for n steps: entry i says whether p holds just before step i, the last one
    whether it holds at the end. `matches(a)` has n entries. Arrays are cached and must not be changed.

    Args:
        trace: The trace.
        vocabulary: Sentences to read as facts (default: none).
        belief: The belief after reading the whole trace, if it exists already.
    """

    def __init__(
        self, trace: Trace, vocabulary: Vocabulary | None = None, belief: Belief | None = None
    ) -> None:
        self.trace = trace
        self.belief = belief or Belief(trace, vocabulary)
        self.length = len(trace.steps)
        self.tools = [step.action.tool if step.action else "" for step in trace.steps]
        self._said = [
            (step.index, step.text.lower()) for step in trace.steps if step.text and step.actor != Actor.AGENT
        ]

    @classmethod
    def of(cls, trace: Trace, vocabulary: Vocabulary) -> "View":
        """The view of a whole trace, with a belief that must not be given further steps."""
        return cls(trace, belief=belief_of(trace, vocabulary))

    @cached_property
    def alone(self) -> "Views":
        """The trace by itself, to be evaluated."""
        return Views((self,))

    @cached_property
    def acts(self) -> Truth:
        """The steps with an action."""
        return np.array([step.action is not None for step in self.trace.steps], dtype=bool)

    @cached_property
    def errors(self) -> Truth:
        """The steps that failed."""
        return np.array([step.outcome == StepOutcome.ERROR for step in self.trace.steps], dtype=bool)

    def decisions(self, actor: Actor | None) -> Truth:
        """The steps at which the actor (any, if None) took an action."""
        return self.alone.decisions(actor)[:-1]

    def matches(self, pattern: ActionPattern) -> Truth:
        """The steps that match the action pattern."""
        return self.alone.matches(pattern)[:-1]

    def truth(self, predicate: Predicate) -> Truth:
        """Whether the predicate holds before each step, and at the end."""
        return self.alone.truth(predicate)

    def by_entity(self, predicate: Predicate) -> Mapping[str, Truth]:
        """The truth of an existential comparison for each entity; empty for any other predicate."""
        found = self.alone.by_entity(predicate)
        return found.of(0, self.alone.entities) if found else {}

    def values(self, term: Term) -> list[Value]:
        """The term's value before each step and at the end; None where it is unknown."""
        series = self.alone.values(term)
        return [series.values[code] for code in series.codes.tolist()]

    def said(self, value: object, before: int) -> bool:
        """Whether the value occurs in an utterance, not by the agent, before the step."""
        needle = str(value).lower()
        return any(index < before and needle in text for index, text in self._said)

    def fits(self, index: int, value: object, pattern: ArgumentPattern) -> bool:
        """Whether an argument value of step `index` matches the pattern."""
        match pattern:
            case Anything():
                return True
            case Constant():
                return type(value) is type(pattern.value) and value == pattern.value
            case Like():
                return value is not None and re.fullmatch(pattern.pattern, str(value)) is not None
            case Slot():
                return any(self.seen(value, source, index) for source in pattern.sources)

    def seen(self, value: object, source: str, before: int) -> bool:
        """Whether a value was seen before the step: under a fact key, in the `task` or in an `utterance`."""
        if value is None or isinstance(value, bool | dict | list):
            return False
        if source == "task":
            return str(value).lower() in self.trace.task.lower()
        if source == "utterance":
            return self.said(value, before)
        first = self.belief.sources(value).get(source)  # type: ignore[arg-type]
        return first is not None and first < before

    def timeline(self, key: str) -> Mapping[str, Sequence[FactReading]]:
        """Readings by entity of a fact, the task text or an actor's latest utterance."""
        if key == TASK:
            return {"": [FactReading(BEFORE, self.trace.task)]}
        return {"": self._utterances(SAID[key])} if key in SAID else self.belief.timeline(key)

    def _utterances(self, actor: Actor) -> list[FactReading]:
        steps = (step for step in self.trace.steps if step.text and step.actor == actor)
        return [FactReading(step.index, (step.text or "").lower()) for step in steps]


class EntityTruth:
    """The truth of a predicate for each entity of each trace, by cell (see `Timelines`)."""

    def __init__(self, pairs: Places, starts: Places, sizes: Places, columns: Places, truth: Truth) -> None:
        self.pairs = pairs
        self.starts = starts
        self.sizes = sizes
        self.columns = columns
        self.truth = truth

    @property
    def at_end(self) -> Truth:
        """The truth for each pair at the end of its trace."""
        ends: Truth = self.truth[self.starts + self.sizes - 1]
        return ends

    @property
    def runs(self) -> Places:
        """The index of each pair's trace."""
        return self.pairs // pair_of(1, 0)

    def of(self, run: int, names: Sequence[str]) -> dict[str, Truth]:
        """The truth by entity in one trace, given the entities' names by code."""
        codes = entities_of(self.pairs).tolist()
        return {
            names[codes[at]]: self.truth[self.starts[at] : self.starts[at] + self.sizes[at]]
            for at in np.flatnonzero(self.runs == run).tolist()
        }

    def only(self, pairs: Places) -> "EntityTruth":
        """The truth for some of the pairs."""
        at = np.searchsorted(self.pairs, pairs)
        sizes = self.sizes[at]
        places = cells(self.starts[at], sizes)
        first = np.cumsum(sizes) - sizes
        return EntityTruth(pairs, first, sizes, self.columns[places], self.truth[places])


class Views:
    """Several traces side by side, evaluated together.

    Every trace has one column for each step, in order, and one for its end. `truth(p)` has an entry for each
    column: whether p holds just before the step, or at the end. `matches(a)` is false at ends. Arrays are
    cached and must not be changed.

    Attributes:
        each: The traces' views.
        starts: The first column of each trace.
        ends: The column of each trace's end.
        run: The index of each column's trace.
        step: The step of each column; the number of steps for an end.
        entities: The names of entities by code.
    """

    def __init__(self, views: Iterable[View]) -> None:
        self.each = tuple(views)
        self._sizes = np.array([view.length + 1 for view in self.each], dtype=np.int64)
        self.ends = np.cumsum(self._sizes) - 1
        self.starts = self.ends - self._sizes + 1
        self.columns = int(self._sizes.sum())
        self.run = np.repeat(np.arange(len(self.each)), self._sizes)
        self.step = np.arange(self.columns) - self.starts[self.run]
        self.entities = [""]
        self._entity: dict[str, int] = {"": 0}
        self._truth: dict[Predicate, Truth] = {}
        self._matches: dict[ActionPattern, Truth] = {}
        self._fitting: dict[tuple[str, str, ArgumentPattern], Truth] = {}
        self._timelines: dict[tuple[str, bool], Timelines] = {}
        self._latest_of: dict[str, Series] = {}
        self._partners: dict[tuple[str, str], tuple[Places, Places]] = {}
        self._with_arguments: dict[tuple[str, str, str], EntityTruth] = {}

    def truth(self, predicate: Predicate) -> Truth:
        """Whether the predicate holds before each step, and at each end."""
        cached = self._truth.get(predicate)
        if cached is None:
            cached = self._truth[predicate] = self._evaluate(predicate)
        return cached

    def matches(self, pattern: ActionPattern) -> Truth:
        """The steps that match the action pattern."""
        cached = self._matches.get(pattern)
        if cached is None:
            cached = self._matches[pattern] = self._match(pattern)
        return cached

    def anywhere(self, truth: Truth) -> Truth:
        """For each trace, whether any of its columns is true."""
        found: Truth = np.logical_or.reduceat(truth, self.starts) if self.each else np.zeros(0, dtype=bool)
        return found

    def part(self, run: int) -> slice:
        """The columns of one trace."""
        return slice(int(self.starts[run]), int(self.ends[run]) + 1)

    # --- actions

    @cached_property
    def is_step(self) -> Truth:
        """The columns that are steps, not ends."""
        steps = np.ones(self.columns, dtype=bool)
        steps[self.ends] = False
        return steps

    @cached_property
    def acts(self) -> Truth:
        """The steps with an action."""
        return self._of_steps(view.acts for view in self.each)

    @cached_property
    def errors(self) -> Truth:
        """The steps that failed."""
        return self._of_steps(view.errors for view in self.each)

    @cached_property
    def reads(self) -> Truth:
        """The steps that call a read-only tool."""
        truth = self._nowhere()
        for tool, columns in self._of_tool.items():
            truth[columns] |= is_read_only(tool)
        return truth

    def decisions(self, actor: Actor | None) -> Truth:
        """The steps at which the actor (any, if None) took an action."""
        return self.acts if actor is None else self.acts & self._by(actor)

    def _by(self, actor: Actor) -> Truth:
        truth = np.zeros(self.columns, dtype=bool)
        truth[self._of_actor.get(actor, [])] = True
        return truth

    @cached_property
    def _of_actor(self) -> Mapping[Actor, list[int]]:
        found: dict[Actor, list[int]] = {}
        for view, start in zip(self.each, self.starts.tolist(), strict=True):
            for at, step in enumerate(view.trace.steps):
                found.setdefault(step.actor, []).append(start + at)
        return found

    @cached_property
    def _of_tool(self) -> Mapping[str, Places]:
        """The columns of each tool's calls; those of all calls under `*`."""
        found: dict[str, list[int]] = {}
        for view, start in zip(self.each, self.starts.tolist(), strict=True):
            for at, step in enumerate(view.trace.steps):
                if step.action:
                    found.setdefault(step.action.tool, []).append(start + at)
        columns = {tool: np.array(places, dtype=np.int64) for tool, places in found.items()}
        return {**columns, "*": np.flatnonzero(self.acts)}

    def _of_steps(self, parts: Iterable[Truth]) -> Truth:
        truth = np.zeros(self.columns, dtype=bool)
        truth[self.is_step] = np.concatenate([*parts, np.zeros(0, dtype=bool)])
        return truth

    def _match(self, pattern: ActionPattern) -> Truth:
        truth = np.zeros(self.columns, dtype=bool)
        columns = self._of_tool.get(pattern.tool)
        if columns is not None:
            fitting = np.ones(len(columns), dtype=bool)
            for name, fit in pattern.arguments:
                fitting &= self._fits(pattern.tool, name, fit)
            truth[columns[fitting]] = True
        return truth if pattern.actor is None else truth & self._by(pattern.actor)

    def _fits(self, tool: str, name: str, fit: ArgumentPattern) -> Truth:
        """For each call of the tool, whether an argument of it matches the pattern."""
        key = (tool, name, fit)
        if key not in self._fitting:
            fitting = [
                self.each[run].fits(step, action.arguments.get(name), fit)
                for run, step in self._places(self._of_tool[tool])
                if (action := self.each[run].trace.steps[step].action)
            ]
            self._fitting[key] = np.array(fitting, dtype=bool)
        return self._fitting[key]

    def _places(self, columns: Places) -> Iterable[tuple[int, int]]:
        return zip(self.run[columns].tolist(), self.step[columns].tolist(), strict=True)

    # --- predicates

    def _evaluate(self, predicate: Predicate) -> Truth:
        match predicate:
            case Known():
                return self._any_entity(predicate.key, known)
            case Unknown():
                return ~self.truth(Known(key=predicate.key))
            case Never():
                return np.equal(self._done_before(predicate.action), 0)
            case AnyOf():
                return self._any_of(predicate)
            case AllOf():
                return self._all_of(predicate)
            case Compare():
                return self._compare(predicate)

    def _nowhere(self) -> Truth:
        return np.zeros(self.columns, dtype=bool)

    def _any_of(self, predicate: AnyOf) -> Truth:
        result = self._nowhere()
        for part in predicate.parts:
            result |= self.truth(part)
        return result

    def _all_of(self, predicate: AllOf) -> Truth:
        """The conjunction; parts about one entity type must hold for the same entity."""
        joint: dict[str, list[EntityTruth]] = {}
        result = np.ones(self.columns, dtype=bool)
        for part in predicate.parts:
            kind = entity_type_of(part)
            found = None if kind is None else self.by_entity(part)
            if kind is None or found is None:
                result &= self.truth(part)
            else:
                joint.setdefault(kind, []).append(found)
        for parts in joint.values():
            shared = parts[0].pairs
            for part_truth in parts[1:]:
                if part_truth.pairs is not shared:
                    shared = np.intersect1d(shared, part_truth.pairs, assume_unique=True)
            alike = [each if len(each.pairs) == len(shared) else each.only(shared) for each in parts]
            result &= self._at(alike[0].columns[np.logical_and.reduce([each.truth for each in alike])])
        return result

    def by_entity(self, predicate: Predicate) -> EntityTruth | None:
        """The truth of an existential comparison for each entity; None for any other predicate."""
        if not isinstance(predicate, Compare) or entity_type_of(predicate) is None:
            return None
        if test := fact_test(predicate):
            found = self.timelines(test[0])
            truth = found.series.passes(test[1])
            return EntityTruth(found.pairs, found.starts, found.sizes, found.columns, truth)
        left, right = predicate.left, predicate.right
        assert isinstance(left, FactTerm)
        if isinstance(right, ArgumentTerm):
            return self._with_argument(left.key, predicate.operator, right)
        assert isinstance(right, FactTerm)
        return self._between(left.key, predicate.operator, right.key)

    def _with_argument(self, key: str, operator: str, argument: ArgumentTerm) -> EntityTruth:
        """A comparison of a fact with an argument of the action at each step."""
        compared = (key, operator, argument.name)
        if compared not in self._with_arguments:
            found = self.timelines(key)
            given = self.values(argument).at(found.columns)
            truth = related(found.series, operator, given)
            self._with_arguments[compared] = EntityTruth(
                found.pairs, found.starts, found.sizes, found.columns, truth
            )
        return self._with_arguments[compared]

    def _between(self, left: str, operator: str, right: str) -> EntityTruth:
        """A comparison of two facts of the same entity, or of the second one without an entity."""
        one, other = self.timelines(left), self.timelines(right)
        kept, beside = self._partnered(left, right)
        sizes = one.sizes[kept]
        here, there = cells(one.starts[kept], sizes), cells(other.starts[beside], sizes)
        truth = related(one.series.at(here), operator, other.series.at(there))
        return EntityTruth(one.pairs[kept], np.cumsum(sizes) - sizes, sizes, one.columns[here], truth)

    def _partnered(self, left: str, right: str) -> tuple[Places, Places]:
        """The pairs of one key that have a partner among those of another, and their partners."""
        key = (left, right)
        if key not in self._partners:
            one, other = self.timelines(left), self.timelines(right)
            number = {pair: at for at, pair in enumerate(other.pairs.tolist())}
            plain = (one.pairs - entities_of(one.pairs)).tolist()
            partners = [
                number.get(pair, number.get(without, -1))
                for pair, without in zip(one.pairs.tolist(), plain, strict=True)
            ]
            found = np.array(partners, dtype=np.int64)
            kept = np.flatnonzero(found >= 0)
            self._partners[key] = (kept, found[kept])
        return self._partners[key]

    def _compare(self, predicate: Compare) -> Truth:
        test = fact_test(predicate)
        if test is None:
            found = self.by_entity(predicate)
            if found is not None:
                return self._at(found.columns[found.truth])
            return related(self.values(predicate.left), predicate.operator, self.values(predicate.right))
        key, check = test
        if predicate.quantifier == "exists":
            return self._any_entity(key, check)
        if predicate.quantifier == "all":
            seen = self._any_entity(key, known)
            return seen & ~self._any_entity(key, lambda value: not check(value))
        return self._latest(key).passes(check)

    def values(self, term: Term) -> Series:
        """The term's value before each step and at each end."""
        match term:
            case Constant():
                codes = np.full(self.columns, int(term.value is not None), dtype=np.int64)
                return Series(codes, [None, term.value])
            case FactTerm():
                return self._latest(term.key)
            case ArgumentTerm():
                return Series.of(self._arguments(term.name))
            case OwnTerm():
                return Series.of(chain.from_iterable(_own(view, term) for view in self.each))
            case CountTerm():
                return Series.counted(self._done_before(term.action))
            case SizeTerm():
                return self._counted(term.key)
            case Combined():
                return combined(self.values(term.left), term.operator, self.values(term.right))

    def _arguments(self, name: str) -> Iterable[Value]:
        for view in self.each:
            for step in view.trace.steps:
                value = step.action.arguments.get(name) if step.action else None
                yield None if isinstance(value, dict | list) else value
            yield None

    def _done_before(self, action: ActionPattern) -> Places:
        matches = self.matches(action).astype(np.int64)
        before = np.cumsum(matches) - matches
        counts: Places = before - before[self.starts][self.run]
        return counts

    # --- timelines

    def timelines(self, key: str, *, believed: bool = False) -> Timelines:
        """The readings of a fact; with `believed`, `task` and utterances have no meaning of their own."""
        wanted = (key, believed)
        if wanted not in self._timelines:
            found: dict[int, Sequence[FactReading]] = {}
            for run, view in enumerate(self.each):
                told = view.belief.timeline(key) if believed else view.timeline(key)
                for entity, readings in told.items():
                    found[pair_of(run, self._code(entity))] = readings
            self._timelines[wanted] = timelines(found, self.starts, self._sizes)
        return self._timelines[wanted]

    def _code(self, entity: str) -> int:
        code = self._entity.get(entity)
        if code is None:
            code = self._entity[entity] = len(self.entities)
            self.entities.append(entity)
        return code

    def _latest(self, key: str) -> Series:
        """The most recently read value of any entity."""
        if key not in self._latest_of:
            found = {pair_of(run, 0): _merged(view.timeline(key)) for run, view in enumerate(self.each)}
            self._latest_of[key] = timelines(found, self.starts, self._sizes).series
        return self._latest_of[key]

    def _counted(self, key: str) -> Series:
        """The length of a list-valued fact; in traces without a list, the number of entities that have it."""
        latest = self._latest(key)
        listed = self.anywhere(latest.passes(lambda value: isinstance(value, tuple)))[self.run]
        lengths = latest.mapped(lambda value: len(value) if isinstance(value, tuple) else None)
        of = self.timelines(key, believed=True)
        counts = np.bincount(of.columns[of.series.passes(known)], minlength=self.columns)
        several = Series.counted(counts).mapped(lambda value: value or None)
        return Series.of(
            lengths.values[length] if is_list else several.values[count]
            for is_list, length, count in zip(listed, lengths.codes, several.codes, strict=True)
        )

    def _any_entity(self, key: str, test: Test) -> Truth:
        found = self.timelines(key)
        return self._at(found.columns[found.series.passes(test)])

    def _at(self, columns: Places) -> Truth:
        truth = self._nowhere()
        truth[columns] = True
        return truth


def _merged(timeline: Mapping[str, Sequence[FactReading]]) -> Sequence[FactReading]:
    """The readings of all entities, in order of step."""
    if len(timeline) == 1:
        return next(iter(timeline.values()))
    return sorted(chain.from_iterable(timeline.values()), key=lambda reading: reading.step)


def _own(view: View, term: OwnTerm) -> Iterable[Value]:
    """The history of each step's tool before the step; None for a step without one, and for the end."""
    history: dict[str, list[bool]] = {}
    of: Mapping[str, Callable[[list[bool]], Value]] = {
        "calls": len,
        "errors": sum,
        "failed": lambda errors: bool(errors and errors[-1]),
    }
    for tool, failed in zip(view.tools, view.errors.tolist(), strict=True):
        errors = history.setdefault(tool, [])
        yield of[term.attribute](errors) if tool else None
        errors.append(failed)
    yield None
