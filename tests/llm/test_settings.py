"""Settings from arguments and from the environment."""

import pytest

from trace2skill.errors import SettingError
from trace2skill.llm.settings import ModelSettings


def test_the_environment_fills_what_was_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """An explicit argument beats it, also a falsy one."""
    monkeypatch.setenv("TRACE2SKILL_MODEL", "openai:a")
    monkeypatch.setenv("TRACE2SKILL_MAX_CALLS", "5")
    monkeypatch.setenv("TRACE2SKILL_PRICE", "0.4,1.6")
    found = ModelSettings.from_environment(max_calls=0, base_url=None)
    assert (found.model, found.max_calls, found.price) == ("openai:a", 0, (0.4, 1.6))


@pytest.mark.parametrize("value", ["cheap", "1", "1,-2"])
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """With what is wrong about it."""
    monkeypatch.setenv("TRACE2SKILL_PRICE", value)
    with pytest.raises(SettingError, match=r"^TRACE2SKILL_PRICE: "):
        ModelSettings.from_environment()


def test_a_bad_argument_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the variable that it beats."""
    monkeypatch.setenv("TRACE2SKILL_MAX_CALLS", "5")
    with pytest.raises(SettingError, match=r"^max_calls: "):
        ModelSettings.from_environment(max_calls=-1)


def test_settings_that_disagree_say_so() -> None:
    """A limit in money needs a price."""
    with pytest.raises(SettingError, match="max_cost needs price"):
        ModelSettings.from_environment(max_cost=1)
