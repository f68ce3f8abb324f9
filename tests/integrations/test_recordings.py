"""One run of a LangChain agent, recorded in three ways, is one and the same trace."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langchain_core.tracers import LangChainTracer
from langchain_core.utils.function_calling import convert_to_openai_tool

from trace2skill.integrations.recorder import TraceRecorder
from trace2skill.traces.model import Trace
from trace2skill.traces.read import Intake

pytest.importorskip("openinference.instrumentation.langchain", reason="records what is compared")


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
    """A model that says what it was told to, and takes tools."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        """Offer the tools as OpenAI's API does."""
        return self.bind(tools=[convert_to_openai_tool(each) for each in tools])

    def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> ChatResult:
        said = SAID[sum(isinstance(message, AIMessage) for message in messages)]
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


def call(identity: str, name: str, at: str) -> dict[str, Any]:
    """A call of a tool."""
    return {"id": identity, "name": name, "args": {"at": at}, "type": "tool_call"}


SAID = [
    AIMessage("I look and listen.", tool_calls=[call("c1", "look", "door"), call("c2", "listen", "door")]),
    AIMessage("", tool_calls=[call("c3", "look", "door")]),
    AIMessage("It is closed."),
]


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


def test_three_recordings_of_one_run_are_the_same(tmp_path: Path, langsmith: LangSmithServer) -> None:
    """Our recorder, LangSmith's client, and OpenInference's instrumentation of OpenTelemetry."""
    from langsmith import Client
    from openinference.instrumentation.langchain import LangChainInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    client = Client(api_url=f"http://127.0.0.1:{langsmith.server_port}", api_key="none")
    recorder = TraceRecorder(tmp_path / "recorder.jsonl")
    agent = create_agent(
        Scripted(), [look, listen], system_prompt="You look at things.", middleware=[recorder]
    )
    LangChainInstrumentor().instrument(tracer_provider=provider)
    try:
        agent.invoke(
            {"messages": [("user", "Please look at the old door.")]},
            {"callbacks": [LangChainTracer(client=client)]},
        )
    finally:
        LangChainInstrumentor().uninstrument()
        client.flush(timeout=5)
    runs = "".join(json.dumps(run) + "\n" for run in langsmith.runs.values())
    (tmp_path / "langsmith.jsonl").write_text(runs)
    (tmp_path / "spans.jsonl").write_text(
        "".join(span.to_json(indent=None) + "\n" for span in spans.get_finished_spans())
    )
    source = Intake(tmp_path)
    read = {trace.source.format: trace for trace in source}
    assert source.problems == []
    own = read.pop("trace2skill")
    assert [(step.action.tool if step.action else step.text) for step in own.steps] == [
        "Please look at the old door.",
        "look",
        "listen",
        "look",
        "It is closed.",
    ]
    assert sorted(read) == ["langsmith", "opentelemetry"]
    for other in read.values():
        assert compared(other) == compared(own)
        assert (other.task, other.instructions) == (own.task, own.instructions)
        assert {tool.name: tool for tool in other.tools} == {tool.name: tool for tool in own.tools}
