"""The traces of a family that are looked at whole: a sample, loaded once for all that want it next.

Candidates, lift tests and near-tautologies come from a sample of the tasks that are not held out; drafts are
written and criticised with a sample of all. Of a family that is small both are whole.
"""

from collections.abc import Iterable
from functools import cached_property
from threading import Lock
from typing import NamedTuple

from trace2skill.claims.statistics import Stratification
from trace2skill.mining.pool import MOST_TRACES, Pool, sample
from trace2skill.nodes.plan import Members
from trace2skill.nodes.workbench import Workbench
from trace2skill.skills.policy import Policy
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace

MOST_HELD = 2 * MOST_TRACES
"""Traces held in memory: those of the families asked for last."""

FEWEST_HELD = 2
"""Families held however many traces they have."""

_loading = Lock()
_held: "dict[_Wanted, _Family]" = {}


class _Sampled(NamedTuple):
    """Which traces of a family are looked at: to be shown, and to be mined."""

    shown: tuple[str, ...]
    mined: tuple[str, ...]
    stratified_by: Stratification


class _Wanted(NamedTuple):
    library: str
    run: str
    family: str
    sampled: _Sampled


class _Family:
    def __init__(self, name: str, traces: dict[str, Trace], sampled: _Sampled) -> None:
        self.name = name
        self.size = len(traces)
        self.shown = tuple(traces[each] for each in sampled.shown)
        self._mined = tuple(traces[each] for each in sampled.mined)
        self._stratified_by = sampled.stratified_by

    @cached_property
    def pool(self) -> Pool:
        return Pool(self.name, self._mined, stratified_by=self._stratified_by)


def family_traces(library: str, run: str, family: str, cited: Iterable[str] = ()) -> tuple[Trace, ...]:
    """The family's sample and the cited traces, sorted by hash; all traces of a family that is small."""
    with _loading:
        known = _family(_wanted(library, run, family)).shown
    missing = set(cited).difference(trace.hash for trace in known)
    if not missing:
        return known
    with Library(library) as opened:
        further = opened.traces(missing, run=run)
        return tuple(sorted([*known, *further], key=lambda trace: trace.hash))


def family_pool(library: str, run: str, family: str) -> Pool:
    """The sample of what may be mined, ready for it, with the family's policy once that is on the workbench.

    Analysts that ask at the same time share one pool.
    """
    with _loading:
        pool = _family(_wanted(library, run, family)).pool
        if pool.policy is None:
            pool.policy = Workbench(library, run).find(Policy, family)
        return pool


def ground_pool(library: str, run: str, hashes: Iterable[str]) -> Pool:
    """The runs that a policy is mined from."""
    with Library(library) as opened:
        return Pool("", opened.traces(hashes, run=run))


def forget_pools() -> None:
    """Free the memory that the last families take."""
    with _loading:
        _held.clear()


def _wanted(library: str, run: str, family: str) -> _Wanted:
    members = Workbench(library, run).get(Members, family)
    shown, mined = tuple(sample(members.hashes)), tuple(sample(members.mined))
    return _Wanted(library, run, family, _Sampled(shown, mined, members.stratified_by))


def _family(wanted: _Wanted) -> _Family:
    """From memory, or loaded in the place of those not asked for the longest."""
    family = _held.pop(wanted, None) or _loaded(wanted)
    _held[wanted] = family
    while len(_held) > FEWEST_HELD and sum(each.size for each in _held.values()) > MOST_HELD:
        del _held[next(iter(_held))]
    return family


def _loaded(wanted: _Wanted) -> _Family:
    hashes = {*wanted.sampled.shown, *wanted.sampled.mined}
    with Library(wanted.library) as opened:
        traces = {trace.hash: trace for trace in opened.traces(hashes, run=wanted.run)}
    return _Family(wanted.family, traces, wanted.sampled)
