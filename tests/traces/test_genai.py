"""Model and tool calls under the attributes of each convention: the same run, the same steps."""

import json
from typing import Any

import pytest

from tests.traces.otel_spans import one, read, root, shown, span, tool
from trace2skill.traces.judgements import Judging
from trace2skill.traces.model import Label

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
FUNCTION = {"name": "weather", "description": "Tell the weather.", "parameters": SCHEMA}
ARGUMENTS = '{"city": "Oslo"}'
STEPS = [
    ("user", "How is the weather in Oslo?", None),
    ("agent", "weather", "rain"),
    ("agent", "It rains.", None),
]
SYSTEM, USER, ANSWER = "You tell the weather.", "How is the weather in Oslo?", "It rains."

Spans = list[dict[str, Any]]


def flat(prefix: str, value: Any) -> dict[str, Any]:
    """A value as the attributes that it is flattened to."""
    if isinstance(value, dict):
        return {
            name: each
            for key, inner in value.items()
            for name, each in flat(f"{prefix}.{key}", inner).items()
        }
    if isinstance(value, list):
        return flat(prefix, dict(enumerate(value)))
    return {prefix: value}


def parts() -> tuple[list[Any], list[Any], list[Any]]:
    """The first history, the call, and what followed it, as messages with parts."""
    call = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Oslo"}}
    asked = {"role": "assistant", "parts": [call], "finish_reason": "tool_call"}
    answer = {"type": "tool_call_response", "id": "c1", "response": "rain"}
    begun = [{"role": "user", "parts": [{"type": "text", "content": USER}]}]
    return begun, [asked], [{"role": "tool", "parts": [answer]}]


def as_messages(encode: Any) -> Spans:
    """`gen_ai.input.messages` and `gen_ai.output.messages`, as attributes, encoded in some way."""
    begun, asked, after = parts()
    system = {"gen_ai__system_instructions": encode([{"type": "text", "content": SYSTEM}])}
    said = [{"role": "assistant", "parts": [{"type": "text", "content": ANSWER}]}]
    kind = {"gen_ai__operation__name": "chat"}
    offered = {"gen_ai__tool__definitions": encode([{"type": "function", **FUNCTION}])}

    def talk(at: float, given: list[Any], made: list[Any]) -> dict[str, Any]:
        held = {"gen_ai__input__messages": encode(given), "gen_ai__output__messages": encode(made)}
        return span(f"m{at}", at, **kind, **system, **offered, **held)

    return [root(), talk(1, begun, asked), executed(), talk(3, [*begun, *asked, *after], said)]


def on_an_event() -> Spans:
    """The same messages, on the event that describes the operation."""
    moved = as_messages(json.dumps)
    for each in moved:
        held = {
            key: value
            for key, value in each["attributes"].items()
            if key.startswith("gen_ai.") and "messages" in key
        }
        for key in held:
            del each["attributes"][key]
        each["events"] = (
            [{"name": "gen_ai.client.inference.operation.details", "attributes": held}] if held else []
        )
    return moved


def numbered_prompts() -> Spans:
    """`gen_ai.prompt.N` and `gen_ai.completion.N`, tools as `llm.request.functions.N`."""
    call = {"id": "c1", "name": "weather", "arguments": ARGUMENTS}
    begun = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": USER}]
    asked = {"role": "assistant", "finish_reason": "tool_calls", "tool_calls": [call]}
    after = {"role": "tool", "content": "rain", "tool_call_id": "c1"}
    offered = [{**FUNCTION, "parameters": json.dumps(SCHEMA)}]

    def talk(at: float, given: list[Any], made: dict[str, Any]) -> dict[str, Any]:
        held = {
            **flat("gen_ai.prompt", given),
            **flat("gen_ai.completion", [made]),
            "llm.request.type": "chat",
        }
        return span(f"m{at}", at, **held, **flat("llm.request.functions", offered))

    last = {"role": "assistant", "content": ANSWER}
    entity = {"traceloop.span.kind": "tool", "traceloop.entity.name": "weather"}
    held = {"traceloop.entity.input": json.dumps({"city": "Oslo"}), "traceloop.entity.output": '"rain"'}
    return [
        root(),
        talk(1, begun, asked),
        span("s", 2, **entity, **held),
        talk(3, [*begun, asked, after], last),
    ]


def events(*, twice: bool) -> Spans:
    """One event for each message; what was chosen is `gen_ai.choice`."""
    calls: Any = [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}}]
    calls = json.dumps(calls) if twice else calls
    choice: Any = {"role": "assistant", "tool_calls": calls}
    begun = [("system", {"content": SYSTEM}), ("user", {"content": USER})]
    after = [("assistant", {"tool_calls": calls}), ("tool", {"id": "c1", "content": "rain"})]

    def talk(at: float, given: list[Any], chosen: Any) -> dict[str, Any]:
        each = span(f"m{at}", at, gen_ai__operation__name="chat")
        each["events"] = [{"name": f"gen_ai.{role}.message", "attributes": held} for role, held in given]
        message = json.dumps(chosen) if twice else chosen
        each["events"].append({"name": "gen_ai.choice", "attributes": {"index": 0, "message": message}})
        return each

    return [root(), talk(1, begun, choice), executed(), talk(3, [*begun, *after], {"content": ANSWER})]


def openinference() -> Spans:
    """Messages flattened under `llm.*_messages`, each in an object `message`."""
    function = {"name": "weather", "arguments": ARGUMENTS}
    asked = {"role": "assistant", "tool_calls": [{"tool_call": {"id": "c1", "function": function}}]}
    begun = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "contents": [{"message_content": {"type": "text", "text": USER}}]},
    ]
    after = {"role": "tool", "content": "rain", "tool_call_id": "c1"}
    schema = {"tool": {"json_schema": json.dumps({"type": "function", "function": FUNCTION})}}

    def talk(at: float, given: list[Any], made: dict[str, Any]) -> dict[str, Any]:
        held = flat("llm.input_messages", [{"message": each} for each in given])
        held |= flat("llm.output_messages", [{"message": made}]) | flat("llm.tools", [schema])
        return span(f"m{at}", at, **{"openinference.span.kind": "LLM"}, **held)

    held = {"tool.name": "weather", "input.value": ARGUMENTS, "output.value": "rain"}
    ran = span("s", 2, **{"openinference.span.kind": "TOOL"}, **held)
    last = {"role": "assistant", "content": ANSWER}
    return [span("root", 0, None), talk(1, begun, asked), ran, talk(3, [*begun, asked, after], last)]


def ai_sdk() -> Spans:
    """The spans of the AI SDK: calls apart from text, arguments and results as JSON."""
    call = {"type": "tool-call", "toolCallId": "c1", "toolName": "weather"}
    begun = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": [{"type": "text", "text": USER}]},
    ]
    asked = {"role": "assistant", "content": [{**call, "input": {"city": "Oslo"}}]}
    result = {"type": "tool-result", "toolCallId": "c1", "toolName": "weather", "output": "rain"}
    kind = {"ai.operationId": "ai.generateText.doGenerate"}
    tools = [
        json.dumps(
            {"type": "function", "name": "weather", "description": "Tell the weather.", "inputSchema": SCHEMA}
        )
    ]
    shared = {**kind, "ai.prompt.tools": tools}
    first = {
        "ai.response.toolCalls": json.dumps([{"toolCallId": "c1", "toolName": "weather", "input": ARGUMENTS}])
    }
    ran = {
        "ai.toolCall.name": "weather",
        "ai.toolCall.id": "c1",
        "ai.toolCall.args": ARGUMENTS,
        "ai.toolCall.result": '"rain"',
    }
    history = json.dumps([*begun, asked, {"role": "tool", "content": [result]}])
    return [
        span("root", 0, None, **{"ai.operationId": "ai.generateText"}),
        span("m1", 1, **shared, **{"ai.prompt.messages": json.dumps(begun)}, **first),
        span("s", 2, **{"ai.operationId": "ai.toolCall"}, **ran),
        span("m2", 3, **shared, **{"ai.prompt.messages": history, "ai.response.text": ANSWER}),
    ]


def mlflow_attributes() -> Spans:
    """MLflow's attributes, each JSON text, as it exports them over OTLP."""
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}}
    begun = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": USER}]
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    after = {"role": "tool", "tool_call_id": "c1", "content": "rain"}
    offered = [{"type": "function", "function": FUNCTION}]

    def talk(at: float, given: list[Any], made: dict[str, Any]) -> dict[str, Any]:
        held = {"mlflow.spanInputs": json.dumps({"messages": given, "tools": offered})}
        held["mlflow.spanOutputs"] = json.dumps({"choices": [{"index": 0, "message": made}]})
        return span(f"m{at}", at, **{"mlflow.spanType": '"CHAT_MODEL"'}, **held)

    ran = {"mlflow.spanType": '"TOOL"', "mlflow.spanInputs": ARGUMENTS, "mlflow.spanOutputs": '"rain"'}
    last = {"role": "assistant", "content": ANSWER}
    root_ = span("root", 0, None, **{"mlflow.spanType": '"AGENT"'})
    return [root_, talk(1, begun, asked), span("weather", 2, **ran), talk(3, [*begun, asked, after], last)]


def bedrock() -> Spans:
    """Blocks of Bedrock's Converse API as JSON in events, also on the tool's span, as Strands writes them."""
    use = {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"city": "Oslo"}}}
    result = {"toolResult": {"toolUseId": "c1", "status": "success", "content": [{"text": "rain"}]}}
    begun = [("system", [{"text": SYSTEM}]), ("user", [{"text": USER}])]
    after = [("assistant", [use]), ("tool", [result])]

    def event(name: str, **held: Any) -> dict[str, Any]:
        encoded = {key: json.dumps(value) if key != "role" else value for key, value in held.items()}
        return {"name": f"gen_ai.{name}", "attributes": encoded}

    def talk(at: float, given: list[Any], made: Any) -> dict[str, Any]:
        each = span(f"m{at}", at, gen_ai__operation__name="chat")
        each["events"] = [event(f"{role}.message", content=blocks) for role, blocks in given]
        each["events"].append(event("choice", message=made))
        return each

    ran = span("s", 2, gen_ai__operation__name="execute_tool", gen_ai__tool__name="weather")
    ran["attributes"]["gen_ai.tool.call.id"] = "c1"
    ran["attributes"]["gen_ai.tool.description"] = "Tell the weather."
    ran["attributes"]["gen_ai.tool.json_schema"] = json.dumps(SCHEMA)
    given, made = {"city": "Oslo"}, [{"text": "rain"}]
    ran["events"] = [event("tool.message", content=given), event("choice", message=made)]
    return [root(), talk(1, begun, [use]), ran, talk(3, [*begun, *after], [{"text": ANSWER}])]


def gemini() -> Spans:
    """Gemini's requests and responses as JSON, as Google's Agent Development Kit writes them."""
    call = {"id": "c1", "name": "weather", "args": {"city": "Oslo"}}
    asked = {"role": "model", "parts": [{"function_call": call}]}
    reply = {"id": "c1", "name": "weather", "response": {"result": "rain"}}
    begun = [{"role": "user", "parts": [{"text": USER}]}]
    after = [asked, {"role": "user", "parts": [{"function_response": reply}]}]
    config = {"system_instruction": SYSTEM, "tools": [{"function_declarations": [FUNCTION]}]}

    def talk(at: float, given: list[Any], made: Any) -> dict[str, Any]:
        held = {"gcp.vertex.agent.llm_request": json.dumps({"contents": given, "config": config})}
        held["gcp.vertex.agent.llm_response"] = json.dumps({"content": made, "partial": False})
        return span(f"m{at}", at, gen_ai__operation__name="generate_content", **held)

    args = {"gcp.vertex.agent.tool_call_args": ARGUMENTS}
    args["gcp.vertex.agent.tool_response"] = json.dumps({"result": "rain"})
    ran = span("s", 2, gen_ai__operation__name="execute_tool", gen_ai__tool__name="weather", **args)
    last = {"role": "model", "parts": [{"text": ANSWER}]}
    return [root(), talk(1, begun, asked), ran, talk(3, [*begun, *after], last)]


def executed() -> dict[str, Any]:
    """The span of the tool in OpenTelemetry's terms."""
    return tool("s", 2, "weather", "rain", "c1", gen_ai__tool__call__arguments=ARGUMENTS)


SHAPES = {
    "messages as JSON": as_messages(json.dumps),
    "messages as JSON of JSON": as_messages(lambda value: json.dumps(json.dumps(value))),
    "messages as structures": as_messages(lambda value: value),
    "messages on an event": on_an_event(),
    "numbered prompts": numbered_prompts(),
    "an event for each message": events(twice=False),
    "events that are JSON": events(twice=True),
    "OpenInference": openinference(),
    "the AI SDK": ai_sdk(),
    "Bedrock's blocks in events": bedrock(),
    "Gemini's requests": gemini(),
    "MLflow's attributes": mlflow_attributes(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_convention_gives_the_same_steps(shape: str) -> None:
    """Who said what, the call with its argument and its result."""
    trace = one(SHAPES[shape])
    steps = [(*each[:2], "rain" if each[2] == {"result": "rain"} else each[2]) for each in shown(trace)]
    assert steps == STEPS
    assert trace.steps[1].action.arguments == {"city": "Oslo"}
    assert trace.instructions == SYSTEM


WITHOUT_TOOLS = {"an event for each message", "events that are JSON"}


@pytest.mark.parametrize("shape", sorted(SHAPES.keys() - WITHOUT_TOOLS))
def test_the_tools_on_offer_are_kept(shape: str) -> None:
    """With description and schema, where the convention has a place for them."""
    (offered,) = one(SHAPES[shape]).tools
    assert offered.model_dump() == FUNCTION


@pytest.mark.parametrize(("value", "label"), [(1.0, Label.SUCCESS), (0.2, Label.FAILURE)])
def test_an_evaluation_is_an_outcome(value: float, label: Label) -> None:
    """Of a name that is known to mean success."""
    lines = as_messages(json.dumps)
    held = {"gen_ai.evaluation.name": "Correctness", "gen_ai.evaluation.score.value": value}
    lines[0]["events"] = [{"name": "gen_ai.evaluation.result", "attributes": held}]
    assert one(lines).outcome.label is label


def test_an_evaluation_of_another_name_has_to_be_chosen() -> None:
    """Nobody knows whether more of it is better."""
    lines = as_messages(json.dumps)
    held = {"gen_ai.evaluation.name": "toxicity", "gen_ai.evaluation.score.value": 1.0}
    lines[0]["events"] = [{"name": "gen_ai.evaluation.result", "attributes": held}]
    assert "toxicity" in one(lines).outcome.origin
    assert one(lines).outcome.label is Label.UNKNOWN
    assert one(lines, judging=Judging(score="toxicity")).outcome.label is Label.SUCCESS


def test_a_message_that_cannot_be_read_is_counted() -> None:
    """One with no known role; the others are there."""
    lines = as_messages(lambda value: value)
    lines[1]["attributes"]["gen_ai.input.messages"].append({"role": "oracle", "content": "hm"})
    (trace,), _, dropped = read(lines)
    assert shown(trace) == STEPS
    assert dropped == {"messages that cannot be read": 1}


def test_arguments_of_a_decorated_function() -> None:
    """What was given by place is named by it; without a model's call this is all there is."""
    held = {
        "langfuse.observation.type": "tool",
        "langfuse.observation.input": '{"args": [7], "kwargs": {"at": "door"}}',
    }
    trace = one([root(), span("look", 1, **held)])
    assert trace.steps[0].action.arguments == {"0": 7, "at": "door"}
