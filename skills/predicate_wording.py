"""Predicates in English, as clauses that follow "when" or "make sure that"."""

from collections.abc import Iterable

from trace2skill.claims.compare import entity_type_of
from trace2skill.claims.keys import TASK, entity_type
from trace2skill.claims.model import (
    AllOf,
    AnyOf,
    Compare,
    Constant,
    FactTerm,
    Known,
    Never,
    Operator,
    Predicate,
    Unknown,
)
from trace2skill.skills.action_wording import not_done
from trace2skill.skills.anatomy import parts_of
from trace2skill.skills.event_wording import event
from trace2skill.skills.fact_wording import Topic, asked, is_path, named, owner, phrase, reply
from trace2skill.skills.marks import code, italic, plain

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

    Conditions that one entity must meet together share one subject, as `AllOf` means them: "some line has
    *a = 1* and *b = 2*".

    Args:
        predicate: What to say.
        topic: The tool under test, where the predicate speaks of its history or its reply.
    """
    if isinstance(predicate, AnyOf):
        return listed([clause(part, topic) for part in predicate.parts], "or") or "nothing is the case"
    shared: dict[str, list[str]] = {}
    links = {entity_type(key): key for part in parts_of(predicate) if (key := _link(part))}
    named_alone = links.keys() - {
        kind for part in parts_of(predicate) if not _link(part) for kind in _about(part)
    }
    for number, part in enumerate(parts_of(predicate)):
        if (key := _link(part)) and entity_type(key) not in named_alone:
            continue
        subject, body = _parts(part, topic)
        if (kind := next(iter(_about(part)), "")) in links and not _link(part):
            subject, body = _of_named(links[kind]), body.replace(f"{kind}.", "")
        shared.setdefault(subject or f"\0{number}", []).append(body)
    clauses = [
        bodies[0] if subject.startswith("\0") else f"{subject} has {listed(bodies)}"
        for subject, bodies in shared.items()
    ]
    if any(len(bodies) > 1 for bodies in shared.values()):
        return ", and ".join(clauses)
    return listed(clauses) or "anything is the case"


def _link(predicate: Predicate) -> str:
    """The fact by which the task names an entity, if the predicate says that it does."""
    match predicate:
        case Compare(left=FactTerm(key=key), operator="in", right=FactTerm(key=task)) if task == TASK:
            return key
        case _:
            return ""


def _about(predicate: Predicate) -> frozenset[str]:
    """The type of entity that an existential comparison is about."""
    kind = entity_type_of(predicate)
    return frozenset({kind} if kind else ())


def _of_named(key: str) -> str:
    """The entity that the task names by a fact: "the line whose *phone_number* the task names"."""
    kind, _, path = key.partition(".")
    return f"the {' '.join(kind.replace('_', ' ').split())} whose {italic(path)} the task names"


def listed(items: Iterable[str], word: str = "and") -> str:
    """Items in prose: "a", "a and b", "a, b and c"."""
    *most, last = list(items) or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def state(predicate: Predicate | None) -> str | None:
    """A fact's value as an emphasised state, *line.status = Active*; None for any other predicate."""
    match predicate:
        case Compare(left=FactTerm(key=key), operator="=", right=Constant(value=value)):
            said = reply(key)
            return italic(said.filled(plain(value)) if said else f"{key} = {plain(value)}")
        case _:
            return None


def _parts(predicate: Predicate, topic: Topic) -> tuple[str, str]:
    """The subject of "has", or nothing, and the rest of the clause."""
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
    """The comparison with a constant on the right wherever its operator allows it."""
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
    if key := _link(compare):
        return "", f"the task names {italic(key)}"
    if not isinstance(left, FactTerm):
        return "", f"{phrase(left)} {_is(compare)}"
    if isinstance(right, FactTerm) and is_path(left.key) and is_path(right.key) and operator in _SYMBOL:
        return "", italic(f"{left.key} {_SYMBOL[operator]} {right.key}")
    # Two facts are compared by their latest values, whatever the quantifier says.
    subject, path = owner(left.key, compare.quantifier if isinstance(right, Constant) else "last")
    beside = _beside(compare)
    if beside is not None and (subject or is_path(left.key)):
        return subject, italic(f"{path} {_SYMBOL[operator]} {beside}")
    if subject:
        return subject, f"{italic(path)} {_against(compare)}"
    return "", f"{named(left.key)} {_is(compare)}"


def _beside(compare: Compare) -> str | None:
    """The right side, where it fits beside the fact into one emphasised comparison."""
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
