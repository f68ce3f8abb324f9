"""One analyst over one family: measured, judged, collapsed."""

import pytest

from tests.mining.pools import bad, good, lamp_shop
from trace2skill.claims.model import Effect, claim_id
from trace2skill.evidence.measure import measure
from trace2skill.evidence.rows import Tier
from trace2skill.evidence.statistics import summarise
from trace2skill.mining.analyse import analyse
from trace2skill.mining.pool import Pool, trace_facts
from trace2skill.mining.roster import ROSTER, Analyst


@pytest.mark.parametrize("analyst", ROSTER, ids=lambda analyst: analyst.name)
def test_every_number_is_found_again_by_measuring(analyst: Analyst) -> None:
    """Rows and summaries of an analysis equal a fresh measurement of its claims on the traces."""
    pool = lamp_shop()
    analysis = analyse(analyst, pool)
    findings = [*analysis.findings, *(rejected.finding for rejected in analysis.rejected)]
    again = list(measure([finding.claim for finding in findings], pool.traces))
    assert sorted(again, key=str) == sorted(analysis.rows, key=str)
    facts = {trace.hash: trace_facts(trace, "lamps") for trace in pool.traces}
    for finding in findings:
        rows = [row for row in again if row.claim == finding.id]
        assert summarise(finding.claim, rows, facts) == finding.summary


@pytest.mark.parametrize("analyst", ROSTER, ids=lambda analyst: analyst.name)
def test_the_order_of_traces_changes_nothing(analyst: Analyst) -> None:
    """Same traces, same analysis."""
    pool = lamp_shop()
    assert analyse(analyst, Pool("lamps", pool.traces[::-1])) == analyse(analyst, pool)


def test_a_sampled_pool_is_measured_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates come from a sample, numbers from all."""
    monkeypatch.setattr("trace2skill.mining.pool.MOST_TRACES", 10)
    pool = lamp_shop()
    assert (len(pool.views), len(pool.traces)) == (10, 20)
    counted = max(finding.summary.support.traces for finding in analyse(ROSTER[3], pool).findings)
    assert counted > 10


def test_citations_point_at_steps_where_it_held() -> None:
    """Each citation is a step of a trace of the pool that does the action."""
    pool = lamp_shop()
    steps = {trace.hash: trace.steps for trace in pool.traces}
    for finding in analyse(ROSTER[0], pool).findings:
        assert isinstance(finding.claim, Effect)
        for citation in finding.held_at:
            action = steps[citation.trace][citation.step].action
            assert action is not None
            assert action.tool == finding.claim.action.tool


def test_equal_evidence_is_told_once() -> None:
    """Of two claims with the same rows about the same action, one is kept and the other names it."""
    pool = lamp_shop()
    twice = Analyst("twice", "state transitions", lambda _: _twins(pool))
    analysis = analyse(twice, pool)
    assert len(analysis.findings) == 1
    assert analysis.rejected[0].reason == f"rests on the same evidence as {analysis.findings[0].id}"


def _twins(pool: Pool) -> list[Effect]:
    (effect,) = [claim for claim in ROSTER[0].mine(pool) if isinstance(claim, Effect)]
    other = effect.model_copy(update={"after": effect.after.model_copy(update={"quantifier": "last"})})
    assert claim_id(effect) != claim_id(other)
    return [effect, other]


def test_one_trace_gives_hypotheses() -> None:
    """A single run is no ground for a rule, but not nothing either."""
    analysis = analyse(ROSTER[3], Pool("lamps", [good(1)]))
    assert {finding.tier for finding in analysis.findings} == {Tier.HYPOTHESIS}


def test_failures_alone_teach_nothing() -> None:
    """No good run to imitate, and none to compare with."""
    pool = Pool("lamps", [bad(at) for at in range(4)])
    assert [finding for analyst in ROSTER for finding in analyse(analyst, pool).findings] == []
