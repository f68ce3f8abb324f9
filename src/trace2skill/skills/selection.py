"""Select which findings become rules: the decision list in its order, and the best of the others."""

import math
from collections.abc import Iterable, Mapping, Sequence

from trace2skill.claims.logic import contradiction, implied, united
from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Closing,
    Compare,
    CountTerm,
    Effect,
    Guard,
    Milestones,
    Rule,
    claim_id,
)
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.traversal import actions_of, parts_of
from trace2skill.evidence.finding import Finding, hurts, strength, usable
from trace2skill.evidence.policy import Policy
from trace2skill.evidence.rows import Grade, Tier
from trace2skill.evidence.statistics import Share, fall_p
from trace2skill.facts.read_only import is_read_only
from trace2skill.skills.model import ModuleName
from trace2skill.wording.claims import statement


def conflict(one: Finding, other: Finding) -> str | None:
    """Why the two findings contradict each other, as a clause; None if they do not.

    A finding that warns says the opposite of its claim and is therefore not compared.
    """
    if hurts(one) or hurts(other):
        return None
    return contradiction(one.claim, other.claim) or contradiction(other.claim, one.claim)


def repeats(strong: Finding, weak: Finding) -> bool:
    """Whether `weak` adds nothing to `strong`, which implies its claim or rests on the same evidence."""
    return implied(strong.claim, weak.claim) or _same_evidence(strong, weak)


def _same_evidence(one: Finding, other: Finding) -> bool:
    """Whether two findings describe one observation: equal counts at equal places for equal actions.

    For two rules it is enough that they were followed at the same places.
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
    """The findings with one line per action that several rules call for.

    The united rule replaces the single ones if it was measured and each of them is more than a hypothesis;
    otherwise it is left out and they stay.
    """
    known: Mapping[str, Finding] = {finding.id: finding for finding in findings}
    left_out: set[str] = set()
    for whole in united(rules):
        reasons = [claim_id(rule) for rule in rules if rule.then == whole.then]
        stand = all(name in known and known[name].tier is not Tier.HYPOTHESIS for name in reasons)
        left_out |= set(reasons) if stand and claim_id(whole) in known else {claim_id(whole)}
    return [finding for finding in findings if finding.id not in left_out]


CLEAR = 0.2
"""The p below which a further stop condition tells good runs from failed ones."""

_BORNE_OUT = {Grade.SEPARATING, Grade.EXPLORATORY}

MOST = {ModuleName.GOAL: 2, ModuleName.LOOK: 1, ModuleName.PROCEDURE: 2, ModuleName.PITFALLS: 4}
"""The most rules of a part; conditions may fill what the budget leaves."""


def module_of(finding: Finding) -> ModuleName:
    """Where the finding belongs in a playbook."""
    if isinstance(finding.claim, Avoid | Guard) or hurts(finding):
        return ModuleName.PITFALLS
    match finding.claim:
        case Closing():
            return ModuleName.GOAL
        case Milestones(actions=actions):
            only_reads = all(is_read_only(action.tool) for action in actions)
            return ModuleName.LOOK if only_reads else ModuleName.PROCEDURE
        case Rule():
            return ModuleName.CONDITIONS
        case _:
            return ModuleName.PROCEDURE


def select(findings: Iterable[Finding], policy: Policy, budget: int) -> list[Finding]:
    """At most `budget` findings, part by part in the order in which a reader needs them.

    Rules keep the order of the decision list; those not in it follow, the strongest first. Of two findings
    that repeat or contradict each other, the stronger stays. At least half of a sequence's actions must be in
    no rule.
    """
    place = {claim_id(rule): number for number, rule in enumerate(policy.rules)}
    place |= {claim_id(whole): _first_place(whole, policy.rules) for whole in united(policy.rules)}
    findings = one_line_each(list(findings), policy.rules)
    ranked = _distinct(
        sorted(
            filter(usable, findings), key=lambda each: (each.id not in place, _telling(each), strength(each))
        )
    )
    by: dict[ModuleName, list[Finding]] = {module: [] for module in ModuleName}
    for finding in ranked:
        if not isinstance(finding.claim, Effect):
            by[module_of(finding)].append(finding)
    rules = _grouped_by_tool(
        sorted(by[ModuleName.CONDITIONS], key=lambda each: place.get(each.id, len(place)))
    )
    in_rules = [action for finding in rules for action in actions_of(finding.claim)]
    by[ModuleName.PROCEDURE] = [each for each in by[ModuleName.PROCEDURE] if _adds_actions(each, in_rules)]
    by[ModuleName.GOAL] = _telling_goals(by[ModuleName.GOAL])
    for module, most in MOST.items():
        by[module] = _at_most(by[module], most)
    room = budget - sum(len(by[module]) for module in MOST)
    by[ModuleName.CONDITIONS] = rules[: max(0, room)]
    return [finding for module in ModuleName for finding in by[module]][:budget]


def _telling_goals(goals: Sequence[Finding]) -> list[Finding]:
    """The stop conditions that tell good runs from failed ones; the best alone if none does clearly."""
    telling = [each for each in goals if _telling(each) < 0]
    clear = [each for each in telling if _telling(each) < math.log10(CLEAR)]
    return clear or telling[:1] or list(goals)


def _telling(finding: Finding) -> float:
    """How well a stop condition tells good runs from failed ones, 0 if it does not; 0 for any other claim.

    It is the logarithm of p of Fisher's one-sided test that good runs meet it more often.
    """
    practice = finding.summary.practice
    good, failed = Share(practice.kept, practice.due), Share(practice.failed_kept, practice.failed_due)
    if not isinstance(finding.claim, Closing) or good.rate <= failed.rate:
        return 0.0
    p = fall_p(good, failed)
    return 0.0 if p is None else math.log10(max(p, 1e-300))


def _at_most(findings: Sequence[Finding], most: int) -> list[Finding]:
    """The first `most` of what was mined, and everything that a model proposed and outcomes bear out."""
    mined = [each for each in findings if each.grade not in _BORNE_OUT][:most]
    return [each for each in findings if each in mined or each.grade in _BORNE_OUT]


def _grouped_by_tool(rules: Sequence[Finding]) -> list[Finding]:
    """The rules with those for one tool together, and each after those for the action that triggers it."""
    ordered: list[Finding] = []
    for finding in rules:
        assert isinstance(finding.claim, Rule)
        tools = {finding.claim.then.tool, *_triggering_tools(finding.claim)}
        near = [at for at, each in enumerate(ordered) if actions_of(each.claim)[0].tool in tools]
        ordered.insert(near[-1] + 1 if near else len(ordered), finding)
    return ordered


def _triggering_tools(rule: Rule) -> set[str]:
    """The tools whose use makes a rule due; empty if its condition also has other parts."""
    counted = [part.left for part in parts_of(rule.when) if isinstance(part, Compare)]
    tools = {term.action.tool for term in counted if isinstance(term, CountTerm)}
    return tools if len(counted) == len(parts_of(rule.when)) == len(tools) else set()


def _first_place(whole: Rule, rules: Sequence[Rule]) -> int:
    """The position of the first rule for the same action."""
    return next(number for number, rule in enumerate(rules) if rule.then == whole.then)


def effects(findings: Iterable[Finding], kept: Sequence[Finding]) -> list[Finding]:
    """The findings on what the actions in the rules change, sorted by id."""
    named = {action.tool for finding in kept for action in actions_of(finding.claim)}
    known = {each.id: each for each in findings if isinstance(each.claim, Effect)}
    return [
        each
        for _, each in sorted(known.items())
        if each.tier is not Tier.HYPOTHESIS and actions_of(each.claim)[0].tool in named
    ]


def _adds_actions(finding: Finding, in_rules: Sequence[ActionPattern]) -> bool:
    """Whether less than half of a sequence's actions are in rules; true for any other claim."""
    if not isinstance(finding.claim, SequenceClaim):
        return True
    known = {(action.tool, action.actor) for action in in_rules}
    actions = finding.claim.actions
    return 2 * sum((action.tool, action.actor) in known for action in actions) < len(actions)


def _distinct(ranked: Sequence[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    texts: set[str] = set()
    for finding in ranked:
        text = statement(finding)
        if text not in texts and not any(repeats(one, finding) or conflict(one, finding) for one in kept):
            kept.append(finding)
            texts.add(text)
    return kept
