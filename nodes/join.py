"""Join: wait for a chunk of analysts before the next is sent."""

from langgraph.types import Send

from trace2skill.nodes.state import CHUNK, DistillState, MineTask, with_settings


def join(state: DistillState) -> DistillState:
    """Count the chunk that has finished."""
    return {"dispatched": state["dispatched"] + len(_chunk(state))}


def fan_out(state: DistillState) -> list[Send] | str:
    """The next chunk of tasks, or `measure` when all are done.

    Without tasks `persist`, if runs have joined families, else the end, as on an error.
    """
    if state.get("errors"):
        return "__end__"
    if not state["tasks"]:
        return "persist" if _has_joined(state) else "__end__"
    return [Send("mine", with_settings(state, task)) for task in _chunk(state)] or "measure"


def _has_joined(state: DistillState) -> bool:
    """Whether there are runs to be kept that join families, and the run is to save anything."""
    saves = not {"dry_run", "show_prompts"}.intersection(state.get("settings", {}))
    return saves and bool(state.get("joined")) and state["counts"]["new"] > 0


def _chunk(state: DistillState) -> list[MineTask]:
    return state["tasks"][state["dispatched"] :][:CHUNK]
