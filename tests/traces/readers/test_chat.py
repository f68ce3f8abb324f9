"""Conversations in the shapes of OpenAI, Anthropic and LangChain."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.files import Record
from trace2skill.traces.model import Actor, Label, StepOutcome
from trace2skill.traces.read import READERS, Intake, read_traces
from trace2skill.traces.readers.chat import OPENAI_CHAT

ASK = {"role": "user", "content": "Where is my order number five?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": '{"n": 5}'}}


def talk(*messages: Any) -> list[Any]:
    """A system prompt, a request, and what follows."""
    return [{"role": "system", "content": "be kind"}, ASK, *messages]


def read(value: Any) -> list[Any]:
    """The traces of one document."""
    return list(OPENAI_CHAT.read(Record("f", "", value)))


@pytest.mark.parametrize(
    "value",
    [talk(), {"messages": talk()}, [talk()], [{"messages": talk()}]],
    ids=["list", "object", "lists", "objects"],
)
def test_every_shape_is_one_conversation(value: Any) -> None:
    """The same conversation in four shapes; the system prompt is no step; the outcome is unknown."""
    assert OPENAI_CHAT.recognises(value)
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
    (there,) = OPENAI_CHAT.read(Record("g", "line 9", {"messages": talk()}))
    assert here.id == there.id
    assert here.hash == there.hash


USE = {"type": "tool_use", "id": "u1", "name": "find_order", "input": {"n": 5}}
BLOCKS = [
    ASK,
    {
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "Which?"}, {"type": "text", "text": "Hm."}, USE],
    },
    {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "u1",
                "content": [{"type": "text", "text": "no such"}],
                "is_error": True,
            },
            {"type": "text", "text": "Well?"},
        ],
    },
]
ITEMS = [
    {"role": "user", "content": [{"type": "input_text", "text": ASK["content"]}]},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Which?"}]},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hm."}]},
    {"type": "function_call", "id": "fc", "call_id": "u1", "name": "find_order", "arguments": '{"n": 5}'},
    {"type": "function_call_output", "call_id": "u1", "output": '{"error": "no such"}'},
]
LANGCHAIN = [
    {"type": "human", "data": {"content": ASK["content"], "type": "human"}},
    {
        "type": "ai",
        "data": {"content": "Hm.", "tool_calls": [{"name": "find_order", "args": {"n": 5}, "id": "u1"}]},
    },
    {"type": "tool", "data": {"content": "no such", "tool_call_id": "u1", "status": "error"}},
]


def constructor(kind: str, **kwargs: Any) -> dict[str, Any]:
    """A message as LangChain's `dumpd` writes it."""
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", kind], "kwargs": kwargs}


CONSTRUCTED = [
    constructor("HumanMessage", content=ASK["content"], type="human"),
    constructor("AIMessage", content=[{"type": "text", "text": "Hm."}, USE], type="ai"),
    constructor("ToolMessage", content="no such", tool_call_id="u1", status="error", type="tool"),
]
JAVASCRIPT = [
    {**each, "kwargs": {name: value for name, value in each["kwargs"].items() if name != "type"}}
    for each in CONSTRUCTED
]
"""The class alone says whose message it is."""


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("anthropic-messages", {"messages": BLOCKS}),
        ("openai-responses", {"input": ITEMS[:1], "output": ITEMS[1:]}),
        ("openai-responses", ITEMS),
        ("langchain-messages", {"id": "run", "messages": LANGCHAIN}),
        ("langchain-messages", CONSTRUCTED),
        ("langchain-messages", JAVASCRIPT),
    ],
)
def test_the_same_conversation_in_other_shapes(form: str, value: Any, tmp_path: Path) -> None:
    """Request, words, call with its arguments, and a result that failed: found by content, none is lost."""
    (tmp_path / "talk.json").write_text(json.dumps(value))
    (trace,) = read_traces(tmp_path)
    assert trace.source.format == form
    assert trace.task == ASK["content"]
    call = next(step for step in trace.steps if step.action)
    assert (call.action.tool, call.action.arguments) == ("find_order", {"n": 5})
    assert "no such" in json.dumps(call.observation)
    assert call.outcome is StepOutcome.ERROR
    assert "Hm." in {step.text for step in trace.steps}
    assert [step.actor for step in trace.steps if step.text == "Well?"] == [Actor.USER] * (form[0] == "a")


LATE: dict[str, Any] = {
    "anthropic-messages": {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "z", "content": "late"}],
    },
    "openai-responses": {"type": "function_call_output", "call_id": "z", "output": "late"},
    "langchain-messages": {"type": "tool", "data": {"content": "late", "tool_call_id": "z"}},
}


@pytest.mark.parametrize("form", LATE)
def test_a_result_without_a_call_in_other_shapes(form: str, tmp_path: Path) -> None:
    """It is nobody's words, though Anthropic's stand in a message of the user."""
    path = tmp_path / "talk.json"
    path.write_text(json.dumps([LANGCHAIN[0] if form.startswith("langchain") else ASK, LATE[form]]))
    (trace,) = read_traces(path)
    assert trace.source.format == form
    assert [(step.actor, step.text, step.observation) for step in trace.steps] == [
        (Actor.USER, ASK["content"], None),
        (Actor.ENVIRONMENT, None, "late"),
    ]


def test_thoughts_are_kept_apart_from_words() -> None:
    """Anthropic's thinking and the reasoning of the Responses API are thoughts."""
    for value in ({"messages": BLOCKS}, {"input": "Find order five for me", "output": ITEMS[1:]}):
        reader = next(each for each in READERS if each.recognises(value))
        (trace,) = reader.read(Record("f", "", value))
        assert "Which?" in {step.thought for step in trace.steps}


def test_tools_offered_in_other_shapes() -> None:
    """Anthropic's `input_schema` and the flat tools of the Responses API."""
    offers = [
        ({"messages": BLOCKS, "tools": [{"name": "find_order", "input_schema": {"type": "object"}}]}),
        (
            {
                "input": "x",
                "output": ITEMS[1:],
                "tools": [{"type": "function", "name": "find_order", "parameters": {"type": "object"}}],
            }
        ),
    ]
    for value in offers:
        reader = next(each for each in READERS if each.recognises(value))
        (trace,) = reader.read(Record("f", "", value))
        assert [(tool.name, tool.parameters) for tool in trace.tools] == [("find_order", {"type": "object"})]


@pytest.mark.parametrize(
    ("arguments", "read_as", "outcome"),
    [
        ('"{\\"n\\": 5}"', {"n": 5}, StepOutcome.OK),
        ('{"n": 5', {"unreadable": '{"n": 5'}, StepOutcome.ERROR),
        ("[5]", {"unreadable": "[5]"}, StepOutcome.ERROR),
        ("", {}, StepOutcome.OK),
    ],
)
def test_arguments_as_they_come(arguments: str, read_as: dict[str, Any], outcome: StepOutcome) -> None:
    """JSON in JSON is unpacked; what is no object is kept as text, in error, and costs nothing else."""
    call = {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": arguments}}
    said = {"role": "assistant", "tool_calls": [call]}
    (trace,) = read(talk(said, {"role": "tool", "tool_call_id": "c1", "content": "sent"}))
    step = trace.steps[1]
    assert (step.action.arguments, step.observation, step.outcome) == (read_as, "sent", outcome)


def test_a_free_text_tool_is_no_mistake() -> None:
    """A custom tool of the Responses API takes text, not JSON."""
    items = [
        *ITEMS[:1],
        {"type": "custom_tool_call", "call_id": "p", "name": "apply_patch", "input": "*** Begin"},
        {"type": "custom_tool_call_output", "call_id": "p", "output": "done"},
    ]
    reader = next(each for each in READERS if each.recognises(items))
    (trace,) = reader.read(Record("f", "", items))
    assert trace.steps[1].action.arguments == {"input": "*** Begin"}
    assert (trace.steps[1].observation, trace.steps[1].outcome) == ("done", StepOutcome.OK)


@pytest.mark.parametrize(
    "value",
    [
        {"messages": talk()},
        {"system": "be kind", "messages": BLOCKS},
        {"instructions": "be kind", "input": "Find order five for me", "output": ITEMS[1:]},
    ],
)
def test_the_system_prompt_is_kept(value: Any) -> None:
    """As what the agent was told; it is no step."""
    reader = next(each for each in READERS if each.recognises(value))
    (trace,) = reader.read(Record("f", "", value))
    assert trace.instructions == "be kind"
    assert "be kind" not in {step.text for step in trace.steps}


def in_file(folder: Path, value: Any) -> list[Any]:
    """What is read of a file that holds this value; nothing is amiss."""
    (folder / "talk.json").write_text(json.dumps(value))
    source = Intake(folder)
    traces = list(source)
    assert source.problems == []
    return traces


SAID = [ASK, {"role": "assistant", "content": "It is found."}]
MADE = {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": {"name": "find_order"}}]}


def test_messages_as_json_text_are_unpacked(tmp_path: Path) -> None:
    """As tables hold them."""
    (trace,) = in_file(tmp_path, {"id": "one", "messages": json.dumps(SAID)})
    assert [step.text for step in trace.steps] == [ASK["content"], "It is found."]


@pytest.mark.parametrize(
    "beside",
    [
        {"choices": [{"index": 0, "message": MADE}, {"index": 1, "message": SAID[1]}]},
        {"response": {"id": "r", "choices": [{"message": MADE}]}},
        {"completion": MADE},
        {"response": {"type": "message", "role": "assistant", "content": [USE]}},
    ],
)
def test_a_reply_beside_the_messages_is_the_last(tmp_path: Path, beside: dict[str, Any]) -> None:
    """As logs of requests have it: the first choice, or Anthropic's message."""
    (trace,) = in_file(tmp_path, {"messages": [ASK], **beside})
    assert [step.action and step.action.tool for step in trace.steps] == [None, "find_order"]


def test_a_reply_that_is_among_the_messages_is_there_once(tmp_path: Path) -> None:
    """Where the log repeats it; what is no message is none."""
    (trace,) = in_file(tmp_path, {"messages": SAID, "response": SAID[1], "choices": ["a", "b"]})
    assert len(trace.steps) == 2


def test_the_state_of_a_graph_is_a_conversation(tmp_path: Path) -> None:
    """As LangGraph's server gives it; the history of a thread, which repeats itself, is no such."""
    state = {"values": {"messages": LANGCHAIN}, "next": [], "metadata": {"step": 3}}
    (trace,) = in_file(tmp_path, state)
    assert (trace.source.format, len(trace.steps)) == ("langchain-messages", 2)
    (tmp_path / "talk.json").write_text(json.dumps([state, state]))
    source = Intake(tmp_path)
    assert list(source) == []
    assert "no reader recognises" in source.problems[0].message


@pytest.mark.parametrize(
    "data",
    [
        {"content": "Hm.", "additional_kwargs": {"reasoning_content": "Which?"}},
        {"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Which?"}]}]},
        {"content": [{"type": "reasoning", "reasoning": "Which?"}, {"type": "text", "text": "Hm."}]},
    ],
)
def test_thoughts_in_langchain_messages(tmp_path: Path, data: dict[str, Any]) -> None:
    """Beside the content, as OpenAI's items, as blocks of LangChain's own."""
    (trace,) = in_file(tmp_path, [LANGCHAIN[0], {"type": "ai", "data": data}])
    assert trace.steps[1].thought == "Which?"
