"""Comparisons that tell what happened, as verbs: a call failed, the user agreed, a tool said something."""

from trace2skill.claims.model import Compare, Constant, CountTerm, FactTerm, Operator, OwnTerm, Scalar, Term
from trace2skill.skills.action_wording import done, not_done
from trace2skill.skills.fact_wording import Topic, reply
from trace2skill.skills.marks import code, italic, plain

_HAPPENED = {
    ("last.outcome", "error"): ("the last call failed", "the last call did not fail"),
    ("last.outcome", "ok"): ("the last call went well", "the last call did not go well"),
    ("user.consents", True): ("the user has just agreed", "the user has not just agreed"),
    ("user.refuses", True): ("the user has just refused", "the user has not just refused"),
    ("user.asks", True): ("the user has just asked something", "the user has not just asked anything"),
}
_TIMES: dict[float, str] = {1: "once", 2: "twice"}
_AT = {"=": "exactly", "<=": "at most", ">=": "at least", ">": "more than", "<": "fewer than"}


def event(compare: Compare, topic: Topic) -> str | None:
    """The comparison as a clause with a verb of its own; None where it only compares values."""
    if not isinstance(compare.right, Constant):
        return None
    left, operator, value = compare.left, compare.operator, compare.right.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        often = how_often(operator, value)
        if often is not None and (counted := _counted(left, often, topic)):
            return counted
    if operator not in {"=", "!="}:
        return None
    happens = operator == "="
    if isinstance(value, bool):
        happens, value = happens is value, True
    if isinstance(left, OwnTerm) and left.attribute == "failed":
        whose = "its latest call" if topic.word == "it" else f"the latest call of {topic.word}"
        return f"{whose} {'failed' if happens else 'did not fail'}"
    return _fact_event(compare, happens, value, topic)


def _fact_event(compare: Compare, happens: bool, value: Scalar, topic: Topic) -> str | None:
    left = compare.left
    if not isinstance(left, FactTerm):
        return None
    if pair := _HAPPENED.get((left.key, value)):
        return pair[0] if happens else pair[1]
    if left.key == "last.tool":
        return f"the last call {'was' if happens else 'was not'} {code(plain(value))}"
    if left.key == "last.error" and happens:
        return f"the last call failed with {italic(plain(value))}"
    return _said(compare, left.key, happens, topic)


def how_often(operator: Operator, number: float) -> str | None:
    """A comparison with a count as an adverb: "never", "at least twice", "" for once or more; else None."""
    if (operator, number) in {("=", 0), ("<=", 0), ("<", 1)}:
        return "never"
    if (operator, number) in {(">", 0), ("!=", 0), (">=", 1)}:
        return ""
    if operator not in _AT:
        return None
    times = f"{plain(number)} times" if operator == "<" else _TIMES.get(number, f"{plain(number)} times")
    return f"{_AT[operator]} {times}"


def _counted(left: Term, often: str, topic: Topic) -> str | None:
    never = often == "never"
    match left:
        case OwnTerm(attribute="errors"):
            failed = f"{topic.word} has failed {often}".rstrip()
            return f"{topic.word} has not failed so far" if never else failed
        case OwnTerm(attribute="calls"):
            return (
                f"{topic.word} has not been called yet"
                if never
                else f"{topic.word} has been called {often}".rstrip()
            )
        case FactTerm(key="tool.errors"):
            return "no tool has failed so far" if never else f"some tool has failed {often}".rstrip()
        case CountTerm(action=action):
            return not_done(action) if never else done(action, often)
        case _:
            return None


def _said(compare: Compare, key: str, happens: bool, topic: Topic) -> str | None:
    said = reply(key)
    if said is None or not isinstance(compare.right, Constant):
        return None
    value = compare.right.value
    shown = said.filled() if isinstance(value, bool) else said.filled(plain(value))
    speaker = topic.word if said.tool and said.tool == topic.tool else said.speaker
    return f"{speaker} {'says' if happens else 'does not say'} {italic(shown)}"
