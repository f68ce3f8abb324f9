"""BFCL multi-turn as a suite: the package's checker judges, and only plain calls are executed."""

import json

import pytest

from benchmarks.live.bfcl import calls_in


def test_calls_are_written_anew_from_their_parts() -> None:
    """Names and plain values; prose around the list is left out."""
    assert calls_in('Sure: [["f(1, b=[\'x\'])", "g()"], []]') == [["f(1, b=['x'])", "g()"], []]


@pytest.mark.parametrize(
    "answer",
    [
        "none",
        '["f()"]',
        '[["f(g())"]]',
        "[[\"__import__('os')\"]]",
        '[["os.remove(1)"]]',
        '[["f(**{})"]]',
        '[["f(1) + 1"]]',
        "[[1]]",
    ],
)
def test_what_is_no_plain_call_is_not_executed(answer: str) -> None:
    """Nested calls, attributes, private names and expressions are refused."""
    assert calls_in(answer) is None


@pytest.mark.heavy
def test_the_benchmarks_own_calls_are_valid_and_nothing_is_not() -> None:
    """Twenty tasks are asked, none of which is shown."""
    pytest.importorskip("bfcl_eval", reason="needs bfcl-eval: pip install --no-deps bfcl-eval mpmath")
    from benchmarks.live.bfcl import course

    found = course()
    assert len(found.asked) == 20
    assert {each.request for each in found.asked}.isdisjoint(each.task for each in found.runs)
    for each in found.asked:
        assert each.score(each.answer) == 1
        assert each.score(json.dumps([[] for _ in json.loads(each.answer)])) == 0
        assert each.score("") == 0
