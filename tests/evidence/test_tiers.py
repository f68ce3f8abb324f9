"""Which tier a claim's own rows earn."""

from typing import Any

import pytest

from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Claim,
    Closing,
    Effect,
    Guard,
    Known,
    Milestones,
    Rule,
    Sequence,
)
from trace2skill.evidence.rows import Lift, Practice, Selection, Summary, Support, Table, Tier
from trace2skill.evidence.statistics import contrast
from trace2skill.evidence.tiers import (
    RuleBasis,
    Thresholds,
    adjusted,
    corroborates,
    exceeds,
    raises_success,
    tier,
    undercuts,
)

PAY, CHECK, READ = ActionPattern(tool="pay"), ActionPattern(tool="check"), Known(key="bill.status")
EFFECT = Effect(action=PAY, after=READ)
SEQUENCE = Sequence(actions=(CHECK, PAY))
AVOID = Avoid(action=PAY, when=READ)
RULE = Rule(when=READ, then=PAY)
GUARD = Guard(action=PAY, require=READ)
MILESTONES = Milestones(actions=(CHECK, PAY))
CLOSING = Closing(require=READ)

LIKELIER, AS_LIKELY = Table(9, 10, 5, 50), Table(5, 10, 25, 50)
RAISES = Lift(informative=3, odds_ratio=4.0, p=0.01)
LOWERS = Lift(informative=3, odds_ratio=0.2, p=0.01)
SILENT = Lift(informative=3, odds_ratio=4.0, p=0.3)


def summary(held: int, of: int = 10, tasks: int = 5, **found: Any) -> Summary:
    """A claim due once in each of `of` good runs and held in `held` of them; tables become contrasts."""
    contrasts = {name: contrast([it]) if isinstance(it, Table) else it for name, it in found.items()}
    return Summary(
        support=Support(opportunities=of, held=held, due=of, traces=held, tasks=tasks),
        practice=Practice(due=of, kept=held, tasks=tasks),
        **contrasts,
    )


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        (EFFECT, summary(9)),
        (EFFECT, summary(9, association=LIKELIER)),
        (SEQUENCE, summary(9)),
        (SEQUENCE, summary(9, association=LIKELIER)),
        (MILESTONES, summary(8)),
        (CLOSING, summary(8)),
        (GUARD, summary(9, step_effect=Table(1, 20, 12, 20))),
        (RULE, summary(8, association=LIKELIER)),
        (RULE, summary(3, of=3, tasks=3, association=LIKELIER)),
        (AVOID, summary(9, step_effect=Table(32, 54, 30, 74))),
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
        (SEQUENCE, summary(8)),
        (SEQUENCE, summary(10, association=Table(10, 10, 50, 50))),
        (MILESTONES, summary(7)),
        (CLOSING, summary(7)),
        (GUARD, summary(10)),
        (GUARD, summary(10, step_effect=Table(12, 20, 1, 20))),
        (RULE, summary(10)),
        (RULE, summary(10, association=AS_LIKELY)),
        (RULE, summary(7, association=LIKELIER)),
        (RULE, summary(2, of=2, tasks=2, association=LIKELIER)),
        (AVOID, summary(10)),
        (AVOID, summary(8, step_effect=Table(32, 54, 30, 74))),
        (AVOID, summary(10, step_effect=Table(1, 20, 12, 20))),
        (AVOID, summary(0, of=0, tasks=0)),
    ],
)
def test_hypothesis(claim: Claim, found: Summary) -> None:
    """The statistic that the kind calls for is missing or too weak."""
    assert tier(claim, found) == Tier.HYPOTHESIS


def test_a_rule_against_its_own_condition_is_no_rule() -> None:
    """The action is done less often when the condition holds."""
    assert tier(RULE, summary(10, association=Table(30, 60, 200, 250))) == Tier.HYPOTHESIS


@pytest.mark.parametrize("found", [summary(10, tasks=2), summary(4, of=4)])
def test_too_little_ground(found: Summary) -> None:
    """However regular: two tasks, or four opportunities, are too few."""
    assert tier(MILESTONES, found) == Tier.HYPOTHESIS


def test_a_rule_counts_the_ground_of_good_runs() -> None:
    """Failed runs that kept to it are no ground: two good runs' tasks are too few."""
    failed = summary(10, association=LIKELIER).model_copy(
        update={"practice": Practice(due=2, kept=2, tasks=2, failed_due=8, failed_kept=8)}
    )
    assert tier(RULE, failed) == Tier.HYPOTHESIS


def test_a_lucky_pick_is_no_rule() -> None:
    """The association's p is multiplied by the conditions that the best was chosen among."""
    found = summary(9, association=Table(6, 6, 2, 8))
    few, many = Selection(among=2, stability=1.0), Selection(among=8, stability=1.0)
    assert found.association is not None
    assert found.association.p == pytest.approx(0.0097, abs=1e-4)
    assert adjusted(found.association, many) == pytest.approx(8 * 0.0097, abs=1e-3)
    assert tier(RULE, found, choice=RuleBasis(few)) == Tier.MINED
    assert tier(RULE, found, choice=RuleBasis(many)) == Tier.HYPOTHESIS


def test_a_condition_that_other_halves_would_not_choose_is_no_rule() -> None:
    """On less than half of the half-samples it, or one like it, is the best again."""
    found = summary(9, association=LIKELIER)
    assert tier(RULE, found, choice=RuleBasis(Selection(among=1, stability=0.5))) == Tier.MINED
    assert tier(RULE, found, choice=RuleBasis(Selection(among=1, stability=0.45))) == Tier.HYPOTHESIS


@pytest.mark.parametrize(("left", "earned"), [(LIKELIER, Tier.MINED), (AS_LIKELY, Tier.HYPOTHESIS)])
def test_a_rule_tells_what_better_ones_have_not_told(left: Table, earned: Tier) -> None:
    """Where no better rule for the action was due, its own condition must still make the action likelier."""
    choice = RuleBasis(Selection(among=1, stability=1.0), contrast([left]))
    assert tier(RULE, summary(9, association=LIKELIER), choice=choice) == earned


@pytest.mark.parametrize("claim", [SEQUENCE, MILESTONES])
def test_a_significant_lift_earns_the_tier(claim: Claim) -> None:
    """Whatever its own statistic, what goes with success within strata is mined."""
    assert tier(claim, summary(3, lift=RAISES), q=0.05) == Tier.MINED


@pytest.mark.parametrize("claim", [GUARD, AVOID])
def test_guards_and_bans_are_kept_by_good_runs(claim: Claim) -> None:
    """What one good run in five does without, or does, is nothing to ask or to forbid, whatever the lift."""
    assert tier(claim, summary(9, lift=RAISES), q=0.05) == Tier.MINED
    assert tier(claim, summary(8, lift=RAISES), q=0.05) == Tier.HYPOTHESIS


def test_a_rule_does_not_rise_by_its_lift() -> None:
    """What calls for an action is told by what good runs do; success goes with much else."""
    assert tier(RULE, summary(10, lift=RAISES), q=0.01) == Tier.HYPOTHESIS


def test_what_goes_with_failure_is_no_advice() -> None:
    """A regularity whose lift is significantly negative stays a hypothesis."""
    assert tier(SEQUENCE, summary(10, lift=LOWERS), q=0.05) == Tier.HYPOTHESIS


@pytest.mark.parametrize("q", [None, 0.2])
def test_only_a_tested_and_significant_lift_decides(q: float | None) -> None:
    """A p of its own decides nothing: nobody says among how many it was picked."""
    assert tier(MILESTONES, summary(4, lift=RAISES), q=q) == Tier.HYPOTHESIS
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
