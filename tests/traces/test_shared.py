"""What is read of the real traces."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import Trace
from trace2skill.traces.read import Intake

MAPS = Path(__file__).parents[2] / "examples" / "maps"


def read_all(path: Any, name: str | None = None) -> tuple[list[Trace], Intake]:
    """The traces under a path, and what was reported."""
    intake = Intake(path, mapping=MAPS / f"{name}.toml" if name else None)
    return list(intake), intake


@pytest.mark.parametrize(
    ("path", "mapping", "labels"),
    [
        ("tau2/telecom_gpt-4.1.json", None, {"success": 18, "failure": 22}),
        ("tau2/retail_gpt-4.1.json", None, {"success": 34, "failure": 6}),
        ("tau_bench", None, {"success": 31, "failure": 69}),
        ("openai_chat_sft", None, {"unknown": 37}),
        ("webshop_react", "webshop", {"success": 87, "failure": 163}),
        ("scienceworld", "scienceworld", {"success": 20, "failure": 5}),
        ("textworldexpress", "textworldexpress", {"success": 20, "failure": 5}),
    ],
)
def test_every_trace_is_read(
    shared_traces: Path, path: Any, mapping: str | None, labels: dict[str, int]
) -> None:
    """The counts of the traces' own README, and no problem."""
    traces, intake = read_all(shared_traces / path, mapping)
    assert Counter(trace.outcome.label for trace in traces) == labels
    assert intake.problems == []


def test_most_telecom_calls_are_the_users(shared_traces: Path) -> None:
    """482 of 689."""
    traces, _ = read_all(shared_traces / "tau2" / "telecom_gpt-4.1.json")
    assert Counter(s.actor for t in traces for s in t.steps if s.action) == {"user": 482, "agent": 207}


def test_end_markers_are_gone(shared_traces: Path) -> None:
    """They tell how the run ended."""
    traces, _ = read_all([shared_traces / "tau2", shared_traces / "tau_bench"])
    assert not [
        t.id for t in traces if "###STOP" in t.model_dump_json() or "###TRANSFER" in t.model_dump_json()
    ]


def test_no_webshop_observation_tells_the_score(shared_traces: Path) -> None:
    """Neither the score nor the running averages of the log."""
    traces, _ = read_all(shared_traces / "webshop_react", "webshop")
    seen = [str(step.observation) for trace in traces for step in trace.steps]
    assert not [text for text in seen if "Your score" in text or text.endswith("-----")]
    assert all(trace.initial_observation for trace in traces)


@pytest.mark.parametrize(
    ("name", "errors"),
    [("scienceworld", 17), ("textworldexpress", 7)],
    ids=["scienceworld", "textworldexpress"],
)
def test_the_command_grammars_cover_every_command(shared_traces: Path, name: str | None, errors: int) -> None:
    """No command falls back to `text`; error replies are recognised; families are given."""
    traces, _ = read_all(shared_traces / name, name)
    actions = [step.action for trace in traces for step in trace.steps]
    assert not [action for action in actions if "text" in action.arguments]
    assert Counter(s.outcome for t in traces for s in t.steps)["error"] == errors
    assert all(trace.family and trace.task_key and trace.domain for trace in traces)
