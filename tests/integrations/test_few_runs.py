"""Eight short runs of an agent, recorded as they went: what they agree on is a skill of hypotheses."""

from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolCall
from langchain_core.tools import tool

from examples.embedding.scripted import ScriptedModel
from trace2skill import Library, TraceRecorder, distill
from trace2skill.skills.playbook import to_markdown


@tool
def get_order(order: str) -> dict[str, str]:
    """Look an order up: those with an even number have been delivered."""
    return {"order_id": order, "status": "pending" if int(order[1:]) % 2 else "delivered"}


@tool
def refund(order: str) -> dict[str, str]:
    """Give the money back."""
    return {"order_id": order, "status": "refunded"}


@tool
def cancel(order: str) -> dict[str, str]:
    """Stop an order."""
    return {"order_id": order, "status": "cancelled"}


def take_back(recorder: TraceRecorder, order: str) -> None:
    """Let an agent refund what has been delivered, and cancel the rest."""
    names = ("get_order", "cancel" if int(order[1:]) % 2 else "refund")
    calls = [AIMessage("", tool_calls=[ToolCall(name=n, args={"order": order}, id=n)]) for n in names]
    model = ScriptedModel(replies=[*calls, AIMessage("Done.")])
    agent: Any = create_agent(model, [get_order, refund, cancel], middleware=[recorder])
    agent.invoke({"messages": [HumanMessage(f"Please take back my order {order}.")]})


@pytest.fixture
def recorder(tmp_path: Path) -> TraceRecorder:
    """One that has recorded eight runs, of whose outcome nobody said anything."""
    recorder = TraceRecorder(tmp_path / "runs.jsonl", domain="shop")
    for number in range(8):
        take_back(recorder, f"O{number}")
    return recorder


def test_what_eight_runs_agree_on_is_shown_as_such(recorder: TraceRecorder, tmp_path: Path) -> None:
    """Each rule with the number of runs, and none of them as if it had been told from chance."""
    assert distill(recorder.path, library=tmp_path / "library").succeeded
    with Library(tmp_path / "library") as library:
        (stored,) = library.skills()
    decide = to_markdown(stored.skill, 1).partition("## Decide\n")[2].partition("\nCounted by")[0]
    assert sorted(line for line in decide.splitlines() if line[:1].isdigit()) == [
        "1. When some order has *status = pending*: call `cancel(order)`. [few runs: 4 of 4]",
        "2. When some order has *status = delivered*: call `refund(order)`. [few runs: 4 of 4]",
    ]
    assert {rule.tier for rule in stored.skill.rules} == {"hypothesis"}
