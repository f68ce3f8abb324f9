"""Work that is done shard by shard in the processes of an engine."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from trace2skill.claims.model import Claim, Rule, claim_id
from trace2skill.evidence.measure import measure
from trace2skill.mining.grading import Strata
from trace2skill.mining.judge import Proposed, judge
from trace2skill.mining.roster import Analyst
from trace2skill.mining.task_features import Brief, brief
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.engines import engine
from trace2skill.nodes.settings import DistillSettings
from trace2skill.store.evidence import PackedRow, pack_row
from trace2skill.store.library import Library
from trace2skill.store.rowfile import RowFile
from trace2skill.store.traces import Packed, pack
from trace2skill.traces.model import Trace
from trace2skill.traces.redact import DEFAULT, Level, redact

SIZE = 100
"""Traces in a shard."""

Item = TypeVar("Item")


class Cleaned(NamedTuple):
    """A redacted trace, its hash before that, and how many values of each kind were replaced."""

    trace: Packed
    read_as: str
    removed: Counter[str]


class Shard(NamedTuple):
    """Some traces of a library and of a run's staged ones; all of one family if it is named."""

    library: str
    run: str
    hashes: tuple[str, ...]
    family: str = ""
    round: str = ""


def shards(items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
    """The items in order, in tuples of `SIZE`; the last may be shorter."""
    remaining = iter(items)
    while shard := tuple(islice(remaining, SIZE)):
        yield shard


def clean(traces: Sequence[Trace], level: Level = DEFAULT) -> list[Cleaned]:
    """Redact traces and pack them."""
    cleaned = []
    for trace in traces:
        redacted, found = redact(trace, level)
        cleaned.append(Cleaned(pack(redacted), trace.hash, Counter(found)))
    return cleaned


def briefs(shard: Shard) -> list[Brief]:
    """What planning needs to know about the traces."""
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
    return Artifacts(library, run).claims(family, number)


def measure_claims(
    context: DistillSettings, run: str, key: str, wanted: Mapping[str, Sequence[Claim]]
) -> None:
    """Measure claims on all traces of their families; the rows go to the run's row file.

    Rules of a small family are also measured on its neighbours' runs, from which they were mined too.

    Args:
        context: The run's settings.
        run: The run's id.
        key: The key among the artifacts under which the claims are passed to the processes that measure.
        wanted: The claims, by family.
    """
    artifacts = Artifacts(context.library, run)
    for family, claims in wanted.items():
        artifacts.put_claims(family, key, claims)
        artifacts.put_claims(
            family, _neighbours_key(key), (claim for claim in claims if isinstance(claim, Rule))
        )
    jobs = _jobs(context.library, run, key, list(wanted), artifacts)
    with RowFile(artifacts.rows) as rows, engine(context.engine, context.workers) as opened:
        for family, found in opened.map(measured, jobs):
            rows.add(family, found)


def judge_proposed(
    context: DistillSettings,
    run: str,
    analysts: Mapping[str, Sequence[str]],
    roster: Sequence[Analyst],
    shown: Mapping[str, Mapping[str, Strata]] = MappingProxyType({}),
) -> None:
    """Judge the analysts' claims for each family by their rows; the analyses go to the artifacts.

    Args:
        context: The run's settings.
        run: The run's id.
        analysts: The analysts that proposed claims, by family.
        roster: All analysts.
        shown: For each claim of a model, by family, the tasks that it was shown.
    """
    artifacts = Artifacts(context.library, run)
    with RowFile(artifacts.rows) as rows:
        for family, names in analysts.items():
            members = artifacts.members(family)
            facts = {fact.trace: fact for fact in members.facts}
            neighbours = {fact.trace: fact for fact in members.neighbours}
            for analyst in (each for each in roster if each.name in names):
                proposed = _proposed(artifacts, family, analyst, shown.get(family, {}))
                judged = judge(proposed, rows.of(family), facts, neighbours)
                artifacts.put_analysis(family, analyst.name, judged)


def _proposed(artifacts: Artifacts, family: str, analyst: Analyst, shown: Mapping[str, Strata]) -> Proposed:
    claims = artifacts.claims(family, analyst.name)
    own = {claim_id(claim) for claim in claims}
    return Proposed(
        analyst,
        family,
        claims,
        artifacts.pool_summary(family, analyst.name),
        {name: tasks for name, tasks in shown.items() if name in own},
    )


def _jobs(
    library: str, run: str, number: str, families: Sequence[str], artifacts: Artifacts
) -> Iterator[Shard]:
    for family in families:
        members = artifacts.members(family)
        for hashes in shards(members.hashes):
            yield Shard(library, run, hashes, family, number)
        for hashes in shards(fact.trace for fact in members.neighbours):
            yield Shard(library, run, hashes, family, _neighbours_key(number))


def _neighbours_key(key: str) -> str:
    """The key of the claims that are measured on neighbours."""
    return f"{key}-beside"
