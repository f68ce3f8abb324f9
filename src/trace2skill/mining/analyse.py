"""Runs one analyst on one family: proposes claims, and measures and judges them in memory."""

from collections.abc import Iterator, Mapping, Sequence

from trace2skill.claims.model import Claim, claim_id
from trace2skill.evidence.measure import measure, measure_views
from trace2skill.evidence.rows import Row
from trace2skill.mining.judge import Analysis, Proposed, judge
from trace2skill.mining.lifts import family_tests
from trace2skill.mining.pool import Pool, trace_facts
from trace2skill.mining.pool_summary import summarised
from trace2skill.mining.roster import ROSTER, Analyst


def propose(analyst: Analyst, pool: Pool, roster: Sequence[Analyst] = ROSTER) -> Proposed:
    """The claims that an analyst mines from a pool, and those of its choices whose lift was tested.

    Lifts are tested once per family, over all analysts of the roster; every tested claim is proposed.
    """
    found = [*analyst.mine(pool), *family_tests(pool, roster).chosen.get(analyst.name, ())]
    claims = {claim_id(claim): claim for claim in found}
    ordered = tuple(claims[name] for name in sorted(claims))
    return Proposed(analyst, pool.family, ordered, summarised(pool, roster))


def analyse(analyst: Analyst, pool: Pool, roster: Sequence[Analyst] = ROSTER) -> Analysis:
    """Mine, measure and judge one aspect of a family in memory.

    The result is deterministic, and equal to that of a distil run, which measures in shards.
    """
    proposed = propose(analyst, pool, roster)
    claims = {claim_id(claim): claim for claim in proposed.claims}
    rows: dict[str, list[Row]] = {name: [] for name in claims}
    for row in _rows(claims, pool):
        rows[row.claim].append(row)
    out = frozenset(proposed.pool_summary.unfinished)
    facts = {trace.hash: trace_facts(trace, pool.family) for trace in pool.traces}
    facts = {name: fact.model_copy(update={"finished": name not in out}) for name, fact in facts.items()}
    facts |= {trace.hash: trace_facts(trace, pool.family, held_out=True) for trace in pool.held_out}
    judged = judge(proposed, rows, facts)
    return judged.model_copy(update={"rows": tuple(row for name in sorted(rows) for row in rows[name])})


def _rows(claims: Mapping[str, Claim], pool: Pool) -> Iterator[Row]:
    if len(pool.views) < len(pool.traces):
        yield from measure(claims.values(), pool.traces)
    else:
        yield from measure_views(claims.items(), pool.together)
    yield from measure(claims.values(), pool.held_out)
