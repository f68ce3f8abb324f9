"""The page on embedding says what is so."""

import re
from pathlib import Path

import trace2skill

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")


def test_every_python_block_is_python() -> None:
    """It compiles, and imports from the package what the package has."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 9
    for block in blocks:
        compile(block, "embedding.md", "exec")
        for names in re.findall(r"^from trace2skill import (.+)$", block, re.MULTILINE):
            assert all(hasattr(trace2skill, name) for name in names.split(", "))


def test_the_settings_shown_exist(tmp_path: Path) -> None:
    """The middleware takes every argument of the example."""
    (call,) = re.findall(r"```python\n(SkillMiddleware\(.*?)```", PAGE, re.DOTALL)
    built = eval(call, {"SkillMiddleware": trace2skill.SkillMiddleware, "Wanted": trace2skill.Wanted})
    assert isinstance(built, trace2skill.SkillMiddleware)
