"""Which runs of a large family are read."""

from collections import Counter
from random import Random

import pytest

from tests.building import act, run
from tests.graph.errands import doors
from trace2skill.proposals.sampling import LARGE, read_first, stratified
from trace2skill.traces.model import Label, Trace


def many(number: int = 160) -> list[Trace]:
    """Eight runs of each of twenty tasks; those of every fourth task fail."""
    return [
        run(
            act("look", f"{at} " + "word " * 50),
            name=f"m{at}",
            task=f"task {at % 20}",
            success=at % 4 > 0,
        )
        for at in range(number)
    ]


def taken(allowed: int, runs: list[Trace]) -> list[Trace]:
    """The runs that are read for so many tokens."""
    return read_first(runs, allowed=allowed, tokens=5000, share=1000, around=500)


def test_a_family_of_usual_size_is_read_whole() -> None:
    """Whatever that costs."""
    runs = doors(LARGE)
    assert taken(1, runs) == runs


@pytest.mark.parametrize(("allowed", "least", "most"), [(1, 100, 100), (10**6, 160, 160), (11_000, 110, 150)])
def test_of_a_large_one_as_many_as_the_budget_allows(allowed: int, least: int, most: int) -> None:
    """A run here has some eighty tokens with its part of the instructions."""
    assert least <= len(taken(allowed, many())) <= most


def test_every_beginning_is_a_fair_sample() -> None:
    """Each outcome in its share, and every task before any comes again."""
    order = stratified(many())
    for size in (20, 60, 100):
        failed = sum(trace.outcome.label is Label.FAILURE for trace in order[:size])
        assert failed == size / 4
    for label, tasks in ((Label.FAILURE, 5), (Label.SUCCESS, 15)):
        own = [trace.task for trace in order if trace.outcome.label is label]
        assert set(Counter(own[: 2 * tasks]).values()) == {2}


def test_tasks_that_ended_both_ways_come_first() -> None:
    """There is most to see in them."""
    runs = [run(act("look"), name=f"s{at}", task=f"only {at}") for at in range(6)]
    both = [run(act("look"), name=f"b{at}", task="both", success=at > 0) for at in range(2)]
    order = stratified([*runs, *both])
    assert order.index(both[1]) == min(order.index(each) for each in (*runs, both[1]))


def test_the_order_given_does_not_matter() -> None:
    """The same runs come in the same order."""
    other = many()
    Random(1).shuffle(other)
    assert stratified(other) == stratified(many())
