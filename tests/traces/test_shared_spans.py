"""What is read of real exports of spans, against counts by hand and against what the files say."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.traces.otel_spans import shown
from trace2skill.traces.model import StepOutcome, Trace
from trace2skill.traces.read import Intake

GREEN_PAINT = (
    "Your task is to use chemistry to create green paint. When you are done, focus on the green paint."
)
ANIMAL = (
    "Your task is to find a(n) animal. First, focus on the thing. "
    "Then, move it to the red box in the kitchen."
)
FIRST = [
    ("user", ANIMAL, None),
    ("agent", "open door to kitchen", "The door is already open."),
    ("agent", "go to kitchen", "You move to the kitchen."),
    ("agent", "open door to outside", "The door is already open."),
    ("agent", "go to outside", "You move to the outside."),
    ("agent", "look around", None),
    ("agent", "focus on dove", "You focus on the dove egg."),
    ("agent", "pick up dove", "You move the dove to the inventory."),
    ("agent", "open door to kitchen", "The door is already open."),
    ("agent", "go to kitchen", "You move to the kitchen."),
    ("agent", "move egg dove egg in inventory to red box", "You move the dove to the red box."),
    ("agent", "Finished with score 100.", None),
]
"""The first run of the LangSmith and OpenInference samples, copied out of its messages by hand."""


def read_all(path: Path, **options: Any) -> tuple[list[Trace], Intake]:
    """The traces under a path, and what was reported."""
    source = Intake(path, **options)
    return list(source), source


def acted(trace: Trace) -> list[Any]:
    """The steps as in `FIRST`: the tool's argument, or what was said; a long look around is left out."""
    return [
        (
            step.actor.value,
            step.action.arguments["action"] if step.action else step.text,
            step.observation if len(str(step.observation)) < 100 else None,
        )
        for step in trace.steps
    ]


def rows(path: Path) -> list[Any]:
    """The values of JSON lines."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_langsmith(shared_traces: Path) -> None:
    """12 runs with 114 model and 106 tool runs; 12 messages of users; 4 runs broke off in their last tool."""
    traces, source = read_all(shared_traces / "langsmith")
    assert acted(traces[0]) == FIRST
    assert (len(traces), sum(len(trace.steps) for trace in traces)) == (12, 12 + 106 + 8)
    assert Counter(trace.outcome.label.value for trace in traces) == {"success": 8, "failure": 4}
    assert {trace.outcome.score for trace in traces} == {1.0, 0.25, 0.13, 0.5}
    assert (source.problems, source.summary.judging) == ([], 1)
    broken = [trace.steps[-1] for trace in traces if trace.outcome.label.value == "failure"]
    assert [(step.observation, step.outcome) for step in broken] == [
        ("ValueError: No known action matches that input.", StepOutcome.ERROR)
    ] * 4


def test_every_tool_run_of_langsmith_is_a_step(shared_traces: Path) -> None:
    """With the arguments and the content that the runs themselves hold, in dotted order."""
    traces, _ = read_all(shared_traces / "langsmith" / "runs.jsonl")
    tools = [run for run in rows(shared_traces / "langsmith" / "runs.jsonl") if run["run_type"] == "tool"]
    for trace in traces:
        mine = sorted(
            (run for run in tools if run["trace_id"] == trace.id), key=lambda run: run["dotted_order"]
        )
        steps = [step for step in trace.steps if step.action]
        assert [step.action.arguments for step in steps] == [run["inputs"] for run in mine]
        said = [run["outputs"]["output"]["content"] for run in mine if run["outputs"]]
        assert [step.observation for step in steps][: len(said)] == said


def test_openinference_gives_the_same_runs(shared_traces: Path) -> None:
    """The same 12 runs were recorded by both; the limit of 128 attributes cost 13 messages and no step."""
    traces, source = read_all(shared_traces / "openinference")
    other, _ = read_all(shared_traces / "langsmith" / "runs.jsonl")
    assert acted(traces[0]) == FIRST
    assert [shown(trace) for trace in traces] == [shown(trace) for trace in other]
    assert [trace.task for trace in traces] == [trace.task for trace in other]
    assert {tool.name for trace in traces for tool in trace.tools} == {"act"}
    assert source.problems == []
    assert source.summary.dropped["opentelemetry"]["messages that cannot be read"] == 13


def test_mlflow(shared_traces: Path) -> None:
    """6 traces of 119 tool spans; four are assessed as successes. Every span of a tool is a step."""
    traces, source = read_all(shared_traces / "mlflow")
    assert source.problems == []
    assert Counter((trace.outcome.label.value, trace.outcome.origin) for trace in traces) == {
        ("success", "assessment success"): 4,
        ("failure", "assessment success"): 2,
    }
    assert [len(trace.steps) for trace in traces] == [36, 29, 10, 12, 2, 30]
    paint = traces[4]
    assert (paint.task, acted(paint)) == (
        GREEN_PAINT,
        [
            ("agent", "move orange to workshop", "You move the orange to the workshop."),
            ("agent", "focus on art studio", "You focus on the art studio."),
        ],
    )
    for trace, row in zip(traces, rows(shared_traces / "mlflow" / "traces.jsonl"), strict=True):
        spans = [span["attributes"] for span in row["data"]["spans"] if span["name"] == "act"]
        assert [step.action.arguments for step in trace.steps] == [
            orjson.loads(attributes["mlflow.spanInputs"]) for attributes in spans
        ]
        assert [step.observation for step in trace.steps] == [
            orjson.loads(attributes["mlflow.spanOutputs"]) for attributes in spans
        ]


@pytest.mark.parametrize(
    ("name", "task", "steps"),
    [
        (
            "langgraph-2025-08-22",
            "Search the web for 'example' and summarize.",
            [
                ("user", "Be helpful!", None),
                ("user", "Search the web for 'example' and summarize.", None),
                (
                    "agent",
                    "Web-Search",
                    [{"url": "https://example.com", "title": "Example Result", "q": "example"}],
                ),
            ],
        ),
        (
            "microsoft-agent-2025-10-14",
            "What's the weather like in Portland?",
            [
                ("user", "What's the weather like in Portland?", None),
                ("agent", "get_weather", "The weather in Portland is stormy with a high of 19°C."),
                (
                    "agent",
                    "The weather in Portland is currently stormy with a high temperature of 19°C.",
                    None,
                ),
            ],
        ),
        (
            "openai-agents-2025-09-30",
            "What's the weather in Tokyo?",
            [
                ("user", "What's the weather in Tokyo?", None),
                ("agent", "get_weather", "The weather in Tokyo is sunny."),
            ],
        ),
    ],
)
def test_langfuse(shared_traces: Path, name: str, task: str, steps: list[Any]) -> None:
    """One call each; the last words of two are cut here. The scores say nothing of success."""
    (trace,), source = read_all(shared_traces / "langfuse" / f"{name}.json")
    assert trace.task == task
    assert shown(trace)[: len(steps)] == steps
    assert len(trace.steps) == (4 if name.startswith("langgraph") else 3)
    assert trace.steps[-1].text
    assert len(trace.tools) == 1
    assert trace.tools[0].parameters["properties"]
    assert (trace.outcome.label.value, source.problems) == ("unknown", [])
    assert "hallucination, toxicity" in trace.outcome.origin


def test_a_score_can_be_chosen(shared_traces: Path) -> None:
    """The three exports are scored 0.1, 1 and 0 for hallucination."""
    traces, _ = read_all(shared_traces / "langfuse", score="hallucination")
    assert [(trace.outcome.label.value, trace.outcome.score) for trace in traces] == [
        ("failure", 0.1),
        ("success", 1.0),
        ("failure", 0.0),
    ]
