"""OTLP/HTTP's requests with spans or log records, as one line of JSON each, and the answers to them.

Of log records only those of OpenTelemetry's events for generative AI are kept: they may hold the messages of
spans. A program's own log is none of our business.

The protocol: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import orjson
from pydantic import JsonValue

from trace2skill.traces.genai import THREADS
from trace2skill.traces.readers.otel import LOGS, SPANS, event_of, read_attributes
from trace2skill.traces.span_events import GEN_AI

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
KINDS = (JSON, PROTOBUF)

_IDS = ("traceId", "spanId", "parentSpanId")
NO_PROTOBUF = (
    "protobuf cannot be read here: install it beside the collector (`pip install 'trace2skill[collect]'`), "
    "or set OTEL_EXPORTER_OTLP_PROTOCOL=http/json in the agent, if its SDK can"
)
_INVALID_ARGUMENT = 3
"""The code of google.rpc.Status that every refusal carries; clients go by the status of HTTP."""


class RefusedError(Exception):
    """A request is not taken: the status of HTTP, why, and after how many seconds to try again."""

    def __init__(self, status: int, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True)
class Signal:
    """One kind of thing that is sent: where to, and how it is called and grouped.

    Attributes:
        path: The path of its requests.
        what: Its name in the plural.
        keys: The keys of its lists, by resource, by scope, and of the things themselves.
        rejected: What of it was rejected, in the answer.
        module: Where protobuf's message for its requests is, without the package.
        message: The name of that.
    """

    path: str
    what: str
    keys: tuple[tuple[str, ...], ...]
    rejected: str
    module: str
    message: str


TRACES = Signal(
    *("/v1/traces", "spans", SPANS, "rejectedSpans"),
    *("trace.v1.trace_service_pb2", "ExportTraceServiceRequest"),
)
RECORDS = Signal(
    *("/v1/logs", "log records", LOGS, "rejectedLogRecords"),
    *("logs.v1.logs_service_pb2", "ExportLogsServiceRequest"),
)
SIGNALS = {each.path: each for each in (TRACES, RECORDS)}


@dataclass(frozen=True)
class Batch:
    """What is kept of one request.

    Attributes:
        line: The request as JSON on one line, without its end; ids are hexadecimal digits.
        count: How many spans, or log records, it holds.
        nameless: How many of these have no id of their own or of a trace; no reader can use them.
        runs: The trace ids, each with the conversation or session that its spans name, or an empty text.
        signal: What these are.
        passed_over: Log records that are not kept.
    """

    line: bytes
    count: int
    nameless: int = 0
    runs: Mapping[str, str] = field(default_factory=dict)
    signal: Signal = TRACES
    passed_over: int = 0


def read_batch(body: bytes, kind: str, signal: Signal = TRACES) -> Batch:
    """The batch in a request's body of the given content type, one of `KINDS`.

    Raises:
        RefusedError: The body is no such request, or protobuf cannot be read here.
    """
    request = _from_json(body) if kind == JSON else _from_protobuf(body, signal)
    given = list(_each(request, signal.keys))
    found = [each for each in given if signal is TRACES or event_of(each).name.startswith(GEN_AI)]
    held: JsonValue = (
        {SPANS[0][0]: _listed(request, SPANS[0])} if signal is TRACES else _grouped(found, signal)
    )
    try:
        line = orjson.dumps(held)
    except orjson.JSONEncodeError:
        raise RefusedError(400, "a value is nested too deeply") from None
    nameless = sum(not (_text(each, "traceId") and _text(each, "spanId")) for each in found)
    return Batch(line, len(found), nameless, runs_of(held), signal, len(given) - len(found))


def runs_of(request: JsonValue) -> dict[str, str]:
    """The trace ids in a request, each with its conversation or session, or an empty text.

    Raises:
        RefusedError: It is no request.
    """
    runs: dict[str, str] = {}
    for signal in SIGNALS.values():
        for each in _each(request, signal.keys):
            if run := _run(each):
                runs[run] = runs.get(run) or _thread(each)
    return runs


def only(request: JsonValue, runs: frozenset[str]) -> dict[str, Any]:
    """The request with the spans and log records of some runs alone; empty where it holds none of them.

    Raises:
        RefusedError: It is no request.
    """
    kept: dict[str, Any] = {}
    for signal in SIGNALS.values():
        if found := [each for each in _each(request, signal.keys) if _run(each) in runs]:
            kept |= _grouped(found, signal)
    return kept


def accepted(batch: Batch, kind: str) -> bytes:
    """The body of the answer to a batch that was kept: an Export…ServiceResponse, alike for all signals."""
    told = f"{batch.signal.what} without traceId or spanId cannot be used"
    if kind == JSON:
        partial = {"partialSuccess": {batch.signal.rejected: str(batch.nameless), "errorMessage": told}}
        return orjson.dumps(partial if batch.nameless else {})
    if not batch.nameless:
        return b""
    inner = b"\x08" + _varint(batch.nameless) + _field(2, told.encode())
    return _field(1, inner)


def refused(message: str, kind: str) -> bytes:
    """The body of a refusal: a google.rpc.Status."""
    if kind == PROTOBUF:
        return b"\x08" + _varint(_INVALID_ARGUMENT) + _field(2, message.encode())
    return orjson.dumps({"code": _INVALID_ARGUMENT, "message": message})


def _from_json(body: bytes) -> JsonValue:
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        told = f"the body is not valid JSON ({error.msg}, line {error.lineno}, column {error.colno})"
        raise RefusedError(400, told) from None
    return value


def takes_protobuf() -> bool:
    """Whether what reads protobuf is installed."""
    try:
        import opentelemetry.proto.collector.trace.v1.trace_service_pb2  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def _from_protobuf(body: bytes, signal: Signal) -> JsonValue:
    if not takes_protobuf():
        raise RefusedError(415, NO_PROTOBUF)
    from google.protobuf.json_format import MessageToDict
    from google.protobuf.message import DecodeError

    request = getattr(import_module(f"opentelemetry.proto.collector.{signal.module}"), signal.message)
    try:
        value: JsonValue = MessageToDict(request.FromString(body), use_integers_for_enums=True)
    except (DecodeError, UnicodeDecodeError, ValueError) as error:
        raise RefusedError(400, f"the body is no {signal.message} ({error})") from None
    for each in _each(value, signal.keys):
        for holder in (each, *each.get("links", [])):
            holder.update({key: _hexadecimal(holder[key]) for key in _IDS if key in holder})
    return value


def _hexadecimal(identity: str) -> str:
    """An id in hexadecimal digits, as OTLP's JSON has it; protobuf's own JSON writes base64."""
    try:
        return base64.b64decode(identity, validate=True).hex()
    except binascii.Error:  # pragma: no cover - protobuf wrote it
        return identity


def _each(request: JsonValue, keys: tuple[tuple[str, ...], ...]) -> Iterator[dict[str, Any]]:
    """The spans or log records of a request, whose lists and objects are checked on the way."""
    for each in _listed(request, keys[0]):
        if len(keys) > 1:
            yield from _each(each, keys[1:])
        elif isinstance(each, dict):
            yield each
        else:
            raise RefusedError(400, f"one of {keys[0][0]} is no object")


def _grouped(found: list[dict[str, Any]], signal: Signal) -> dict[str, Any]:
    """Spans or log records as a request holds them; none if there are none."""
    by_resource, by_scope, each = (names[0] for names in signal.keys)
    return {by_resource: [{by_scope: [{each: found}]}]} if found else {}


def _listed(holder: JsonValue, names: tuple[str, ...]) -> list[Any]:
    if not isinstance(holder, dict):
        raise RefusedError(400, f"what should hold {names[0]} is no object")
    value = next((holder[name] for name in names if holder.get(name) is not None), [])
    if not isinstance(value, list):
        raise RefusedError(400, f"{names[0]} is no list")
    return value


def _text(span: Mapping[str, Any], name: str) -> str:
    value = span.get(name)
    return value if isinstance(value, str) else ""


def _run(span: Mapping[str, Any]) -> str:
    return _text(span, "traceId").removeprefix("0x")


def _thread(span: Mapping[str, Any]) -> str:
    given = span.get("attributes")
    pairs = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    held = read_attributes([each for each in pairs if each.get("key") in THREADS])
    return next((told for name in THREADS if isinstance(told := held.get(name), str) and told), "")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes((*out, number))


def _field(number: int, value: bytes) -> bytes:
    """A field of protobuf that holds bytes, a text or a message."""
    return _varint(number << 3 | 2) + _varint(len(value)) + value
