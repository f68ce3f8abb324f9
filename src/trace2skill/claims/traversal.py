"""The parts of a claim: its actions, conditions, terms, fact keys and slots."""

from collections.abc import Iterator

from pydantic import BaseModel

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    ArgumentTerm,
    Avoid,
    Claim,
    Closing,
    Combined,
    Compare,
    Constant,
    CountTerm,
    Effect,
    FactTerm,
    Guard,
    Known,
    Milestones,
    Never,
    Predicate,
    Rule,
    Sequence,
    SizeTerm,
    Slot,
    Term,
    Unknown,
)
from trace2skill.facts.templates import SAYS
from trace2skill.traces.model import Actor

TASK = "task"
"""The fact key of the task text, for conditions on its words or on the entity it names."""

SAID = {"user.said": Actor.USER, "agent.said": Actor.AGENT}
"""Fact keys of an actor's latest utterance, in lower case."""


def fact_keys(node: BaseModel) -> Iterator[str]:
    """Every fact key in a claim, predicate or pattern, with repetitions."""
    if isinstance(node, FactTerm | Known | Unknown | SizeTerm):
        yield node.key
    if isinstance(node, Slot):
        yield from node.sources
    for _, value in node:
        yield from _inside(value)


def _inside(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from fact_keys(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item)


def entity_type(key: str) -> str:
    """The entity type of a fact key: `line.status` -> `line`; empty for sentences."""
    return "" if SAYS in key else key.partition(".")[0]


def actions_of(claim: Claim) -> tuple[ActionPattern, ...]:
    """The actions of a claim, in its order; empty for a `Closing`."""
    match claim:
        case Sequence() | Milestones():
            return claim.actions
        case Rule():
            return (claim.then,)
        case Guard():
            return (claim.action, *claim.also)
        case Effect() | Avoid():
            return (claim.action,)
        case Closing():
            return ()


def conditions_of(claim: Claim) -> tuple[Predicate, ...]:
    """The predicates of a claim: its condition first, then what it requires or brings about."""
    match claim:
        case Rule():
            return (claim.when,)
        case Avoid():
            return (claim.when,) if claim.when else ()
        case Effect():
            return (claim.before, claim.after) if claim.before else (claim.after,)
        case Guard() | Closing():
            return (claim.scope, claim.require) if claim.scope else (claim.require,)
        case Sequence() | Milestones():
            return ()


def parts_of(predicate: Predicate | None) -> tuple[Predicate, ...]:
    """The conjuncts of a predicate, flattened; empty for None. A disjunction is one conjunct."""
    if predicate is None:
        return ()
    if isinstance(predicate, AllOf):
        return tuple(leaf for part in predicate.parts for leaf in parts_of(part))
    return (predicate,)


def leaves_of(claim: Claim) -> tuple[Predicate, ...]:
    """Every atomic predicate of the claim."""
    return tuple(leaf for condition in conditions_of(claim) for leaf in _leaves(condition))


def _leaves(predicate: Predicate) -> Iterator[Predicate]:
    if isinstance(predicate, AllOf | AnyOf):
        for part in predicate.parts:
            yield from _leaves(part)
    else:
        yield predicate


def terms_of(claim: Claim) -> Iterator[Term]:
    """Every term compared in the claim; sums and products are split into their terms."""
    for leaf in leaves_of(claim):
        if isinstance(leaf, Compare):
            yield from _terms(leaf.left)
            yield from _terms(leaf.right)


def _terms(term: Term) -> Iterator[Term]:
    if isinstance(term, Combined):
        yield from _terms(term.left)
        yield from _terms(term.right)
    else:
        yield term


def keys_of(claim: Claim) -> frozenset[str]:
    """The fact keys in the claim's conditions."""
    compared = {term.key for term in terms_of(claim) if isinstance(term, FactTerm | SizeTerm)}
    seen = {leaf.key for leaf in leaves_of(claim) if isinstance(leaf, Known | Unknown)}
    return frozenset(compared | seen)


def patterns_of(claim: Claim) -> tuple[ActionPattern, ...]:
    """Every action pattern in the claim, including those in its conditions."""
    inside = [leaf.action for leaf in leaves_of(claim) if isinstance(leaf, Never)]
    counted = [term.action for term in terms_of(claim) if isinstance(term, CountTerm)]
    return (*actions_of(claim), *inside, *counted)


def hears(require: Predicate) -> bool:
    """Whether a requirement is only about what was said."""
    keys = set(fact_keys(require))
    return bool(keys) and keys <= SAID.keys()


def target_of(require: Predicate) -> Compare | None:
    """The part of a requirement that tells its entity by an argument: `order.order_id = order_id`."""
    for part in parts_of(require):
        match part:
            case Compare(left=FactTerm(), operator="=", right=ArgumentTerm()):
                return part
    return None


def slots_of(claim: Claim) -> tuple[Slot, ...]:
    """The slots of the claim's actions, in order of appearance."""
    arguments = [value for pattern in patterns_of(claim) for _, value in pattern.arguments]
    return tuple(value for value in arguments if isinstance(value, Slot))


def constant_arguments(pattern: ActionPattern) -> dict[str, Constant]:
    """The arguments that an action pattern fixes to a constant."""
    return {name: value for name, value in pattern.arguments if isinstance(value, Constant)}
