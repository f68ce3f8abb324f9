"""Messages that are exported as log records, apart from the spans of the model calls."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.traces.otel_spans import BEGIN, answered, asked, one, read, root, said, shown, span, tool, write
from trace2skill.traces.model import Label
from trace2skill.traces.read import Intake

USER = said("user", "Please open the old red door.")
ASKED = asked(("a", "look"))
STEPS = [
    ("user", "Please open the old red door.", None),
    ("agent", "look", "a door"),
    ("agent", "It is open.", None),
]
CALL = {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"x": 1}'}}


def chat(identity: str, at: float) -> dict[str, Any]:
    """The span of a model call, without messages."""
    return span(identity, at, gen_ai__operation__name="chat")


SPANS = [root(), chat("m1", 1), tool("s1", 2, "look", None, "a"), chat("m2", 3)]


def log(name: str, about: str, at: float, body: Any = None, **attributes: Any) -> dict[str, Any]:
    """A log record as OTLP's JSON has it, of a name in attributes as older SDKs send it."""
    held = {"event.name": name, **{key.replace("__", "."): value for key, value in attributes.items()}}
    return {
        "traceId": "t",
        "spanId": about,
        "timeUnixNano": str(int((BEGIN + timedelta(seconds=at)).timestamp() * 1e9)),
        "attributes": [{"key": key, "value": typed(value)} for key, value in held.items()],
        "body": typed(body) if body is not None else {},
    }


def typed(value: Any) -> dict[str, Any]:
    """A value in OTLP's type."""
    if isinstance(value, dict):
        return {
            "kvlistValue": {"values": [{"key": key, "value": typed(each)} for key, each in value.items()]}
        }
    if isinstance(value, list):
        return {"arrayValue": {"values": [typed(each) for each in value]}}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def sent(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Log records as a request of OTLP."""
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": records}]}]}


EACH = [
    log("gen_ai.user.message", "m1", 1.1, {"content": "Please open the old red door."}),
    log("gen_ai.choice", "m1", 1.2, {"index": "0", "message": {"role": "assistant"}, "tool_calls": [CALL]}),
    log("gen_ai.user.message", "m2", 3.1, {"content": "Please open the old red door."}),
    log("gen_ai.assistant.message", "m2", 3.2, {"tool_calls": [CALL]}),
    log("gen_ai.tool.message", "m2", 3.3, {"id": "a", "content": "a door"}),
    log("gen_ai.choice", "m2", 3.4, {"message": {"role": "assistant", "content": "It is open."}}),
]
"""An event for each message, as the conventions had it until 1.36."""

DETAILS = "gen_ai.client.inference.operation.details"
WHOLE = [
    log(DETAILS, "m1", 1.1, gen_ai__input__messages=[USER], gen_ai__output__messages=[ASKED]),
    log(
        *(DETAILS, "m2", 3.1),
        gen_ai__input__messages=[USER, ASKED, answered("a", "a door")],
        gen_ai__output__messages=[said("assistant", "It is open.")],
    ),
]
"""One event with all of them, as the conventions have it since."""


@pytest.mark.parametrize("records", [EACH, WHOLE], ids=["a message each", "all messages"])
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_log_records_say_what_spans_do_not(records: list[dict[str, Any]], first: bool) -> None:
    """Whether they are written before their spans or after them, and in whatever order."""
    logs = [sent(records[1:]), sent(records[:1])]
    trace = one([*logs, *SPANS] if first else [*SPANS, *logs])
    assert (trace.task, shown(trace)) == ("Please open the old red door.", STEPS)


def test_records_that_are_sent_again_count_once() -> None:
    """A client that got no answer sends them again."""
    assert shown(one([*SPANS, sent(EACH), sent(EACH)])) == STEPS


def test_log_records_as_programs_print_them() -> None:
    """One object each, with the ids in hexadecimal digits."""
    printed = [
        {
            "body": None,
            "severity_number": None,
            "attributes": {"gen_ai.input.messages": given, "gen_ai.output.messages": made},
            "timestamp": (BEGIN + timedelta(seconds=at)).isoformat(),
            "trace_id": "t",
            "span_id": about,
            "event_name": DETAILS,
        }
        for about, at, given, made in (
            ("m1", 1.1, [USER], [ASKED]),
            ("m2", 3.1, [USER, ASKED, answered("a", "a door")], [said("assistant", "It is open.")]),
        )
    ]
    assert shown(one([*SPANS, *printed])) == STEPS


def test_log_records_without_their_spans_are_a_run() -> None:
    """Spans may have been sampled away, or sent elsewhere."""
    assert shown(one([sent(EACH)])) == STEPS
    assert shown(one([sent(WHOLE)])) == STEPS


def test_an_evaluation_in_a_log_record_is_the_outcome() -> None:
    """It names the span of the run."""
    held = {"gen_ai__evaluation__name": "success", "gen_ai__evaluation__score__value": 1.0}
    trace = one([*SPANS, sent([*WHOLE, log("gen_ai.evaluation.result", "root", 4, **held)])])
    assert trace.outcome.label is Label.SUCCESS


def test_other_log_records_are_counted() -> None:
    """What a program writes into its log, and what names no span."""
    others = [log("", "m1", 1, "Started."), {**log("gen_ai.user.message", "", 1, {"content": "Hi."})}]
    (trace,), problems, dropped = read([*SPANS, sent(WHOLE), sent(others)])
    assert (shown(trace), problems) == (STEPS, [])
    assert dropped["log records of no span, or without messages"] == 2


def test_spans_and_log_records_may_lie_in_files_of_their_own(tmp_path: Path) -> None:
    """As two exporters write them."""
    long = f"{7:032x}"
    spans = [{**each, "context": {**each["context"], "trace_id": long}} for each in SPANS]
    write(tmp_path / "spans.jsonl", spans)
    write(tmp_path / "logs.jsonl", [sent([{**each, "traceId": long} for each in EACH])])
    source = Intake(tmp_path)
    (trace,) = source
    assert (shown(trace), source.problems) == (STEPS, [])
