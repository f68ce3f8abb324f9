"""`trace2skill traces`: what was understood, before anything is distilled."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.graph.errands import doors, write
from tests.traces.otel_spans import write as lines
from tests.traces.readers import test_langsmith, test_mlflow
from trace2skill.traces.model import Trace, to_json


def test_it_shows_what_was_understood(run: Run, runs: Path) -> None:
    """Counts, outcomes, families, tools, and the first trace."""
    text = run("traces", runs).stdout
    for part in (
        "16 traces from 1 file",
        "failure 8, success 8",
        "doors 8, lamps 8",
        "unlock",
        "trace door-0-True",
    ):
        assert part in text


def test_json_holds_the_same(run: Run, runs: Path) -> None:
    """Counts, families, problems and the trace as one JSON value."""
    shown = json.loads(run("traces", runs, "--json").stdout)
    assert shown["intake"]["read"] == 16
    assert shown["overview"]["outcomes"] == {"failure": 8, "success": 8}
    assert shown["task_families"] == {"doors": 8, "lamps": 8}
    assert shown["trace"]["id"] == "door-0-True"


def test_the_trace_to_show_goes_by_number_or_id(run: Run, runs: Path) -> None:
    """Numbers count from 1."""
    assert "trace door-0-False" in run("traces", runs, "--show", "2").stdout
    assert "trace lamp-3-True" in run("traces", runs, "--show", "lamp-3-True").stdout
    missing = run("traces", runs, "--show", "17")
    assert missing.exit_code == 3
    assert "--show" in missing.stderr


def test_secrets_are_not_shown(run: Run, tmp_path: Path) -> None:
    """What is shown went through redaction."""
    key = "sk-" + "4f9aB7Qz" * 6
    path = write(tmp_path / "runs.jsonl", [doors(1)[0].model_copy(update={"task": f"The key is {key}"})])
    result = run("traces", path)
    assert "<secret:" in result.stdout
    assert key not in result.output


def test_control_characters_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    """A trace cannot steer the terminal that shows it."""
    path = write(tmp_path / "runs.jsonl", [doors(1)[0].model_copy(update={"family": "red \x1b[31m door"})])
    assert "\x1b" not in run("traces", path).stdout


def test_unreadable_input_is_one_message(run: Run, tmp_path: Path) -> None:
    """Nothing could be read: the first problem is named, exit code 3."""
    (tmp_path / "notes.txt").write_text("no traces here\n")
    result = run("traces", tmp_path)
    assert result.exit_code == 3
    assert "notes.txt" in result.stderr


@pytest.mark.parametrize("command", ["traces", "distill"])
def test_traces_without_a_tool_call_are_told(run: Run, tmp_path: Path, command: str) -> None:
    """A session whose calls were not understood is no empty success."""
    (tmp_path / "talk.json").write_text(
        '[{"role": "user", "content": "Please open the door"}, {"role": "assistant", "content": "Done."}]'
    )
    library = ["--library", tmp_path / "library"] if command == "distill" else []
    result = run(command, tmp_path / "talk.json", *library)
    assert "1 of the 1 traces read hold no tool call" in result.stderr


def test_it_shows_how_outcomes_were_told(run: Run, tmp_path: Path) -> None:
    """By origin, with the files that belong to others; a session without a call is warned of."""
    for name, said in (("a", "Thanks!"), ("b", "That's wrong."), ("c", "And the rest?")):
        common = {"sessionId": name, "cwd": "/w/shop"}
        rows = [
            {"type": "user", "uuid": "1", "message": {"content": f"Please fix the parser {name}."}, **common},
            {"type": "assistant", "uuid": "2", "message": {"id": "m", "content": "Done."}, **common},
            {"type": "user", "uuid": "3", "message": {"content": said}, **common},
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    agent = {
        "type": "user",
        "uuid": "x",
        "sessionId": "a",
        "isSidechain": True,
        "message": {"content": "look"},
    }
    (tmp_path / "a" / "subagents").mkdir(parents=True)
    (tmp_path / "a" / "subagents" / "agent-1.jsonl").write_text(json.dumps(agent))
    result = run("traces", tmp_path)
    for part in (
        "3 traces from 4 files",
        "1 file read with another one",
        "a rule rule correction: the user's last word",
        "a rule rule thanks: the user's last word",
        "nobody no rule decides",
    ):
        assert part in " ".join(result.stdout.split())
    assert "3 of the 3 traces read hold no tool call" in " ".join(result.stderr.split())


def test_a_folder_of_many_formats(run: Run, tmp_path: Path) -> None:
    """Counts by format, who decided the outcomes, what is in no trace, and what was not read."""
    lines(tmp_path / "a-runs.jsonl", test_langsmith.RUNS)
    lines(tmp_path / "b-feedback.jsonl", [{"run_id": test_langsmith.ROOT, "key": "success", "score": 1}])
    lines(tmp_path / "c-traces.jsonl", [test_mlflow.trace(test_mlflow.feedback("success", value=False))])
    lines(tmp_path / "d-talk.jsonl", [{"messages": [{"role": "user", "content": "Is anybody here?"}]}])
    (tmp_path / "e-notes.txt").write_text("no traces here")
    text = run("traces", tmp_path).stdout
    rows = [" ".join(row.split()) for row in text.splitlines()]
    assert "3 traces from 5 files, 0 duplicates, 0 records rejected, 1 file skipped." in rows
    assert "1 file of feedback, scores or annotations beside them." in rows
    assert "langsmith 1 1 0 3 1 1" in rows
    assert "mlflow 1 1 0 2 2 2" in rows
    assert "openai-chat 1 0 1 1 0 0" in rows
    assert "outcome failure 1, success 1, unknown 1" in rows
    assert "the data assessment success mlflow 1" in rows
    assert "the data feedback success >= 1 langsmith 1" in rows
    assert "nobody the format has none openai-chat 1" in rows
    assert "- mlflow: 1 spans of kind retriever (neither a model's call nor a tool's)" in rows
    shown = json.loads(run("traces", tmp_path, "--json").stdout)
    assert [each["name"] for each in shown["overview"]["by_format"]] == ["langsmith", "mlflow", "openai-chat"]
    assert shown["intake"]["dropped"] == {"mlflow": {"spans of kind retriever": 1}}


def test_long_advice_is_given_once(run: Run, tmp_path: Path) -> None:
    """For people; programs get every problem whole."""
    lines(tmp_path / "a-talk.jsonl", [{"messages": [{"role": "user", "content": "Is anybody here?"}]}])
    for name in ("b", "c", "d"):
        (tmp_path / f"{name}.txt").write_text("no traces here")
    text = " ".join(run("traces", tmp_path).stdout.split())
    assert (text.count("no reader recognises"), text.count("Known formats:"), text.count("As above.")) == (
        3,
        1,
        2,
    )
    problems = json.loads(run("traces", tmp_path, "--json").stdout)["problems"]
    assert all("Known formats:" in each for each in problems)


def test_the_score_that_decides_is_chosen(run: Run, tmp_path: Path) -> None:
    """By its name; an unknown unit is refused where the option is."""
    lines(tmp_path / "runs.jsonl", [test_mlflow.trace(test_mlflow.feedback("polite", value=True))])
    assert "outcome  unknown 1" in run("traces", tmp_path).stdout
    assert "outcome  success 1" in run("traces", tmp_path, "--score", "polite").stdout
    refused = run("traces", tmp_path, "--unit", "day")
    assert (refused.exit_code, "--unit" in refused.stderr) == (2, True)


def test_what_is_shown_is_as_redacted_as_one_asks_for(run: Run, tmp_path: Path) -> None:
    """People are hidden unless something else is typed; a level that is none is refused."""
    trace = Trace(id="a", task="mail mia@example.com, my password is hunter2hunter2")
    (tmp_path / "runs.jsonl").write_bytes(to_json(trace))
    shown = {
        level: run("traces", tmp_path, *level).stdout
        for level in ((), ("--redact", "secrets"), ("--redact", "off"))
    }
    assert ["mia@example.com" in text for text in shown.values()] == [False, True, True]
    assert ["hunter2" in text for text in shown.values()] == [False, False, True]
    assert run("traces", tmp_path, "--redact", "none").exit_code == 2
