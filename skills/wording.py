"""Claims as English that a person would accept: one line each, with the marks of `marks`."""

from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Claim,
    Closing,
    Compare,
    Constant,
    Effect,
    FactTerm,
    Guard,
    Milestones,
    Rule,
    Sequence,
)
from trace2skill.skills.action_wording import after, call, chain, gerund, grouped, imperative, subject
from trace2skill.skills.evidence_wording import numbers
from trace2skill.skills.fact_wording import Topic, phrase
from trace2skill.skills.finding import Finding
from trace2skill.skills.predicate_wording import clause, state
from trace2skill.skills.strength import hurts

__all__ = ["numbers", "sentence", "statement", "warning"]

_CHANGED = {("in", "not in"): ("removes", "from"), ("not in", "in"): ("adds", "to")}


def statement(finding: Finding) -> str:
    """What the finding advises: its claim, or a warning where runs that followed it did worse."""
    return warning(finding.claim) if hurts(finding) else sentence(finding.claim)


def sentence(claim: Claim) -> str:
    """The claim as one instruction or statement, ending in a full stop."""
    match claim:
        case Rule(when=when, then=then):
            return f"When {clause(when, _named(then))}: {imperative(then)}."
        case Guard():
            return _guard(claim)
        case Avoid(action=action, when=when):
            moment = f" when {clause(when, _it(action))}" if when else ""
            return f"Do not {imperative(action)}{moment}."
        case Effect():
            return _effect(claim)
        case Sequence(actions=actions, gap=gap):
            return _capital(f"{chain(actions)}{_distance(gap)}.")
        case Milestones(actions=actions):
            return f"In this order: {grouped(actions)}."
        case Closing(require=require, scope=scope):
            if scope is None:
                return f"Close only when {clause(require)}."
            return f"When {clause(scope)}, close only when {clause(require)}."


def warning(claim: Claim) -> str:
    """The advice where runs that followed the claim did worse: what not to do."""
    match claim:
        case Rule(when=when, then=then):
            return f"When {clause(when, _named(then))}, do not simply {imperative(then)}."
        case Guard(action=action, require=require):
            return f"Do not wait until {clause(require, _named(action))} before {gerund(action)}."
        case Sequence(actions=actions, gap=gap):
            return f"Do not {chain(actions)}{_distance(gap)}."
        case _:
            return sentence(claim)


def _guard(claim: Guard) -> str:
    moment = f"before {gerund(claim.action)}"
    required = f"make sure that {clause(claim.require, _it(claim.action))}."
    if claim.scope is None:
        return _capital(f"{moment}, {required}")
    return f"When {clause(claim.scope, _named(claim.action))}, {moment}, {required}"


def _effect(claim: Effect) -> str:
    if change := _change(claim):
        who = subject(claim.action)
        by = f", run by {who}," if who else ""
        return f"{_capital(call(claim.action))}{by} {change}."
    outcome = f"{after(claim.action)}, {clause(claim.after, _it(claim.action))}."
    if claim.before is None:
        return _capital(outcome)
    return f"When {clause(claim.before, _named(claim.action))}: {outcome}"


def _change(claim: Effect) -> str | None:
    """The effect as one verb where `before` and `after` are about one fact: turns, adds, removes."""
    match claim.before, claim.after:
        case Compare(left=FactTerm() as fact), Compare(left=same) if fact == same:
            turned, into = state(claim.before), state(claim.after)
            return f"turns {turned} into {into}" if turned and into else None
        case Compare(left=Constant() as item, operator=was), Compare(left=same, operator=then) if (
            item == same
        ):
            if claim.before.right != claim.after.right or (was, then) not in _CHANGED:
                return None
            verb, preposition = _CHANGED[was, then]
            return f"{verb} {phrase(item)} {preposition} {phrase(claim.after.right)}"
        case _:
            return None


def _it(action: ActionPattern) -> Topic:
    """The tool, already named in the sentence."""
    return Topic(action.tool, "it")


def _named(action: ActionPattern) -> Topic:
    """The tool, still to be named in the sentence."""
    return Topic(action.tool, call(ActionPattern(tool=action.tool)))


def _distance(gap: int | None) -> str:
    if gap is None:
        return ""
    return (
        ", directly after one another" if gap == 1 else f", each at most {gap} actions after the one before"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
