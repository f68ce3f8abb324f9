"""Task families: given by the data, or clustered from task texts and tool use within each domain."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from trace2skill.mining.family_labels import commonest, distinguishing, slug
from trace2skill.mining.partition import partition
from trace2skill.mining.task_features import Task, task_features, tasks_of
from trace2skill.traces.model import Trace


def assign_families(traces: Sequence[Trace]) -> dict[str, str]:
    """The family label of every trace, by trace hash; the order of the traces does not matter.

    A given `Trace.family` is kept as it is. The other traces are clustered within their domain, all runs
    on one task together, and labelled by what sets their texts apart: `telecom/mms`. A domain that falls
    into no clear groups is one family named like it; without a domain, after its commonest tools.
    """
    families = {trace.hash: trace.family for trace in traces if trace.family}
    taken = set(families.values())
    by_domain: defaultdict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        if not trace.family:
            by_domain[trace.domain or ""].append(trace)
    for domain in sorted(by_domain):
        for label, tasks in _split(domain, tasks_of(by_domain[domain])):
            family = _unique(label, taken)
            families |= {run.hash: family for task in tasks for run in task.runs}
    return families


def _split(domain: str, tasks: Sequence[Task]) -> Iterable[tuple[str, list[Task]]]:
    """The families of one domain: a label, not yet unique, and the tasks."""
    import numpy as np

    features = task_features(tasks)
    numbers = np.array(partition(features.matrix, [len(task.runs) for task in tasks]))
    prefix = slug(domain)
    if numbers.max() == 0:
        yield prefix or commonest(tasks), list(tasks)
        return
    for number in range(numbers.max() + 1):
        member = numbers == number
        label = distinguishing(tasks, features, member) or "other"
        yield (
            f"{prefix}/{label}" if prefix else label,
            [task for task, is_member in zip(tasks, member, strict=True) if is_member],
        )


def _unique(label: str, taken: set[str]) -> str:
    """The label, or the first of `label-2`, `label-3` ... that is not taken yet; it is taken from now on."""
    candidate, number = label, 2
    while candidate in taken:
        candidate, number = f"{label}-{number}", number + 1
    taken.add(candidate)
    return candidate
