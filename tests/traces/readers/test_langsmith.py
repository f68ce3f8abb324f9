"""Runs of LangSmith: order, feedback, and the shapes in which inputs and outputs come."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.traces.otel_spans import one, read, shown, write
from trace2skill.traces.model import Label, StepOutcome, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.readers.langsmith import READER, said_error

ROOT = "00000000-0000-7000-8000-000000000001"
USER = {"type": "human", "content": "Please find the door that is open."}
SYSTEM = {"type": "system", "content": "You find doors."}


def run(number: int, kind: str, parent: int = 1, **fields: Any) -> dict[str, Any]:
    """A run; its number gives its id and its place in the order."""
    identity = f"{ROOT[:-2]}{number:02}"
    above = "" if number == 1 else f"20261101T000001000000Z{ROOT}."
    return {
        "id": identity,
        "name": kind,
        "run_type": kind,
        "trace_id": ROOT,
        "parent_run_id": None if number == 1 else f"{ROOT[:-2]}{parent:02}",
        "dotted_order": f"{above}20261101T0000{number:02}000000Z{identity}",
        "start_time": f"2026-11-01T00:00:{number:02}",
        "inputs": {},
        "outputs": {},
        "error": None,
        "status": "success",
        "extra": {},
        **fields,
    }


def reply(text: str, *calls: dict[str, Any]) -> dict[str, Any]:
    """What a chat model of LangChain returned."""
    message = {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"]}
    message["kwargs"] = {"content": text, "type": "ai", "tool_calls": list(calls)}
    return {"generations": [[{"text": text, "type": "ChatGeneration", "message": message}]]}


def call(identity: str, name: str, **arguments: Any) -> dict[str, Any]:
    """A call in LangChain's terms."""
    return {"name": name, "args": arguments, "id": identity, "type": "tool_call"}


def answer(identity: str, text: str, **fields: Any) -> dict[str, Any]:
    """What a tool of LangChain returned."""
    return {"output": {"type": "tool", "content": text, "tool_call_id": identity, **fields}}


RUNS = [
    run(1, "chain", inputs={"messages": [SYSTEM, USER]}, outputs={"messages": []}),
    run(
        2, "llm", inputs={"prompts": ["System: ..."]}, outputs=reply("I look.", call("c1", "look", at="door"))
    ),
    run(3, "tool", name="look", inputs={"input": "{'at': 'door'}"}, outputs=answer("c1", "It is open.")),
    run(4, "llm", inputs={"prompts": ["System: ..."]}, outputs=reply("It is the door.")),
]
STEPS = [
    ("user", "Please find the door that is open.", None),
    ("agent", "look", "It is open."),
    ("agent", "It is the door.", None),
]


def intake(folder: Path, *lines: dict[str, Any], **options: Any) -> Trace:
    """The one trace of a file of runs in a folder."""
    write(folder / "runs.jsonl", lines)
    (trace,) = Intake(folder, **options)
    return trace


def test_runs_become_steps_in_dotted_order() -> None:
    """Prompts of a model may be mere text: then the root says what was asked."""
    trace = one(reversed(RUNS), READER)
    assert shown(trace) == STEPS
    assert trace.steps[1].action.arguments == {"at": "door"}
    assert (trace.id, trace.instructions, trace.steps[1].text) == (ROOT, "You find doors.", "I look.")


def test_a_list_of_runs_and_nested_runs_are_the_same() -> None:
    """A JSON document, with the children in line or below the root; an id may be called `run_id`."""
    nested = {**RUNS[0], "child_runs": [{**each, "parent_run_id": None} for each in RUNS[1:]]}
    named = [{("run_id" if key == "id" else key): each[key] for key in each} for each in RUNS]
    for lines in ([RUNS], [nested], named):
        assert READER.recognises(lines[0])
        assert shown(one(lines, READER)) == STEPS


def of_javascript(name: str, **kwargs: Any) -> dict[str, Any]:
    """A message as LangChain for JavaScript writes it, without a type beside its class."""
    return {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", name], "kwargs": kwargs}


def test_messages_of_javascript_are_read() -> None:
    """What was asked and returned, by the names of their classes."""
    asked = [
        of_javascript("SystemMessage", content="You find doors."),
        of_javascript("HumanMessage", content=STEPS[0][1]),
    ]
    called = of_javascript("AIMessage", content="I look.", tool_calls=[call("c1", "look", at="door")])
    returned = of_javascript("ToolMessage", content="It is open.", tool_call_id="c1")
    said = of_javascript("AIMessageChunk", content=STEPS[2][1])
    runs = [
        RUNS[0] | {"inputs": {}},
        run(2, "llm", inputs={"messages": [asked]}, outputs={"generations": [[{"message": called}]]}),
        run(3, "tool", name="look", inputs={"input": '{"at": "door"}'}, outputs={"output": returned}),
        run(4, "llm", inputs={"messages": [[*asked, called, returned]]},
            outputs={"generations": [[{"message": said}]]}),
    ]  # fmt: skip
    trace = one(runs, READER)
    assert shown(trace) == STEPS
    assert trace.instructions == "You find doors."


def test_cells_of_the_bulk_export_are_texts() -> None:
    """Inputs, outputs, extra and statistics are JSON text, and empty cells are absent."""
    texts = ("inputs", "outputs", "extra")
    rows = [
        {
            key: json.dumps(value) if key in texts else value
            for key, value in each.items()
            if value is not None
        }
        for each in RUNS
    ]
    rows[0]["feedback_stats"] = json.dumps({"correctness": {"n": 2, "avg": 0.5}})
    trace = one(rows, READER)
    assert shown(trace) == STEPS
    assert (trace.outcome.score, trace.outcome.origin) == (0.5, "feedback correctness >= 1")


@pytest.mark.parametrize(
    "lost", ["dotted_order", "start_time", "status", "extra", "outputs", "error", "trace_id"]
)
def test_a_column_may_be_missing(lost: str) -> None:
    """What was asked and which tool was run is there without any of them."""
    trace = one([{key: value for key, value in each.items() if key != lost} for each in RUNS], READER)
    assert trace.task == "Please find the door that is open."
    assert [step.action.tool for step in trace.steps if step.action] == ["look"]


def test_a_failed_run_keeps_its_last_call() -> None:
    """The error is the observation, without its traceback; the status of the root is no outcome."""
    error = "ValueError('No such door.')Traceback (most recent call last):\n  File x"
    broken = run(3, "tool", name="look", inputs={"at": "door"}, error=error, status="error")
    trace = one([{**RUNS[0], "status": "error", "outputs": None}, RUNS[1], broken], READER)
    assert shown(trace)[-1] == ("agent", "look", "ValueError: No such door.")
    assert trace.steps[-1].outcome is StepOutcome.ERROR
    assert (trace.outcome.label, trace.outcome.origin) == (Label.UNKNOWN, "no feedback")


def test_a_traced_function_named_like_the_call_is_its_tool() -> None:
    """`@traceable` makes chains of functions that models call."""
    plain = run(3, "chain", name="look", inputs={"at": "door"}, outputs={"output": "It is open."})
    assert shown(one([RUNS[0], RUNS[1], plain, RUNS[3]], READER)) == STEPS


def test_a_run_that_was_written_twice_is_one() -> None:
    """Once when it began and once when it ended, as clients send runs; or on two pages of an export."""
    begun = [{key: value for key, value in each.items() if key != "outputs"} for each in RUNS]
    known = ("id", "name", "run_type", "trace_id", "parent_run_id", "dotted_order", "outputs")
    ended = [{key: each[key] for key in known} for each in RUNS]
    for lines in ([*begun, *ended], [*RUNS, *RUNS]):
        trace = one(lines, READER)
        assert shown(trace) == STEPS
        assert trace.steps[1].action.arguments == {"at": "door"}


def test_a_node_of_a_graph_is_no_tool() -> None:
    """Though it is called like one that runs in it."""
    node = run(3, "chain", name="look", outputs={"state": 1}, extra={"metadata": {"langgraph_node": "look"}})
    inside = run(4, "tool", 3, name="look", inputs={"at": "door"}, outputs=answer("c1", "It is open."))
    (trace,), _, dropped = read([RUNS[0], RUNS[1], node, inside], READER)
    assert shown(trace) == STEPS[:2]
    assert dropped == {"spans of kind chain": 1}


def test_wrapped_clients_are_read() -> None:
    """The messages and tools of OpenAI's client, and an example of a data set as the task's key."""
    schema = {"type": "object", "properties": {"at": {"type": "string"}}}
    function = {"name": "look", "arguments": '{"at": "door"}'}
    calls = [{"id": "c1", "type": "function", "function": function}]
    asked = {"role": "assistant", "content": None, "tool_calls": calls}
    begun = [{"role": "system", "content": "You find doors."}, {"role": "user", "content": USER["content"]}]
    offered = [{"type": "function", "function": {"name": "look", "parameters": schema}}]
    history = [*begun, asked, {"role": "tool", "tool_call_id": "c1", "content": "It is open."}]
    said = {"role": "assistant", "content": "It is the door."}
    lines = [
        run(1, "chain", inputs={"question": "door?"}, outputs={"output": "x"}, reference_example_id="e1"),
        run(
            2, "llm", inputs={"messages": begun, "tools": offered}, outputs={"choices": [{"message": asked}]}
        ),
        run(3, "llm", inputs={"messages": history}, outputs={"choices": [{"message": said}]}),
    ]
    trace = one(lines, READER)
    assert shown(trace) == STEPS
    assert (trace.task_key, trace.tools[0].name, trace.tools[0].parameters) == ("e1", "look", schema)


def test_feedback_beside_decides(tmp_path: Path) -> None:
    """On the root, by a name that means success; not of other runs, nor under other names."""
    about = {"run_id": ROOT, "created_at": "2026-11-02"}
    write(
        tmp_path / "feedback.jsonl",
        [
            {**about, "key": "toxicity", "score": 1},
            {"run_id": RUNS[1]["id"], "key": "success", "score": 1},
            {**about, "key": "success", "score": 0},
            {**about, "key": "success", "score": 1, "created_at": "2026-11-01"},
        ],
    )
    assert intake(tmp_path, *RUNS).outcome.label is Label.FAILURE
    assert intake(tmp_path, *RUNS, score="toxicity").outcome.label is Label.SUCCESS


def test_feedback_is_found_by_content_and_is_no_trace(tmp_path: Path) -> None:
    """Whatever the file is called; it is counted, and not reported as unknown."""
    write(tmp_path / "a.json", [{"run_id": ROOT, "key": "solved", "value": "yes"}])
    write(tmp_path / "runs.jsonl", RUNS)
    source = Intake(tmp_path)
    (trace,) = source
    assert (trace.outcome.label, trace.outcome.origin) == (Label.SUCCESS, "feedback solved")
    assert (source.summary.judging, source.problems) == (1, [])


def test_feedback_beside_a_file_that_was_named_alone(tmp_path: Path) -> None:
    """It is looked for in the folder of the runs, by its name and content."""
    write(tmp_path / "feedback.jsonl", [{"run_id": ROOT, "key": "score", "score": 0.7}])
    path = write(tmp_path / "runs.jsonl", RUNS)
    (trace,) = Intake(path, success_at=0.5)
    assert (trace.outcome.label, trace.outcome.score) == (Label.SUCCESS, 0.7)


def test_a_file_of_outcomes_beats_feedback(tmp_path: Path) -> None:
    """The user's word counts most."""
    write(tmp_path / "feedback.jsonl", [{"run_id": ROOT, "key": "score", "score": 1}])
    (tmp_path / "o.csv").write_text(f"id,success\n{ROOT},no\n")
    (trace,) = Intake(write(tmp_path / "runs.jsonl", RUNS), outcomes=tmp_path / "o.csv")
    assert trace.outcome.label is Label.FAILURE


def test_what_is_no_run_is_reported_and_the_rest_read() -> None:
    """A record without an id."""
    (trace,), (problem,), dropped = read([*RUNS, {"run_type": "llm"}], READER)
    assert shown(trace) == STEPS
    assert (problem.record, dropped) == ("line 5", {})


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("ValueError('no')Traceback (most recent call last)", "ValueError: no"),
        ('KeyError("it\'s")', "KeyError: it's"),
        ("plain words", "plain words"),
        (None, ""),
    ],
)
def test_errors_lose_their_traceback(raised: str | None, told: str) -> None:
    """As Python names an error and what it says."""
    assert said_error(raised) == told


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_feedback_may_be_compressed(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """As the runs may."""
    told = [{"run_id": ROOT, "key": "score", "score": 1}] * 5000
    write(tmp_path / "a", told)
    (tmp_path / "b.jsonl").write_bytes(b"".join(json.dumps(each).encode() + b"\n" for each in RUNS))
    for name in ("a", "b.jsonl"):
        (tmp_path / name).write_bytes(pack((tmp_path / name).read_bytes()))
    (trace,) = Intake(tmp_path)
    assert trace.outcome.label is Label.SUCCESS
