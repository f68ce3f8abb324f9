"""A trace from the messages that a program holds."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from trace2skill import Trace
from trace2skill.errors import InputError
from trace2skill.traces.model import Label

CALL = {"name": "look", "args": {"door": "D9"}, "id": "c1"}
LANGCHAIN = [
    SystemMessage("You open doors."),
    HumanMessage("Open door D9."),
    AIMessage("", tool_calls=[CALL]),
    ToolMessage("door D9 is locked", tool_call_id="c1"),
    AIMessage("It is locked."),
]
OPENAI = [
    {"role": "system", "content": "You open doors."},
    {"role": "user", "content": "Open door D9."},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"door": "D9"}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "door D9 is locked"},
    {"role": "assistant", "content": "It is locked."},
]
ANTHROPIC = [
    {"role": "user", "content": "Open door D9."},
    {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "c1", "name": "look", "input": {"door": "D9"}}],
    },
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "door D9 is locked"}],
    },
    {"role": "assistant", "content": "It is locked."},
]
RESPONSES = [
    {"role": "user", "content": "Open door D9."},
    {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"door": "D9"}'},
    {"type": "function_call_output", "call_id": "c1", "output": "door D9 is locked"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It is locked."}]},
]


@pytest.mark.parametrize("messages", [LANGCHAIN, OPENAI, ANTHROPIC, RESPONSES])
def test_each_shape_gives_the_same_steps(messages: list[Any]) -> None:
    """What was asked, the call with its arguments and its result, what was said."""
    trace = Trace.from_messages(messages)
    assert trace.task == "Open door D9."
    called = next(step for step in trace.steps if step.action)
    assert called.action
    assert (called.action.tool, called.action.arguments) == ("look", {"door": "D9"})
    assert called.observation == "door D9 is locked"
    assert trace.steps[-1].text == "It is locked."
    assert trace.outcome.label is Label.UNKNOWN


def test_what_the_caller_knows_is_kept() -> None:
    """The outcome with its origin, the family, the tools on offer."""
    offered = {"name": "look", "description": "Look at a door.", "parameters": {"type": "object"}}
    trace = Trace.from_messages(LANGCHAIN, success=True, id="run-1", family="doors", tools=[offered])
    assert (trace.id, trace.family, trace.instructions) == ("run-1", "doors", "You open doors.")
    assert (trace.outcome.label, trace.outcome.origin) == (Label.SUCCESS, "given with the messages")
    assert [tool.name for tool in trace.tools] == ["look"]


@pytest.mark.parametrize(
    ("messages", "fields", "told"),
    [
        ([], {}, "give one conversation"),
        (["hello"], {}, "give one conversation"),
        (OPENAI, {"familly": "doors"}, "a trace has no field 'familly'"),
        (OPENAI, {"steps": 3}, "the field steps of a trace"),
    ],
)
def test_what_cannot_be_read_is_told(messages: list[Any], fields: dict[str, Any], told: str) -> None:
    """With what was expected."""
    with pytest.raises(InputError, match=told):
        Trace.from_messages(messages, **fields)
