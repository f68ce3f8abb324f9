"""The traces of a family: loaded once for all nodes and analysts that want them next."""

from functools import cached_property, lru_cache
from threading import Lock

from trace2skill.mining.pool import Pool
from trace2skill.nodes.plan import Members
from trace2skill.nodes.workbench import Workbench
from trace2skill.store.library import Library
from trace2skill.traces.model import Trace

_loading = Lock()


class _Family:
    def __init__(self, name: str, traces: tuple[Trace, ...], held_out: frozenset[str]) -> None:
        self.name = name
        self.traces = traces
        self.held_out = held_out

    @cached_property
    def pool(self) -> Pool:
        return Pool(self.name, self.traces, self.held_out)


def family_traces(library: str, run: str, family: str) -> tuple[Trace, ...]:
    """The family's traces as planned, sorted by hash."""
    members = Workbench(library, run).get(Members, family)
    with _loading:
        return _family(library, run, family, members).traces


def family_pool(library: str, run: str, family: str) -> Pool:
    """The family's traces ready for mining. Analysts that ask at the same time share one pool."""
    members = Workbench(library, run).get(Members, family)
    with _loading:
        return _family(library, run, family, members).pool


def forget_pools() -> None:
    """Free the memory that the last families take."""
    _family.cache_clear()


@lru_cache(maxsize=2)
def _family(library: str, run: str, name: str, members: Members) -> _Family:
    with Library(library) as opened:
        return _Family(name, tuple(opened.traces(members.hashes, run=run)), members.held_out)
