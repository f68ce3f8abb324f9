"""What a rule rests on, ready to be shown: rates with intervals, the outcome, the claim, the citations."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import orjson

from trace2skill.claims.model import Effect
from trace2skill.claims.notation import claim_text
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Citation, Contrast, Summary, Tier, TraceFacts
from trace2skill.evidence.statistics import Share, wilson
from trace2skill.skills.model import SkillRule
from trace2skill.traces.model import Label
from trace2skill.wording.evidence import numbers

TIERS = {
    Tier.VALIDATED: "Agents did better with the skill in a comparison of runs.",
    Tier.CORROBORATED: "Mined from some tasks, and it held on others that were kept apart.",
    Tier.MINED: "It passed the tests on the runs it was mined from.",
    Tier.HYPOTHESIS: "Too few runs to tell it from chance.",
    Tier.CITED: "Words of a person or a model with the steps they quote; nothing was measured.",
}
"""What each tier means, in a sentence."""


class RateShown(NamedTuple):
    """A proportion with its 95 % interval, from 0 to 1, and what it is of."""

    of: str
    hits: int
    trials: int
    low: float
    high: float


class CitedRun(NamedTuple):
    """A step that a rule cites: whether the claim held there, and how its run ended."""

    citation: Citation
    role: str
    outcome: Label


class RuleEvidence(NamedTuple):
    """One rule's evidence."""

    rule: SkillRule
    tier: str
    line: str
    rates: tuple[RateShown, ...]
    odds: str
    claim: str
    cited: tuple[CitedRun, ...]


def rule_evidence(rule: SkillRule, facts: Mapping[str, TraceFacts]) -> RuleEvidence:
    """The evidence of a rule.

    Args:
        rule: The rule.
        facts: What the library knows of each measured trace, by hash.
    """
    finding = rule.finding
    return RuleEvidence(
        rule=rule,
        tier=TIERS[rule.tier],
        line=numbers(finding) if finding else "",
        rates=tuple(_rates(finding)) if finding else (),
        odds=_odds(finding) if finding else "",
        claim=orjson.dumps(claim_text(finding.claim), option=orjson.OPT_INDENT_2).decode() if finding else "",
        cited=tuple(_cited(rule, facts)),
    )


def _cited(rule: SkillRule, facts: Mapping[str, TraceFacts]) -> Iterator[CitedRun]:
    finding = rule.finding
    roles = {
        "held": finding.held_at if finding else (),
        "did not hold": finding.broken_at if finding else (),
        "quoted": rule.quotes,
    }
    for role, places in roles.items():
        for place in places:
            known = facts.get(place.trace)
            yield CitedRun(place, role, known.label if known else Label.UNKNOWN)


def _rates(finding: Finding) -> Iterator[RateShown]:
    yield from _practised(finding, finding.summary, "")
    if finding.held_out is not None:
        yield from _practised(finding, finding.held_out, " on tasks kept from mining")
    if finding.outcome is not None:
        yield from _pair(
            finding.outcome, "Runs that succeeded, keeping to it", "Runs that succeeded otherwise"
        )
    lift = finding.summary.lift
    if lift is not None:
        for of, hits, trials in (
            ("Success of runs in which it held", lift.with_success, lift.with_total),
            ("Success of the other runs", lift.without_success, lift.without_total),
        ):
            yield from _rate(of, hits, trials)


def _practised(finding: Finding, summary: Summary, where: str) -> Iterator[RateShown]:
    practice, support = summary.practice, summary.support
    if isinstance(finding.claim, Effect) or not practice.due:
        yield from _rate(f"Times it held{where}", support.held, support.opportunities)
    else:
        yield from _rate(f"Good runs that kept to it{where}", practice.kept, practice.due)
        yield from _rate(f"Failed runs that kept to it{where}", practice.failed_kept, practice.failed_due)


def _pair(contrast: Contrast, of: str, other: str) -> Iterator[RateShown]:
    yield from _rate(of, contrast.hits, contrast.trials)
    yield from _rate(other, contrast.other_hits, contrast.other_trials)


def _rate(of: str, hits: int, trials: int) -> Iterator[RateShown]:
    if trials:
        yield RateShown(of, hits, trials, *wilson(Share(hits, trials)))


def _odds(finding: Finding) -> str:
    """The odds ratio of success with its interval; empty where it was not to be had."""
    lift = finding.summary.lift
    if lift is None or lift.odds_ratio is None or lift.low is None or lift.high is None:
        return ""
    interval = f"{lift.low:.3g} to {lift.high:.3g}"
    return f"{lift.odds_ratio:.3g} (95 % interval {interval}, within {lift.stratified_by})"
