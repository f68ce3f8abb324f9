"""The claim language evaluated step by step: what `trace2skill.claims.view` must equal."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trace2skill.claims.compare import Test, combine, entity_type_of, fact_test, holds, known
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
from trace2skill.claims.traversal import SAID, TASK
from trace2skill.facts.belief import BEFORE, Belief, FactReading
from trace2skill.facts.fact import Value
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Actor, StepOutcome, Trace

Truth = NDArray[np.bool_]


class PlainView:
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
        self.acts: Truth = np.array([step.action is not None for step in trace.steps], dtype=bool)
        self.errors: Truth = np.array([step.outcome == StepOutcome.ERROR for step in trace.steps], dtype=bool)
        self.tools = [step.action.tool if step.action else "" for step in trace.steps]
        self._truth: dict[Predicate, Truth] = {}
        self._matches: dict[ActionPattern, Truth] = {}
        self._said = [
            (step.index, step.text.lower()) for step in trace.steps if step.text and step.actor != Actor.AGENT
        ]

    def decisions(self, actor: Actor | None) -> Truth:
        """The steps at which the actor (any, if None) took an action."""
        if actor is None:
            return self.acts
        theirs: Truth = np.array([step.actor == actor for step in self.trace.steps], dtype=bool)
        return np.logical_and(self.acts, theirs)

    def matches(self, pattern: ActionPattern) -> Truth:
        """The steps that match the action pattern."""
        cached = self._matches.get(pattern)
        if cached is None:
            found = [self._does(index, pattern) for index in range(self.length)]
            cached = self._matches[pattern] = np.array(found, dtype=bool)
        return cached

    def truth(self, predicate: Predicate) -> Truth:
        """Whether the predicate holds before each step, and at the end."""
        cached = self._truth.get(predicate)
        if cached is None:
            cached = self._truth[predicate] = self._evaluate(predicate)
        return cached

    def said(self, value: object, before: int) -> bool:
        """Whether the value occurs in an utterance, not by the agent, before the step."""
        needle = str(value).lower()
        return any(index < before and needle in text for index, text in self._said)

    # --- actions

    def _does(self, index: int, pattern: ActionPattern) -> bool:
        step = self.trace.steps[index]
        if step.action is None or pattern.tool not in {"*", step.action.tool}:
            return False
        if pattern.actor is not None and pattern.actor != step.actor:
            return False
        arguments = step.action.arguments
        return all(self.fits(index, arguments.get(name), fit) for name, fit in pattern.arguments)

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

    # --- predicates

    def _evaluate(self, predicate: Predicate) -> Truth:
        match predicate:
            case Known():
                return self._any_entity(predicate.key, lambda value: value is not None)
            case Unknown():
                return ~self.truth(Known(key=predicate.key))
            case Never():
                return np.equal(self._done_before(predicate.action), 0)
            case AnyOf():
                return self._or([self.truth(part) for part in predicate.parts])
            case AllOf():
                return self._all_of(predicate)
            case Compare():
                return self._compare(predicate)

    def _all_of(self, predicate: AllOf) -> Truth:
        """The conjunction; parts about one entity type must hold for the same entity."""
        joint: dict[str, list[Mapping[str, Truth]]] = {}
        result = np.ones(self.length + 1, dtype=bool)
        for part in predicate.parts:
            kind = entity_type_of(part)
            if kind is None:
                result &= self.truth(part)
            else:
                joint.setdefault(kind, []).append(self.by_entity(part))
        for parts in joint.values():
            shared = sorted(set.intersection(*map(set, parts)))
            result &= self._or([np.logical_and.reduce([part[entity] for part in parts]) for entity in shared])
        return result

    def by_entity(self, predicate: Predicate) -> Mapping[str, Truth]:
        """The truth of an existential comparison for each entity; empty for any other predicate."""
        if not isinstance(predicate, Compare) or entity_type_of(predicate) is None:
            return {}
        test = fact_test(predicate)
        if test:
            return {entity: self._holds(test[0], entity, test[1]) for entity in self._timeline(test[0])}
        left, right = predicate.left, predicate.right
        assert isinstance(left, FactTerm)
        if isinstance(right, ArgumentTerm):
            return {
                entity: self._pairwise(self._values(readings), predicate.operator, self.values(right))
                for entity, readings in self._timeline(left.key).items()
            }
        assert isinstance(right, FactTerm)
        one, other = self._timeline(left.key), self._timeline(right.key)
        return {
            entity: self._related(one[entity], predicate.operator, other.get(entity, other.get("", [])))
            for entity in sorted(one)
            if entity in other or "" in other
        }

    def _related(self, left: list[FactReading], operator: str, right: list[FactReading]) -> Truth:
        return self._pairwise(self._values(left), operator, self._values(right))

    def _pairwise(self, left: Sequence[Value], operator: str, right: Sequence[Value]) -> Truth:
        return np.array([holds(a, operator, b) for a, b in zip(left, right, strict=True)], dtype=bool)

    def _compare(self, predicate: Compare) -> Truth:
        test = fact_test(predicate)
        if test is None:
            related = entity_type_of(predicate) is not None
            return self._or([*self.by_entity(predicate).values()]) if related else self._pointwise(predicate)
        key, check = test
        if predicate.quantifier == "exists":
            return self._any_entity(key, check)
        if predicate.quantifier == "all":
            seen, failing = (
                self._any_entity(key, known),
                self._any_entity(key, lambda value: not check(value)),
            )
            return seen & ~failing
        return np.array([value is not None and check(value) for value in self._latest(key)], dtype=bool)

    def _pointwise(self, predicate: Compare) -> Truth:
        left, right = self.values(predicate.left), self.values(predicate.right)
        return np.array(
            [holds(a, predicate.operator, b) for a, b in zip(left, right, strict=True)], dtype=bool
        )

    def values(self, term: Term) -> list[Value]:
        """The term's value before each step and at the end; None where it is unknown."""
        match term:
            case Constant():
                return [term.value] * (self.length + 1)
            case FactTerm():
                return self._latest(term.key)
            case ArgumentTerm():
                return [*(self._argument(index, term.name) for index in range(self.length)), None]
            case OwnTerm():
                return self._own(term)
            case CountTerm():
                return [int(count) for count in self._done_before(term.action)]
            case SizeTerm():
                return self._sizes(term.key)
            case Combined():
                pairs = zip(self.values(term.left), self.values(term.right), strict=True)
                return [combine(a, term.operator, b) for a, b in pairs]

    def _argument(self, index: int, name: str) -> Value:
        action = self.trace.steps[index].action
        value = action.arguments.get(name) if action else None
        return None if isinstance(value, dict | list) else value

    def _own(self, term: OwnTerm) -> list[Value]:
        history: dict[str, list[bool]] = {}
        result: list[Value] = []
        for index, tool in enumerate(self.tools):
            errors = history.setdefault(tool, [])
            known = {"calls": len(errors), "errors": sum(errors), "failed": bool(errors and errors[-1])}
            result.append(known[term.attribute] if tool else None)
            errors.append(bool(self.errors[index]))
        return [*result, None]

    def _done_before(self, action: ActionPattern) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(self.matches(action), dtype=np.int64)])

    # --- timelines

    def _latest(self, key: str) -> list[Value]:
        """The most recently read value of any entity."""
        readings = (reading for entity in self._timeline(key).values() for reading in entity)
        return self._values(sorted(readings, key=lambda reading: reading.step))

    def _timeline(self, key: str) -> Mapping[str, list[FactReading]]:
        if key == TASK:
            return {"": [FactReading(BEFORE, self.trace.task)]}
        return {"": self._utterances(SAID[key])} if key in SAID else self.belief.timeline(key)

    def _utterances(self, actor: Actor) -> list[FactReading]:
        steps = (step for step in self.trace.steps if step.text and step.actor == actor)
        return [FactReading(step.index, (step.text or "").lower()) for step in steps]

    def _values(self, readings: list[FactReading]) -> list[Value]:
        result: list[Value] = [None] * (self.length + 1)
        for start, end, value in self._spans(readings):
            result[start:end] = [value] * (end - start)
        return result

    def _sizes(self, key: str) -> list[Value]:
        timeline = self.belief.timeline(key)
        lists = self._latest(key)
        if any(isinstance(value, tuple) for value in lists):
            return [len(value) if isinstance(value, tuple) else None for value in lists]
        carried = [self._holds(key, entity, known) for entity in timeline]
        total = np.sum(carried, axis=0) if carried else np.zeros(self.length + 1, dtype=int)
        return [int(count) or None for count in total]

    def _any_entity(self, key: str, test: Test) -> Truth:
        return self._or([self._holds(key, entity, test) for entity in self._timeline(key)])

    def _holds(self, key: str, entity: str, test: Test) -> Truth:
        result = np.zeros(self.length + 1, dtype=bool)
        for start, end, value in self._spans(self._timeline(key).get(entity, [])):
            result[start:end] = value is not None and test(value)
        return result

    def _spans(self, readings: list[FactReading]) -> list[tuple[int, int, Value]]:
        ends = [*(reading.step + 1 for reading in readings), self.length + 1][1:]
        return [
            (reading.step + 1, end, reading.value if reading.known else None)
            for reading, end in zip(readings, ends, strict=True)
        ]

    def _or(self, arrays: list[Truth]) -> Truth:
        return np.logical_or.reduce(arrays) if arrays else np.zeros(self.length + 1, dtype=bool)
