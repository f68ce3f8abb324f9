"""Measure: one pass over all traces for all claims, then every analyst's claims are judged."""

from collections.abc import Iterator, Sequence

from langgraph.runtime import Runtime

from trace2skill.claims.model import Claim, claim_id
from trace2skill.mining.bearings import Bearings
from trace2skill.mining.judge import Proposed, judge
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.engines import engine
from trace2skill.nodes.home import home
from trace2skill.nodes.plan import Members
from trace2skill.nodes.shards import Claims, Shard, measured, shards
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.workbench import Workbench
from trace2skill.store.rowfile import RowFile


def measure(
    state: DistillState, runtime: Runtime[DistillContext], *, roster: Sequence[Analyst]
) -> DistillState:
    """Measure what was proposed, shard by shard, and leave rows and analyses on the workbench."""
    context, came_home = settings(runtime), home(state)
    bench = Workbench(context.library, state["run"])
    number = str(state["round"])
    for family, analysts in came_home.items():
        bench.put(_united(bench, family, analysts), family, number)
    jobs = _jobs(context.library, state["run"], number, list(came_home), bench)
    bench.rows.unlink(missing_ok=True)  # a run killed while it measured leaves half a file
    with RowFile(bench.rows) as rows:
        with engine(context.engine, context.workers) as opened:
            for family, found in opened.map(measured, jobs):
                rows.add(family, found)
        for family, analysts in came_home.items():
            facts = {fact.trace: fact for fact in bench.get(Members, family).facts}
            for analyst in (each for each in roster if each.name in analysts):
                judged = judge(_proposed(bench, family, analyst), rows.of(family), facts)
                bench.put(judged, family, analyst.name)
            runtime.stream_writer({"stage": "measure", "family": family, "traces": len(facts)})
    return {}


def _proposed(bench: Workbench, family: str, analyst: Analyst) -> Proposed:
    claims = bench.get(Claims, family, analyst.name).claims
    return Proposed(analyst, family, claims, bench.get(Bearings, family, analyst.name))


def _united(bench: Workbench, family: str, analysts: Sequence[str]) -> Claims:
    """What all analysts propose, each claim once."""
    claims: dict[str, Claim] = {}
    for name in analysts:
        claims |= {claim_id(claim): claim for claim in bench.get(Claims, family, name).claims}
    return Claims(claims=tuple(claims[each] for each in sorted(claims)))


def _jobs(library: str, run: str, number: str, families: Sequence[str], bench: Workbench) -> Iterator[Shard]:
    for family in families:
        for hashes in shards(bench.get(Members, family).hashes):
            yield Shard(library, run, hashes, family, number)
