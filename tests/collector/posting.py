"""Batches of OTLP and the means to post them, for tests."""

import http.client
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trace2skill.collector.run import Collector, CollectSettings
from trace2skill.collector.server import Limits
from trace2skill.traces.read import Intake


def span(trace: int, number: int = 1, **attributes: str) -> dict[str, Any]:
    """A span; the higher its number, the later it began. `__` in the names of attributes stands for a dot."""
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "name": "work",
        "startTimeUnixNano": str(1_793_500_000_000_000_000 + number),
        "attributes": [
            {"key": key.replace("__", "."), "value": {"stringValue": value}}
            for key, value in attributes.items()
        ],
    }


def tool(trace: int, name: str = "look", number: int = 1, **more: str) -> dict[str, Any]:
    """A span of a tool."""
    held = {"gen_ai__operation__name": "execute_tool", "gen_ai__tool__name": name}
    return span(trace, number, **held, **more)


def request(*spans: Any) -> dict[str, Any]:
    """A trace request with these spans."""
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": list(spans)}]}]}


def post(
    collector: Collector,
    body: bytes | Iterable[bytes] | dict[str, Any],
    path: str = "/v1/traces",
    **headers: str,
) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and body of the answer; `_` in the names of headers stands for a dash."""
    named = {"Content-Type": "application/json"} | {
        key.replace("_", "-").title(): value for key, value in headers.items()
    }
    host, port = collector.url.removeprefix("http://").rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    try:
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        connection.request("POST", path, sent, named)
        answer = connection.getresponse()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def collecting(out: Path, *, quiet_after: float = 300.0, token: str = "", **limits: Any) -> Collector:
    """A collector on a free port of loopback, that is told nothing of."""
    settings = CollectSettings(out, port=0, token=token, quiet_after=quiet_after, limits=Limits(**limits))
    return Collector(settings)


def collected(out: Path) -> list[str]:
    """The ids of the traces that a folder holds, sorted."""
    return sorted(trace.id for trace in Intake(out))
