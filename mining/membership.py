"""Which runs belong to the task family of a skill."""

from collections import Counter
from collections.abc import Sequence

from trace2skill.mining.families import assign_families
from trace2skill.traces.model import Trace


def members(family: str, own: Sequence[Trace], others: Sequence[Trace]) -> dict[str, str]:
    """The task family of every run, by trace hash.

    Families are assigned to all runs at once, so that new ones are told apart as the known ones are. What
    most of a skill's own runs share is its family, whatever it is called this time; its own runs belong to it
    in any case.

    Args:
        family: The family of the skill.
        own: The runs that the skill was distilled from.
        others: Runs to judge, and the further runs of the skill's library.
    """
    mine = {trace.hash for trace in own}
    families = assign_families([*own, *(trace for trace in others if trace.hash not in mine)])
    shared = Counter(families[trace.hash] for trace in own)
    label = min(shared, key=lambda name: (-shared[name], name), default=family)
    renamed = {family: f"not {family}", label: family}
    found = {trace: renamed.get(name, name) for trace, name in families.items()}
    return found | dict.fromkeys(mine, family)
