"""Our own JSONL."""

import json
import re
from pathlib import Path

from trace2skill.traces.files import Record
from trace2skill.traces.model import Action, Actor, Outcome, Step, StepOutcome, Tool, Trace, to_json
from trace2skill.traces.readers import trace_jsonl
from trace2skill.traces.readers.trace_jsonl import SCHEMA_FILE, rendered_schema

TRACE = Trace(
    id="run",
    task="open the door",
    steps=(
        Step(index=0, action=Action(tool="open", arguments={"object": "door"}), outcome=StepOutcome.OK),
        Step(index=1, actor=Actor.SUBAGENT, parent=0, text="done"),
    ),
    tools=(Tool(name="open"),),
    outcome=Outcome(label="success", score=1.0, origin="judge"),
)


def test_what_is_written_reads_back() -> None:
    """`to_json` and the reader are inverse, the source aside."""
    (trace,) = trace_jsonl.read(Record("f", "line 1", json.loads(to_json(TRACE))))
    assert trace.hash == TRACE.hash


def test_a_parent_must_come_earlier() -> None:
    """A step cannot be spawned by a later one."""
    value = {"schema_version": 1, "id": "x", "steps": [{"index": 0, "parent": 3}]}
    (problem,) = trace_jsonl.read(Record("f", "line 1", value))
    assert problem.message == "steps[0].parent is 3"


def test_the_published_schema_is_current() -> None:
    """Run `python -m trace2skill.traces.readers.trace_jsonl` after a change of the model."""
    assert SCHEMA_FILE.read_text() == rendered_schema()


def test_the_documented_example_is_readable() -> None:
    """The example of docs/trace-format.md."""
    page = (Path(__file__).parents[3] / "docs" / "trace-format.md").read_text()
    example = json.loads(re.search(r"```json\n(.*?)\n```", page, re.DOTALL)[1])
    assert trace_jsonl.recognises(example)
    (trace,) = trace_jsonl.read(Record("f", "line 1", example))
    assert [step.actor for step in trace.steps] == [Actor.USER, Actor.AGENT, Actor.USER]
