"""Skills that spans name: on offer, or loaded."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import SkillMention, rebuild
from trace2skill.traces.read import read_traces
from trace2skill.traces.span_skills import skills_of

LISTED = [{"name": "open-doors", "version": 2}, {"skillName": "light-lamps", "skillVersion": 1}]
OFFERED = (
    SkillMention(name="light-lamps", version="1"),
    SkillMention(name="open-doors", version="2"),
)


def span(number: int, **attributes: Any) -> dict[str, Any]:
    """One span of a run in which the first is around the others."""
    parent = {} if number == 1 else {"parentSpanId": "1"}
    time = {"startTimeUnixNano": str(number * 10**9), "endTimeUnixNano": str(number * 10**9 + 1)}
    written = {name.replace("__", "."): value for name, value in attributes.items()}
    return {"traceId": "t", "spanId": str(number), "name": "x", **parent, **time, "attributes": written}


def otel() -> list[dict[str, Any]]:
    """A model call with skills on offer, and a tool call that loads one."""
    said = [{"role": "user", "parts": [{"type": "text", "content": "Open door D1 for me, please."}]}]
    answer = [{"role": "assistant", "parts": [{"type": "text", "content": "It is open."}]}]
    offer = json.dumps(LISTED)
    called = {"gen_ai__tool__name": "load_skill", "gen_ai__tool__call__arguments": "{}"}
    return [
        span(1, gen_ai__operation__name="invoke_agent"),
        span(
            2,
            gen_ai__operation__name="chat",
            gen_ai__input__messages=json.dumps(said),
            gen_ai__output__messages=json.dumps(answer),
            langfuse__observation__skills_available=offer,
        ),
        span(3, gen_ai__operation__name="execute_tool", gen_ai__skill__name="open-doors", **called),
    ]


def test_spans_of_opentelemetry(tmp_path: Path) -> None:
    """What was on offer and what was loaded is in the trace, and no part of what makes it the same run."""
    path = tmp_path / "spans.jsonl"
    path.write_text("\n".join(map(json.dumps, otel())))
    (trace,) = read_traces(str(path))
    loaded = SkillMention(name="open-doors", how="loaded")
    assert set(trace.skills) == {*OFFERED, loaded}
    assert trace.hash == rebuild(trace, skills=()).hash


def test_observations_of_langfuse(tmp_path: Path) -> None:
    """The attribute lies with the others in the metadata."""
    attributes = {"langfuse.observation.skills_available": json.dumps(LISTED)}
    observation = {
        "id": "o",
        "traceId": "t",
        "type": "GENERATION",
        "startTime": "2026-11-30T08:00:00Z",
        "input": [{"role": "user", "content": "Open door D1 for me, please."}],
        "output": {"role": "assistant", "content": "It is open."},
        "metadata": {"attributes": attributes},
    }
    path = tmp_path / "trace.json"
    path.write_text(
        json.dumps({"id": "t", "timestamp": "2026-11-30T08:00:00Z", "observations": [observation]})
    )
    (trace,) = read_traces(str(path))
    assert trace.skills == OFFERED


@pytest.mark.parametrize(
    "told", ["", "[", "5", "[5, null]", '{"name": "a"}', '[{"name": 5}]', '[{"version": 2}]', "[[]]", None]
)
def test_what_is_no_list_of_skills(told: Any) -> None:
    """Nothing is read, and nothing fails."""
    assert skills_of({"langfuse.observation.skills_available": told}, failed=False) == ()


def test_a_call_that_failed_loaded_nothing() -> None:
    """The offer stands, the load does not."""
    attributes = {"langfuse.observation.skills_available": LISTED, "gen_ai.skill.name": "open-doors"}
    assert {each.how for each in skills_of(attributes, failed=True)} == {"offered"}
    assert {each.how for each in skills_of(attributes, failed=False)} == {"offered", "loaded"}
