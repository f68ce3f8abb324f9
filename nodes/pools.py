"""The traces of a family that are looked at whole: a sample, loaded once for all that want it next."""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from threading import Lock

from trace2skill.mining.pool import Pool, sample
from trace2skill.nodes.plan import Members
from trace2skill.nodes.workbench import Workbench
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace

_loading = Lock()


class _Family:
    def __init__(self, name: str, traces: tuple[Trace, ...]) -> None:
        self.name = name
        self.traces = traces

    @cached_property
    def pool(self) -> Pool:
        return Pool(self.name, self.traces)


def family_traces(library: str, run: str, family: str, cited: Iterable[str] = ()) -> tuple[Trace, ...]:
    """The family's sample and the cited traces, sorted by hash; all traces of a family that is small."""
    with _loading:
        known = _family(library, run, family, _sampled(library, run, family)).traces
    missing = set(cited).difference(trace.hash for trace in known)
    if not missing:
        return known
    with Library(library) as opened:
        further = opened.traces(missing, run=run)
        return tuple(sorted([*known, *further], key=lambda trace: trace.hash))


def family_pool(library: str, run: str, family: str) -> Pool:
    """The family's sample ready for mining. Analysts that ask at the same time share one pool."""
    with _loading:
        return _family(library, run, family, _sampled(library, run, family)).pool


def forget_pools() -> None:
    """Free the memory that the last families take."""
    _family.cache_clear()


def _sampled(library: str, run: str, family: str) -> tuple[str, ...]:
    return tuple(sample(Workbench(library, run).get(Members, family).hashes))


@lru_cache(maxsize=2)
def _family(library: str, run: str, name: str, hashes: tuple[str, ...]) -> _Family:
    with Library(library) as opened:
        return _Family(name, tuple(opened.traces(hashes, run=run)))
