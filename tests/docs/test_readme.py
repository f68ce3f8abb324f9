"""The README's examples run and say what is so."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Copied into an empty folder beside the bundled traces, it distils and finds the right skill."""
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 4
    assert printed[-1].split()[0] == "telecom-send-mms"


def test_the_playbook_shown_is_the_one_found(bundled_library: Path) -> None:
    """The parts of a skill, between dots, are what distilling the bundled traces gives."""
    from trace2skill import Library
    from trace2skill.skills.playbook import to_markdown

    with Library(bundled_library) as library:
        shown = to_markdown(library.skill("telecom-send-mms").skill, 1)
    (excerpt,) = re.findall(r"```markdown\n(.*?)```", README, re.DOTALL)
    flowing = " ".join(shown.split())
    assert all(" ".join(part.split()) in flowing for part in excerpt.split("\n...\n"))
