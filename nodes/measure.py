"""Measure: one pass over all traces for all claims, then every analyst's claims are judged."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from langgraph.runtime import Runtime

from trace2skill.claims.evidence import TraceFacts
from trace2skill.claims.model import Claim, Rule, claim_id
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
    wanted = {family: _united(bench, family, analysts) for family, analysts in came_home.items()}
    bench.rows.unlink(missing_ok=True)  # a run killed while it measured leaves half a file
    measure_claims(context, state["run"], str(state["round"]), wanted)
    _mark_unfinished(bench, came_home)
    judge_proposed(context, state["run"], came_home, roster)
    for family, traces in state["families"].items():
        runtime.stream_writer({"stage": "measure", "family": family, "traces": traces})
    return {}


def measure_claims(
    context: DistillContext, run: str, key: str, wanted: Mapping[str, Sequence[Claim]]
) -> None:
    """Measure claims on all traces of their families; the rows go to the run's row file.

    Rules of a small family are measured on its neighbours' runs as well, from which they were mined too.

    Args:
        context: The run's settings.
        run: Its name.
        key: Under which the claims lie on the workbench for the processes that measure.
        wanted: The claims, by family.
    """
    bench = Workbench(context.library, run)
    for family, claims in wanted.items():
        bench.put(Claims(claims=tuple(claims)), family, key)
        rules = tuple(claim for claim in claims if isinstance(claim, Rule))
        bench.put(Claims(claims=rules), family, _beside(key))
    jobs = _jobs(context.library, run, key, list(wanted), bench)
    with RowFile(bench.rows) as rows, engine(context.engine, context.workers) as opened:
        for family, found in opened.map(measured, jobs):
            rows.add(family, found)


def _mark_unfinished(bench: Workbench, analysts: Mapping[str, Sequence[str]]) -> None:
    """Note in the facts of all families, and of their neighbours, which runs never came to their end."""
    found = [bench.get(Bearings, family, name) for family, names in analysts.items() for name in names]
    out = {trace for bearings in found for trace in bearings.unfinished}
    for family in analysts if out else ():
        members = bench.get(Members, family)
        bench.put(
            members.model_copy(
                update={
                    "facts": tuple(_marked(members.facts, out)),
                    "neighbours": tuple(_marked(members.neighbours, out)),
                }
            ),
            family,
        )


def _marked(facts: Iterable[TraceFacts], out: Collection[str]) -> Iterator[TraceFacts]:
    return (fact.model_copy(update={"finished": False}) if fact.trace in out else fact for fact in facts)


def judge_proposed(
    context: DistillContext, run: str, analysts: Mapping[str, Sequence[str]], roster: Sequence[Analyst]
) -> None:
    """Judge by the rows what analysts propose for families; the analyses go to the workbench."""
    bench = Workbench(context.library, run)
    with RowFile(bench.rows) as rows:
        for family, names in analysts.items():
            members = bench.get(Members, family)
            facts = {fact.trace: fact for fact in members.facts}
            beside_it = {fact.trace: fact for fact in members.neighbours}
            for analyst in (each for each in roster if each.name in names):
                judged = judge(_proposed(bench, family, analyst), rows.of(family), facts, beside_it)
                bench.put(judged, family, analyst.name)


def _proposed(bench: Workbench, family: str, analyst: Analyst) -> Proposed:
    claims = bench.get(Claims, family, analyst.name).claims
    return Proposed(analyst, family, claims, bench.get(Bearings, family, analyst.name))


def _united(bench: Workbench, family: str, analysts: Sequence[str]) -> list[Claim]:
    """What all analysts propose, each claim once."""
    claims: dict[str, Claim] = {}
    for name in analysts:
        claims |= {claim_id(claim): claim for claim in bench.get(Claims, family, name).claims}
    return [claims[each] for each in sorted(claims)]


def _beside(key: str) -> str:
    """Under which key lies what is measured on neighbours alone."""
    return f"{key}-beside"


def _jobs(library: str, run: str, number: str, families: Sequence[str], bench: Workbench) -> Iterator[Shard]:
    for family in families:
        members = bench.get(Members, family)
        for hashes in shards(members.hashes):
            yield Shard(library, run, hashes, family, number)
        for hashes in shards(fact.trace for fact in members.neighbours):
            yield Shard(library, run, hashes, family, _beside(number))
