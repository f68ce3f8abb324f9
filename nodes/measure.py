"""Measure all claims in one pass over all traces, then judge every analyst's claims."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from langgraph.runtime import Runtime

from trace2skill.claims.model import Claim, claim_id
from trace2skill.evidence.rows import TraceFacts
from trace2skill.mining.roster import Analyst
from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.shards import judge_proposed, measure_claims
from trace2skill.nodes.shown import findings
from trace2skill.nodes.state import DistillState, returned_analysts


def measure(
    state: DistillState, runtime: Runtime[DistillSettings], *, roster: Sequence[Analyst]
) -> DistillState:
    """Measure the proposed claims shard by shard, and store rows and analyses among the artifacts."""
    context, proposing = settings(runtime), returned_analysts(state)
    artifacts = Artifacts(context.library, state["run"])
    wanted = {family: _all_claims(artifacts, family, analysts) for family, analysts in proposing.items()}
    artifacts.rows.unlink(missing_ok=True)  # possibly incomplete, of a killed run
    measure_claims(context, state["run"], str(state["round"]), wanted)
    _mark_unfinished(artifacts, proposing)
    judge_proposed(context, state["run"], proposing, roster)
    for family, traces in state["families"].items():
        runtime.stream_writer({"stage": "measure", "family": family, "traces": traces})
    return {"findings": findings(artifacts, proposing)}


def _mark_unfinished(artifacts: Artifacts, analysts: Mapping[str, Sequence[str]]) -> None:
    """Mark the unfinished runs in the facts of all families and of their neighbours."""
    found = [artifacts.pool_summary(family, name) for family, names in analysts.items() for name in names]
    unfinished = {trace for summary in found for trace in summary.unfinished}
    for family in analysts if unfinished else ():
        members = artifacts.members(family)
        artifacts.put_members(
            family,
            members.model_copy(
                update={
                    "facts": tuple(_marked(members.facts, unfinished)),
                    "neighbours": tuple(_marked(members.neighbours, unfinished)),
                }
            ),
        )


def _marked(facts: Iterable[TraceFacts], unfinished: Collection[str]) -> Iterator[TraceFacts]:
    return (
        fact.model_copy(update={"finished": False}) if fact.trace in unfinished else fact for fact in facts
    )


def _all_claims(artifacts: Artifacts, family: str, analysts: Sequence[str]) -> list[Claim]:
    """The claims that the analysts propose for a family, each once."""
    claims: dict[str, Claim] = {}
    for name in analysts:
        claims |= {claim_id(claim): claim for claim in artifacts.claims(family, name)}
    return [claims[each] for each in sorted(claims)]
