"""Which claims are stop conditions."""

import pytest

from tests.building import act, run
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
from trace2skill.mining.codes import measured_codes
from trace2skill.mining.pool import Pool
from trace2skill.mining.tautologies import Tautologies

WON = Compare(left=FactTerm(key="look.light"), operator="=", right=Constant(value="green"))


def pool() -> Pool:
    """Runs that read a light and submit; it is green in just those that succeed."""
    runs = []
    for task in range(4):
        for success in (True, False):
            light = act("look", {"light": "green" if success else "red", "wind": "calm"})
            runs.append(
                run(light, act("submit", "ok"), name=f"{task}-{success}", key=str(task), success=success)
            )
    return Pool("lights", runs)


def told(claim: Claim) -> bool:
    """Whether the claim is told to be a stop condition of that pool."""
    lights = pool()
    return Tautologies.of(lights).is_stop_condition(claim, measured_codes(claim, lights.views))


@pytest.mark.parametrize(
    "claim",
    [
        Closing(require=Known(key="look.wind")),
        Rule(when=Known(key="episode.score"), then=ActionPattern(tool="look")),
        Guard(action=ActionPattern(tool="look"), require=Known(key="task_reward.reward")),
        Guard(action=ActionPattern(tool="submit"), require=WON),
    ],
)
def test_stop_conditions(claim: Claim) -> None:
    """About the end, about a score, or true of the last step in just the runs that succeeded."""
    assert told(claim)


@pytest.mark.parametrize(
    "claim",
    [
        Guard(action=ActionPattern(tool="submit"), require=Known(key="look.wind")),
        Guard(action=ActionPattern(tool="look"), require=WON),
        Rule(when=WON, then=ActionPattern(tool="submit")),
        Rule(when=Known(key="user.successor"), then=ActionPattern(tool="look")),
    ],
)
def test_not_stop_conditions(claim: Claim) -> None:
    """A guard that failures keep too, one before the end, a rule, a word that only looks like a score."""
    assert not told(claim)
