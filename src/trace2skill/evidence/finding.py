"""Findings: claims with their evidence and tier, and how they are ranked."""

import math
from collections.abc import Iterable

from pydantic import Field

from trace2skill.claims.model import (
    Avoid,
    Claim,
    Closing,
    Effect,
    Guard,
    Milestones,
    Rule,
    claim_id,
)
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.evidence.rows import Citation, Contrast, Grade, Lift, LiftTest, Selection, Summary, Tier
from trace2skill.evidence.statistics import LEVEL
from trace2skill.evidence.tiers import speaks
from trace2skill.traces.model import Frozen


class Finding(Frozen):
    """A claim with its evidence and tier, from one analyst (`aspect`) and one task family."""

    family: str
    aspect: str
    claim: Claim
    summary: Summary
    tier: Tier
    test: LiftTest | None = Field(None, description="the test of its lift; None: not tested")
    held_out: Summary | None = Field(None, description="the same claim on tasks kept from mining")
    selection: Selection | None = Field(None, description="how a mined rule's condition was chosen")
    residual: Contrast | None = Field(
        None, description="its association where no other rule for the same action was due"
    )
    protected: bool = Field(False, description="a refusal or guard of a good run: never pruned for low lift")
    grade: Grade | None = Field(
        None, exclude_if=lambda grade: grade is None, description="what a model's proposal earned by outcome"
    )
    outcome: Contrast | None = Field(
        None, exclude_if=lambda outcome: outcome is None, description="the success that the grade rests on"
    )
    stop_condition: bool = Field(False, description="near-tautology: about the end of the run, not a cause")
    held_at: tuple[Citation, ...] = Field((), description="example citations, at most a handful")
    broken_at: tuple[Citation, ...] = ()

    @property
    def id(self) -> str:
        """The claim's id."""
        return claim_id(self.claim)

    @property
    def q(self) -> float | None:
        """The adjusted p of the lift; None if the lift was not tested."""
        return self.test.q if self.test else None


def cited_in(findings: Iterable[Finding]) -> set[str]:
    """The traces that the findings cite."""
    return {place.trace for finding in findings for place in (*finding.held_at, *finding.broken_at)}


_RANK = {Tier.VALIDATED: 4, Tier.CORROBORATED: 3, Tier.MINED: 2, Tier.HYPOTHESIS: 1, Tier.CITED: 0}


def strength(finding: Finding) -> tuple[bool, int, float, str]:
    """Sort key, strongest first: protected, then tier, then weight of evidence; ties by claim id."""
    return (not finding.protected, -_RANK[finding.tier], -round(_weight(finding), 6), finding.id)


def steadiness(finding: Finding) -> float:
    """The hold rate: held / opportunities, 0 without opportunities."""
    support = finding.summary.support
    return support.held / support.opportunities if support.opportunities else 0.0


def hurts(finding: Finding) -> bool:
    """Whether the tested lift is significantly negative, so that the claim is shown as a warning.

    Applies to rules, guards and sequences; never to stop conditions.
    """
    if not isinstance(finding.claim, Rule | Guard | SequenceClaim) or finding.stop_condition:
        return False
    return speaks(finding.summary.lift, finding.q) is False


def usable(finding: Finding) -> bool:
    """Whether the finding may be used in a skill: it had opportunities, and its evidence supports it."""
    if finding.summary.support.opportunities == 0:
        return False
    return finding.protected or finding.grade is not None or _points_its_way(finding)


def _points_its_way(finding: Finding) -> bool:
    lift, held = finding.summary.lift, steadiness(finding)
    verdict = speaks(lift, finding.q)
    match finding.claim:
        case Rule() | SequenceClaim():
            return True
        case Guard():
            return finding.tier is not Tier.HYPOTHESIS and verdict is not False
        case Avoid():
            return verdict is not False and _worse_when_done(finding)
        case Effect():
            return held >= 0.6 and verdict is not False
        case Milestones():
            return finding.summary.practice.rate >= 0.6 and verdict is not False
        case Closing():
            return held >= 0.8 or _more_success(lift)


def _weight(finding: Finding) -> float:
    summary = finding.summary
    reach = math.log2(1 + summary.support.tasks)
    # Hypotheses are ranked without their hold rate: an action often due and rarely done is of interest.
    held = 1.0 if finding.tier is Tier.HYPOTHESIS or hurts(finding) else steadiness(finding)
    contrasts = (summary.association, summary.step_effect)
    return held * reach + _lift_weight(finding) + sum(map(_ratio_weight, contrasts))


def _lift_weight(finding: Finding) -> float:
    if finding.q is None or speaks(finding.summary.lift, finding.q) is None:
        return 0.0
    return min(4.0, -math.log10(max(finding.q, 1e-9)))


def _ratio_weight(contrast: Contrast | None) -> float:
    if contrast is None or contrast.p is None or contrast.p >= LEVEL or not contrast.ratio:
        return 0.0
    return min(3.0, abs(math.log2(contrast.ratio)))


def _more_success(lift: Lift | None) -> bool:
    if lift is None or not lift.with_total or not lift.without_total:
        return False
    return lift.with_success / lift.with_total > lift.without_success / lift.without_total


def _worse_when_done(finding: Finding) -> bool:
    effect = finding.summary.step_effect
    errs_more = effect is not None and effect.hits * effect.other_trials > effect.other_hits * effect.trials
    return errs_more or _more_success(finding.summary.lift)
