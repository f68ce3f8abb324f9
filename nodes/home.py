"""Which analysts came home, and with what."""

from collections import defaultdict

from trace2skill.nodes.state import DistillState


def home(state: DistillState) -> dict[str, list[str]]:
    """The analysts that came home in this round, by family; both sorted, whoever was first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for mined in state.get("mined", []):
        if mined["round"] == state["round"]:
            found[mined["family"]].append(mined["analyst"])
    return {family: sorted(found[family]) for family in sorted(found)}
