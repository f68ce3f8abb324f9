"""Cutting tasks into groups."""

import numpy as np
from sklearn.metrics import silhouette_score

from trace2skill.mining.partition import nearest, partition, silhouette


def groups(*sizes: int) -> np.ndarray:
    """Tasks alike within their group and unlike across groups."""
    return np.repeat(np.eye(len(sizes)), sizes, axis=0)


def test_clear_groups_are_found() -> None:
    """Groups are numbered in order of first appearance."""
    assert partition(groups(4, 3, 5), [2] * 12) == [0] * 4 + [1] * 3 + [2] * 5


def test_no_terms_no_groups() -> None:
    """Tasks that nothing tells apart are one group."""
    assert partition(np.zeros((9, 0)), [1] * 9) == [0] * 9


def test_all_different_is_one_group() -> None:
    """Tasks that share nothing are no groups."""
    assert partition(np.eye(9), [1] * 9) == [0] * 9


def test_the_silhouette_is_scikit_learns() -> None:
    """To the last bit, since of two cuts nearly as good the better one is taken."""
    random = np.random.default_rng(5)
    for tasks in (4, 9, 40):
        places = random.random((tasks, 3)).round(1)  # some at no distance from each other
        distances = np.abs(places[:, None] - places[None]).sum(axis=2)
        labels = np.append(np.arange(3), random.integers(3, size=tasks - 3))
        assert silhouette(distances, labels) == silhouette_score(distances, labels, metric="precomputed")


def test_small_groups_join_their_nearest() -> None:
    """Two tasks are no family: they join the group they share most with."""
    matrix = groups(5, 5, 2)
    matrix[10:] = [0.0, 0.6, 0.8]
    assert partition(matrix, [1] * 12) == [0] * 5 + [1] * 7


def test_groups_need_runs_too() -> None:
    """Three tasks run once each are too few runs; run twice they are enough."""
    matrix = groups(5, 3)
    assert partition(matrix, [1] * 8) == [0] * 8
    assert partition(matrix, [2] * 8) == [0] * 5 + [1] * 3


def test_others_follow_the_nearest_group() -> None:
    """A row goes to the group whose mean row is most similar."""
    matrix = groups(5, 5)
    assert nearest(np.array([[0.1, 0.9], [0.9, 0.1]]), matrix, [0] * 5 + [1] * 5) == [1, 0]


def test_groups_alike_are_one() -> None:
    """Two groups of near-duplicates that share most of what they say are one kind, another stays apart."""
    matrix = groups(5, 5, 5)
    matrix[:5] = [0.9, 0.436, 0.0]
    matrix[5:10] = [0.436, 0.9, 0.0]
    assert partition(matrix, [1] * 15) == [0] * 10 + [1] * 5
