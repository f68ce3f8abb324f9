"""A skill that acts on what it shows."""

from benchmarks.held_out.visible import shown
from tests.skills.examples import ROAMING_OFF, roaming_skill
from trace2skill.claims.model import ActionPattern, Known, Rule
from trace2skill.evidence.policy import FactSource, Policy
from trace2skill.policies.knowledge import visible_rules

ENABLE = Rule(when=ROAMING_OFF, then=ActionPattern(tool="enable_roaming"))
UNSHOWN = Rule(when=Known(key="line.line_id"), then=ActionPattern(tool="reboot"))
POLICY = Policy(
    rules=(UNSHOWN, ENABLE),
    readings=(FactSource(key="line.roaming", by=ActionPattern(tool="get_line")),),
    goals=(Known(key="line.signal"),),
    last=(ActionPattern(tool="transfer_to_human"),),
)


def test_what_is_not_shown_is_not_acted_on() -> None:
    """Of two rules of the policy one is stated; how facts are read and what ends a run stays."""
    policy = shown(roaming_skill(policy=POLICY)).policy
    assert policy.rules == (ENABLE,)
    assert (policy.readings, policy.goals, policy.last) == (POLICY.readings, POLICY.goals, POLICY.last)


def test_notes_and_pitfalls_are_no_when_rules() -> None:
    """Of the three rules shown one says when to do something."""
    assert len(roaming_skill().rules) == 3
    assert visible_rules(roaming_skill()) == (ENABLE,)
