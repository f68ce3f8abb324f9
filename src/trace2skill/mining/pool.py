"""The pool that miners work on: the traces of one family with a common vocabulary."""

import copy
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import cached_property
from threading import RLock
from typing import Any, TypeVar

import numpy as np

from trace2skill.claims.model import ActionPattern, Claim
from trace2skill.claims.series import Places
from trace2skill.claims.view import View, Views
from trace2skill.evidence.lift_tests import HELD, NOT_DUE, NOT_HELD, Codes
from trace2skill.evidence.measure import tallies_of
from trace2skill.evidence.policy import Policy
from trace2skill.evidence.rows import TraceFacts
from trace2skill.evidence.statistics import Stratification, stratification
from trace2skill.facts.templates import Vocabulary
from trace2skill.mining.enumerations import Enumerations
from trace2skill.mining.shapes import Shapes
from trace2skill.mining.task_features import Brief, brief
from trace2skill.traces.model import Label, Trace


def trace_facts(trace: Trace | Brief, family: str, *, held_out: bool = False) -> TraceFacts:
    """The facts of a trace that the statistics use."""
    known = trace if isinstance(trace, Brief) else brief(trace)
    return TraceFacts(
        trace=known.hash,
        stratum=known.stratum,
        family=family,
        source=known.source,
        label=known.label,
        held_out=held_out,
        judged=known.judged,
    )


Derived = TypeVar("Derived")

MOST_TRACES = 400
"""Maximum number of traces of a family that candidates are mined from; they are measured on all."""

Item = TypeVar("Item")


class Pool:
    """Views and action shapes of a family's traces, sorted by content hash.

    Args:
        family: The family's name.
        traces: Its traces, including held-out ones.
        held_out: Hashes of the traces kept from mining for corroboration.
        stratified_by: Whether strata are tasks or families; computed from `traces` if None.
        policy: The family's policy, if it was mined from more runs than these.
    """

    def __init__(
        self,
        family: str,
        traces: Iterable[Trace],
        held_out: Collection[str] = (),
        stratified_by: Stratification | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.family = family
        self.policy = policy
        ordered = sorted({trace.hash: trace for trace in traces}.items())
        self.traces = tuple(trace for name, trace in ordered if name not in held_out)
        self.held_out = tuple(trace for name, trace in ordered if name in held_out)
        facts = {trace.hash: trace_facts(trace, family) for trace in self.traces}
        self.stratified_by = stratified_by or stratification(facts)
        mined = sample(self.traces)
        vocabulary = Vocabulary.mine(mined)
        self.views = tuple(View.of(trace, vocabulary) for trace in mined)
        self.together = Views(self.views)
        self.enumerations = Enumerations(self.views)
        self._shapes = Shapes(self.views, self.enumerations)
        self._derived: dict[Hashable, Any] = {}
        self._deriving = RLock()

    def derived(self, key: Hashable, derive: Callable[[], Derived]) -> Derived:
        """The value cached under a key; computed once with `derive`, for all analysts and threads."""
        with self._deriving:
            if key not in self._derived:
                self._derived[key] = derive()
            found: Derived = self._derived[key]
            return found

    @cached_property
    def blinded(self) -> "Pool":
        """The same pool without outcomes: all runs count as good."""
        blind = copy.copy(self)
        blind.__dict__ |= {"good": tuple(range(len(self.views))), "bad": (), "shapes": self.shapes}
        blind.__dict__ |= {"places": self.places}
        return blind

    @cached_property
    def shapes(self) -> tuple[tuple[ActionPattern | None, ...], ...]:
        """For each view the shape of each step; None for steps without a nameable action."""
        return tuple(
            tuple(self._shapes.of(view, index) for index in range(view.length)) for view in self.views
        )

    def full_shape(self, at: int, index: int) -> ActionPattern | None:
        """The shape of one step with its arguments, even if that shape is rare."""
        return self._shapes.full(self.views[at], index)

    @cached_property
    def places(self) -> dict[ActionPattern, list[tuple[int, int]]]:
        """The (view, step) pairs of every shape, in a stable order of shapes."""
        found: dict[ActionPattern, list[tuple[int, int]]] = defaultdict(list)
        for at, shapes in enumerate(self.shapes):
            for index, shape in enumerate(shapes):
                if shape is not None:
                    found[shape].append((at, index))
        return dict(sorted(found.items(), key=lambda item: item[0].model_dump_json()))

    @cached_property
    def numbered(self) -> tuple[Places, Sequence[ActionPattern]]:
        """The shape of every column of `together` as a number (-1 for none), and the shapes by number."""
        codes = np.full(self.together.columns, -1, dtype=np.int64)
        for number, places in enumerate(self.places.values()):
            at, steps = np.array(places).T
            codes[self.together.starts[at] + steps] = number
        return codes, tuple(self.places)

    def tasks(self, views: Iterable[int]) -> int:
        """The number of distinct tasks of these views."""
        return len({self.views[at].trace.stratum for at in views})

    @cached_property
    def good(self) -> tuple[int, ...]:
        """The good views: the successful ones, or all if no outcome is known."""
        labels = [view.trace.outcome.label for view in self.views]
        wanted = Label.SUCCESS if any(label != Label.UNKNOWN for label in labels) else Label.UNKNOWN
        return tuple(at for at, label in enumerate(labels) if label == wanted)

    @cached_property
    def bad(self) -> tuple[int, ...]:
        """The views that failed, including partial successes."""
        failed = {Label.FAILURE, Label.PARTIAL}
        return tuple(at for at, view in enumerate(self.views) if view.trace.outcome.label in failed)

    def enough(self, views: Iterable[int]) -> bool:
        """Whether these views cover enough tasks to propose a claim: three, or all if there are fewer."""
        return self.tasks(views) >= self._fewest

    @cached_property
    def _fewest(self) -> int:
        return min(3, self.tasks(range(len(self.views))))


def room(size: int) -> bool:
    """Whether all of this many traces are mined, not a sample."""
    return size <= MOST_TRACES


def sample(traces: Sequence[Item], beside: int = 0) -> Sequence[Item]:
    """At most `MOST_TRACES - beside` of the traces, evenly spaced over the given order.

    `beside` is the number of other traces that are mined as well.
    """
    most = max(0, MOST_TRACES - beside)
    if len(traces) <= most:
        return traces
    return [traces[at * len(traces) // most] for at in range(most)]


CodedClaim = tuple[Claim, Codes]


def code_of(held: int, opportunities: int) -> int:
    """The code of a run from its row: `NOT_DUE`, `HELD` (at least once) or `NOT_HELD`."""
    return NOT_DUE if not opportunities else HELD if held else NOT_HELD


def measured_codes(claim: Claim, views: Views) -> Codes:
    """The codes of a claim, one per view."""
    held, broken = tallies_of(claim, views).counts(views)
    codes: Codes = np.select([held > 0, broken > 0], [HELD, NOT_HELD], NOT_DUE).astype(np.int8)
    return codes
