"""Words claims as English sentences, one line each."""

import re
from collections.abc import Iterable

from trace2skill.claims.compare import entity_type_of
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    ArgumentTerm,
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
    Never,
    Operator,
    Predicate,
    Rule,
    Sequence,
    Unknown,
)
from trace2skill.claims.traversal import SAID, TASK, entity_type, parts_of
from trace2skill.evidence.finding import Finding, hurts
from trace2skill.wording.escape import code, italic, plain
from trace2skill.wording.evidence import numbers
from trace2skill.wording.terms import (
    Topic,
    after,
    asked,
    call,
    chain,
    event,
    gerund,
    grouped,
    imperative,
    is_path,
    named,
    not_done,
    owner,
    phrase,
    reply,
    subject,
)

_SYMBOL = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_WORDS = {
    "=": "equal to",
    "!=": "different from",
    "<": "below",
    "<=": "at most",
    ">": "above",
    ">=": "at least",
    "in": "among",
    "not in": "not among",
    "matches": "matching",
}
_TURNED: dict[Operator, Operator] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

NOBODY = Topic()


def clause(predicate: Predicate, topic: Topic = NOBODY) -> str:
    """The predicate as a clause: "some line has *status = Suspended*".

    Conditions that the same entity must meet (see `AllOf`) share one subject: "some line has *a = 1* and
    *b = 2*".

    Args:
        predicate: The predicate.
        topic: The tool under test, for predicates on its history or its reply.
    """
    if heard := _heard(predicate):
        return heard
    if isinstance(predicate, AnyOf):
        return listed([clause(part, topic) for part in predicate.parts], "or") or "nothing is the case"
    shared: dict[str, list[str]] = {}
    links = {entity_type(key): whose for part in parts_of(predicate) for key, whose in _link(part)}
    named_alone = links.keys() - {
        kind for part in parts_of(predicate) if not _link(part) for kind in _about(part)
    }
    for number, part in enumerate(parts_of(predicate)):
        if any(entity_type(key) not in named_alone for key, _ in _link(part)):
            continue
        subject, body = _parts(part, topic)
        if (kind := next(iter(_about(part)), "")) in links and not _link(part):
            subject, body = links[kind], body.replace(f"{kind}.", "")
        shared.setdefault(subject or f"\0{number}", []).append(body)
    clauses = [
        bodies[0] if subject.startswith("\0") else f"{subject} has {listed(bodies)}"
        for subject, bodies in shared.items()
    ]
    if any(len(bodies) > 1 for bodies in shared.values()):
        return ", and ".join(clauses)
    return listed(clauses) or "anything is the case"


_A_WORD = re.compile(r"\\b([^\W\d_]+)\\b")


def _heard(predicate: Predicate) -> str:
    """A condition on words of somebody's latest utterance; "" for any other."""
    words, speakers = [], set()
    for part in predicate.parts if isinstance(predicate, AnyOf) else (predicate,):
        match part:
            case Compare(left=FactTerm(key=key), operator="matches", right=Constant(value=str(value))) if (
                key in SAID and (word := _A_WORD.fullmatch(value))
            ):
                words.append(italic(word[1]))
                speakers.add(SAID[key].value)
            case _:
                return ""
    return f"the {speakers.pop()}'s last words include {listed(words, 'or')}" if len(speakers) == 1 else ""


def _link(predicate: Predicate) -> tuple[tuple[str, str], ...]:
    """The fact key and the entity of a predicate that the task text, or an argument, names the entity.

    Empty for any other predicate.
    """
    match predicate:
        case Compare(left=FactTerm(key=key), operator="in", right=FactTerm(key=task)) if task == TASK:
            return ((key, f"the {_kind(key)} whose {italic(key.partition('.')[2])} the task names"),)
        case Compare(left=FactTerm(key=key), operator="=", right=ArgumentTerm(name=name)) if "." in key:
            return ((key, f"the {_kind(key)} that its {code(name)} names"),)
        case _:
            return ()


def _about(predicate: Predicate) -> frozenset[str]:
    """The entity type of an existential comparison, as a set; empty for any other predicate."""
    kind = entity_type_of(predicate)
    return frozenset({kind} if kind else ())


def _kind(key: str) -> str:
    return " ".join(key.partition(".")[0].replace("_", " ").split())


def listed(items: Iterable[str], word: str = "and") -> str:
    """Join items as in prose: "a", "a and b", "a, b and c"."""
    *most, last = list(items) or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def state(predicate: Predicate | None) -> str | None:
    """An equality of a fact as an emphasised state, *line.status = Active*; None for other predicates."""
    match predicate:
        case Compare(left=FactTerm(key=key), operator="=", right=Constant(value=value)):
            said = reply(key)
            return italic(said.filled(plain(value)) if said else f"{key} = {plain(value)}")
        case _:
            return None


def _parts(predicate: Predicate, topic: Topic) -> tuple[str, str]:
    """The subject of "has" ("" if the clause has another verb), and the rest of the clause."""
    match predicate:
        case Compare():
            return _compare(predicate, topic)
        case Known(key=key):
            return "", _known(key)
        case Unknown(key=key):
            return "", _unknown(key)
        case Never(action=action):
            return "", not_done(action)
        case AllOf() | AnyOf():
            return "", clause(predicate, topic)


def _known(key: str) -> str:
    if said := reply(key):
        return f"{said.speaker} has said {italic(said.filled())}"
    words = asked(key)
    return f"the task states {italic(words)}" if words else f"{named(key)} is known"


def _unknown(key: str) -> str:
    if said := reply(key):
        return f"{said.speaker} has not said {italic(said.filled())} yet"
    words = asked(key)
    return f"the task does not state {italic(words)}" if words else f"{named(key)} is not known yet"


def _compare(compare: Compare, topic: Topic) -> tuple[str, str]:
    turned = _facing(compare)
    return ("", happened) if (happened := event(turned, topic)) else _comparison(turned)


def _facing(compare: Compare) -> Compare:
    """The comparison with its constant on the right, if the operator can be reversed."""
    turned = _TURNED.get(compare.operator)
    if turned is None or not isinstance(compare.left, Constant):
        return compare
    return compare.model_copy(update={"left": compare.right, "operator": turned, "right": compare.left})


def _comparison(compare: Compare) -> tuple[str, str]:
    left, operator, right = compare.left, compare.operator, compare.right
    if isinstance(left, Constant) and isinstance(right, FactTerm) and operator in {"in", "not in"}:
        if right.key == TASK:
            return "", f"the task {'says' if operator == 'in' else 'does not say'} {phrase(left)}"
        verb = "includes" if operator == "in" else "does not include"
        return "", f"{named(right.key)} {verb} {phrase(left)}"
    if isinstance(right, FactTerm) and right.key == TASK and (found := _link(compare)):
        return "", f"the task names {italic(found[0][0])}"
    if not isinstance(left, FactTerm):
        return "", f"{phrase(left)} {_is(compare)}"
    if isinstance(right, FactTerm) and is_path(left.key) and is_path(right.key) and operator in _SYMBOL:
        return "", italic(f"{left.key} {_SYMBOL[operator]} {right.key}")
    # Two facts are compared by their latest values, whatever the quantifier says.
    single = isinstance(right, Constant | ArgumentTerm)
    subject, path = owner(left.key, compare.quantifier if single else "last")
    beside = _beside(compare)
    if beside is not None and (subject or is_path(left.key)):
        return subject, italic(f"{path} {_SYMBOL[operator]} {beside}")
    if subject:
        return subject, f"{italic(path)} {_against(compare)}"
    return "", f"{named(left.key)} {_is(compare)}"


def _beside(compare: Compare) -> str | None:
    """The right side, if it can be written in one emphasised comparison with the fact; else None."""
    if compare.operator not in _SYMBOL:
        return None
    if isinstance(compare.right, Constant):
        return plain(compare.right.value)
    if isinstance(compare.right, FactTerm) and is_path(compare.right.key):
        return compare.right.key
    return None


def _is(compare: Compare) -> str:
    """The comparison's verb and right side: "is at most 3", "matches `^a`"."""
    if compare.operator in {"=", "!="}:
        return f"{'is' if compare.operator == '=' else 'is not'} {phrase(compare.right)}"
    if compare.operator == "matches":
        return f"matches{_against(compare).removeprefix('matching')}"
    return f"is {_against(compare)}"


def _against(compare: Compare) -> str:
    """The comparison after "has *name*": "at most 3", "matching `^a`"."""
    right = compare.right
    if compare.operator == "matches" and isinstance(right, Constant):
        return f"matching {code(plain(right.value))}"
    return f"{_WORDS[compare.operator]} {phrase(right)}"


__all__ = ["numbers", "sentence", "statement", "warning"]

_CHANGED = {("in", "not in"): ("removes", "from"), ("not in", "in"): ("adds", "to")}


def statement(finding: Finding) -> str:
    """The sentence of a finding: its claim, or a warning if runs that followed it did worse."""
    return warning(finding.claim) if hurts(finding) else sentence(finding.claim)


def sentence(claim: Claim) -> str:
    """The claim as one instruction or statement, with a full stop."""
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
    """The warning for a claim whose followers did worse; the plain sentence if the kind has no warning."""
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
    moment = f"before {listed([gerund(claim.action), *map(call, claim.also)], 'or')}"
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
    """An effect on one fact as "turns", "adds" or "removes"; None if `before` and `after` do not allow it."""
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
    """The topic of a tool that the sentence has named already."""
    return Topic(action.tool, "it")


def _named(action: ActionPattern) -> Topic:
    """The topic of a tool that the sentence has not named yet."""
    return Topic(action.tool, call(ActionPattern(tool=action.tool)))


def _distance(gap: int | None) -> str:
    if gap is None:
        return ""
    return (
        ", directly after one another" if gap == 1 else f", each at most {gap} actions after the one before"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
