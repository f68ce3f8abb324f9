"""Join: wait for a chunk of analysts before the next is sent out."""

from typing import Any

from langgraph.types import Send

from trace2skill.nodes.state import DistillState, MineTask, ReadTask

CHUNK = 500
"""A superstep's cost grows with the square of its pending tasks; past this many it shows."""


def join(state: DistillState) -> DistillState:
    """Count the chunk that has come home."""
    return {"dispatched": state["dispatched"] + len(_chunk(state))}


def fan_out(state: DistillState) -> list[Send] | str:
    """The next chunk of tasks; measuring once all are done; the end if nothing is to do, or on a mistake."""
    if state.get("errors") or not state["tasks"]:
        return "__end__"
    return [Send("mine", along(state, task)) for task in _chunk(state)] or "measure"


def along(state: DistillState, task: MineTask | ReadTask) -> dict[str, Any]:
    """What is sent: the task with the settings that were kept with the run."""
    return {**task, "settings": state["settings"]} if "settings" in state else {**task}


def _chunk(state: DistillState) -> list[MineTask]:
    return state["tasks"][state["dispatched"] :][:CHUNK]
