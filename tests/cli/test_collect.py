"""`trace2skill collect` as a user types it. The server itself: tests/collector."""

from pathlib import Path

import pytest
import typer

from tests.cli.conftest import Run
from trace2skill.cli.collect import size


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("500000", 500_000), ("64kB", 64_000), ("16MB", 16_000_000), ("1.5 g", 1_500_000_000)],
)
def test_sizes_have_units(text: str, bytes_: int) -> None:
    """Of a thousand each."""
    assert size(text) == bytes_


@pytest.mark.parametrize("text", ["", "0", "-1", "much", "16MiB", "1e6"])
def test_other_sizes_are_refused(text: str) -> None:
    """With what to write instead."""
    with pytest.raises(typer.BadParameter, match="16MB"):
        size(text)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "0.0.0.0"], "TRACE2SKILL_COLLECT_TOKEN"),
        (["--max-body", "2MB", "--max-pending", "1MB"], "--max-pending"),
        (["--max-file", "much"], "much"),
    ],
)
def test_wrong_usage_is_one_message(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], told: str
) -> None:
    """With the exit code of wrong usage, and nothing is made."""
    monkeypatch.delenv("TRACE2SKILL_COLLECT_TOKEN", raising=False)
    result = run("collect", "--out", tmp_path / "out", "--port", 0, *options)
    assert result.exit_code == 2
    assert told in result.output
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder(run: Run, tmp_path: Path) -> None:
    """The exit code of input that cannot be used."""
    (tmp_path / "out").write_text("")
    result = run("collect", "--out", tmp_path / "out", "--port", 0)
    assert result.exit_code == 3
    assert str(tmp_path / "out") in result.output
