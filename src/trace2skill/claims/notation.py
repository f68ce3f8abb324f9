"""Writes claims as text in a subset of Python's expression syntax; `parse` reads it back.

    line.status == "Suspended" and known(bill.id) and not matches(user.said, "no thanks")
    user.toggle_airplane_mode()             send_payment_request(bill_id=customer.bill_id, note=...)

The text is for people, and for models to answer in; it is never evaluated. Equal texts have equal meaning.
"""

from collections.abc import Iterator
from keyword import iskeyword

from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    Anything,
    ArgumentPattern,
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
    Like,
    Milestones,
    Never,
    OwnTerm,
    Predicate,
    Rule,
    Scalar,
    Sequence,
    SizeTerm,
    Slot,
    Term,
    Unknown,
)
from trace2skill.traces.model import Actor

ACTORS = frozenset(actor.value for actor in Actor)
TOLD = frozenset({"task", "utterance"})
RESERVED = frozenset({"own", "arg"})
"""Prefixes with a meaning of their own; dotted fact keys that start with one are quoted."""

ANY_TOOL, NAMED_TOOL = "any_tool", "do"


def claim_text(claim: Claim) -> dict[str, str | list[str] | int]:
    """A mapping with the claim's kind and its parts as text; absent parts are left out."""
    parts: dict[str, str | list[str] | int] = {"kind": claim.kind}
    match claim:
        case Sequence(actions=actions, gap=gap):
            parts |= {"actions": [action_text(action) for action in actions]}
            parts |= {} if gap is None else {"gap": gap}
        case Milestones(actions=actions):
            parts["actions"] = [action_text(action) for action in actions]
        case Effect(action=action, before=before, after=after):
            parts |= {"action": action_text(action), "after": predicate_text(after)}
            parts |= _optional("before", before)
        case Avoid(action=action, when=when):
            parts |= {"action": action_text(action), **_optional("when", when)}
        case Rule(when=when, then=then):
            parts |= {"when": predicate_text(when), "then": action_text(then)}
        case Guard(action=action, also=also, require=require, scope=scope):
            parts |= {"action": action_text(action), "require": predicate_text(require)}
            parts |= {"also": [action_text(each) for each in also]} if also else {}
            parts |= _optional("scope", scope)
        case Closing(require=require, scope=scope):
            parts |= {"require": predicate_text(require), **_optional("scope", scope)}
    return parts


def predicate_text(predicate: Predicate) -> str:
    """A predicate as an expression."""
    match predicate:
        case AllOf(parts=parts):
            return " and ".join(_inner(part) for part in parts)
        case AnyOf(parts=parts):
            return " or ".join(_inner(part) for part in parts)
        case Known(key=key):
            return f"known({key_text(key)})"
        case Unknown(key=key):
            return f"unknown({key_text(key)})"
        case Never(action=action):
            return f"never({action_text(action)})"
        case Compare():
            return _comparison(predicate)


def action_text(action: ActionPattern) -> str:
    """An action pattern as a call, with the actor as a prefix: `user.toggle_data()`."""
    name, first = action.tool, []
    if name == "*":
        name = ANY_TOOL
    elif not _is_name(name) or name in {ANY_TOOL, NAMED_TOOL}:
        name, first = NAMED_TOOL, [scalar_text(name)]
    actor = f"{action.actor.value}." if action.actor else ""
    plain = [f"{key}={_argument(key, fit)}" for key, fit in action.arguments if _is_name(key)]
    quoted = [
        f"{scalar_text(key)}: {_argument(key, fit)}" for key, fit in action.arguments if not _is_name(key)
    ]
    rest = [f"**{{{', '.join(quoted)}}}"] if quoted else []
    return f"{actor}{name}({', '.join([*first, *plain, *rest])})"


def key_text(key: str) -> str:
    """A fact key as dotted names, or as `fact("...")` if it is not made of names."""
    parts = key.split(".")
    plain = all(_is_name(part) for part in parts)
    taken = len(parts) > 1 and parts[0] in RESERVED
    return key if plain and not taken else f"fact({scalar_text(key)})"


def scalar_text(value: Scalar) -> str:
    """A constant as a Python literal."""
    if isinstance(value, str):
        return '"' + "".join(_escaped(value)) + '"'
    return repr(value)


def _escaped(text: str) -> Iterator[str]:
    for character in text:
        if character in '"\\':
            yield f"\\{character}"
        elif character.isprintable():
            yield character
        else:
            yield character.encode("unicode_escape").decode("ascii")


def _comparison(compare: Compare) -> str:
    left, right = _term(compare.left), _term(compare.right)
    if compare.operator == "matches":
        text = f"matches({left}, {right})"
    else:
        operator = "==" if compare.operator == "=" else compare.operator
        text = f"{left} {operator} {right}"
    return text if compare.quantifier == "exists" else f"{compare.quantifier}({text})"


def _term(term: Term) -> str:
    match term:
        case Constant(value=value):
            return scalar_text(value)
        case FactTerm(key=key):
            return key_text(key)
        case ArgumentTerm(name=name):
            return f"arg.{name}" if _is_name(name) else f"arg({scalar_text(name)})"
        case OwnTerm(attribute=attribute):
            return f"own.{attribute}"
        case CountTerm(action=action):
            return f"count({action_text(action)})"
        case SizeTerm(key=key):
            return f"size({key_text(key)})"
        case Combined(operator=operator, left=left, right=right):
            return f"({_term(left)} {operator} {_term(right)})"


def _argument(name: str, fit: ArgumentPattern) -> str:
    match fit:
        case Anything():
            return "..."
        case Constant(value=value):
            return scalar_text(value)
        case Like(pattern=pattern):
            return f"like({', '.join([scalar_text(pattern), *_own_name(name, fit.name)])})"
        case Slot(sources=sources):
            named = [source if source in TOLD else key_text(source) for source in sources]
            if len(named) == 1 and fit.name == name:
                return named[0]
            return f"slot({', '.join([*named, *_own_name(name, fit.name)])})"


def _own_name(argument: str, name: str) -> list[str]:
    return [] if name == argument else [f"name={scalar_text(name)}"]


def _inner(part: Predicate) -> str:
    text = predicate_text(part)
    return f"({text})" if isinstance(part, AllOf | AnyOf) else text


def _optional(name: str, predicate: Predicate | None) -> dict[str, str]:
    return {} if predicate is None else {name: predicate_text(predicate)}


def _is_name(text: str) -> bool:
    return text.isidentifier() and not iskeyword(text)
