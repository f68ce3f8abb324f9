"""Which tier a claim's own rows earn."""

from typing import Any

import pytest

from trace2skill.claims.evidence import Lift, Summary, Support, Table, Tier
from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Claim,
    Closing,
    Compare,
    Constant,
    Effect,
    FactTerm,
    Guard,
    Known,
    Milestones,
    Rule,
    Sequence,
)
from trace2skill.claims.statistics import contrast
from trace2skill.claims.tiers import (
    Thresholds,
    corroborates,
    exceeds,
    raises_success,
    rarely_done,
    tier,
    undercuts,
)

PAY, CHECK, READ = ActionPattern(tool="pay"), ActionPattern(tool="check"), Known(key="bill.status")
EFFECT = Effect(action=PAY, after=READ)
SEQUENCE = Sequence(actions=(CHECK, PAY))
AVOID = Avoid(action=PAY, when=READ)
RULE = Rule(when=READ, then=PAY)
GUARD = Guard(action=PAY, require=READ)
VALUE_GUARD = Guard(
    action=PAY,
    require=Compare(left=FactTerm(key="bill.status"), operator="=", right=Constant(value="due")),
)
MILESTONES = Milestones(actions=(CHECK, PAY))
CLOSING = Closing(require=READ)

LIKELIER, AS_LIKELY = Table(9, 10, 5, 50), Table(5, 10, 25, 50)
RAISES = Lift(informative=3, odds_ratio=4.0, p=0.01)
LOWERS = Lift(informative=3, odds_ratio=0.2, p=0.01)
SILENT = Lift(informative=3, odds_ratio=4.0, p=0.3)


def summary(held: int, of: int = 10, tasks: int = 5, **found: Any) -> Summary:
    """A summary with so many holds; tables become contrasts."""
    contrasts = {name: contrast([it]) if isinstance(it, Table) else it for name, it in found.items()}
    return Summary(support=Support(opportunities=of, held=held, traces=tasks, tasks=tasks), **contrasts)


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        (EFFECT, summary(9)),
        (EFFECT, summary(9, association=LIKELIER)),
        (SEQUENCE, summary(9)),
        (MILESTONES, summary(9)),
        (CLOSING, summary(9)),
        (GUARD, summary(9)),
        (GUARD, summary(3, step_effect=Table(1, 20, 12, 20))),
        (RULE, summary(6, association=LIKELIER)),
        (AVOID, summary(6, step_effect=Table(32, 54, 30, 74))),
    ],
)
def test_mined(claim: Claim, found: Summary) -> None:
    """Enough ground and the statistic that the kind calls for."""
    assert tier(claim, found) == Tier.MINED


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        (EFFECT, summary(9, association=AS_LIKELY)),
        (EFFECT, summary(7, association=LIKELIER)),
        (EFFECT, summary(10, association=Table(10, 10, 50, 50))),
        (SEQUENCE, summary(7)),
        (MILESTONES, summary(7)),
        (CLOSING, summary(7)),
        (VALUE_GUARD, summary(10)),
        (GUARD, summary(7, step_effect=Table(12, 20, 1, 20))),
        (RULE, summary(10)),
        (RULE, summary(10, association=AS_LIKELY)),
        (RULE, summary(4, association=LIKELIER)),
        (AVOID, summary(10)),
        (AVOID, summary(10, step_effect=Table(1, 20, 12, 20))),
        (RULE, summary(4, lift=SILENT)),
        (AVOID, summary(0, of=0, tasks=0)),
    ],
)
def test_hypothesis(claim: Claim, found: Summary) -> None:
    """The statistic that the kind calls for is missing or too weak."""
    assert tier(claim, found) == Tier.HYPOTHESIS


def test_a_rule_against_its_own_condition_is_no_rule() -> None:
    """Whatever it goes with: the action is done less often when the condition holds."""
    rarer = summary(
        10, association=Table(30, 60, 200, 250), lift=Lift(informative=3, odds_ratio=4.0, p=0.001)
    )
    assert tier(RULE, rarer, q=0.01) == Tier.HYPOTHESIS


@pytest.mark.parametrize("found", [summary(10, tasks=2), summary(4, of=4)])
def test_too_little_ground(found: Summary) -> None:
    """However regular: two tasks, or four opportunities, are too few."""
    assert tier(MILESTONES, found) == Tier.HYPOTHESIS


@pytest.mark.parametrize("claim", [SEQUENCE, AVOID, RULE, GUARD, MILESTONES])
def test_a_significant_lift_earns_the_tier(claim: Claim) -> None:
    """Whatever its own statistic, what goes with success within strata is mined."""
    assert tier(claim, summary(3, lift=RAISES), q=0.05) == Tier.MINED


def test_what_goes_with_failure_is_no_advice() -> None:
    """A regularity whose lift is significantly negative stays a hypothesis."""
    assert tier(SEQUENCE, summary(10, lift=LOWERS), q=0.05) == Tier.HYPOTHESIS


@pytest.mark.parametrize("q", [None, 0.2])
def test_only_a_tested_and_significant_lift_decides(q: float | None) -> None:
    """A p of its own decides nothing: nobody says among how many it was picked."""
    assert tier(RULE, summary(4, lift=RAISES), q=q) == Tier.HYPOTHESIS
    assert tier(SEQUENCE, summary(10, lift=LOWERS), q=q) == Tier.MINED


def test_a_regularity_is_corroborated_by_the_same_bar() -> None:
    """Held-out tasks must show what mining asks for: enough ground, and the kind's own statistic."""
    assert corroborates(SEQUENCE, summary(9))
    assert not corroborates(SEQUENCE, summary(7))
    assert not corroborates(SEQUENCE, summary(9, tasks=2))


def test_a_lift_is_corroborated_by_a_lift() -> None:
    """What was mined for its outcome must show it again; a contrary outcome speaks against any claim."""
    assert corroborates(AVOID, summary(3, lift=RAISES), q=0.05)
    assert not corroborates(AVOID, summary(3, lift=SILENT), q=0.05)
    assert not corroborates(SEQUENCE, summary(9, lift=LOWERS))


def test_rarely_done_is_a_condition_that_calls_in_vain() -> None:
    """The action is far likelier with the condition, and still done less often than not."""
    assert rarely_done(RULE, summary(3, association=Table(3, 10, 0, 90)))
    assert not rarely_done(RULE, summary(6, association=LIKELIER))
    assert not rarely_done(RULE, summary(3, association=AS_LIKELY))
    assert not rarely_done(SEQUENCE, summary(3))


def test_thresholds_are_settable() -> None:
    """A stricter setting is obeyed."""
    assert tier(MILESTONES, summary(9), Thresholds(min_hold=0.95)) == Tier.HYPOTHESIS


@pytest.mark.parametrize(
    ("lift", "verdict"),
    [
        (RAISES, True),
        (LOWERS, False),
        (Lift(informative=1, odds_ratio=None), True),
        (Lift(informative=0, odds_ratio=None), None),
    ],
)
def test_direction_of_a_lift(lift: Lift, verdict: bool | None) -> None:
    """A missing odds ratio is infinite when some stratum is informative, unknown otherwise."""
    assert raises_success(lift) is verdict


def test_contrasts_have_two_directions() -> None:
    """`exceeds` asks for more with the condition, `undercuts` for more without; neither without a p."""
    more, one_sided = contrast([LIKELIER]), contrast([Table(4, 4, 0, 0)])
    assert exceeds(more, 1.5)
    assert not undercuts(more, 1.5)
    assert not exceeds(one_sided, 1.5)
    assert not exceeds(None, 1.5)
