"""Tidy: what the run laid down is no longer needed once it is saved."""

from langgraph.runtime import Runtime

from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import dismiss
from trace2skill.nodes.pools import forget_pools
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState


def tidy(state: DistillState, runtime: Runtime[DistillSettings]) -> DistillState:
    """Clear the artifacts, not before `persist` is checkpointed: killed, it is repeated."""
    context = settings(runtime)
    Artifacts(context.library, state["run"]).clear()
    dismiss(state["run"])
    forget_pools()
    return {}
