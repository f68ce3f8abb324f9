"""Splitting tasks by their hash."""

from trace2skill.evidence.lift_tests import drawn


def test_a_share_of_tasks_is_drawn_the_same_ones_each_time() -> None:
    """About the fraction asked for, and a larger one contains a smaller one."""
    tasks = [f"task {number}" for number in range(1000)]
    some = {task for task in tasks if drawn(task, 0.3, "holdout")}
    assert 250 < len(some) < 350
    assert some == {task for task in tasks if drawn(task, 0.3, "holdout")}
    assert some < {task for task in tasks if drawn(task, 0.5, "holdout")}


def test_two_purposes_draw_apart() -> None:
    """What is kept from mining says nothing about what chooses the tests."""
    tasks = [f"task {number}" for number in range(1000)]
    both = [drawn(task, 0.5, "holdout") and drawn(task, 0.5, "preselection") for task in tasks]
    assert 200 < sum(both) < 300


def test_the_ends() -> None:
    """Nothing is drawn of 0, everything of 1."""
    assert not drawn("a", 0, "holdout")
    assert drawn("a", 1, "holdout")
