"""The page on evaluation says what is so."""

import re
from pathlib import Path

from tests.evaluation.agents import runner
from trace2skill.evaluation.arms import NONE, fixed
from trace2skill.evaluation.gate import GateSettings, judge

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")


def test_the_suite_shown_is_one() -> None:
    """Its agent is helped by a skill that names the key, within ten pairs."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    made: dict[str, object] = {}
    exec(compile(code, "evaluation.md", "exec"), made)
    suite = made["suite"]
    found = judge(
        NONE,
        fixed("skill", "Use the key."),
        runner=runner(made["solve"], suite=suite),
        tasks=suite.tasks,
        settings=GateSettings(),
    )
    assert (found.verdict, found.pairs) == ("helps", 10)


def test_the_settings_are_as_told() -> None:
    """Level, harm budget and pairs of the checks."""
    settings = GateSettings()
    assert (settings.level, settings.harm_budget, settings.check_pairs) == (0.05, 0.05, 20)
