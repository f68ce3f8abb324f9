"""The root of the command line: help, exit codes, expected errors."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

from tests.cli.conftest import Run
from trace2skill import errors
from trace2skill.cli.main import EPILOG


def test_help_documents_the_exit_codes(run: Run) -> None:
    """Every exit code of an expected error is listed."""
    result = run("--help")
    assert result.exit_code == 0
    kinds = (errors.Trace2SkillError, errors.SettingError, errors.InputError, errors.LibraryError)
    for kind in kinds:
        assert f"    {kind.exit_code}  " in result.stdout
    assert "Exit codes:" in EPILOG


def test_no_arguments_show_the_help(run: Run) -> None:
    """Usage, and the exit code of wrong usage."""
    result = run()
    assert result.exit_code == 2
    assert "Usage: " in result.output


@pytest.mark.parametrize("words", [("-h",), ("distill", "-h"), ("skills", "-h"), ("skills", "list", "-h")])
def test_the_short_option_shows_the_help(run: Run, words: tuple[str, ...]) -> None:
    """Of every command."""
    result = run(*words)
    assert result.exit_code == 0
    assert "-h, --help" in result.stdout


def test_the_version(run: Run) -> None:
    """Of the package that is installed."""
    assert run("--version").stdout == f"trace2skill {version('trace2skill')}\n"


@pytest.mark.parametrize(
    ("words", "kind", "code", "says"),
    [
        (("distill", "no-such-file"), "InputError", 3, "no-such-file"),
        (("distill",), "SettingError", 2, "PATH"),
        (("distill", "x", "--bogus"), "UsageError", 2, "--bogus"),
        (("distill", "x", "--workers", "0"), "UsageError", 2, "--workers"),
        (("skills", "show", "x", "--library", "no-such-folder"), "LibraryError", 4, "no library"),
    ],
)
def test_a_mistake_is_json_where_json_was_asked_for(
    run: Run, words: tuple[str, ...], kind: str, code: int, says: str
) -> None:
    """One value on stdout, nothing on stderr, and the same exit code."""
    assert run(*words).exit_code == code
    result = run(*words, "--json")
    assert (result.exit_code, result.stderr) == (code, "")
    error = json.loads(result.stdout)["error"]
    assert (error["kind"], error["exit_code"]) == (kind, code)
    assert says in error["message"]


def test_help_draws_nothing() -> None:
    """Asking for help does not load the library that draws tables: it would double the time."""
    code = (
        "import sys; from trace2skill.cli.main import main; sys.argv = ['trace2skill', 'distill', '--help']\n"
        "try: main()\nexcept SystemExit: print('rich' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "False"
