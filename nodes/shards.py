"""What is done shard by shard, in whichever process an engine chooses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, TypeVar

from trace2skill.claims.measure import measure
from trace2skill.claims.model import Claim
from trace2skill.mining.brief import Brief, brief
from trace2skill.nodes.workbench import Workbench
from trace2skill.store.evidence import PackedRow, pack_row
from trace2skill.store.library import Library
from trace2skill.store.traces import Packed, pack
from trace2skill.traces.model import Frozen, Trace
from trace2skill.traces.redact import redact

SIZE = 100
"""Traces a shard."""

Item = TypeVar("Item")


class Claims(Frozen):
    """Claims on the workbench: what an analyst proposes, or what is to be measured on a family."""

    claims: tuple[Claim, ...]


class Cleaned(NamedTuple):
    """Traces without secrets, and how many secrets of each kind were removed."""

    traces: list[Packed]
    removed: Counter[str]


class Shard(NamedTuple):
    """Some traces of a library, and of what a run staged in it; of one family, where one is named."""

    library: str
    run: str
    hashes: tuple[str, ...]
    family: str = ""
    round: str = ""


def shards(items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
    """The items in order, `SIZE` at a time."""
    remaining = iter(items)
    while shard := tuple(islice(remaining, SIZE)):
        yield shard


def clean(traces: Sequence[Trace]) -> Cleaned:
    """Remove the secrets and pack what is left."""
    removed: Counter[str] = Counter()
    packed = []
    for trace in traces:
        redacted, found = redact(trace)
        removed.update(found)
        packed.append(pack(redacted))
    return Cleaned(packed, removed)


def briefs(shard: Shard) -> list[Brief]:
    """What planning needs to know of the traces."""
    with Library(shard.library, create=False) as library:
        return [brief(trace) for trace in library.traces(shard.hashes, run=shard.run)]


def measured(shard: Shard) -> tuple[str, list[PackedRow]]:
    """The family, and the rows of all its claims on these traces."""
    claims = _claims(shard.library, shard.run, shard.family, shard.round)
    with Library(shard.library, create=False) as library:
        rows = measure(claims, library.traces(shard.hashes, run=shard.run))
        return shard.family, [pack_row(row) for row in rows]


@lru_cache(maxsize=4)
def _claims(library: str, run: str, family: str, number: str) -> tuple[Claim, ...]:
    return Workbench(library, run).get(Claims, family, number).claims
