"""Join: wait for a chunk of analysts before the next is sent."""

from langgraph.types import Send

from trace2skill.nodes.state import CHUNK, DistillState, MineTask, with_settings


def join(state: DistillState) -> DistillState:
    """Count the chunk that has finished."""
    return {"dispatched": state["dispatched"] + len(_chunk(state))}


def fan_out(state: DistillState) -> list[Send] | str:
    """The next chunk of tasks, `measure` when all are done, or the end if there are none or on an error."""
    if state.get("errors") or not state["tasks"]:
        return "__end__"
    return [Send("mine", with_settings(state, task)) for task in _chunk(state)] or "measure"


def _chunk(state: DistillState) -> list[MineTask]:
    return state["tasks"][state["dispatched"] :][:CHUNK]
