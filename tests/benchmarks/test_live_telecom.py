"""τ² solo, one prompt a task: the benchmark's own environments execute and judge."""

import pytest


@pytest.mark.heavy
def test_the_benchmarks_own_calls_settle_every_ticket_and_nothing_settles_none() -> None:
    """Of each kind of issue as many, none of which is shown."""
    pytest.importorskip("inspect_evals.tau2", reason="needs the environment: pip install inspect-evals")
    from benchmarks.live.telecom import course

    found = course(0, 6)
    assert len(found.asked) == 6
    assert len(found.runs) == 74
    for each in found.asked:
        assert each.score(each.answer) == 1
        assert each.score("[]") == 0
        assert each.score("I do not know.") == 0
        assert each.body not in {str(run.steps[0].observation) for run in found.runs}


@pytest.mark.heavy
@pytest.mark.parametrize("domain", ["retail", "airline"])
def test_the_benchmarks_own_changes_serve_every_customer_and_nothing_serves_none(domain: str) -> None:
    """Of test tasks; the train tasks are shown."""
    pytest.importorskip("inspect_evals.tau2", reason="needs the environment: pip install inspect-evals")
    from benchmarks.live.service import course

    found = course(domain, 0, 3)
    assert len(found.asked) == 3
    assert {each.request for each in found.asked}.isdisjoint(each.task for each in found.runs)
    for each in found.asked:
        assert each.score(each.answer) == 1
        assert each.score("[]") == 0
        assert each.score("I do not know.") == 0
        assert "_details(" in each.body
