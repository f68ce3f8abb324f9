"""Whether two claims cannot both be followed."""

from itertools import product

from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Claim,
    Closing,
    Compare,
    Constant,
    Effect,
    Guard,
    Known,
    Milestones,
    Predicate,
    Rule,
    Sequence,
    Unknown,
)
from trace2skill.skills.anatomy import constant_arguments, parts_of
from trace2skill.skills.model import Finding
from trace2skill.skills.strength import hurts


def conflict(one: Finding, other: Finding) -> str | None:
    """Why the two findings contradict each other, as a clause; None where they do not.

    A finding that warns says the opposite of its claim, so two that point different ways are not compared.
    """
    if hurts(one) or hurts(other):
        return None
    return contradiction(one.claim, other.claim) or contradiction(other.claim, one.claim)


def contradiction(one: Claim, other: Claim) -> str | None:
    """Why the two claims cannot both be followed, asked in this order of the two; None where they can."""
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
            same = one.action == other.action and one.scope == other.scope
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
    """Whether whatever matches `narrow` matches `wide` too."""
    if wide.tool not in {"*", narrow.tool} or wide.actor not in {None, narrow.actor}:
        return False
    bound = dict(narrow.arguments)
    return all(value.kind == "anything" or bound.get(name) == value for name, value in wide.arguments)


def opposed(one: Predicate, other: Predicate) -> bool:
    """Whether some conjunct of one rules out some conjunct of the other."""
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
