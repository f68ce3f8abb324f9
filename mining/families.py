"""Task families: given by the data, or clustered within each domain by what is known before anybody acts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

from trace2skill.facts.untrusted_text import named
from trace2skill.mining.brief import Brief
from trace2skill.mining.family_labels import commonest, distinguishing, slug
from trace2skill.mining.partition import MOST_CLUSTERED, nearest, partition
from trace2skill.mining.task_features import Features, Task, task_features, tasks_of
from trace2skill.traces.model import Trace


def assign_families(traces: Sequence[Trace | Brief]) -> dict[str, str]:
    """The family label of every trace, by trace hash; the order of the traces does not matter.

    A given `Trace.family` is kept as it is, unless it cannot be a name. The other traces are clustered within
    their domain, all runs on one task together, and labelled by what sets their texts apart: `telecom/mms`. A
    domain that falls into no clear groups is one family named like it; without a domain, after its commonest
    words.
    """
    families = {trace.hash: trace.family for trace in traces if _is_given(trace.family)}
    taken = set(families.values())
    by_domain: defaultdict[str, list[Trace | Brief]] = defaultdict(list)
    for trace in traces:
        if not _is_given(trace.family):
            by_domain[named(trace.domain)].append(trace)
    for domain in sorted(by_domain):
        for label, tasks in _split(domain, tasks_of(by_domain[domain])):
            family = _unique(label, taken)
            families |= {run.hash: family for task in tasks for run in task.runs}
    return families


def _is_given(family: str | None) -> TypeGuard[str]:
    return bool(named(family))


def _split(domain: str, tasks: Sequence[Task]) -> Iterable[tuple[str, list[Task]]]:
    """The families of one domain: a label, not yet unique, and the tasks.

    Of very many tasks a sample is clustered, and the others follow the nearest centroid.
    """
    import numpy as np

    sample, rest = tasks[:MOST_CLUSTERED], tasks[MOST_CLUSTERED:]
    features = task_features(sample)
    groups = partition(features.matrix, [len(task.runs) for task in sample], features.worth(sample))
    prefix = slug(domain)
    if max(groups) == 0:
        yield prefix or commonest(sample), list(tasks)
        return
    followed = list(_follow(rest, features, groups))
    for number in range(max(groups) + 1):
        label = distinguishing(sample, features, np.array(groups) == number) or "other"
        yield (
            f"{prefix}/{label}" if prefix else label,
            [task for task, group in zip(tasks, [*groups, *followed], strict=True) if group == number],
        )


def _follow(rest: Sequence[Task], features: Features, groups: Sequence[int]) -> Iterator[int]:
    for start in range(0, len(rest), MOST_CLUSTERED):
        rows = features.scale.matrix(rest[start : start + MOST_CLUSTERED])
        yield from nearest(rows, features.matrix, groups)


def _unique(label: str, taken: set[str]) -> str:
    """The label, or the first of `label-2`, `label-3` ... that is not taken yet; it is taken from now on."""
    candidate, number = label, 2
    while candidate in taken:
        candidate, number = f"{label}-{number}", number + 1
    taken.add(candidate)
    return candidate
