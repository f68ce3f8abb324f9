"""Requests as batches; whatever they hold, they are taken or refused."""

import json
import random
from typing import Any

import pytest

from tests.collector.posting import request, span, tool
from trace2skill.collector.otlp import (
    JSON,
    KINDS,
    PROTOBUF,
    RECORDS,
    TRACES,
    Batch,
    RefusedError,
    accepted,
    only,
    read_batch,
    refused,
)

EVENT = {"traceId": f"{1:032x}", "spanId": "s", "eventName": "gen_ai.choice", "body": {"stringValue": "x"}}
LOGGED = {"resourceLogs": [{"scopeLogs": [{"logRecords": [EVENT, EVENT]}]}]}
WRONG: tuple[Any, ...] = (None, 7, "x", [], {}, [None], True, 1e300, [{"key": []}], {"key": None})


def test_runs_are_named_with_their_conversations() -> None:
    """Whichever span of a run names it, under whichever name."""
    sent = request(
        tool(1), tool(1, number=2, session__id="a"), span(2, gen_ai__conversation__id="b"), span(3)
    )
    batch = read_batch(json.dumps(sent).encode(), JSON)
    assert batch.count == 4
    assert batch.runs == {f"{1:032x}": "a", f"{2:032x}": "b", f"{3:032x}": ""}


def test_only_some_runs() -> None:
    """Nothing of the others is left."""
    sent = request(tool(1), tool(2), tool(1, number=2))
    assert only(sent, frozenset({f"{1:032x}"})) == {
        "resourceSpans": [{"scopeSpans": [{"spans": [tool(1), tool(1, number=2)]}]}]
    }
    assert only(sent, frozenset({"another"})) == {}


def test_spans_without_ids_are_told_as_rejected() -> None:
    """In OTLP's JSON a count is a text."""
    batch = read_batch(json.dumps(request(tool(1), {"name": "nameless"})).encode(), JSON)
    assert json.loads(accepted(batch, JSON))["partialSuccess"]["rejectedSpans"] == "1"


def test_log_records_are_kept_if_they_are_of_agents() -> None:
    """Those without ids are told as rejected; runs are named as those of spans are."""
    named = {"attributes": [{"key": "event.name", "value": {"stringValue": "gen_ai.choice"}}]}
    of_run = {"traceId": "t", "spanId": "s", **named}
    other = {"traceId": "u", "spanId": "s", "body": {"stringValue": "Started."}}
    sent = {"resourceLogs": [{"scopeLogs": [{"logRecords": [of_run, named, other]}]}]}
    batch = read_batch(json.dumps(sent).encode(), JSON, RECORDS)
    assert (batch.count, batch.passed_over, batch.runs) == (2, 1, {"t": ""})
    assert only(json.loads(batch.line), frozenset({"t"})) == {
        "resourceLogs": [{"scopeLogs": [{"logRecords": [of_run]}]}]
    }
    assert json.loads(accepted(batch, JSON))["partialSuccess"]["rejectedLogRecords"] == "1"


@pytest.mark.parametrize("seed", range(20))
def test_whatever_stands_where_it_should_not_is_taken_or_refused(seed: int) -> None:
    """Values of other types anywhere; what is taken can be searched for its runs again."""
    chance = random.Random(seed)
    for _ in range(50):
        sent = request(tool(1, session__id="a"), tool(2)) if chance.random() < 0.5 else LOGGED
        taken = _taken(json.dumps(_spoiled(sent, chance)).encode(), JSON)
        if isinstance(taken, RefusedError):
            assert taken.status == 400
        else:
            assert bool(only(json.loads(taken.line), frozenset(taken.runs))) == bool(taken.runs)


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_taken_or_refused(kind: str) -> None:
    """Random ones, as either kind."""
    chance = random.Random(1)
    for _ in range(500):
        taken = _taken(chance.randbytes(chance.randrange(1, 40)), kind)
        if isinstance(taken, RefusedError):
            assert refused(taken.message, kind)
        else:
            assert json.loads(taken.line)


def test_a_refusal_is_a_status_in_protobuf() -> None:
    """Of google.rpc, also when it is longer than a byte can count."""
    from google.rpc.status_pb2 import Status

    told = Status.FromString(refused("é" * 100, PROTOBUF))
    assert (told.code, told.message) == (3, "é" * 100)


def _taken(body: bytes, kind: str) -> Batch | RefusedError:
    signal = RECORDS if b"resourceLogs" in body else TRACES
    try:
        return read_batch(body, kind, signal)
    except RefusedError as refusal:
        return refusal


def _spoiled(value: Any, chance: random.Random) -> Any:
    if chance.random() < 0.08:
        return chance.choice(WRONG)
    if isinstance(value, dict):
        return {key: _spoiled(each, chance) for key, each in value.items()}
    return [_spoiled(each, chance) for each in value] if isinstance(value, list) else value
