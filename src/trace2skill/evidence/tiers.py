"""Decides the tier of a claim from its summary: hypothesis, mined, or corroborated on held-out tasks."""

from typing import NamedTuple, assert_never

from pydantic import Field

from trace2skill.claims.model import Avoid, Claim, Closing, Effect, Guard, Milestones, Rule, Sequence
from trace2skill.evidence.exact import fisher_p
from trace2skill.evidence.rows import Contrast, Lift, Selection, Summary, Table, Tier
from trace2skill.evidence.statistics import FDR_LEVEL, LEVEL
from trace2skill.traces.model import Frozen

_MOST_TIMES = 20


class Thresholds(Frozen):
    """The thresholds for tier `mined`."""

    min_tasks: int = Field(3, ge=1, description="distinct tasks in which it held")
    min_opportunities: int = Field(5, ge=1, description="so that one lapse leaves the rate at .8")
    min_hold: float = Field(0.8, description="held / opportunities, of a claim that states a regularity")
    min_kept: float = Field(0.9, description="share of the good runs that keep to a guard or a ban")
    min_chain: float = Field(0.9, description="share of the runs that begin a sequence that complete it")
    min_follow: float = Field(0.8, description="share of the good runs in which a rule was due that kept it")
    min_runs: int = Field(3, ge=1, description="good runs in which a rule was due")
    min_stability: float = Field(0.5, description="share of half-samples on which no other explains more")
    min_association: float = Field(1.5, description="how many times likelier the condition makes the action")
    min_step_effect: float = Field(1.25, description="how many times likelier an error is on the wrong side")
    level: float = Field(LEVEL, description="p below which a contrast counts")
    fdr: float = Field(FDR_LEVEL, description="adjusted p below which a tested lift counts")


DEFAULT = Thresholds()


class RuleBasis(NamedTuple):
    """How a rule's condition was chosen, and its residual association.

    `residual` is the association among the runs in which no other rule for the same action was due.
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
    """The tier from mining, `mined` or `hypothesis` (docs/evidence.md).

    Every claim needs enough tasks and opportunities. A rule is then judged by its own statistic and by how
    its condition was chosen. A guard or ban must be kept to by good runs. For these and the other kinds a
    significant lift decides, in either direction; without one, the statistic of the kind does.

    Args:
        claim: The claim.
        summary: Its summary over the pool it was mined from.
        thresholds: The thresholds.
        q: The adjusted p of its lift; None if it was not tested, so that the lift does not decide.
        choice: How a rule's condition was chosen; not needed for a rule that was not mined.
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
    """Whether the condition is significant after adjustment, stable, and adds to the other rules."""
    left = choice.residual
    if choice.selection is not None:
        lucky = adjusted(left or summary.association, choice.selection) >= thresholds.level
        if lucky or choice.selection.stability < thresholds.min_stability:
            return False
    return left is None or exceeds(left, thresholds.min_association, thresholds.level)


def adjusted(association: Contrast | None, selection: Selection | None) -> float:
    """The association's p, Bonferroni-adjusted for the number of candidate conditions; 1 without a p."""
    return min(1.0, by_chance(association, selection))


def by_chance(association: Contrast | None, selection: Selection | None) -> float:
    """How many of the candidate conditions would fit as well by chance; all of them without a p."""
    among = selection.among if selection else 1
    p = association.p if association else None
    return among * (1.0 if p is None else p)


def runs_needed(association: Contrast, selection: Selection | None, level: float = LEVEL) -> int | None:
    """An estimate of the number of runs at which a condition would be significant.

    It is the size of the smallest multiple of the table whose adjusted exact p is below the level; None if 20
    times the table is not enough.
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
    """Whether held-out tasks corroborate a mined claim (docs/evidence.md).

    The held-out summary alone must meet the same thresholds. A claim that was mined by its lift (`q`
    significant) must have a positive lift again, with p below the level.
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
    """Whether a significant lift is positive; None if there is no significant lift."""
    if lift is None or q is None or q >= thresholds.fdr:
        return None
    return raises_success(lift)


def raises_success(lift: Lift) -> bool | None:
    """Whether the odds ratio is above 1; None without an informative stratum.

    An odds ratio of None with informative strata is infinite.
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
    """Whether the claim meets the statistic of its kind, without regard to its lift."""
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
            return undercuts(error, thresholds.min_step_effect, thresholds.level) or (others and likelier)
        case Rule():
            return summary.practice.rate >= thresholds.min_follow and likelier
        case Avoid():
            return exceeds(error, thresholds.min_step_effect, thresholds.level)
    assert_never(claim)
