"""OTLP/HTTP's trace requests, as one line of JSON each, and the answers to them.

The protocol: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import JsonValue

from trace2skill.traces.genai import THREADS
from trace2skill.traces.readers.otel import read_attributes

PATH = "/v1/traces"
JSON = "application/json"
PROTOBUF = "application/x-protobuf"
KINDS = (JSON, PROTOBUF)

_GROUPS = ("resourceSpans", "resource_spans")
_SCOPES = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
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
class Batch:
    """The spans of one request.

    Attributes:
        line: The request as JSON on one line, without its end; ids are hexadecimal digits.
        spans: How many spans it holds.
        nameless: How many of these have no id of their own or of a trace; no reader can use them.
        runs: The trace ids, each with the conversation or session that its spans name, or an empty text.
    """

    line: bytes
    spans: int
    nameless: int = 0
    runs: Mapping[str, str] = field(default_factory=dict)


def read_batch(body: bytes, kind: str) -> Batch:
    """The batch in a request's body of the given content type, one of `KINDS`.

    Raises:
        RefusedError: The body is no such request, or protobuf cannot be read here.
    """
    request = _from_json(body) if kind == JSON else _from_protobuf(body)
    spans = list(_each_span(request))
    kept = {"resourceSpans": _listed(request, _GROUPS)}
    try:
        line = orjson.dumps(kept)
    except orjson.JSONEncodeError:
        raise RefusedError(400, "a value is nested too deeply") from None
    named = sum(bool(_text(each, "traceId") and _text(each, "spanId")) for each in spans)
    return Batch(line, len(spans), len(spans) - named, runs_of(request))


def runs_of(request: JsonValue) -> dict[str, str]:
    """The trace ids in a request, each with its conversation or session, or an empty text.

    Raises:
        RefusedError: It is no trace request.
    """
    runs: dict[str, str] = {}
    for span in _each_span(request):
        if run := _run(span):
            runs[run] = runs.get(run) or _thread(span)
    return runs


def only(request: JsonValue, runs: frozenset[str]) -> dict[str, Any]:
    """The request with the spans of some runs alone; empty where it holds none of them.

    Raises:
        RefusedError: It is no trace request.
    """
    spans = [span for span in _each_span(request) if _run(span) in runs]
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]} if spans else {}


def accepted(batch: Batch, kind: str) -> bytes:
    """The body of the answer to a batch that was kept: an ExportTraceServiceResponse."""
    told = "spans without traceId or spanId cannot be used"
    if kind == JSON:
        partial = {"partialSuccess": {"rejectedSpans": str(batch.nameless), "errorMessage": told}}
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


def _from_protobuf(body: bytes) -> JsonValue:
    if not takes_protobuf():
        raise RefusedError(415, NO_PROTOBUF)
    from google.protobuf.json_format import MessageToDict
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    try:
        message = ExportTraceServiceRequest.FromString(body)
        value: JsonValue = MessageToDict(message, use_integers_for_enums=True)
    except (DecodeError, UnicodeDecodeError, ValueError) as error:
        raise RefusedError(400, f"the body is no ExportTraceServiceRequest ({error})") from None
    for span in _each_span(value):
        links = span.get("links", [])
        for holder in (span, *links):
            holder.update({key: _hexadecimal(holder[key]) for key in _IDS if key in holder})
    return value


def _hexadecimal(identity: str) -> str:
    """An id in hexadecimal digits, as OTLP's JSON has it; protobuf's own JSON writes base64."""
    try:
        return base64.b64decode(identity, validate=True).hex()
    except binascii.Error:  # pragma: no cover - protobuf wrote it
        return identity


def _each_span(request: JsonValue) -> Iterator[dict[str, Any]]:
    """The spans of a request, whose lists and objects are checked on the way."""
    for group in _listed(request, _GROUPS):
        for scope in _listed(group, _SCOPES):
            for span in _listed(scope, ("spans",)):
                if not isinstance(span, dict):
                    raise RefusedError(400, "a span is no object")
                yield span


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
