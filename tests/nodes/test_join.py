"""Routes out of plan and join: chunks, measuring, or the end."""

import pytest
from langgraph.types import Send

from trace2skill.nodes import join as module
from trace2skill.nodes.join import fan_out, join
from trace2skill.nodes.state import DistillState, MineTask


def test_every_task_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven tasks in chunks of three: three, three, one, then on."""
    monkeypatch.setattr(module, "CHUNK", 3)
    tasks = [MineTask(run="r", round=1, family=str(number), analyst="a") for number in range(7)]
    state: DistillState = {"tasks": tasks, "dispatched": 0}
    sizes: list[int] = []
    sent: list[MineTask] = []
    while isinstance(sends := fan_out(state), list):
        assert all(isinstance(send, Send) and send.node == "mine" for send in sends)
        sizes.append(len(sends))
        sent += [send.arg for send in sends]
        state |= join(state)
    assert sends == "measure"
    assert sizes == [3, 3, 1]
    assert sent == tasks


def test_nothing_to_do_is_the_end() -> None:
    """Without tasks the run is over."""
    assert fan_out({"tasks": [], "dispatched": 0}) == "__end__"
