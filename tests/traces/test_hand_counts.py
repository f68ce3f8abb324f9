"""Steps, calls, arguments, observations and outcomes of real files, counted here from the raw JSON alone.

The counts know nothing of the readers: a message is a step, or as many as it makes calls; a result is an
observation.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trace2skill.traces.read import Intake

MARKERS = re.compile(r"###[A-Z-]+###")
"""How simulated users end a talk: no words of theirs."""


class Counts(NamedTuple):
    """How many there are in a file; `steps` is None where spans do not tell without their messages."""

    runs: int
    steps: int | None
    calls: int
    argued: int
    observed: int
    good: int = 0
    bad: int = 0


Run = Iterator[tuple[int, list[Any], int]]
"""For each message: whether it says something, the arguments of its calls, its results."""


def counted(runs: list[Run], good: int = 0, bad: int = 0) -> Counts:
    """The counts of runs of messages."""
    messages = [list(run) for run in runs]
    every = [each for run in messages for each in run]
    calls = [call for _, given, _ in every for call in given]
    return Counts(
        len(runs),
        sum(max(said, len(given)) for said, given, _ in every),
        len(calls),
        sum(bool(call) and call != "{}" for call in calls),
        sum(results for _, _, results in every),
        good,
        bad,
    )


def lines(path: Path) -> list[Any]:
    """The values of a file of lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def whole(path: Path) -> Any:
    """The value of a document."""
    return json.loads(path.read_text(encoding="utf-8"))


def chat(messages: list[dict[str, Any]]) -> Run:
    """Messages of OpenAI chat and its like."""
    for each in messages:
        if each["role"] in ("user", "assistant"):
            calls = [call.get("function", call).get("arguments") for call in each.get("tool_calls") or ()]
            yield int(bool(MARKERS.sub("", str(each.get("content") or "")).strip())), calls, 0
        elif each["role"] == "tool":
            yield 0, [], 1


def claude(rows: list[dict[str, Any]]) -> Run:
    """Rows of Claude Code; results are blocks of the user's messages."""
    for row in rows:
        blocks = row.get("message", {}).get("content", [])
        of = {kind: [b for b in blocks if b["type"] == kind] for kind in ("text", "tool_use", "tool_result")}
        yield int(bool(of["text"])), [call["input"] for call in of["tool_use"]], len(of["tool_result"])


def codex(rows: list[dict[str, Any]]) -> Run:
    """Rows of a rollout; of what is said twice the items count, else the events."""
    items = [row["payload"] for row in rows if row["type"] == "response_item"]
    for item in items:
        kind = item["type"]
        call = [item.get("arguments", item.get("input"))] if kind.endswith("_call") else []
        yield int(kind == "message"), call, int(kind.endswith("_output"))


def langchain(messages: list[dict[str, Any]]) -> Run:
    """Both serialisations of LangChain."""
    for each in messages:
        inner = each.get("data", each.get("kwargs"))
        kind = inner["type"]
        if kind in ("human", "ai"):
            calls = [call["args"] for call in inner.get("tool_calls") or ()]
            yield int(bool(inner["content"])), calls, 0
        elif kind == "tool":
            yield 0, [], 1


def of_langsmith(folder: Path) -> Counts:
    """Runs of tools, and the feedback beside them."""
    tools = [run for run in lines(folder / "runs.jsonl") if run["run_type"] == "tool"]
    scored = [each["score"] for each in lines(folder / "feedback.jsonl")]
    done = [run for run in tools if run.get("outputs") or run.get("error")]
    runs = {run["trace_id"] for run in lines(folder / "runs.jsonl")}
    return Counts(
        len(runs),
        None,
        len(tools),
        len(tools),
        len(done),
        sum(each >= 1 for each in scored),
        sum(each < 1 for each in scored),
    )


def of_openinference(path: Path) -> Counts:
    """Spans of tools."""
    spans = lines(path)
    tools = [span for span in spans if span["attributes"].get("openinference.span.kind") == "TOOL"]
    done = [span for span in tools if "output.value" in span["attributes"] or span["events"]]
    runs = {span["context"]["trace_id"] for span in spans}
    return Counts(len(runs), None, len(tools), len(tools), len(done))


def of_mlflow(path: Path) -> Counts:
    """Spans of tools, and the assessment of each trace."""
    rows = lines(path)
    spans = [span["attributes"] for row in rows for span in row["data"]["spans"]]
    tools = [each for each in spans if each["mlflow.spanType"] == '"TOOL"']
    said = [row["info"]["assessments"][0]["feedback"]["value"] for row in rows]
    done = [each for each in tools if "mlflow.spanOutputs" in each]
    return Counts(
        len(rows), len(tools), len(tools), len(tools), len(done), said.count(True), said.count(False)
    )


def of_tau(runs: list[Any], key: str, reward: Callable[[Any], float]) -> Counts:
    """Conversations, and the reward of each."""
    good = sum(reward(run) >= 1 for run in runs)
    return counted([chat(run[key]) for run in runs], good, len(runs) - good)


def of_swe(path: Path) -> Counts:
    """Pairs of a command and what it printed; the task is a step of its own."""
    trajectory = whole(path)["trajectory"]
    argued = sum(len(each["action"].split()) > 1 for each in trajectory)
    return Counts(1, len(trajectory) + 1, len(trajectory), argued, len(trajectory))


COUNTS: dict[str, Callable[[Path], Counts]] = {
    "claude_code": lambda folder: counted([claude(lines(folder / "representative_messages.jsonl"))]),
    "codex": lambda folder: counted([codex(lines(next(folder.glob("*.jsonl"))))]),
    "inspect/analysis__test_logs__2025-05-12T20-28-26-04-00_security-guide.json": lambda path: counted(
        [chat(each["messages"]) for each in whole(path)["samples"]],
        sum(each["scores"]["model_graded_fact"]["value"] == "C" for each in whole(path)["samples"]),
        sum(each["scores"]["model_graded_fact"]["value"] == "I" for each in whole(path)["samples"]),
    ),
    "langchain_messages": lambda folder: counted(
        [langchain(each["messages"]) for each in lines(folder / "messages.jsonl")],
        sum(each["success"] is True for each in lines(folder / "messages.jsonl")),
        sum(each["success"] is False for each in lines(folder / "messages.jsonl")),
    ),
    "langgraph_messages": lambda folder: counted([langchain(whole(next(folder.iterdir())))]),
    "langsmith": of_langsmith,
    "mlflow/traces.jsonl": of_mlflow,
    "openai_chat_sft": lambda folder: counted(
        [chat(each["messages"]) for each in lines(next(folder.iterdir()))]
    ),
    "openinference/spans.jsonl": of_openinference,
    "swe_agent/demonstrations__function_calling_simple.traj": lambda path: counted(
        [chat(whole(path)["history"])]
    ),
    "swe_agent/replay__marshmallow-code__marshmallow-1867__function_calling__marshmallow-code__"
    "marshmallow-1867.traj": of_swe,
    "tau2/retail_gpt-4.1.json": lambda path: of_tau(
        whole(path)["simulations"], "messages", lambda run: run["reward_info"]["reward"]
    ),
    "tau_bench": lambda folder: of_tau(whole(next(folder.iterdir())), "traj", lambda run: run["reward"]),
}


@pytest.mark.parametrize("name", COUNTS)
def test_what_is_read_is_what_is_there(shared_traces: Path, name: str) -> None:
    """Reader and hand agree."""
    source = Intake([shared_traces / name])
    traces = list(source)
    steps = [step for trace in traces for step in trace.steps]
    calls = [step for step in steps if step.action]
    labels = [trace.outcome.label.value for trace in traces]
    by_hand = COUNTS[name](shared_traces / name)
    assert source.problems == []
    assert by_hand == Counts(
        len(traces),
        len(steps) if by_hand.steps is not None else None,
        len(calls),
        sum(bool(step.action and step.action.arguments) for step in calls),
        sum(step.observation is not None for step in calls),
        labels.count("success"),
        labels.count("failure"),
    )
