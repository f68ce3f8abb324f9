"""New runs join the families that are there; how many of them do not fit says when to form families anew."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trace2skill.mining.partition import MOST_CLUSTERED, nearest_with_likeness
from trace2skill.mining.task_features import MIN_TASKS, Brief, Task, task_features, tasks_of

STRANGE = 0.01
"""A task is a stranger if this share of the known tasks is less like its own family, or a smaller one."""
MOST_STRANGE = 0.05
"""The share of strangers among the tasks that joined above which the families do not fit any more."""


class Joining(NamedTuple):
    """The family of every run that joined, by hash; the tasks that joined, and the strangers among them."""

    families: dict[str, str]
    tasks: int = 0
    strangers: int = 0

    @property
    def fits(self) -> bool:
        """Whether the families still fit: fewer strangers than make a family, or few of those that joined."""
        return self.strangers < MIN_TASKS or self.strangers <= MOST_STRANGE * self.tasks


def join_families(known: Mapping[str, str], traces: Sequence[Brief]) -> Joining:
    """Let runs of one domain join its families.

    All runs on a task are of one family. A task that was not run before joins the family whose known tasks
    are most like it in the mean, by the words and tools that tell the known tasks apart.

    Args:
        known: The family of each run that has one, by hash; at least one.
        traces: These runs, and those that join; none with a family given by the data.
    """
    new = [trace for trace in traces if trace.hash not in known]
    of_task = {trace.stratum: known[trace.hash] for trace in traces if trace.hash in known}
    families = {trace.hash: of_task[trace.stratum] for trace in new if trace.stratum in of_task}
    strange = tasks_of(trace for trace in new if trace.stratum not in of_task)
    if not strange:
        return Joining(families)
    settled = tasks_of(trace for trace in traces if trace.hash in known)[:MOST_CLUSTERED]
    chosen, strangers = _nearest(settled, [known[task.runs[0].hash] for task in settled], strange)
    for task, family in zip(strange, chosen, strict=True):
        families |= {run.hash: family for run in task.runs}
    return Joining(families, len(strange), strangers)


def _nearest(
    settled: Sequence[Task], of_settled: Sequence[str], joining: Sequence[Task]
) -> tuple[list[str], int]:
    """The family of each joining task, and how many of the tasks are strangers in it."""
    import numpy as np

    names = sorted(set(of_settled))
    groups = [names.index(family) for family in of_settled]
    features = task_features(settled)
    own, likeness = nearest_with_likeness(features.matrix, features.matrix, groups)
    chosen, fit = nearest_with_likeness(features.scale.matrix(joining), features.matrix, groups)
    at_home: defaultdict[int, list[float]] = defaultdict(list)
    for group, alike in zip(own, likeness, strict=True):
        at_home[group].append(alike)
    least = {group: float(np.quantile(values, STRANGE, method="lower")) for group, values in at_home.items()}
    strangers = sum(alike < least.get(group, 0.0) for group, alike in zip(chosen, fit, strict=True))
    return [names[group] for group in chosen], strangers
