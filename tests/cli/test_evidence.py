"""`trace2skill evidence`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.graph.errands import doors
from trace2skill.cli.main import build
from trace2skill.graph.run import distill


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library distilled from a few runs, some tasks held out."""
    distill(doors(24), library=tmp_path / "library", holdout=0.3)
    return tmp_path / "library"


def test_tables_and_page_are_written(library: Path, tmp_path: Path) -> None:
    """Everything lies in the folder, and the command lists it."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("jinja2")
    out = tmp_path / "out"
    result = CliRunner().invoke(build(), ["evidence", "--out", str(out), "--library", str(library)])
    assert result.exit_code == 0, result.output
    names = {path.name for path in out.iterdir()}
    assert names == {"claims.csv", "evidence.csv", "runs.csv", "index.html"}
    assert all(name in result.output for name in names)
    assert "True" in (out / "runs.csv").read_text(encoding="utf-8")


def test_an_unknown_skill_is_a_mistake(library: Path, tmp_path: Path) -> None:
    """As everywhere: exit code 4, nothing written."""
    arguments = ["evidence", "no-such", "--out", str(tmp_path / "out"), "--library", str(library)]
    assert CliRunner().invoke(build(), arguments).exit_code == 4
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written(library: Path, tmp_path: Path) -> None:
    """A file in its place: the message names it."""
    (tmp_path / "out").write_text("")
    result = CliRunner().invoke(
        build(), ["evidence", "--out", str(tmp_path / "out"), "--library", str(library)]
    )
    assert result.exit_code == 2
    assert "choose another folder with --out DIR" in result.output
