"""Which tier a claim's rows earn: hypothesis, mined, or corroborated by tasks that were kept from mining."""

from typing import NamedTuple, assert_never

from pydantic import Field

from trace2skill.claims.model import Avoid, Claim, Closing, Effect, Guard, Milestones, Rule, Sequence
from trace2skill.evidence.exact import fisher_p
from trace2skill.evidence.rows import Contrast, Lift, Selection, Summary, Table, Tier
from trace2skill.evidence.statistics import FDR_LEVEL, LEVEL
from trace2skill.traces.model import Frozen

_MOST_TIMES = 20


class Thresholds(Frozen):
    """What a claim must reach to count as mined."""

    min_tasks: int = Field(3, ge=1, description="distinct tasks in which it held")
    min_opportunities: int = Field(5, ge=1, description="so that one lapse leaves the rate at .8")
    min_hold: float = Field(0.8, description="held / opportunities, of a claim that states a regularity")
    min_kept: float = Field(0.9, description="share of the good runs that keep to a guard or a ban")
    min_chain: float = Field(0.9, description="share of the runs that begin a sequence that complete it")
    min_follow: float = Field(0.8, description="share of the good runs in which a rule was due that kept it")
    min_runs: int = Field(3, ge=1, description="good runs in which a rule was due")
    min_stability: float = Field(0.5, description="share of half-samples on which its condition is best too")
    min_association: float = Field(1.5, description="how many times likelier the condition makes the action")
    min_step_effect: float = Field(1.25, description="how many times likelier an error is on the wrong side")
    level: float = Field(LEVEL, description="p below which a contrast counts")
    fdr: float = Field(FDR_LEVEL, description="adjusted p below which a tested lift counts")


DEFAULT = Thresholds()


class RuleBasis(NamedTuple):
    """What is known of a rule beside its own rows: how its condition was chosen, and what is left to explain.

    `residual` is its association among the runs that no other rule for the same action accounts for.
    """

    selection: Selection | None = None
    residual: Contrast | None = None


UNCHOSEN = RuleBasis()


def tier(
    claim: Claim,
    summary: Summary,
    thresholds: Thresholds = DEFAULT,
    q: float | None = None,
    choice: RuleBasis = UNCHOSEN,
) -> Tier:
    """`mined` or `hypothesis`, by the rule of the claim's kind (docs/evidence.md).

    Enough distinct ground is asked of every claim. Then a significant lift decides, upwards or downwards:
    what goes with failure is no advice, however regular. Without one, the kind's own statistic decides. A
    rule whose action is done less often under its condition than otherwise states no regularity at all.

    Args:
        claim: The claim.
        summary: Its summary over the pool it was mined from.
        thresholds: What counts as enough.
        q: The adjusted p of its lift; None if that was not tested, so that it decides nothing.
        choice: How a rule's condition was chosen; a rule that was not chosen from the runs needs none.
    """
    if not _enough_ground(claim, summary, thresholds):
        return Tier.HYPOTHESIS
    if isinstance(claim, Rule):
        stands = _stands(claim, summary, thresholds) and _well_chosen(summary, thresholds, choice)
        return Tier.MINED if stands else Tier.HYPOTHESIS
    practice = summary.practice
    if isinstance(claim, Guard | Avoid) and practice.due and practice.rate < thresholds.min_kept:
        return Tier.HYPOTHESIS
    verdict = speaks(summary.lift, q, thresholds)
    mined = _stands(claim, summary, thresholds) if verdict is None else verdict
    return Tier.MINED if mined else Tier.HYPOTHESIS


def _well_chosen(summary: Summary, thresholds: Thresholds, choice: RuleBasis) -> bool:
    """Whether the condition was no lucky pick, and tells something that no better rule has told."""
    left = choice.residual
    if choice.selection is not None:
        lucky = adjusted(left or summary.association, choice.selection) >= thresholds.level
        if lucky or choice.selection.stability < thresholds.min_stability:
            return False
    return left is None or exceeds(left, thresholds.min_association, thresholds.level)


def adjusted(association: Contrast | None, selection: Selection | None) -> float:
    """The association's p times the conditions it was chosen among (Bonferroni), at most 1; 1 without a p."""
    if association is None or association.p is None:
        return 1.0
    return min(1.0, association.p * (selection.among if selection else 1))


def runs_needed(association: Contrast, selection: Selection | None, level: float = LEVEL) -> int | None:
    """About how many runs would tell a condition from chance if they went on like those counted.

    The least multiple of the table whose exact p, adjusted, is below the level; None where 20 will not do.
    """
    hits, trials, other_hits, other_trials = (
        association.hits,
        association.trials,
        association.other_hits,
        association.other_trials,
    )
    for times in range(1, _MOST_TIMES + 1):
        table = Table(times * hits, times * trials, times * other_hits, times * other_trials)
        again = association.model_copy(update={"p": fisher_p(table)})
        if adjusted(again, selection) < level:
            return times * (trials + other_trials)
    return None


def corroborates(
    claim: Claim, held_out: Summary, thresholds: Thresholds = DEFAULT, q: float | None = None
) -> bool:
    """Whether tasks that a mined claim was not mined from bear it out (docs/evidence.md).

    They must meet the bar of its kind on their own, on as much ground as mining asks for. A claim that was
    mined by its lift (`q` significant) must show that lift again, the same way and at p below the level.
    """
    if not _enough_ground(claim, held_out, thresholds):
        return False
    lift = held_out.lift
    significant = lift is not None and lift.p is not None and lift.p < thresholds.level
    upwards = raises_success(lift) if lift is not None and significant else None
    if q is not None and q < thresholds.fdr:
        return upwards is True
    return upwards is not False and _stands(claim, held_out, thresholds)


def speaks(lift: Lift | None, q: float | None, thresholds: Thresholds = DEFAULT) -> bool | None:
    """Whether a significant lift speaks for the claim or against it; None without a significant one."""
    if lift is None or q is None or q >= thresholds.fdr:
        return None
    return raises_success(lift)


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


def _enough_ground(claim: Claim, summary: Summary, thresholds: Thresholds) -> bool:
    support, practice = summary.support, summary.practice
    if isinstance(claim, Rule):
        return practice.tasks >= thresholds.min_tasks and practice.due >= thresholds.min_runs
    if isinstance(claim, Milestones) and practice.due < thresholds.min_opportunities:
        return False
    return support.tasks >= thresholds.min_tasks and support.opportunities >= thresholds.min_opportunities


def _stands(claim: Claim, summary: Summary, thresholds: Thresholds) -> bool:
    """Whether the claim stands by its own statistic, outcomes aside."""
    support, error = summary.support, summary.step_effect
    others = summary.association is not None and summary.association.other_trials > 0
    likelier = exceeds(summary.association, thresholds.min_association, thresholds.level)
    match claim:
        case Effect():
            steady = support.held >= thresholds.min_hold * support.opportunities
            return steady and (likelier or not others)
        case Sequence():
            steady = support.traces >= thresholds.min_chain * support.due
            return steady and (likelier or not others)
        case Milestones() | Closing():
            practice = summary.practice
            return practice.rate >= thresholds.min_hold if practice.due else False
        case Guard():
            return undercuts(error, thresholds.min_step_effect, thresholds.level)
        case Rule():
            return summary.practice.rate >= thresholds.min_follow and likelier
        case Avoid():
            return exceeds(error, thresholds.min_step_effect, thresholds.level)
    assert_never(claim)
