"""Tidy: remove the run's artifacts once it is saved."""

from langgraph.runtime import Runtime

from trace2skill.nodes.artifacts import Artifacts
from trace2skill.nodes.models import dismiss
from trace2skill.nodes.pools import forget_pools
from trace2skill.nodes.settings import DistillSettings, settings
from trace2skill.nodes.state import DistillState


def tidy(state: DistillState, runtime: Runtime[DistillSettings]) -> DistillState:
    """Clear the artifacts. This is a node of its own, since a killed `persist` is repeated and needs them."""
    context = settings(runtime)
    Artifacts(context.library, state["run"]).clear()
    dismiss(state["run"])
    forget_pools()
    return {}
