"""What LangChain agents did, recorded in several ways, is the same trace."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver
from langsmith import Client, tracing_context
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from trace2skill.integrations.recorder import TraceRecorder
from trace2skill.traces.model import Trace
from trace2skill.traces.read import Intake

BATCHES = {
    "use_multipart_endpoint": False,
    "scale_up_qsize_trigger": 1000,
    "scale_up_nthreads_limit": 1,
    "scale_down_nempty_trigger": 4,
    "size_limit": 100,
    "size_limit_bytes": 20_000_000,
}
"""How the server takes runs: in plain batches."""


class LangSmithServer(http.server.ThreadingHTTPServer):
    """As much of LangSmith as its client needs: takes batches of runs."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.runs: dict[str, dict[str, Any]] = {}

    def take(self, body: bytes) -> None:
        """Keep the runs of a batch; a later part of a run completes the earlier."""
        batch = orjson.loads(body)
        for run in [*batch.get("post", ()), *batch.get("patch", ())]:
            known = self.runs.setdefault(run["id"], {})
            known |= {key: value for key, value in run.items() if value is not None}


class _Handler(http.server.BaseHTTPRequestHandler):
    server: LangSmithServer

    def do_GET(self) -> None:
        """What the server can do: plain batches."""
        self._answer({"version": "0.10", "batch_ingest_config": BATCHES})

    def do_POST(self) -> None:
        """A batch of runs."""
        self.server.take(self.rfile.read(int(self.headers["content-length"])))
        self._answer({})

    def _answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def langsmith() -> Iterator[LangSmithServer]:
    """The server on loopback."""
    server = LangSmithServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Scripted(BaseChatModel):
    """A model that says one thing after the other, and takes tools."""

    said: list[AIMessage]

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        """Offer the tools as OpenAI's API does."""
        return self.bind(tools=[convert_to_openai_tool(each) for each in tools])

    def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> ChatResult:
        said = self.said[sum(isinstance(message, AIMessage) for message in messages)]
        return ChatResult(generations=[ChatGeneration(message=said.model_copy(deep=True))])

    @property
    def _llm_type(self) -> str:
        return "scripted"


@tool
def look(at: str) -> str:
    """Look at a thing."""
    return json.dumps({"thing": at, "open": False})


@tool
def listen(at: str) -> str:
    """Listen at a thing."""
    return f"error: nothing is heard at the {at}"


@tool
def research(topic: str) -> str:
    """Have a topic looked into."""
    said = [AIMessage("", tool_calls=[call("p1", "look", topic)]), AIMessage(f"The {topic} is old.")]
    researcher = create_agent(Scripted(said=said), [look], name="researcher_agent", system_prompt="Research.")
    asked = {"messages": [("user", f"Please look into the {topic} for me.")]}
    return str(researcher.invoke(asked)["messages"][-1].text)


def call(identity: str, name: str, what: str) -> Any:
    """A call of a tool."""
    return {"id": identity, "name": name, "args": {NAMES[name]: what}, "type": "tool_call"}


NAMES = {"look": "at", "listen": "at", "research": "topic"}
"""The one argument of each tool."""

Record = Callable[[Any, list[str]], dict[str, list[Trace]]]


@pytest.fixture
def record(tmp_path: Path, langsmith: LangSmithServer) -> Record:
    """Runs an agent on what a user says in turn, and reads what LangSmith and OpenInference recorded.

    Each has a run of its own: beside LangSmith's tracer, OpenInference's loses which run a model call is of.
    """
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    client = Client(api_url=f"http://127.0.0.1:{langsmith.server_port}", api_key="none")

    def run(agent: Any, said: list[str]) -> dict[str, list[Trace]]:
        with tracing_context(enabled=True, client=client):
            talk(agent, said, "one")
        client.flush(timeout=5)
        LangChainInstrumentor().instrument(tracer_provider=provider)
        try:
            talk(agent, said, "two")
        finally:
            LangChainInstrumentor().uninstrument()
        files = {
            "langsmith.jsonl": [json.dumps(each) for each in langsmith.runs.values()],
            "spans.jsonl": [each.to_json(indent=None) for each in spans.get_finished_spans()],
        }
        for name, lines in files.items():
            (tmp_path / name).write_text("\n".join(lines))
        source = Intake([tmp_path / name for name in files])
        read: dict[str, list[Trace]] = {}
        for trace in source:
            read.setdefault(trace.source.format, []).append(trace)
        assert source.problems == []
        assert sorted(read) == ["langsmith", "opentelemetry"]
        return read

    return run


def talk(agent: Any, said: list[str], thread: str) -> None:
    """Have an agent answer one request after the other."""
    config: Any = {"configurable": {"thread_id": thread}, "metadata": {"thread_id": thread}}
    for text in said:
        agent.invoke({"messages": [("user", text)]}, config)


def compared(trace: Trace) -> list[Any]:
    """The steps without times and the names of groups, which every recorder chooses."""
    groups: dict[str | None, int] = {None: 0}
    return [
        (
            *(step.actor.value, step.text, step.action, step.observation, step.outcome.value),
            groups.setdefault(step.group, len(groups)),
        )
        for step in trace.steps
    ]


def test_three_recordings_are_the_same(tmp_path: Path, record: Record) -> None:
    """Our recorder, LangSmith's client, and OpenInference's instrumentation of OpenTelemetry."""
    recorder = TraceRecorder(tmp_path / "recorder.jsonl")
    said = [
        AIMessage("Both.", tool_calls=[call("c1", "look", "door"), call("c2", "listen", "door")]),
        AIMessage("", tool_calls=[call("c3", "look", "door")]),
        AIMessage("It is closed."),
    ]
    agent = create_agent(
        Scripted(said=said), [look, listen], system_prompt="You look at things.", middleware=[recorder]
    )
    read = record(agent, ["Please look at the old door."])
    (own, again) = Intake(recorder.path)
    assert compared(own) == compared(again)
    assert [(step.action.tool if step.action else step.text) for step in own.steps] == [
        "Please look at the old door.",
        "look",
        "listen",
        "look",
        "It is closed.",
    ]
    for (other,) in read.values():
        assert compared(other) == compared(own)
        assert (other.task, other.instructions) == (own.task, own.instructions)
        assert {tool.name: tool for tool in other.tools} == {tool.name: tool for tool in own.tools}


def test_sub_agents_and_threads_are_recorded_alike(record: Record) -> None:
    """Two agents at work in parallel tools, and a second request on the same thread: one trace in both."""
    said = [
        AIMessage("", tool_calls=[call("r1", "research", "door"), call("r2", "research", "wall")]),
        AIMessage("Both are old."),
        AIMessage("So is the rest."),
    ]
    agent = create_agent(
        Scripted(said=said),
        [research],
        name="lead_agent",
        system_prompt="Lead.",
        checkpointer=InMemorySaver(),
    )
    for (trace,) in record(agent, ["Please look into door and wall.", "And the rest of it?"]).values():
        assert [
            (step.actor.value, step.action.tool if step.action else step.text, step.parent)
            for step in sorted(trace.steps[:7], key=lambda step: (step.parent or 0, step.index))
        ] == [
            ("user", "Please look into door and wall.", None),
            ("agent", "research", None),
            ("agent", "research", None),
            ("subagent", "look", 1),
            ("subagent", "The door is old.", 1),
            ("subagent", "look", 2),
            ("subagent", "The wall is old.", 2),
        ]
        assert [step.text for step in trace.steps[7:]] == [
            "Both are old.",
            "And the rest of it?",
            "So is the rest.",
        ]
        assert [step.observation for step in trace.steps[1:3]] == ["The door is old.", "The wall is old."]
        assert ([tool.name for tool in trace.tools], trace.instructions) == (["research"], "Lead.")
