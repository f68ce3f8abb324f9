"""Cut a set of tasks into groups that differ, or leave it whole."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from trace2skill.mining.task_features import MIN_TASKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float64]
    Vector: TypeAlias = NDArray[np.float64]
    Labels: TypeAlias = NDArray[np.int64]

MIN_RUNS = 5
MIN_SILHOUETTE = 0.3
"""Under this the groups overlap too much to be families of their own."""
MOST_ALIKE = 0.3
"""Groups whose centroids are closer are one kind of task in other words."""
_MARGIN = 0.02  # silhouettes this close to the best are as good: the fewest groups win
_EVERY_CUT = 30  # up to so many groups each number is tried, beyond it steps of a fifth
_MOST_GROUPS = 120
MOST_CLUSTERED = 3000
"""Clustering costs the square of the tasks."""


def partition(matrix: "Matrix", runs: Sequence[int], worth: "Vector | None" = None) -> list[int]:
    """Give every task the number of its group, 0 upwards in order of first appearance.

    Average-linkage clustering of 1 - similarity, cut at many heights. In each cut, groups under `MIN_TASKS`
    tasks or `MIN_RUNS` runs join their nearest, and then any two that are no two kinds of task:
    near-duplicates of one kind, of one place or one person, make the tightest groups. That is, the cosine of
    their centroids is over `MOST_ALIKE`, or what they differ in is worth no more than 1: the difference in
    the share of tasks that hold a term, times the term's worth, summed over the terms. Of what results, the
    best silhouette wins (Rousseeuw, 1987), with fewer groups where that is as good; there is one group if
    even the best is under `MIN_SILHOUETTE`.

    Args:
        matrix: One row per task, at most `MOST_CLUSTERED`; dot products of rows are similarities from 0 to 1.
        runs: How many runs each task has.
        worth: For each column how much it says that one group holds the term and another does not, 1 if
            absent.
    """
    import numpy as np

    worth = np.ones(matrix.shape[1]) if worth is None else worth
    if matrix.shape[1] == 0 or len(matrix) < 2 * MIN_TASKS:
        return [0] * len(matrix)
    distances = 1 - np.clip((matrix @ matrix.T).round(9), 0, 1)  # rounded: ties must not hang on the machine
    groups: list[int] = _best(matrix, distances, np.asarray(runs), worth).tolist()
    return groups


def nearest(rows: "Matrix", matrix: "Matrix", groups: Sequence[int]) -> list[int]:
    """For each row the group whose centroid, in the matrix that was cut, is most similar."""
    found: list[int] = (rows @ _means(matrix, groups).T).round(9).argmax(axis=1).tolist()
    return found


def _best(matrix: "Matrix", distances: "Matrix", sizes: "Labels", worth: "Vector") -> "Labels":
    """The chosen cut of the tree."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform
    from sklearn.metrics import silhouette_score

    np.fill_diagonal(distances, 0)
    held = (matrix > 0) * worth
    tree = linkage(squareform(distances, checks=False), "average")
    cuts: dict[bytes, Labels] = {}
    for count in _counts(len(sizes)):
        labels = _without_small(fcluster(tree, count, "maxclust"), distances, sizes)
        labels = _without_alike(labels, matrix, held)
        cuts.setdefault(labels.tobytes(), labels)
    scored = [
        (float(silhouette_score(distances, labels, metric="precomputed")), labels)
        for labels in cuts.values()
        if labels.max() > 0
    ]
    best = max((score for score, _ in scored), default=0.0)
    if best < MIN_SILHOUETTE:
        return np.zeros(len(sizes), dtype=np.int64)
    as_good = [(int(labels.max()), -score, labels) for score, labels in scored if score >= best - _MARGIN]
    return min(as_good, key=lambda cut: cut[:2])[2]


def _counts(tasks: int) -> Iterator[int]:
    """Into how many groups the tree is cut, small ones not yet joined: outliers take up many of them."""
    count = 2
    while count <= min(_MOST_GROUPS, tasks):
        yield count
        count += 1 if count < _EVERY_CUT else count // 5


def _without_small(labels: "Labels", distances: "Matrix", sizes: "Labels") -> "Labels":
    """Join groups that are too small to the group nearest on average, the smallest first."""
    import numpy as np

    members = (labels[:, None] == np.unique(labels)[None, :]).astype(float)
    between = members.T @ distances @ members
    while members.shape[1] > 1:
        tasks, runs = members.sum(axis=0), members.T @ sizes
        small = np.flatnonzero((tasks < MIN_TASKS) | (runs < MIN_RUNS))
        if not len(small):
            break
        joining = min(small.tolist(), key=lambda group: (tasks[group], int(members[:, group].argmax())))
        mean = np.round(between[joining] / (tasks[joining] * tasks), 9)
        mean[joining] = np.inf
        into = int(mean.argmin())
        for whole in (members, between):
            whole[:, into] += whole[:, joining]
        between[into] += between[joining]
        keep = np.arange(members.shape[1]) != joining
        members, between = members[:, keep], between[np.ix_(keep, keep)]
    return _numbered(members.argmax(axis=1))


def _without_alike(labels: "Labels", matrix: "Matrix", held: "Matrix") -> "Labels":
    """Join two groups that are no two kinds of task, those that differ in least first, to the last."""
    import numpy as np

    groups = int(labels.max()) + 1
    centroids, shares = _means(matrix, labels), _means(held, labels)
    left = np.ones(groups, dtype=bool)
    gaps = np.full((groups, groups), np.inf)
    for group in range(groups):
        gaps[group] = _gaps(group, centroids, shares, left)
    while np.isfinite(gaps).any():
        first, second = sorted(divmod(int(gaps.argmin()), groups))
        labels = np.where(labels == second, first, labels)
        left[second] = False
        centroids[first] = matrix[labels == first].mean(axis=0)
        shares[first] = held[labels == first].mean(axis=0)
        gaps[second] = gaps[:, second] = np.inf
        gaps[first] = gaps[:, first] = _gaps(first, centroids, shares, left)
    return _numbered(labels)


def _gaps(group: int, centroids: "Matrix", shares: "Matrix", left: "NDArray[np.bool_]") -> "Vector":
    """What the group and each other one differ in, where the two are no two kinds of task; else infinity."""
    import numpy as np

    lengths = np.linalg.norm(centroids, axis=1)
    cosines = centroids @ centroids[group] / np.maximum(lengths * lengths[group], 1e-12)
    differing = np.abs(shares - shares[group]).sum(axis=1).round(9)
    one_kind = left & ((cosines.round(9) > MOST_ALIKE) | (differing <= 1))
    one_kind[group] = False
    return np.where(one_kind, differing, np.inf)


def _means(matrix: "Matrix", groups: "Sequence[int] | Labels") -> "Matrix":
    """The mean row of each group."""
    import numpy as np

    numbers = np.asarray(groups)
    return np.stack([matrix[numbers == group].mean(axis=0) for group in range(int(numbers.max()) + 1)])


def _numbered(labels: "Labels") -> "Labels":
    """The same groups, numbered in order of first appearance."""
    import numpy as np

    _, first, group = np.unique(labels, return_index=True, return_inverse=True)
    numbered: Labels = first.argsort().argsort()[group]
    return numbered
