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
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.sqlite import SqliteSaver
from langsmith import Client, tracing_context
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.scripted_agent import Scripted
from trace2skill.collector.run import Collector, CollectSettings
from trace2skill.integrations.callback_handler import TraceCallbackHandler
from trace2skill.integrations.recorder import TraceRecorder
from trace2skill.traces.model import Trace, rebuild
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

ASKED = "Please look at the old door."
BOTH = [
    AIMessage("Both.", tool_calls=[call("c1", "look", "door"), call("c2", "listen", "door")]),
    AIMessage("", tool_calls=[call("c3", "look", "door")]),
    AIMessage("It is closed."),
]

Record = Callable[[Any, list[str]], dict[str, list[Trace]]]
Collected = Callable[[Any, list[str]], list[Trace]]
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


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
        read = by_format(*(tmp_path / name for name in files))
        assert sorted(read) == ["langsmith", "opentelemetry"]
        return read

    return run


def by_format(*paths: Path) -> dict[str, list[Trace]]:
    """The traces of files, without a problem, by their formats."""
    source = Intake(paths)
    read: dict[str, list[Trace]] = {}
    for trace in source:
        read.setdefault(trace.source.format, []).append(trace)
    assert source.problems == []
    return read


@pytest.fixture(params=["SPAN_ONLY", "EVENT_ONLY"])
def collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: Any
) -> Callable[[Any, list[str]], Trace]:
    """Runs an agent under OpenTelemetry's own instrumentation, and reads what `trace2skill collect` kept.

    Messages are attributes of spans, or log records of their own, as its users choose.
    """
    genai = pytest.importorskip(
        "opentelemetry.instrumentation.genai.langchain",
        reason="install opentelemetry-instrumentation-genai-langchain (group dev)",
    )
    monkeypatch.setenv(CAPTURE, request.param)

    def run(agent: Any, said: list[str]) -> list[Trace]:
        spans, logs = TracerProvider(), LoggerProvider()
        with Collector(CollectSettings(tmp_path / "collected", port=0)) as collector:
            to = OTLPSpanExporter(endpoint=f"{collector.url}/v1/traces")
            spans.add_span_processor(BatchSpanProcessor(to))
            records = OTLPLogExporter(endpoint=f"{collector.url}/v1/logs")
            logs.add_log_record_processor(BatchLogRecordProcessor(records))
            genai.LangChainInstrumentor().instrument(tracer_provider=spans, logger_provider=logs)
            try:
                talk(agent, said, "three")
            finally:
                genai.LangChainInstrumentor().uninstrument()
            logs.shutdown()
            spans.shutdown()
        return by_format(tmp_path / "collected")["opentelemetry"]

    return run


def talk(agent: Any, said: list[str], thread: str, *callbacks: TraceCallbackHandler) -> None:
    """Have an agent answer one request after the other."""
    config: Any = {"configurable": {"thread_id": thread}, "metadata": {"thread_id": thread}}
    config["callbacks"] = list(callbacks)
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


def test_six_recordings_are_the_same(tmp_path: Path, record: Record, collected: Collected) -> None:
    """Our recorder and callback handler, LangSmith, OpenInference, `collect`, LangGraph's checkpoint."""
    recorder = TraceRecorder(tmp_path / "recorder.jsonl")
    handler = TraceCallbackHandler(tmp_path / "handler.jsonl")
    with SqliteSaver.from_conn_string(str(tmp_path / "checkpoints.db")) as saver:
        agent = create_agent(
            Scripted(said=BOTH),
            [look, listen],
            system_prompt="You look at things.",
            middleware=[recorder],
            checkpointer=saver,
        )
        traces = [each for (each,) in record(agent, [ASKED]).values()]
        traces += collected(agent, [ASKED])
        talk(agent, [ASKED], "four", handler)
        traces += by_format(handler.path)["trace2skill"]
    threads = by_format(tmp_path / "checkpoints.db")["langgraph-checkpoints"]
    assert [trace.id for trace in threads] == ["four", "one", "three", "two"]
    (own, *_, last) = Intake(recorder.path)
    assert (compared(last), last.tools, last.instructions) == (compared(own), own.tools, own.instructions)
    assert len(traces) == 4
    assert [(step.action.tool if step.action else step.text) for step in own.steps] == [
        "Please look at the old door.",
        "look",
        "listen",
        "look",
        "It is closed.",
    ]
    for other in (*traces, *threads):
        assert (compared(other), other.task) == (compared(own), own.task)
    offered = {tool.name: tool for tool in own.tools}
    assert all(({each.name: each for each in trace.tools}) == offered for trace in traces)
    assert {trace.instructions for trace in traces} == {own.instructions}
    assert {(trace.instructions, trace.tools) for trace in threads} == {(None, ())}


def test_sub_agents_and_threads_are_recorded_alike(
    tmp_path: Path, record: Record, collected: Collected
) -> None:
    """Two agents at work in parallel tools, and a second request on the same thread: one trace in all."""
    said = [
        AIMessage("", tool_calls=[call("r1", "research", "door"), call("r2", "research", "wall")]),
        AIMessage("Both are old."),
        AIMessage("So is the rest."),
    ]
    requests = ["Please look into door and wall.", "And the rest of it?"]
    with SqliteSaver.from_conn_string(str(tmp_path / "checkpoints.db")) as saver:
        agent = create_agent(
            Scripted(said=said), [research], name="lead_agent", system_prompt="Lead.", checkpointer=saver
        )
        recorded = [each for (each,) in record(agent, requests).values()]
        recorded += collected(agent, requests)
        handler = TraceCallbackHandler(tmp_path / "handler.jsonl")
        talk(agent, requests, "four", handler)
    asked, more = by_format(handler.path)["trace2skill"]
    assert [step.text for step in more.steps] == ["And the rest of it?", "So is the rest."]
    recorded.append(rebuild(asked, steps=(*asked.steps, *more.steps)))
    threads = by_format(tmp_path / "checkpoints.db")["langgraph-checkpoints"]
    for trace in (*recorded, *threads):
        calls = {
            str(step.action.arguments["topic"]): step.index
            for step in trace.steps
            if step.parent is None and step.action
        }
        assert [
            (step.actor.value, step.action.tool if step.action else step.text, step.parent)
            for step in sorted(trace.steps[:7], key=lambda step: (step.parent or 0, step.index))
        ] == [
            ("user", "Please look into door and wall.", None),
            ("agent", "research", None),
            ("agent", "research", None),
            ("subagent", "look", calls["door"]),
            ("subagent", "The door is old.", calls["door"]),
            ("subagent", "look", calls["wall"]),
            ("subagent", "The wall is old.", calls["wall"]),
        ]
        assert [step.text for step in trace.steps[7:]] == [
            "Both are old.",
            "And the rest of it?",
            "So is the rest.",
        ]
        assert [trace.steps[calls[each]].observation for each in ("door", "wall")] == [
            "The door is old.",
            "The wall is old.",
        ]
    told = {(trace.tools[0].name, trace.instructions) for trace in recorded}
    assert (len(recorded), len(threads), told) == (4, 4, {("research", "Lead.")})
