"""Measure: one pass over all traces for all claims, then every analyst's claims are judged."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from langgraph.runtime import Runtime

from trace2skill.claims.model import Claim, claim_id
from trace2skill.evidence.rows import TraceFacts
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.shards import judge_proposed, measure_claims
from trace2skill.nodes.state import DistillState, returned_analysts


def measure(
    state: DistillState, runtime: Runtime[DistillSettings], *, roster: Sequence[Analyst]
) -> DistillState:
    """Measure what was proposed, shard by shard, and leave rows and analyses among the artifacts."""
    context, came_home = settings(runtime), returned_analysts(state)
    artifacts = Artifacts(context.library, state["run"])
    wanted = {family: _united(artifacts, family, analysts) for family, analysts in came_home.items()}
    artifacts.rows.unlink(missing_ok=True)  # a run killed while it measured leaves half a file
    measure_claims(context, state["run"], str(state["round"]), wanted)
    _mark_unfinished(artifacts, came_home)
    judge_proposed(context, state["run"], came_home, roster)
    for family, traces in state["families"].items():
        runtime.stream_writer({"stage": "measure", "family": family, "traces": traces})
    return {}


def _mark_unfinished(artifacts: Artifacts, analysts: Mapping[str, Sequence[str]]) -> None:
    """Note in the facts of all families, and of their neighbours, which runs never came to their end."""
    found = [artifacts.pool_summary(family, name) for family, names in analysts.items() for name in names]
    out = {trace for summary in found for trace in summary.unfinished}
    for family in analysts if out else ():
        members = artifacts.members(family)
        artifacts.put_members(
            family,
            members.model_copy(
                update={
                    "facts": tuple(_marked(members.facts, out)),
                    "neighbours": tuple(_marked(members.neighbours, out)),
                }
            ),
        )


def _marked(facts: Iterable[TraceFacts], out: Collection[str]) -> Iterator[TraceFacts]:
    return (fact.model_copy(update={"finished": False}) if fact.trace in out else fact for fact in facts)


def _united(artifacts: Artifacts, family: str, analysts: Sequence[str]) -> list[Claim]:
    """What all analysts propose, each claim once."""
    claims: dict[str, Claim] = {}
    for name in analysts:
        claims |= {claim_id(claim): claim for claim in artifacts.claims(family, name)}
    return [claims[each] for each in sorted(claims)]
