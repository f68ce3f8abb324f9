"""OpenAI chat messages."""

from typing import Any

import pytest

from trace2skill.traces.files import Record
from trace2skill.traces.model import Actor, Label, StepOutcome
from trace2skill.traces.readers import openai_chat

ASK = {"role": "user", "content": "Where is my order number five?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": '{"n": 5}'}}


def talk(*messages: Any) -> list[Any]:
    """A system prompt, a request, and what follows."""
    return [{"role": "system", "content": "be kind"}, ASK, *messages]


def read(value: Any) -> list[Any]:
    """The traces of one document."""
    return list(openai_chat.read(Record("f", "", value)))


@pytest.mark.parametrize(
    "value",
    [talk(), {"messages": talk()}, [talk()], [{"messages": talk()}]],
    ids=["list", "object", "lists", "objects"],
)
def test_every_shape_is_one_conversation(value: Any) -> None:
    """The same conversation in four shapes; the system prompt is no step; the outcome is unknown."""
    assert openai_chat.recognises(value)
    (trace,) = read(value)
    assert [step.text for step in trace.steps] == [ASK["content"]]
    assert trace.task == ASK["content"]
    assert trace.outcome.label is Label.UNKNOWN


def test_calls_join_results() -> None:
    """Text and call of one message are one step; JSON results are parsed."""
    said = {"role": "assistant", "content": "Looking.", "tool_calls": [CALL]}
    (trace,) = read(talk(said, {"role": "tool", "tool_call_id": "c1", "content": '{"state": "sent"}'}))
    step = trace.steps[1]
    assert (step.text, step.action.tool, step.action.arguments) == ("Looking.", "find_order", {"n": 5})
    assert (step.observation, step.outcome) == ({"state": "sent"}, StepOutcome.OK)


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("Error: not found", StepOutcome.ERROR),
        ("Traceback (most recent call last)", StepOutcome.ERROR),
        ('{"error": "not found"}', StepOutcome.ERROR),
        ('{"status": "error"}', StepOutcome.ERROR),
        ('{"error": null}', StepOutcome.OK),
        ("No errors were found", StepOutcome.OK),
        ("Errors: 0", StepOutcome.OK),
    ],
)
def test_only_a_clear_error_is_one(content: str, outcome: StepOutcome) -> None:
    """The rule of docs/trace-format.md."""
    calls = {"role": "assistant", "tool_calls": [CALL]}
    (trace,) = read(talk(calls, {"role": "tool", "tool_call_id": "c1", "content": content}))
    assert trace.steps[1].outcome is outcome


def test_the_older_function_call_is_read() -> None:
    """`function_call` and its result have no id; they join in order."""
    asked = {"role": "assistant", "content": None, "function_call": {"name": "add", "arguments": '{"a": 1}'}}
    (trace,) = read(talk(asked, {"role": "function", "name": "add", "content": "3"}))
    assert (trace.steps[1].action.tool, trace.steps[1].observation) == ("add", 3)


def test_a_result_without_a_call_is_a_step_of_the_environment() -> None:
    """Nothing is lost."""
    (trace,) = read(talk({"role": "tool", "tool_call_id": "zz", "content": "late news"}))
    assert (trace.steps[1].actor, trace.steps[1].observation) == (Actor.ENVIRONMENT, "late news")


def test_offered_tools_and_content_parts() -> None:
    """Tool schemas are kept; a content list becomes text."""
    tools = [{"type": "function", "function": {"name": "find_order", "parameters": {"type": "object"}}}]
    parts = [{"type": "text", "text": "Look at this one"}, {"type": "image_url", "image_url": {"url": "x"}}]
    (trace,) = read({"messages": [{"role": "user", "content": parts}], "tools": tools})
    assert [(tool.name, tool.parameters) for tool in trace.tools] == [("find_order", {"type": "object"})]
    assert trace.steps[0].text == "Look at this one\n[image_url]"


def test_the_id_comes_from_the_content() -> None:
    """Where a conversation lies does not change its identity."""
    (here,) = read({"messages": talk()})
    (there,) = openai_chat.read(Record("g", "line 9", {"messages": talk()}))
    assert here.id == there.id
    assert here.hash == there.hash
