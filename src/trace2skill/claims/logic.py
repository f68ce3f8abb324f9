"""Logical relations of claims (contradiction, implication, inclusion), and the union of rules."""

from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Items
from itertools import product

from trace2skill.claims.compare import entity_type_of
from trace2skill.claims.model import (
    ActionPattern,
    AnyOf,
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
    Predicate,
    Rule,
    Sequence,
    Unknown,
)
from trace2skill.claims.traversal import actions_of, constant_arguments, fact_keys, parts_of


def contradiction(one: Claim, other: Claim) -> str | None:
    """Why the two claims cannot both be followed; None if they can. The order of the arguments matters."""
    match one, other:
        case Rule(), Rule():
            return _two_rules(one, other)
        case Rule(), Avoid():
            due = includes(other.action, one.then) and set(parts_of(other.when)) <= set(parts_of(one.when))
            return "one asks for the action that the other forbids under the same condition" if due else None
        case ((Sequence() | Milestones()), Avoid(when=None)):
            forbidden = any(includes(other.action, action) for action in one.actions)
            return "one asks for an action that the other forbids" if forbidden else None
        case Milestones(), Milestones():
            return _two_orders(one, other)
        case Effect(), Effect():
            same = one.action == other.action and one.before == other.before
            return (
                "they state different effects of the same action"
                if same and opposed(one.after, other.after)
                else None
            )
        case Guard(), Guard():
            same = actions_of(one) == actions_of(other) and one.scope == other.scope
            clash = same and opposed(one.require, other.require)
            return "they require opposite things before the same action" if clash else None
        case Closing(), Closing():
            clash = one.scope == other.scope and opposed(one.require, other.require)
            return "they require opposite things at the end" if clash else None
        case _:
            return None


def _two_rules(one: Rule, other: Rule) -> str | None:
    if set(parts_of(one.when)) != set(parts_of(other.when)) or one.then.tool != other.then.tool:
        return None
    fixed, others = constant_arguments(one.then), constant_arguments(other.then)
    clash = any(fixed[name] != others[name] for name in fixed.keys() & others.keys())
    return "they ask for the same tool with different arguments under the same condition" if clash else None


def _two_orders(one: Milestones, other: Milestones) -> str | None:
    place = {action: position for position, action in enumerate(other.actions)}
    shared = [place[action] for action in one.actions if action in place]
    return "they put the same actions in a different order" if shared != sorted(shared) else None


def includes(wide: ActionPattern, narrow: ActionPattern) -> bool:
    """Whether every action that matches `narrow` also matches `wide`."""
    if wide.tool not in {"*", narrow.tool} or wide.actor not in {None, narrow.actor}:
        return False
    bound = dict(narrow.arguments)
    return all(value.kind == "anything" or bound.get(name) == value for name, value in wide.arguments)


def opposed(one: Predicate, other: Predicate) -> bool:
    """Whether a conjunct of one predicate excludes a conjunct of the other."""
    return any(_exclude(a, b) or _exclude(b, a) for a, b in product(parts_of(one), parts_of(other)))


def _exclude(one: Predicate, other: Predicate) -> bool:
    match one, other:
        case Known(key=key), Unknown(key=same):
            return key == same
        case Compare(operator="="), Compare(operator="=" | "!="):
            about_one = one.left == other.left and one.quantifier == other.quantifier
            values = isinstance(one.right, Constant) and isinstance(other.right, Constant)
            return about_one and values and (one.right == other.right) is (other.operator == "!=")
        case _:
            return False


def implied(strong: Claim, weak: Claim) -> bool:
    """Whether `weak` differs from `strong` only by conjuncts or milestones, or by having fewer actions."""
    match strong, weak:
        case Rule(), Rule():
            return strong.then == weak.then and _nested(parts_of(strong.when), parts_of(weak.when))
        case Avoid(), Avoid():
            wider = includes(strong.action, weak.action)
            return wider and _nested(parts_of(strong.when), parts_of(weak.when))
        case Guard(), Guard():
            same = actions_of(strong) == actions_of(weak) and strong.scope == weak.scope
            return same and _nested(parts_of(strong.require), parts_of(weak.require))
        case Closing(), Closing():
            return strong.scope == weak.scope and _nested(parts_of(strong.require), parts_of(weak.require))
        case Sequence(), Sequence():
            return _run_inside(weak.actions, strong.actions)
        case Milestones(), Milestones():
            return _kept_order(weak.actions, strong.actions) or _kept_order(strong.actions, weak.actions)
        case Milestones(), Sequence():
            return _kept_order(weak.actions, strong.actions)
        case Sequence(), Milestones():
            return _kept_order(weak.actions, strong.actions)
        case _:
            return False


def _nested(one: Items[Predicate], other: Items[Predicate]) -> bool:
    """Whether one list of conjuncts implies the other, in either direction."""
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


def united(rules: Iterable[Rule]) -> Iterator[Rule]:
    """One rule for each action that several rules share, with the disjunction of their conditions.

    Rules with a condition about one of several entities are skipped: the entity is the action's target.
    """
    by: dict[ActionPattern, list[Rule]] = {}
    for rule in rules:
        by.setdefault(rule.then, []).append(rule)
    for action, reasons in by.items():
        of_entities = any(_is_of_entity(part) for rule in reasons for part in parts_of(rule.when))
        if len(reasons) > 1 and not of_entities:
            whens = tuple(rule.when for rule in reasons)
            yield Rule(when=AnyOf(parts=whens), then=action, ended_by=reasons[0].ended_by)


def _is_of_entity(part: Predicate) -> bool:
    """Whether the predicate is about an entity of a type (`line.status`), not about the world (`mode`)."""
    return entity_type_of(part) is not None and any("." in key for key in fact_keys(part))
