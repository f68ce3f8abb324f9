"""The import contracts of pyproject.toml hold, and see what they are meant to see."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.name for path in (ROOT / "src" / "trace2skill").iterdir() if path.is_symlink())


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts over the package in `folder`."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    env = {**os.environ, "PYTHONPATH": str(folder / "src")}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_contracts_hold() -> None:
    """No module imports against the direction of the layers, and slow libraries stay where they belong."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("claims/bad.py", "from trace2skill.skills import model", "Imports point one way"),
        ("store/bad.py", "from trace2skill.nodes import plan", "Imports point one way"),
        ("facts/bad.py", "from langgraph.graph import StateGraph", "From skills down"),
        ("store/bad.py", "import langgraph", "Only the graph and its nodes"),
        ("llm/bad.py", "from trace2skill.skills.model import Skill", "How a model is asked"),
        ("nodes/plan.py", "from trace2skill.nodes.mine import mine", "A node imports no other node"),
        ("nodes/bad.py", "def f():\n    import chromadb", "One file knows Chroma"),
        ("unplaced/__init__.py", "", "Imports point one way"),
    ],
)
def test_a_wrong_import_breaks_its_contract(tmp_path: Path, module: str, line: str, broken: str) -> None:
    """Contracts look through the symlinked folders, into functions, and at folders without a layer."""
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    wrong = tmp_path / "src" / "trace2skill" / module
    wrong.parent.mkdir(exist_ok=True)
    wrong.write_text(f"{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode != 0
    verdicts = [row for row in result.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(row.startswith(broken) for row in verdicts) or broken in result.stdout + result.stderr


def test_bare_imports_of_every_folder_are_banned() -> None:
    """`import graph` would load a second copy of `trace2skill.graph`: the linter refuses every folder."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    banned = config["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert sorted(banned) == FOLDERS


def test_the_ban_leaves_full_names_alone(tmp_path: Path) -> None:
    """Only the bare name is refused, not the module of that name inside the package."""
    source = tmp_path / "sample.py"
    source.write_text("import graph\nimport trace2skill.graph\nfrom trace2skill import traces\n")
    command = [str(Path(sys.executable).with_name("ruff")), "check", "--config", str(ROOT / "pyproject.toml")]
    options = ["--select", "TID251", "--output-format", "concise", "--no-cache", str(source)]
    result = subprocess.run(command + options, capture_output=True, text=True, check=False)
    assert [row.split(":")[1] for row in result.stdout.splitlines() if "TID251" in row] == ["1"]
