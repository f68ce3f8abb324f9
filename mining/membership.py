"""Which new runs belong to the task family of a skill."""

from collections import Counter
from collections.abc import Sequence

from trace2skill.mining.families import assign_families
from trace2skill.traces.model import Trace


def members(
    family: str, own: Sequence[Trace], others: Sequence[Trace], new: Sequence[Trace]
) -> dict[str, str]:
    """The task family of each new run, by trace hash, under the names that a library knows.

    Families are assigned to all runs at once, so that the new ones are told apart as the known ones are.
    What most of a skill's own runs share is its family, whatever it is called this time.

    Args:
        family: The family of the skill.
        own: The runs that the skill was distilled from.
        others: Further runs of its library.
        new: The runs to judge.
    """
    families = assign_families([*own, *others, *new])
    shared = Counter(families[trace.hash] for trace in own)
    label = min(shared, key=lambda name: (-shared[name], name), default=family)
    renamed = {label: family}
    if label != family:
        renamed[family] = f"not {family}"
    return {trace.hash: renamed.get(families[trace.hash], families[trace.hash]) for trace in new}
