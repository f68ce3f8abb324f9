"""The root of the command line: help, exit codes, expected errors."""

import subprocess
import sys

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


def test_help_draws_nothing() -> None:
    """Asking for help does not load the library that draws tables: it would double the time."""
    code = (
        "import sys; from trace2skill.cli.main import main; sys.argv = ['trace2skill', 'distill', '--help']\n"
        "try: main()\nexcept SystemExit: print('rich' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "False"
