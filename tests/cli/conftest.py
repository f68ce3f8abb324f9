"""The command line as a user types it, in this process."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.graph.errands import doors, lamps, write
from trace2skill.cli.main import build

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("skills", "list")` is what the command prints and how it exits. The environment is empty."""
    for name in ("TRACE2SKILL_LIBRARY", "TRACE2SKILL_EMBEDDING", "TRACE2SKILL_MODEL"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*words: object, **options: object) -> Result:
        return CliRunner().invoke(build(), [str(word) for word in words], **options)  # type: ignore[arg-type]

    return invoke


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A file with eight runs of each family."""
    return write(tmp_path / "runs.jsonl", doors() + lamps())


@pytest.fixture
def library(two_families: Path, tmp_path: Path) -> Path:
    """A library with `house-doors` in two versions and `house-lamps` in one."""
    return Path(shutil.copytree(two_families, tmp_path / "library"))
