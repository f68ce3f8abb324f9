"""The traces of a family that are looked at whole: a sample, loaded once for all that want it next.

Candidates, lift tests and near-tautologies come from a sample of the tasks that are not held out; drafts are
written and criticised with a sample of all. Of a family that is small both are whole.
"""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from threading import Lock
from typing import NamedTuple

from trace2skill.claims.statistics import Stratification
from trace2skill.mining.pool import Pool, sample
from trace2skill.nodes.plan import Members
from trace2skill.nodes.workbench import Workbench
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace

_loading = Lock()


class _Sampled(NamedTuple):
    """Which traces of a family are looked at: to be shown, and to be mined."""

    shown: tuple[str, ...]
    mined: tuple[str, ...]
    stratified_by: Stratification


class _Family:
    def __init__(self, name: str, traces: dict[str, Trace], sampled: _Sampled) -> None:
        self.name = name
        self.shown = tuple(traces[each] for each in sampled.shown)
        self._mined = tuple(traces[each] for each in sampled.mined)
        self._stratified_by = sampled.stratified_by

    @cached_property
    def pool(self) -> Pool:
        return Pool(self.name, self._mined, stratified_by=self._stratified_by)


def family_traces(library: str, run: str, family: str, cited: Iterable[str] = ()) -> tuple[Trace, ...]:
    """The family's sample and the cited traces, sorted by hash; all traces of a family that is small."""
    with _loading:
        known = _family(library, run, family, _sampled(library, run, family)).shown
    missing = set(cited).difference(trace.hash for trace in known)
    if not missing:
        return known
    with Library(library) as opened:
        further = opened.traces(missing, run=run)
        return tuple(sorted([*known, *further], key=lambda trace: trace.hash))


def family_pool(library: str, run: str, family: str) -> Pool:
    """The sample of what may be mined, ready for it. Analysts that ask at the same time share one pool."""
    with _loading:
        return _family(library, run, family, _sampled(library, run, family)).pool


def ground_pool(library: str, run: str, hashes: Iterable[str]) -> Pool:
    """The runs that a policy is mined from."""
    with Library(library) as opened:
        return Pool("", opened.traces(hashes, run=run))


def forget_pools() -> None:
    """Free the memory that the last families take."""
    _family.cache_clear()


def _sampled(library: str, run: str, family: str) -> _Sampled:
    members = Workbench(library, run).get(Members, family)
    return _Sampled(tuple(sample(members.hashes)), tuple(sample(members.mined)), members.stratified_by)


@lru_cache(maxsize=2)
def _family(library: str, run: str, name: str, sampled: _Sampled) -> _Family:
    with Library(library) as opened:
        hashes = {*sampled.shown, *sampled.mined}
        return _Family(name, {trace.hash: trace for trace in opened.traces(hashes, run=run)}, sampled)
