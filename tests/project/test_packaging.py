"""The top-level folders are parts of one package: nothing is forgotten, nothing generic is installed."""

import json
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "trace2skill"


def test_every_top_level_package_is_linked() -> None:
    """A folder of the package at the top level becomes `trace2skill.<folder>` by a symlink."""
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks"}
    links = {path.name: path.readlink() for path in PACKAGE.iterdir() if path.is_symlink()}
    assert links == {name: Path("../..") / name for name in folders}


def test_every_folder_of_code_is_a_package() -> None:
    """Packages are found by their `__init__.py`: a folder without one would be missing from the wheel."""
    folders = {
        Path(folder)
        for folder, _, files in os.walk(PACKAGE, followlinks=True)
        if any(name.endswith(".py") for name in files)
    }
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_git_stores_the_links() -> None:
    """Git keeps each link as a link (mode 120000), not as a copy of what it points to."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "--stage", "src"]
    rows = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    stored = {row.split("\t")[1] for row in rows if row.startswith("120000")}
    assert stored == {f"src/trace2skill/{path.name}" for path in PACKAGE.iterdir() if path.is_symlink()}


def test_development_tools_never_ship() -> None:
    """Groups stay out of the wheel's metadata; langgraph-api's licence requires that it does."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    shipped = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    assert [
        name for name in shipped if name.startswith(("langgraph-api", "langgraph-cli", "pytest", "torch"))
    ] == []


def test_the_graphs_of_langgraph_json_exist() -> None:
    """Each is named in module form and makes a compiled graph without a checkpointer of its own."""
    graphs = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
    for target in graphs.values():
        module, _, name = target.partition(":")
        for running in (None, object()):
            runtime = SimpleNamespace(execution_runtime=running)
            assert getattr(import_module(module), name)(runtime).checkpointer is None


@pytest.mark.heavy
def test_type_checkers_see_the_package_from_any_folder(tmp_path: Path) -> None:
    """Run elsewhere, mypy --strict passes a right use of the installed package and refuses a wrong one."""
    right = (
        "from trace2skill import Library, distill\n\nprint(distill('runs', library='lib').skills, Library)\n"
    )
    (tmp_path / "use.py").write_text(right)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "use.py"]
    passed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stdout
    (tmp_path / "use.py").write_text(right.replace("library='lib'", "libary='lib'"))
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "libary" in refused.stdout
