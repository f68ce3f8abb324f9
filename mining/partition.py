"""Cut a set of tasks into groups that differ, or leave it whole."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float64]
    Labels: TypeAlias = NDArray[np.int64]

MIN_TASKS = 3
MIN_RUNS = 5
MIN_SILHOUETTE = 0.3
"""Under this the groups overlap too much to be families of their own."""

_MARGIN = 0.02  # silhouettes this close to the best are as good: the fewest groups win
_MOST_CUTS = 30
MOST_CLUSTERED = 3000
"""Clustering costs the square of the tasks."""


def partition(matrix: "Matrix", runs: Sequence[int]) -> list[int]:
    """Give every task the number of its group, 0 upwards in order of first appearance.

    Average-linkage clustering of 1 - similarity; of all cuts, after groups under `MIN_TASKS` tasks or
    `MIN_RUNS` runs joined their nearest, the one with the best silhouette (Rousseeuw, 1987), with fewer
    groups where that is as good, or none if even the best is under `MIN_SILHOUETTE`.

    Args:
        matrix: One row per task, at most `MOST_CLUSTERED`; dot products of rows are similarities from 0 to 1.
        runs: How many runs each task has.
    """
    import numpy as np

    if matrix.shape[1] == 0 or len(matrix) < 2 * MIN_TASKS:
        return [0] * len(matrix)
    distances = 1 - np.clip((matrix @ matrix.T).round(9), 0, 1)  # rounded: ties must not hang on the machine
    groups: list[int] = _best(distances, np.asarray(runs)).tolist()
    return groups


def nearest(rows: "Matrix", matrix: "Matrix", groups: Sequence[int]) -> list[int]:
    """For each row the group whose centroid, in the matrix that was cut, is most similar."""
    import numpy as np

    numbers = np.asarray(groups)
    centroids = np.stack([matrix[numbers == group].mean(axis=0) for group in range(numbers.max() + 1)])
    found: list[int] = (rows @ centroids.T).round(9).argmax(axis=1).tolist()
    return found


def _best(distances: "Matrix", sizes: "Labels") -> "Labels":
    """The chosen cut of the tree."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform
    from sklearn.metrics import silhouette_score

    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    cuts: dict[bytes, Labels] = {}
    for count in range(2, min(_MOST_CUTS, len(sizes)) + 1):
        labels = _without_small(fcluster(tree, count, "maxclust"), distances, sizes)
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
    order = members.argmax(axis=0).argsort()
    groups: Labels = members[:, order].argmax(axis=1)
    return groups
