"""What the collector takes, refuses and answers."""

import gzip
import json
import socket
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.collector.posting import collected, collecting, post, request, tool
from trace2skill.collector.run import Collector, CollectSettings
from trace2skill.errors import SettingError
from trace2skill.traces.read import Intake

PROTOBUF = "application/x-protobuf"
MEGABYTE = 1_000_000


def lines(out: Path) -> list[str]:
    """The lines of all files."""
    return [line for file in sorted(out.iterdir()) for line in file.read_text().splitlines()]


def test_json_is_kept_as_one_line(tmp_path: Path) -> None:
    """Written over several lines it is one; the file is its owner's alone."""
    with collecting(tmp_path / "out") as collector:
        status, headers, body = post(collector, json.dumps(request(tool(1)), indent=2).encode())
        assert (status, headers["content-type"], json.loads(body)) == (200, "application/json", {})
        (file,) = (tmp_path / "out").iterdir()
        assert [json.loads(line) for line in lines(tmp_path / "out")] == [request(tool(1))]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert collector.counts == {"requests": 1, "spans": 1}


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_the_sdks_exporter_delivers(tmp_path: Path, compression: Compression) -> None:
    """OpenTelemetry's own, by protobuf: the ids are those that it made, in hexadecimal digits."""
    provider = TracerProvider()
    with collecting(tmp_path) as collector:
        exporter = OTLPSpanExporter(f"{collector.url}/v1/traces", compression=compression)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with provider.get_tracer("t").start_as_current_span("look") as made:
            made.set_attribute("gen_ai.operation.name", "execute_tool")
            made.set_attribute("gen_ai.tool.name", "look")
            made.set_attribute("gen_ai.tool.call.result", "a door")
        provider.shutdown()
        assert collector.counts == {"requests": 1, "spans": 1}
    (trace,) = Intake(tmp_path)
    assert trace.id == f"{made.get_span_context().trace_id:032x}"
    (step,) = trace.steps
    assert step.action
    assert (step.action.tool, step.observation) == ("look", "a door")


def test_protobuf_is_answered_in_protobuf(tmp_path: Path) -> None:
    """An ExportTraceServiceResponse; spans without ids are told as rejected."""
    sent = ExportTraceServiceRequest()
    spans = sent.resource_spans.add().scope_spans.add().spans
    spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    spans.add(name="nameless")
    with collecting(tmp_path) as collector:
        status, headers, body = post(collector, sent.SerializeToString(), content_type=PROTOBUF)
    assert (status, headers["content-type"]) == (200, PROTOBUF)
    assert ExportTraceServiceResponse.FromString(body).partial_success.rejected_spans == 1
    assert json.loads(lines(tmp_path)[0])["resourceSpans"][0]["scopeSpans"][0]["spans"][0] == {
        "traceId": "74" * 16,
        "spanId": "73" * 8,
    }


def test_without_protobuf_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """415, and JSON is taken all the same."""
    monkeypatch.setitem(
        __import__("sys").modules, "opentelemetry.proto.collector.trace.v1.trace_service_pb2", None
    )
    with collecting(tmp_path) as collector:
        status, _, body = post(collector, b"", content_type=PROTOBUF)
        assert (status, b"trace2skill[collect]" in body) == (415, True)
        assert post(collector, request(tool(1)))[0] == 200


def test_chunks_and_gzip_are_taken(tmp_path: Path) -> None:
    """As exporters of other languages send them."""
    packed = gzip.compress(json.dumps(request(tool(1))).encode())
    with collecting(tmp_path) as collector:
        assert post(collector, iter([packed[:7], packed[7:]]), content_encoding="gzip")[0] == 200
    assert collected(tmp_path) == [f"{1:032x}"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b"{", {}, 400, id="no JSON"),
        pytest.param(b'{"resourceSpans": {}}', {}, 400, id="no list"),
        pytest.param(b'{"resourceSpans": [7]}', {}, 400, id="no object"),
        pytest.param(json.dumps(request(7)).encode(), {}, 400, id="no span"),
        pytest.param(b'{"resourceSpans":' + b"[" * 500 + b"]" * 500 + b"}", {}, 400, id="deep"),
        pytest.param(b"\xff\xff\xff", {"content_type": PROTOBUF}, 400, id="no protobuf"),
        pytest.param(b"{}", {"content_type": "text/plain"}, 415, id="another type"),
        pytest.param(b"{}", {"content_encoding": "br"}, 415, id="another encoding"),
        pytest.param(b"{}", {"content_encoding": "gzip"}, 400, id="no gzip"),
        pytest.param(gzip.compress(b"{}")[:-4], {"content_encoding": "gzip"}, 400, id="half a gzip"),
        pytest.param(gzip.compress(b"{}") * 2, {"content_encoding": "gzip"}, 400, id="two gzips"),
        pytest.param(b" " * (MEGABYTE + 1), {}, 413, id="too long"),
        pytest.param(iter([b" " * MEGABYTE, b" "]), {}, 413, id="too long in chunks"),
        pytest.param(gzip.compress(b" " * MEGABYTE * 2), {"content_encoding": "gzip"}, 413, id="a bomb"),
        pytest.param(b"{}", {"origin": "http://page.example"}, 403, id="a web page"),
        pytest.param(b"{}", {"content_length": "many"}, 400, id="no length"),
    ],
)
def test_what_cannot_be_taken_is_refused(
    tmp_path: Path, body: bytes, headers: dict[str, str], status: int
) -> None:
    """With a reason, nothing is written, and the next request is taken."""
    with collecting(tmp_path, max_body=MEGABYTE, max_pending=10 * MEGABYTE) as collector:
        given, _, told = post(collector, body, **headers)
        assert (given, bool(told)) == (status, True)
        assert list(tmp_path.iterdir()) == []
        assert post(collector, request(tool(1)))[0] == 200


def test_a_bomb_below_the_limit_is_refused_by_its_ratio(tmp_path: Path) -> None:
    """Two megabytes out of two thousand bytes."""
    with collecting(tmp_path) as collector:
        bomb = gzip.compress(b" " * 2 * MEGABYTE)
        status, _, told = post(collector, bomb, content_encoding="gzip")
    assert (status, b"200 times" in told) == (413, True)


def test_other_signals_are_refused_with_what_to_set(tmp_path: Path) -> None:
    """Metrics have another path."""
    with collecting(tmp_path) as collector:
        status, _, told = post(collector, b"{}", path="/v1/metrics")
    assert (status, b"OTEL_METRICS_EXPORTER" in told) == (404, True)


def test_no_spans_write_nothing(tmp_path: Path) -> None:
    """An empty request is fine."""
    with collecting(tmp_path) as collector:
        assert post(collector, b"{}")[0] == 200
    assert list(tmp_path.iterdir()) == []


def test_what_is_pending_is_bounded(tmp_path: Path) -> None:
    """While one request of 900 kB is under way, another of 200 kB is asked to come again."""
    with collecting(tmp_path, max_body=MEGABYTE, max_pending=MEGABYTE) as collector:
        body = json.dumps(request(tool(1, gen_ai__tool__call__result="x" * 200_000))).encode()

        def beside() -> tuple[int, dict[str, str]]:
            with opened(collector) as slow:
                slow.sendall(head(900_000))
                time.sleep(0.05)  # if the other one comes first, this one is asked to come again
                return post(collector, body)[:2]

        status, headers = until(beside, lambda answer: answer[0] == 429)
        assert (status, headers.get("retry-after")) == (429, "1")
        assert until(lambda: post(collector, body)[0], lambda status: status == 200) == 200


def test_connections_are_bounded(tmp_path: Path) -> None:
    """One more than allowed is told to come again, and is taken once there is room."""
    with collecting(tmp_path, max_connections=1) as collector:
        with opened(collector) as idle:
            idle.sendall(b"POST")
            status, headers, _ = post(collector, request(tool(1)))
            assert (status, headers["retry-after"]) == (503, "1")
        assert until(lambda: post(collector, request(tool(1)))[0], lambda status: status == 200) == 200


@pytest.mark.parametrize("sent", ["", "POST /v1/tra", "headers", "half a body"])
def test_slow_clients_are_cut(tmp_path: Path, sent: str) -> None:
    """Wherever they stop; the server does not wait for the rest."""
    begun = {"headers": head(100)[:-2], "half a body": head(100) + b"{"}.get(sent, sent.encode())
    with collecting(tmp_path, timeout=0.2) as collector, opened(collector) as slow:
        slow.sendall(begun)
        assert slow.recv(100) == b""
        assert post(collector, request(tool(1)))[0] == 200


def test_clients_that_send_slowly_are_cut(tmp_path: Path) -> None:
    """A byte now and then keeps no connection open."""
    with collecting(tmp_path, timeout=0.3) as collector, opened(collector) as slow:
        slow.sendall(head(10_000))
        sent = 0
        with suppress(ConnectionError):
            for _ in range(400):
                slow.sendall(b" ")
                sent += 1
                time.sleep(0.02)
        assert sent < 400
        assert until(lambda: collector.counts, bool) == {"cut off": 1}


def test_posts_at_a_time_are_all_kept(tmp_path: Path) -> None:
    """Eight clients with ten batches each, of which no line is mixed with another."""
    answers: list[int] = []

    def send(client: int) -> None:
        answers.extend(post(collector, request(tool(client * 10 + each)))[0] for each in range(10))

    with collecting(tmp_path) as collector:
        threads = [threading.Thread(target=send, args=(client,)) for client in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [200] * 80
    assert sorted(
        json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"]
        for line in lines(tmp_path)
    ) == [f"{number:032x}" for number in range(80)]


def test_a_full_disk_is_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not synced is not acknowledged, nor left in the file; later batches go into another one."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with collecting(tmp_path) as collector:
        assert post(collector, request(tool(1)))[0] == 200
        with monkeypatch.context() as patched:
            patched.setattr("trace2skill.collector.batches.os.fsync", full)
            status, headers, told = post(collector, request(tool(2)))
        assert (status, headers["retry-after"], b"No space left" in told) == (503, "5", True)
        assert post(collector, request(tool(3)))[0] == 200
    assert collected(tmp_path) == [f"{1:032x}", f"{3:032x}"]


def test_a_token_is_asked_for(tmp_path: Path) -> None:
    """Whoever shows none, or another, is refused before the body is read."""
    token = "a-token-that-is-long"
    with collecting(tmp_path, token=token) as collector:
        assert post(collector, request(tool(1)))[0] == 401
        assert post(collector, request(tool(1)), authorization="Bearer another")[0] == 401
        assert post(collector, request(tool(1)), authorization=f"Basic {token}")[0] == 401
        assert post(collector, request(tool(1)), authorization=f"Bearer {token}")[0] == 200


@pytest.mark.parametrize(
    ("host", "token"), [("0.0.0.0", ""), ("::", ""), ("example.org", ""), ("0.0.0.0", "short")]
)
def test_other_hosts_need_a_token(tmp_path: Path, host: str, token: str) -> None:
    """Nothing is opened or made without one."""
    with pytest.raises(SettingError, match="TRACE2SKILL_COLLECT_TOKEN"):
        Collector(CollectSettings(tmp_path / "out", host=host, port=0, token=token))
    assert not (tmp_path / "out").exists()


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """With what to choose instead."""
    with collecting(tmp_path) as collector:
        port = int(collector.url.rsplit(":", 1)[1])
        with pytest.raises(SettingError, match="--port"):
            Collector(CollectSettings(tmp_path, port=port))


def test_the_end_does_not_wait_for_idle_clients(tmp_path: Path) -> None:
    """They are cut; a request under way is answered."""
    with collecting(tmp_path, timeout=60) as collector:
        idle = opened(collector)
        under_way = opened(collector)
        body = json.dumps(request(tool(1))).encode()
        under_way.sendall(head(len(body)) + body[:5])
        until(lambda: len(threading.enumerate()), lambda count: count >= 4)
        time.sleep(0.1)
        later = threading.Timer(0.3, under_way.sendall, (body[5:],))
        later.start()
    assert idle.recv(100) == b""
    assert under_way.recv(1000).startswith(b"HTTP/1.1 200")
    later.join()
    idle.close()
    under_way.close()
    assert collected(tmp_path) == [f"{1:032x}"]


def test_another_file_is_begun_and_a_run_in_several_is_one_trace(tmp_path: Path) -> None:
    """Its spans are joined when the files are read."""
    with Collector(CollectSettings(tmp_path, port=0, max_file=1000)) as collector:
        for number in (1, 2, 3):
            filled = tool(1, f"look-{number}", number, gen_ai__tool__call__result="x" * 900)
            assert post(collector, request(filled))[0] == 200
    assert len(list(tmp_path.iterdir())) == 3
    (trace,) = Intake(tmp_path)
    assert [step.action.tool for step in trace.steps if step.action] == ["look-1", "look-2", "look-3"]


def test_log_records_of_agents_are_kept_with_their_spans(tmp_path: Path) -> None:
    """As OpenTelemetry's own exporter sends them, protobuf; a program's other log is passed over."""
    spans, provider = TracerProvider(), LoggerProvider()
    with collecting(tmp_path) as collector:
        spans.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{collector.url}/v1/traces")))
        provider.add_log_record_processor(
            SimpleLogRecordProcessor(OTLPLogExporter(endpoint=f"{collector.url}/v1/logs"))
        )
        logger = provider.get_logger("agent")
        held = {"gen_ai.operation.name": "chat"}
        with spans.get_tracer("agent").start_as_current_span("chat", attributes=held) as made:
            asked = {"content": "Please open the old red door."}
            logger.emit(LogRecord(event_name="gen_ai.user.message", body=asked))
            logger.emit(LogRecord(body="Something else."))
            logger.emit(LogRecord(event_name="gen_ai.choice", body={"message": {"content": "It is open."}}))
        provider.shutdown()
        spans.shutdown()
        assert collector.counts == {
            "requests": 4,
            "spans": 1,
            "log records": 2,
            "log records passed over": 1,
        }
    assert b"Something else" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    (trace,) = Intake(tmp_path)
    assert trace.id == f"{made.get_span_context().trace_id:032x}"
    assert [step.text for step in trace.steps] == ["Please open the old red door.", "It is open."]


def opened(collector: Collector) -> socket.socket:
    """A connection."""
    host, port = collector.url.removeprefix("http://").rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=20)


def head(length: int) -> bytes:
    """The headers of a request."""
    return (
        b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % length
    )


def until(look, fits):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """What is looked at, once it fits; after 20 seconds as it is."""
    ends = time.monotonic() + 20
    while not fits(seen := look()) and time.monotonic() < ends:
        time.sleep(0.02)
    return seen
