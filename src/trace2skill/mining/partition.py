"""Clusters tasks into groups that differ, or leaves them as one group."""

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
"""Minimum mean silhouette of a partition; below it there is one group."""
MOST_ALIKE = 0.3
"""Cosine of two centroids above which their groups are merged."""
_MARGIN = 0.02  # tolerance of the silhouette; within it the fewest groups win
_EVERY_CUT = 30  # up to this number of groups every cut is tried, beyond it in steps of a fifth
_MOST_GROUPS = 120
MOST_CLUSTERED = 3000
"""Maximum number of tasks clustered; time and memory are quadratic in it."""


def partition(matrix: "Matrix", runs: Sequence[int], worth: "Vector | None" = None) -> list[int]:
    """Assign every task a group number, from 0 in order of first appearance.

    Average-linkage clustering of 1 - similarity, cut at many heights. In each cut, groups of fewer than
    `MIN_TASKS` tasks or `MIN_RUNS` runs are merged with the nearest group. Then groups of the same kind of
    task are merged, because near-duplicates (one place, one person) form the tightest clusters: two groups
    are of the same kind if the cosine of their centroids is above `MOST_ALIKE`, or if the sum over terms of
    the difference in document frequency times `worth` is at most 1. Of the resulting partitions the one with
    the best silhouette (Rousseeuw, 1987) is chosen, within a tolerance the one with fewer groups; if the best
    is below `MIN_SILHOUETTE`, there is one group.

    Args:
        matrix: One row per task, at most `MOST_CLUSTERED`; dot products of rows are similarities from 0 to 1.
        runs: The number of runs of each task.
        worth: The weight of each column when groups are compared; 1 if None.
    """
    import numpy as np

    worth = np.ones(matrix.shape[1]) if worth is None else worth
    if matrix.shape[1] == 0 or len(matrix) < 2 * MIN_TASKS:
        return [0] * len(matrix)
    distances = 1 - np.clip(
        (matrix @ matrix.T).round(9), 0, 1
    )  # rounded: ties must not depend on the machine
    groups: list[int] = _best(matrix, distances, np.asarray(runs), worth).tolist()
    return groups


def nearest(rows: "Matrix", matrix: "Matrix", groups: Sequence[int]) -> list[int]:
    """For each row the group with the most similar centroid in the clustered matrix."""
    return nearest_with_likeness(rows, matrix, groups)[0]


def nearest_with_likeness(
    rows: "Matrix", matrix: "Matrix", groups: Sequence[int]
) -> tuple[list[int], list[float]]:
    """`nearest`, and for each row its similarity to that centroid."""
    likeness = (rows @ _means(matrix, groups).T).round(9)
    return likeness.argmax(axis=1).tolist(), likeness.max(axis=1).tolist()


def _best(matrix: "Matrix", distances: "Matrix", sizes: "Labels", worth: "Vector") -> "Labels":
    """The group labels of the best cut of the dendrogram."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    np.fill_diagonal(distances, 0)
    held = (matrix > 0) * worth
    tree = linkage(squareform(distances, checks=False), "average")
    cuts: dict[bytes, Labels] = {}
    for count in _counts(len(sizes)):
        labels = _without_small(fcluster(tree, count, "maxclust"), distances, sizes)
        labels = _without_alike(labels, matrix, held)
        cuts.setdefault(labels.tobytes(), labels)
    scored = [(silhouette(distances, labels), labels) for labels in cuts.values() if labels.max() > 0]
    best = max((score for score, _ in scored), default=0.0)
    if best < MIN_SILHOUETTE:
        return np.zeros(len(sizes), dtype=np.int64)
    as_good = [(int(labels.max()), -score, labels) for score, labels in scored if score >= best - _MARGIN]
    return min(as_good, key=lambda cut: cut[:2])[2]


def silhouette(distances: "Matrix", labels: "Labels") -> float:
    """The mean silhouette (Rousseeuw, 1987), to the last bit as scikit-learn computes it, without its import.

    Args:
        distances: Between every two tasks; 0 on the diagonal.
        labels: The number of each task's group, from 0; at least two groups.
    """
    import numpy as np

    sizes = np.bincount(labels)
    between = np.stack([np.bincount(labels, weights=row, minlength=len(sizes)) for row in distances])
    places = np.arange(len(labels)), labels
    with np.errstate(divide="ignore", invalid="ignore"):  # a task alone, or at no distance from any, counts 0
        within = between[places] / (sizes[labels] - 1)
        between[places] = np.inf
        apart = (between / sizes).min(axis=1)
        scores = (apart - within) / np.maximum(within, apart)
    return float(np.mean(np.nan_to_num(scores)))


def _counts(tasks: int) -> Iterator[int]:
    """The numbers of groups to cut at, before merging; many of these groups are outliers."""
    count = 2
    while count <= min(_MOST_GROUPS, tasks):
        yield count
        count += 1 if count < _EVERY_CUT else count // 5


def _without_small(labels: "Labels", distances: "Matrix", sizes: "Labels") -> "Labels":
    """Merge each group that is too small with the nearest by average distance, the smallest first."""
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
    """Merge groups of the same kind of task, the least different first, until there are none."""
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
    """The difference of a group to each other of the same kind of task; infinity for other groups."""
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
