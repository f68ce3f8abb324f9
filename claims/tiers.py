"""Which tier a claim's own rows earn: hypothesis or mined. The tiers above need other tasks."""

from typing import assert_never

from pydantic import Field

from trace2skill.claims.evidence import Contrast, Lift, Summary, Tier
from trace2skill.claims.model import Avoid, Claim, Closing, Effect, Guard, Known, Milestones, Rule, Sequence
from trace2skill.claims.statistics import LEVEL
from trace2skill.traces.model import Frozen


class Thresholds(Frozen):
    """What a claim must reach to count as mined."""

    min_tasks: int = Field(3, ge=1, description="distinct tasks in which it held")
    min_opportunities: int = Field(5, ge=1, description="so that one lapse leaves the rate at .8")
    min_hold: float = Field(0.8, description="held / opportunities, of a claim that states a regularity")
    min_follow: float = Field(0.5, description="held / opportunities, of a rule: no less often than not")
    min_association: float = Field(1.5, description="how many times likelier the condition makes the action")
    min_step_effect: float = Field(1.25, description="how many times likelier an error is on the wrong side")
    level: float = Field(LEVEL, description="p below which a contrast or a lift counts")


DEFAULT = Thresholds()


def tier(
    claim: Claim, summary: Summary, thresholds: Thresholds = DEFAULT, lift_p: float | None = None
) -> Tier:
    """`mined` or `hypothesis`, by the rule of the claim's kind (docs/evidence.md).

    Enough distinct ground is asked of every claim. Then a significant lift decides, upwards or downwards:
    what goes with failure is no advice, however regular. Without one, the kind's own statistic decides.

    Args:
        claim: The claim.
        summary: Its summary over the pool it was mined from.
        thresholds: What counts as enough.
        lift_p: The lift's p after false-discovery control; without it the summary's own.
    """
    support = summary.support
    if support.tasks < thresholds.min_tasks or support.opportunities < thresholds.min_opportunities:
        return Tier.HYPOTHESIS
    verdict = _verdict(summary.lift, lift_p, thresholds.level)
    mined = _stands(claim, summary, thresholds) if verdict is None else verdict
    return Tier.MINED if mined else Tier.HYPOTHESIS


def raises_success(lift: Lift) -> bool | None:
    """Whether success goes with the claim within strata rather than against it; None when nothing tells.

    An odds ratio that is missing although some stratum is informative is infinite.
    """
    if not lift.informative:
        return None
    return lift.odds_ratio is None or lift.odds_ratio > 1


def exceeds(contrast: Contrast | None, ratio: float, level: float = LEVEL) -> bool:
    """Whether the rate with the condition is at least `ratio` times the rate without it, at p < `level`."""
    if contrast is None or contrast.p is None or contrast.p >= level:
        return False
    return contrast.hits * contrast.other_trials >= ratio * contrast.other_hits * contrast.trials


def undercuts(contrast: Contrast | None, ratio: float, level: float = LEVEL) -> bool:
    """Whether the rate without the condition is at least `ratio` times the rate with it, at p < `level`."""
    if contrast is None or contrast.p is None or contrast.p >= level:
        return False
    return contrast.other_hits * contrast.trials >= ratio * contrast.hits * contrast.other_trials


def _stands(claim: Claim, summary: Summary, thresholds: Thresholds) -> bool:
    """Whether the claim stands by its own statistic, outcomes aside."""
    rate = summary.support.held / summary.support.opportunities
    error = summary.step_effect
    match claim:
        case Effect():
            others = summary.association is not None and summary.association.other_trials > 0
            likelier = exceeds(summary.association, thresholds.min_association, thresholds.level)
            return rate >= thresholds.min_hold and (likelier or not others)
        case Sequence() | Milestones() | Closing():
            return rate >= thresholds.min_hold
        case Guard():
            fewer_errors = undercuts(error, thresholds.min_step_effect, thresholds.level)
            reads_first = isinstance(claim.require, Known) and rate >= thresholds.min_hold
            return reads_first or fewer_errors
        case Rule():
            likelier = exceeds(summary.association, thresholds.min_association, thresholds.level)
            return rate >= thresholds.min_follow and likelier
        case Avoid():
            return exceeds(error, thresholds.min_step_effect, thresholds.level)
    assert_never(claim)


def _verdict(lift: Lift | None, lift_p: float | None, level: float) -> bool | None:
    """Whether a significant lift speaks for the claim; None without a significant lift."""
    p = lift_p if lift_p is not None or lift is None else lift.p
    if lift is None or p is None or p >= level:
        return None
    return raises_success(lift)
