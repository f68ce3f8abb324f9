"""The traces of a family that nodes load, and the task texts of the other families in its domain."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from threading import Lock
from typing import NamedTuple

from trace2skill.evidence.statistics import Stratification
from trace2skill.facts.held import forget
from trace2skill.mining.pool import MOST_TRACES, Pool, sample
from trace2skill.mining.task_features import Brief
from trace2skill.nodes.artifacts import Artifacts, Chosen
from trace2skill.skills.naming import task_text
from trace2skill.store.library import Library
from trace2skill.store.traces import release
from trace2skill.traces.model import Trace

MOST_HELD = 2 * MOST_TRACES
"""Most traces kept in memory: those of the families used last."""

FEWEST_HELD = 2
"""Families that are kept however many traces they have."""

_loading = Lock()
_held: "dict[_Wanted, _Family]" = {}


class _Sampled(NamedTuple):
    """The hashes of a family's sampled traces: those to be shown, and those to be mined."""

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
    """The family's sample (all traces of a small family) and the cited traces, sorted by hash."""
    with _loading:
        known = _family(_wanted(library, run, family)).shown
    missing = set(cited).difference(trace.hash for trace in known)
    if not missing:
        return known
    with Library(library) as opened:
        further = opened.traces(missing, run=run)
        return tuple(sorted([*known, *further], key=lambda trace: trace.hash))


def family_pool(library: str, run: str, family: str) -> Pool:
    """The sample of the family's traces that may be mined, with the family's policy once there is one.

    Analysts that run at the same time share one pool.
    """
    with _loading:
        pool = _family(_wanted(library, run, family)).pool
        if pool.policy is None:
            pool.policy = Artifacts(library, run).policy(family)
        return pool


def ground_pool(library: str, run: str, hashes: Iterable[str]) -> Pool:
    """A pool of the given runs, from which a policy is mined."""
    with Library(library) as opened:
        return Pool("", opened.traces(hashes, run=run))


def forget_pools() -> None:
    """Free the memory of the families used last, and of what was worked out of their traces."""
    with _loading:
        _held.clear()
    forget()
    release()


def _wanted(library: str, run: str, family: str) -> _Wanted:
    members = Artifacts(library, run).members(family)
    shown, mined = tuple(sample(members.hashes)), tuple(sample(members.mined))
    return _Wanted(library, run, family, _Sampled(shown, mined, members.stratified_by))


def _family(wanted: _Wanted) -> _Family:
    """The family from memory, else loaded; the least recently used are dropped when there are too many."""
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


TEXTS = 200
"""Distinct task texts read for a domain, but at least two of each family."""
FAMILIES = 100
RUNS_A_TEXT = 2
"""Most runs chosen of one text: a phrase that two runs share identifies neither (`skills/naming.py`)."""


def choose(traces: Iterable[Brief], family_of: Mapping[str, str]) -> dict[str, Chosen]:
    """For each domain and each of its families, a few runs for each of some evenly spread task texts.

    Args:
        traces: All traces of the library and the run.
        family_of: The family of each, by hash.
    """
    runs: defaultdict[str, defaultdict[str, defaultdict[str, list[str]]]]
    runs = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for trace in traces:
        runs[trace.domain or ""][family_of[trace.hash]][trace.task].append(trace.hash)
    return {
        domain: {family: _spread(families[family], max(2, TEXTS // len(families))) for family in families}
        for domain, families in runs.items()
    }


def siblings(family: str, domain: Chosen) -> Chosen:
    """The runs chosen of the other families, of at most `FAMILIES` of them."""
    return dict(islice(((name, domain[name]) for name in sorted(domain) if name != family), FAMILIES))


class SiblingTexts:
    """Reads the task texts of chosen runs, those of each family once.

    Args:
        library: The library's folder.
        run: The run whose staged traces count too.
        redacted: The hashes of traces in which everything private was just replaced.
    """

    def __init__(self, library: str, run: str, redacted: Collection[str] = ()) -> None:
        self._library = library
        self._run = run
        self._redacted = redacted
        self._read: dict[tuple[str, ...], list[str]] = {}

    def of(self, chosen: Chosen) -> dict[str, list[str]]:
        """`task_text` of each run, by family."""
        if missing := [runs for runs in chosen.values() if runs not in self._read]:
            with Library(self._library) as opened:
                for runs in missing:
                    traces = opened.traces(runs, run=self._run)
                    self._read[runs] = [
                        task_text(each, redacted=each.hash in self._redacted) for each in traces
                    ]
        return {family: self._read[runs] for family, runs in chosen.items()}


def _spread(by_text: Mapping[str, Sequence[str]], most: int) -> tuple[str, ...]:
    texts = sorted(by_text)
    count = min(most, len(texts))
    picked = (texts[number * len(texts) // count] for number in range(count))
    return tuple(run for text in picked for run in sorted(by_text[text])[:RUNS_A_TEXT])
