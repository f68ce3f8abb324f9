"""Findings beside each other: which contradict, which repeat, and which stand for several."""

from collections.abc import Mapping, Sequence

from trace2skill.claims.evidence import Tier
from trace2skill.claims.model import Avoid, Guard, Rule, claim_id
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.skills.anatomy import actions_of
from trace2skill.skills.finding import Finding
from trace2skill.skills.logic import contradiction, implied, united
from trace2skill.skills.strength import hurts


def conflict(one: Finding, other: Finding) -> str | None:
    """Why the two findings contradict each other, as a clause; None where they do not.

    A finding that warns says the opposite of its claim, so two that point different ways are not compared.
    """
    if hurts(one) or hurts(other):
        return None
    return contradiction(one.claim, other.claim) or contradiction(other.claim, one.claim)


def repeats(strong: Finding, weak: Finding) -> bool:
    """Whether `weak` adds nothing to `strong`: a claim that it implies, or the same evidence."""
    return implied(strong.claim, weak.claim) or _same_evidence(strong, weak)


def _same_evidence(one: Finding, other: Finding) -> bool:
    """Equal counts at equal places, about equal actions: two names for one observation.

    Two rules need only to be followed at the same places: what else was true there explains nothing more.
    """
    same_kind = one.claim.kind == other.claim.kind and isinstance(
        one.claim, Rule | Guard | Avoid | SequenceClaim
    )
    if not same_kind or actions_of(one.claim) != actions_of(other.claim) or one.held_at != other.held_at:
        return False
    if isinstance(one.claim, Rule):
        return bool(one.held_at) and one.summary.support.held == other.summary.support.held
    return bool(one.held_at or one.broken_at) and (one.broken_at, one.summary) == (
        other.broken_at,
        other.summary,
    )


def one_line_each(findings: Sequence[Finding], rules: Sequence[Rule]) -> list[Finding]:
    """The findings with one rule for an action whose every reason stands, else with the reasons alone."""
    known: Mapping[str, Finding] = {finding.id: finding for finding in findings}
    gone: set[str] = set()
    for whole in united(rules):
        reasons = [claim_id(rule) for rule in rules if rule.then == whole.then]
        stand = all(name in known and known[name].tier is not Tier.HYPOTHESIS for name in reasons)
        gone |= set(reasons) if stand and claim_id(whole) in known else {claim_id(whole)}
    return [finding for finding in findings if finding.id not in gone]
