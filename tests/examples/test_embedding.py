"""The embedding examples run, offline, with a model that follows a script."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "embedding"


@pytest.fixture
def library(bundled_library: Path) -> Path:
    """The library of the bundled telecom traces."""
    return bundled_library


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ("agent_middleware", "offered: ['telecom-send-mms']"),
        ("agent_tool", 'tool: <skill-guidance name="telecom-send-mms">'),
        ("langgraph_node", 'guidance: <skill-guidance name="telecom-send-mms">'),
    ],
)
def test_an_example_uses_the_skill_that_fits(
    library: Path,
    example: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Run as a script over the demo's library, it prints what it was given."""
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setattr(sys, "argv", [example, str(library)])
    runpy.run_path(str(EXAMPLES / f"{example}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert says in printed
    assert "Please switch mobile data on." in printed


def test_the_compiled_tool_looks_and_asks(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It calls what it may, and has the user asked for the rest in one round."""
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setattr(sys, "argv", ["compiled_tool", str(library)])
    runpy.run_path(str(EXAMPLES / "compiled_tool.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "ask: ['get_customer_by_phone'" in printed
    assert "'check_sim_status'" in printed.partition("to ask: [")[2]


def test_the_client_example_reads_a_skill(library: Path) -> None:
    """It starts the server itself."""
    command = [sys.executable, str(EXAMPLES / "mcp_client.py"), str(library)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.startswith("found: ['telecom-send-mms'")
    assert '<skill-guidance name="telecom-send-mms">' in result.stdout


def test_the_recorder_example_learns_from_its_own_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last run is guided by what the runs before it taught."""
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setattr(sys, "argv", ["agent_recorder", str(tmp_path / "library")])
    runpy.run_path(str(EXAMPLES / "agent_recorder.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("D0: shut, the library cannot be used")
    assert lines[-2] == "distilled: ['house']"
    assert lines[-1].startswith("D9: opened, house scores")


def test_every_example_is_run() -> None:
    """A new one has to be added here."""
    found = {path.stem for path in EXAMPLES.glob("*.py")} - {"scripted"}
    assert found == {
        "agent_middleware",
        "agent_recorder",
        "agent_tool",
        "compiled_tool",
        "langgraph_node",
        "mcp_client",
    }
