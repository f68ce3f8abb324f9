"""Starting up is quick: slow libraries load only where they are used."""

import json
import resource
import subprocess
import sys

import pytest

SLOW = {
    "bm25s",
    "chromadb",
    "detect_secrets",
    "huggingface_hub",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "langgraph",
    "matplotlib",
    "mcp",
    "numpy",
    "openai",
    "pandas",
    "scipy",
    "sklearn",
    "tokenizers",
    "wordllama",
}

HELP = """
import sys
from trace2skill.cli.main import main
sys.argv = ["trace2skill", {arguments}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


REPORT = """
import json, sys
print()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a new interpreter holds after running `code`."""
    command = [sys.executable, "-c", f"{code}\n{REPORT}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import trace2skill", id="import"),
        pytest.param("import trace2skill\ndir(trace2skill)", id="dir"),
        pytest.param(HELP.format(arguments='"--help"'), id="help"),
        pytest.param(HELP.format(arguments='"distill", "--help"'), id="distill help"),
        pytest.param(HELP.format(arguments='"conform", "--help"'), id="conform help"),
        pytest.param(HELP.format(arguments='"skills", "--help"'), id="skills help"),
        pytest.param(HELP.format(arguments='"mcp", "--help"'), id="mcp help"),
        pytest.param(HELP.format(arguments='"solve", "--help"'), id="solve help"),
        pytest.param(HELP.format(arguments='"validate", "--help"'), id="validate help"),
        pytest.param(HELP.format(arguments='"eval", "--help"'), id="eval help"),
        pytest.param(HELP.format(arguments='"ui", "--help"'), id="ui help"),
        pytest.param("import trace2skill.evaluation.suite", id="suite"),
    ],
)
def test_nothing_slow_is_loaded(code: str) -> None:
    """Importing the package and asking for help leave every slow library alone."""
    assert loaded_by(code) & SLOW == set()


def test_the_guard_sees_what_is_loaded() -> None:
    """The guard above would notice a slow library."""
    assert loaded_by("import numpy") & SLOW == {"numpy"}


def test_help_is_quick() -> None:
    """`--help` takes less than 0.3 s of processor time, the best of five: the machine may be busy."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "trace2skill", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3, spent
