"""Values over the steps of several traces, as arrays of codes into a table of distinct values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trace2skill.claims.compare import Test, combine, holds
from trace2skill.facts.belief import FactReading
from trace2skill.facts.fact import Value

Truth = NDArray[np.bool_]
Places = NDArray[np.int64]

UNKNOWN = 0
"""The code of an unknown value."""

_ENTITIES = 1 << 32
_DENSE = 4
"""Pairs of codes are counted in a table of at most this many times as many entries as there are places."""


class Values:
    """Gives every distinct value a code; equal values of different types are distinct."""

    def __init__(self) -> None:
        self.listed: list[Value] = [None]
        self._codes: dict[object, int] = {}

    def code(self, value: Value) -> int:
        """The code of the value; `UNKNOWN` for None."""
        if value is None:
            return UNKNOWN
        # Written out, floats and lists tell 1 from 1.0 and from True, also inside.
        key = (type(value), repr(value) if isinstance(value, float | tuple) else value)
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.listed)
            self.listed.append(value)
        return code


class Series(NamedTuple):
    """The value at each place, as a code into `values`, whose first one is None."""

    codes: Places
    values: Sequence[Value]

    @classmethod
    def of(cls, values: Iterable[Value]) -> "Series":
        """The series of these values."""
        table = Values()
        codes = np.array([table.code(value) for value in values], dtype=np.int64)
        return cls(codes, table.listed)

    @classmethod
    def counted(cls, counts: Places) -> "Series":
        """The series of these counts, which are not negative."""
        return cls(counts + 1, [None, *range(int(counts.max(initial=0)) + 1)])

    def passes(self, test: Test) -> Truth:
        """Where the value is known and passes the test, which is applied to each distinct value once."""
        passing = np.array([value is not None and test(value) for value in self.values], dtype=bool)
        found: Truth = passing[self.codes]
        return found

    def mapped(self, change: Callable[[Value], Value]) -> "Series":
        """The series with each distinct value changed."""
        table = Values()
        codes = np.array([table.code(change(value)) for value in self.values], dtype=np.int64)
        return Series(codes[self.codes], table.listed)

    def at(self, places: Places) -> "Series":
        """The values at some places."""
        return Series(self.codes[places], self.values)


def related(left: Series, operator: str, right: Series) -> Truth:
    """Where `left operator right` is true; each distinct pair of values is compared once."""
    pairs, inverse = _distinct(left, right)
    many = len(right.values)
    truth = [holds(left.values[pair // many], operator, right.values[pair % many]) for pair in pairs]
    found: Truth = np.array(truth, dtype=bool)[inverse]
    return found


def combined(left: Series, operator: str, right: Series) -> Series:
    """The sums or products of two series."""
    pairs, inverse = _distinct(left, right)
    many = len(right.values)
    table = Values()
    codes = [
        table.code(combine(left.values[pair // many], operator, right.values[pair % many])) for pair in pairs
    ]
    return Series(np.array(codes, dtype=np.int64)[inverse], table.listed)


def _distinct(left: Series, right: Series) -> tuple[list[int], Places]:
    """The distinct pairs of codes as single numbers, and the index of each place's pair among them."""
    both = left.codes * len(right.values) + right.codes
    possible = len(left.values) * len(right.values)
    if possible > _DENSE * len(both):
        pairs, inverse = np.unique(both, return_inverse=True)
        return pairs.tolist(), inverse
    present = np.bincount(both, minlength=possible) > 0
    return np.flatnonzero(present).tolist(), (np.cumsum(present) - 1)[both]


class Timelines(NamedTuple):
    """The readings of one fact key in several traces.

    A *pair* is a trace and an entity of it. Each pair has one cell for each step of its trace, for the value
    just before the step, and one for the value at the end.

    `pairs` are the pairs' numbers, ascending; `starts` and `sizes` their first cells and numbers of cells;
    `series` the values by cell, `columns` the cells' columns, and `read` the columns of the steps that read
    the fact.
    """

    pairs: Places
    starts: Places
    sizes: Places
    series: Series
    columns: Places
    read: Places

    @property
    def runs(self) -> Places:
        """The index of each pair's trace."""
        runs: Places = self.pairs // _ENTITIES
        return runs


def pair_of(run: int, entity: int) -> int:
    """The number of a pair, from the index of its trace and the code of its entity."""
    return run * _ENTITIES + entity


def entities_of(pairs: Places) -> Places:
    """The entity codes of pairs."""
    entities: Places = pairs % _ENTITIES
    return entities


def timelines(found: Mapping[int, Sequence[FactReading]], starts: Places, sizes: Places) -> Timelines:
    """The readings in arrays.

    Args:
        found: The readings of each pair, in order of step.
        starts: The first column of each trace.
        sizes: The number of columns of each trace.
    """
    pairs = np.array(sorted(found), dtype=np.int64)
    runs = pairs // _ENTITIES
    table = Values()
    codes: list[int] = []
    lengths: list[int] = []
    read: list[int] = []
    for pair, run, size in zip(pairs.tolist(), runs.tolist(), sizes[runs].tolist(), strict=True):
        start = int(starts[run])
        code, since = UNKNOWN, 0
        for step, value, known in found[pair]:
            place = min(step + 1, size)
            codes.append(code)
            lengths.append(place - since)
            code, since = (table.code(value) if known else UNKNOWN), place
            if step >= 0:
                read.append(start + step)
        codes.append(code)
        lengths.append(size - since)
    own = sizes[runs]
    first = np.cumsum(own) - own
    filled = np.repeat(np.array(codes, dtype=np.int64), np.array(lengths, dtype=np.int64))
    series = Series(filled, table.listed)
    return Timelines(pairs, first, own, series, cells(starts[runs], own), np.array(read, dtype=np.int64))


def cells(starts: Places, sizes: Places) -> Places:
    """The numbers `start, start + 1, ...`, `size` of them, for each start and size."""
    offsets = starts - (np.cumsum(sizes) - sizes)
    found: Places = np.repeat(offsets, sizes) + np.arange(int(sizes.sum()))
    return found
