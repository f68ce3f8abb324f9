"""Whether one finding says nothing that a stronger one does not say already."""

from collections.abc import Sequence as Items

from trace2skill.claims.model import (
    ActionPattern,
    AnyOf,
    Avoid,
    Claim,
    Closing,
    Compare,
    FactTerm,
    Guard,
    Known,
    Milestones,
    Predicate,
    Rule,
    Sequence,
)
from trace2skill.skills.anatomy import actions_of, parts_of
from trace2skill.skills.conflict import includes
from trace2skill.skills.model import Finding


def repeats(strong: Finding, weak: Finding) -> bool:
    """Whether `weak` adds nothing to `strong`: a claim that it implies, or the same evidence."""
    return implied(strong.claim, weak.claim) or _same_evidence(strong, weak)


def implied(strong: Claim, weak: Claim) -> bool:
    """Whether the claims differ only in a condition more or a step fewer than the stronger one."""
    match strong, weak:
        case Rule(), Rule():
            return strong.then == weak.then and _nested(parts_of(strong.when), parts_of(weak.when))
        case Avoid(), Avoid():
            wider = includes(strong.action, weak.action)
            return wider and _nested(parts_of(strong.when), parts_of(weak.when))
        case Guard(), Guard():
            same = strong.action == weak.action and strong.scope == weak.scope
            return same and _nested(parts_of(strong.require), parts_of(weak.require))
        case Closing(), Closing():
            return strong.scope == weak.scope and _nested(parts_of(strong.require), parts_of(weak.require))
        case Sequence(), Sequence():
            return _run_inside(weak.actions, strong.actions)
        case Milestones(), Milestones() | Sequence():
            return _kept_order(weak.actions, strong.actions)
        case Sequence(), Milestones():
            return _kept_order(weak.actions, strong.actions)
        case _:
            return False


def _nested(one: Items[Predicate], other: Items[Predicate]) -> bool:
    """Whether each conjunct of the one is covered by the other, or the other way round."""
    return _covered(one, other) or _covered(other, one)


def _covered(some: Items[Predicate], by: Items[Predicate]) -> bool:
    return all(any(_implies(strict, lax) for strict in by) for lax in some)


def _implies(strict: Predicate, lax: Predicate) -> bool:
    match strict, lax:
        case _ if strict == lax:
            return True
        case _, AnyOf(parts=parts):
            return strict in parts
        case Compare(left=FactTerm(key=key)), Known(key=head):
            return key == head or key.startswith(f"{head}.")
        case _:
            return False


def _run_inside(short: Items[ActionPattern], long: Items[ActionPattern]) -> bool:
    width = len(short)
    return any(tuple(long[start : start + width]) == tuple(short) for start in range(len(long) - width + 1))


def _kept_order(short: Items[ActionPattern], long: Items[ActionPattern]) -> bool:
    remaining = iter(long)
    return all(action in remaining for action in short)


def _same_evidence(one: Finding, other: Finding) -> bool:
    """Equal counts at equal places, about equal actions: two names for one observation.

    Two rules need only to be followed at the same places: what else was true there explains nothing more.
    """
    same_kind = one.claim.kind == other.claim.kind and isinstance(one.claim, Rule | Guard | Avoid | Sequence)
    if not same_kind or actions_of(one.claim) != actions_of(other.claim) or one.held_at != other.held_at:
        return False
    if isinstance(one.claim, Rule):
        return bool(one.held_at) and one.summary.support.held == other.summary.support.held
    return bool(one.held_at or one.broken_at) and (one.broken_at, one.summary) == (
        other.broken_at,
        other.summary,
    )
