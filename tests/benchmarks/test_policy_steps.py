"""Which steps of a written policy rules cover."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from tests.skills.findings import agent, fact, user
from trace2skill.claims.model import AllOf, Compare, Constant, CountTerm, FactTerm, Known, Never, Rule

BENCH = Path(__file__).resolve().parents[2] / "benchmarks"
RESET = user("reset_apn_settings")
WAS_RESET = Compare(left=CountTerm(action=RESET), operator=">", right=Constant(value=0))
AIRPLANE = Compare(left=Constant(value="✈️ Airplane Mode"), operator="in", right=FactTerm(key="status_bar"))


@pytest.fixture
def steps() -> ModuleType:
    """The module, imported as the script imports it."""
    return importlib.import_module("benchmarks.policy_steps")


def test_a_condition_is_written_part_by_part(steps: ModuleType) -> None:
    """Facts, counts, and what is known or was never done."""
    both = AllOf(parts=(AIRPLANE, WAS_RESET, Known(key="bill.status"), Never(action=RESET)))
    assert list(steps.parts(both)) == [
        "✈️ Airplane Mode in status_bar",
        "count(reset_apn_settings) > 0",
        "known bill.status",
        "never reset_apn_settings",
    ]


def test_twenty_two_steps_each_with_a_name(steps: ModuleType) -> None:
    """The file holds what is asked for, and no name twice."""
    assert len({step.name for step in steps.read_steps()}) == 22


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (Rule(when=AIRPLANE, then=user("toggle_airplane_mode")), ["airplane mode"]),
        (Rule(when=WAS_RESET, then=user("reboot_device")), ["restart after reset"]),
        (Rule(when=fact("bill.status", "Draft"), then=agent("enable_roaming")), []),
        (Rule(when=fact("network_mode_preference", "2g"), then=user("set_network_mode_preference")), []),
        (Rule(when=fact("line.data_used_gb", 15, ">"), then=agent("refuel_data")), []),
        (
            Rule(when=fact("line.data_used_gb", 15, ">"), then=agent("refuel_data", gb_amount=2.0)),
            ["data used up"],
        ),
    ],
)
def test_a_step_takes_its_tool_its_reason_and_its_arguments(
    steps: ModuleType, rule: Rule, names: list[str]
) -> None:
    """A deed for another reason, without its constant, or without a needed argument covers nothing."""
    assert steps.covered(steps.read_steps(), [rule]) == names
