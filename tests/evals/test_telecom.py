"""The telecom evaluation: needs the environment, and says so without it."""

import importlib.util
import sys

import pytest

from trace2skill.errors import SettingError
from trace2skill.evals.world import recorder

pytestmark = pytest.mark.filterwarnings("ignore")


def test_without_the_environment_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package ends in a message that says what to install."""
    monkeypatch.setitem(sys.modules, "inspect_ai.model", None)
    monkeypatch.delitem(sys.modules, "environment", raising=False)
    with pytest.raises(SettingError, match="pip install inspect-evals"):
        recorder("environment")


@pytest.mark.heavy
@pytest.mark.skipif(not importlib.util.find_spec("inspect_evals"), reason="needs inspect-evals")
def test_skills_from_twenty_demonstrations_solve_most_held_out_tasks() -> None:
    """Distilled by the general pipeline, executed on tasks it never saw."""
    from trace2skill.evals.telecom import Bench

    assert Bench().measure(20, 0).success >= 0.75
