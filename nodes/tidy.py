"""Tidy: what the run laid down is no longer needed once it is saved."""

from langgraph.runtime import Runtime

from trace2skill.nodes.askers import dismiss
from trace2skill.nodes.context import DistillContext, settings
from trace2skill.nodes.pools import forget_pools
from trace2skill.nodes.state import DistillState
from trace2skill.nodes.workbench import Workbench


def tidy(state: DistillState, runtime: Runtime[DistillContext]) -> DistillState:
    """Clear the workbench, not before `persist` is checkpointed: killed, it is repeated."""
    context = settings(runtime)
    Workbench(context.library, state["run"]).clear()
    dismiss(state["run"])
    forget_pools()
    return {}
