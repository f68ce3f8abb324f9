"""Which claims are stop conditions."""

import pytest

from trace2skill.claims.model import (
    ActionPattern,
    Claim,
    Closing,
    Compare,
    Constant,
    FactTerm,
    Guard,
    Known,
    Rule,
)
from trace2skill.mining.lifts import is_stop_condition

LOOK = ActionPattern(tool="look")
GREEN = Compare(left=FactTerm(key="look.light"), operator="=", right=Constant(value="green"))


@pytest.mark.parametrize(
    "claim",
    [
        Closing(require=Known(key="look.wind")),
        Rule(when=Known(key="episode.score"), then=LOOK),
        Guard(action=LOOK, require=Known(key="task_reward.reward")),
    ],
)
def test_stop_conditions(claim: Claim) -> None:
    """About the end of the run, or about a score."""
    assert is_stop_condition(claim)


@pytest.mark.parametrize(
    "claim",
    [
        Guard(action=LOOK, require=Known(key="look.wind")),
        Rule(when=GREEN, then=LOOK),
        Rule(when=Known(key="user.successor"), then=LOOK),
        Rule(when=Known(key="task.score"), then=LOOK),
    ],
)
def test_not_stop_conditions(claim: Claim) -> None:
    """Guards and rules on the world, a word that only looks like a score, a score that the task names."""
    assert not is_stop_condition(claim)
