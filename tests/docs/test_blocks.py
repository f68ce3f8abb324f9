"""The Python on the pages about retrieval, runs and models runs, and says what is so."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.graph.errands import doors, write
from trace2skill import distill

ROOT = Path(__file__).resolve().parents[2]


def run(page: str) -> dict[str, Any]:
    """What the one block of a page defines."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL)
    made: dict[str, Any] = {}
    exec(compile(code, page, "exec"), made)
    return made


def test_a_library_is_asked(bundled_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The skill for picture messages is offered first."""
    shutil.copytree(bundled_library, tmp_path / "skills-library")
    monkeypatch.chdir(tmp_path)
    assert run("retrieval.md")["found"].offered[0].skill == "telecom-send-mms"


def test_a_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was stopped while mining; now its skill is there."""
    monkeypatch.chdir(tmp_path)

    def stop(event: dict[str, Any]) -> None:
        if event["stage"] == "mine":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distill(doors(), library=".trace2skill", progress=stop)
    assert [each.name for each in run("runs.md")["report"].skills] == ["house-doors"]


def test_the_calls_are_counted_before_any_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No server listens at the address; the dry run asks none."""
    (tmp_path / "runs").mkdir()
    write(tmp_path / "runs" / "doors.jsonl", doors())
    monkeypatch.chdir(tmp_path)
    planned = run("models.md")["report"].calls_planned["calls"]
    assert planned == 9
    assert "'calls': 9" in capsys.readouterr().out
