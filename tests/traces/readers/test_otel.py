"""OpenTelemetry's encodings of spans; what is in them is the subject of test_genai."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.traces.otel_spans import answered, asked, model, one, read, root, said, shown, tool
from trace2skill.traces.read import Intake
from trace2skill.traces.readers.otel import READER
from trace2skill.traces.times import to_time

USER = said("user", "Please open the old red door.")
ASKED = asked(("a", "look"))
SPANS = [
    root(),
    model("m1", 1, [USER], [ASKED]),
    tool("s1", 2, "look", "a door", "a"),
    model("m2", 3, [USER, ASKED, answered("a", "a door")], [said("assistant", "It is open.")]),
]
STEPS = [
    ("user", "Please open the old red door.", None),
    ("agent", "look", "a door"),
    ("agent", "It is open.", None),
]


def wrapped(value: Any) -> dict[str, Any]:
    """A value in OTLP's type."""
    if isinstance(value, dict):
        return {
            "kvlistValue": {"values": [{"key": key, "value": wrapped(each)} for key, each in value.items()]}
        }
    if isinstance(value, list):
        return {"arrayValue": {"values": [wrapped(each) for each in value]}}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"stringValue": value}


def otlp(spans: list[dict[str, Any]], scope: str = "scopeSpans") -> dict[str, Any]:
    """Spans as a document of OTLP."""
    listed = []
    for each in spans:
        start = int(to_time(each["start_time"]).timestamp() * 1e9)
        attributes = [{"key": key, "value": wrapped(value)} for key, value in each["attributes"].items()]
        listed.append(
            {
                "traceId": each["context"]["trace_id"],
                "spanId": each["context"]["span_id"],
                "parentSpanId": each["parent_id"] or "",
                "name": each["name"],
                "startTimeUnixNano": str(start),
                "attributes": attributes,
                "status": {"code": 2, "message": "no"} if each["status"]["status_code"] == "ERROR" else {},
            }
        )
    return {"resourceSpans": [{"resource": {}, scope: [{"scope": {}, "spans": listed}]}]}


@pytest.mark.parametrize(
    "lines",
    [
        [otlp(SPANS)],
        [otlp([each]) for each in reversed(SPANS)],
        [otlp(SPANS, "instrumentationLibrarySpans")],
        [SPANS],
        [{"spans": SPANS}],
    ],
    ids=["one document", "a line for each batch", "the old name", "a list", "an object that holds a list"],
)
def test_every_encoding_gives_the_same_trace(lines: list[Any]) -> None:
    """Also when the spans of a run lie in several lines."""
    assert READER.recognises(lines[0])
    assert one(lines).hash == one(SPANS).hash
    assert shown(one(lines)) == STEPS


def test_spans_as_programs_print_them(tmp_path: Path) -> None:
    """Indented, one after the other; one that is broken costs itself."""
    printed = [json.dumps(each, indent=4) for each in SPANS]
    (tmp_path / "out.txt").write_text("\n".join([*printed, '{\n    "name": \n}\n']))
    source = Intake(tmp_path)
    (trace,) = source
    assert shown(trace) == STEPS
    assert [problem.message.partition(" (")[0] for problem in source.problems] == ["not valid JSON"]


def test_structured_attributes_of_otlp() -> None:
    """Lists and objects of typed values."""
    spans = [*SPANS]
    spans[2] = {
        **SPANS[2],
        "attributes": {**SPANS[2]["attributes"], "gen_ai.tool.call.result": {"n": [1, "two"]}},
    }
    spans[3] = {**SPANS[3], "attributes": {"gen_ai.operation.name": "chat"}}
    assert one([otlp(spans)]).steps[1].observation == {"n": [1, "two"]}


def test_runs_of_one_file_are_traces_of_their_own() -> None:
    """In the order in which they are first met; ids lose the 0x that SDKs print."""
    other = [{**each, "context": {**each["context"], "trace_id": "0xu"}} for each in SPANS]
    traces, _, _ = read([other[0], *SPANS, *other[1:]])
    assert [trace.id for trace in traces] == ["u", "t"]
    assert traces[0].steps == traces[1].steps


@pytest.mark.parametrize(
    "value",
    [
        {"spans": []},
        {"attributes": {}},
        {"trace_id": "t", "span_id": "s"},
        [],
        {"data": [{"id": "x"}]},
        "spans",
    ],
)
def test_what_is_no_span_is_not_claimed(value: Any) -> None:
    """Ids and attributes make a span."""
    assert not READER.recognises(value)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026-11-01T00:00:01Z", "2026-11-01T00:00:01+00:00"),
        ("2026-11-01 00:00:01.5+02:00", "2026-11-01T00:00:01.500000+02:00"),
        ("2026-11-01T00:00:01", "2026-11-01T00:00:01+00:00"),
        ("1793491201000000000", "2026-11-01T00:00:01+00:00"),
        (1793491201000, "2026-11-01T00:00:01+00:00"),
        (1793491201.5, "2026-11-01T00:00:01.500000+00:00"),
    ],
)
def test_times(written: Any, iso: str) -> None:
    """Text, and numbers of every unit in use."""
    assert to_time(written).isoformat() == iso


@pytest.mark.parametrize("written", ["soon", "", None, True, -1, 1e40, "9" * 29, [], float("nan")])
def test_what_is_no_time(written: Any) -> None:
    """Nothing, rather than a wrong one."""
    assert to_time(written) is None
