"""`solve` and `feedback` on the command line."""

import json
from pathlib import Path

import pytest

from tests.chat_server import chat_server
from tests.cli.conftest import Run

TOOL = '''
def peep(door: str) -> str:
    """Peep through a door."""
    return f"dark behind {door}"
'''


def test_without_a_model_the_guidance_is_printed(run: Run, library: Path) -> None:
    """On stdout; what it is about on stderr."""
    result = run("solve", "Open door D9.", "--library", library)
    assert result.exit_code == 0
    assert result.stdout.startswith('<skill-guidance name="house-doors">')
    assert "no model is configured." in result.stderr
    assert "receipt " in result.stderr


def test_feedback_takes_the_receipt(run: Run, library: Path) -> None:
    """A second time it is known."""
    receipt = json.loads(run("solve", "Open door D9.", "--library", library, "--json").stdout)["receipt"]
    first = run("feedback", receipt["id"], "--success", "--library", library)
    assert first.stdout == "helped: house-doors\n"
    assert run("feedback", receipt["id"], "--success", "--library", library).stdout == "Already known.\n"
    lines = json.loads(run("feedback", receipt["id"], "--failure", "--library", library, "--json").stdout)
    assert [(line["event"], line["skill"], line["version"]) for line in lines] == [
        ("harmed", "house-doors", 2)
    ]


def test_feedback_wants_an_outcome(run: Run, library: Path) -> None:
    """Neither is assumed."""
    assert run("feedback", "r1", "--library", library).exit_code == 2


def test_a_model_with_a_tool_answers(
    run: Run, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tool is named by its import name; a module in the working folder will do."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "peephole.py").write_text(TOOL)
    words = ("solve", "Open door D9.", "--library", library, "--model", "openai:m", "--tool", "peephole:peep")
    with chat_server({"content": "It is open."}) as chat:
        result = run(*words, "--base-url", chat.url)
    assert result.stdout == "It is open.\n"
    assert chat.asked[0]["tools"][0]["function"]["name"] == "peep"


@pytest.mark.parametrize("tool", ["ghost:peep", "json:ghost", ""])
def test_an_unknown_tool_is_wrong_usage(run: Run, library: Path, tool: str) -> None:
    """The message says how to name one."""
    result = run("solve", "Open door D9.", "--library", library, "--tool", tool)
    assert result.exit_code == 2
    assert "MODULE:NAME" in result.stderr


def test_a_model_that_is_down_has_its_exit_code(run: Run, library: Path) -> None:
    """5, and the message names the model."""
    with chat_server({"content": ""}, status=401) as chat:
        result = run(
            "solve", "Open door D9.", "--library", library, "--model", "openai:m", "--base-url", chat.url
        )
    assert result.exit_code == 5
    assert "openai:m" in result.stderr
