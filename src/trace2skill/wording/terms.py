"""Words actions, facts, terms and events in English."""

import re
from itertools import pairwise
from typing import NamedTuple

from trace2skill.claims.model import (
    ActionPattern,
    ArgumentPattern,
    ArgumentTerm,
    Combined,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Operator,
    OwnTerm,
    Quantifier,
    Scalar,
    SizeTerm,
    Slot,
    Term,
)
from trace2skill.facts.read_only import is_read_only
from trace2skill.traces.model import Actor
from trace2skill.wording.escape import code, italic, literal, plain, shortened

SHOWN_SOURCES = 2
_TOLD = frozenset({"task", "utterance"})
_IMPERATIVE = {
    Actor.USER: "ask the user to run",
    Actor.SUBAGENT: "have a sub-agent run",
    Actor.ENVIRONMENT: "wait for the environment to run",
}
_GERUND = {
    Actor.USER: "asking the user to run",
    Actor.SUBAGENT: "having a sub-agent run",
    Actor.ENVIRONMENT: "waiting for the environment to run",
}
_SUBJECT = {Actor.USER: "the user", Actor.SUBAGENT: "a sub-agent", Actor.ENVIRONMENT: "the environment"}


def call(pattern: ActionPattern) -> str:
    """A tool and its bound arguments as code: `pay(bill = bill.bill_id)`."""
    arguments = [_given(pattern.tool, name, value) for name, value in pattern.arguments]
    if pattern.tool == "*":
        return f"any tool with {code(', '.join(arguments))}" if arguments else "any tool"
    return code(f"{pattern.tool}({', '.join(arguments)})" if arguments else pattern.tool)


def _given(tool: str, name: str, value: ArgumentPattern) -> str:
    """An argument as its value, as the fact that holds it, or else as its name alone.

    The skill lists the source of arguments shown by name once, among its parameters.
    """
    if isinstance(value, Constant):
        return f"{name} = {literal(value.value)}"
    if isinstance(value, Slot) and not stands_for_itself(name, value):
        return f"{name} = {' or '.join(_one_of(tool, name, key) for key in _facts(value))}"
    return name


def _one_of(tool: str, name: str, key: str) -> str:
    """The source of a value; for a fact that lists such values, all of them (to read) or one (to act on)."""
    if not key.endswith("s") or name.endswith("s"):
        return shortened(key)
    return f"{'each' if is_read_only(tool) else 'one'} of {shortened(key)}"


def stands_for_itself(name: str, slot: Slot) -> bool:
    """Whether an argument is shown by its name alone, so that its source must be explained elsewhere."""
    facts = _facts(slot)
    return not facts or any(key.rpartition(".")[2] == name for key in facts)


def _facts(slot: Slot) -> list[str]:
    return [key for key in slot.sources[:SHOWN_SOURCES] if key not in _TOLD and "says: " not in key]


def subject(pattern: ActionPattern) -> str | None:
    """The actor, if it is not the agent."""
    return _SUBJECT.get(pattern.actor) if pattern.actor else None


def imperative(pattern: ActionPattern) -> str:
    """The action as an imperative: "call `x`", "ask the user to run `x`"."""
    return f"{_IMPERATIVE.get(pattern.actor, 'call') if pattern.actor else 'call'} {call(pattern)}"


def gerund(pattern: ActionPattern) -> str:
    """The action as a gerund: "calling `x`", "asking the user to run `x`"."""
    return f"{_GERUND.get(pattern.actor, 'calling') if pattern.actor else 'calling'} {call(pattern)}"


def after(pattern: ActionPattern) -> str:
    """The action as a time: "after `x`", "after the user runs `x`"."""
    who = subject(pattern)
    return f"after {who} runs {call(pattern)}" if who else f"after {call(pattern)}"


def done(pattern: ActionPattern, often: str = "") -> str:
    """The action in the perfect tense: "`x` has been called twice"; `often` ends the clause."""
    who = subject(pattern)
    clause = f"{who} has run {call(pattern)}" if who else f"{call(pattern)} has been called"
    return f"{clause} {often}".rstrip()


def not_done(pattern: ActionPattern) -> str:
    """The action not done: "`x` has not been called yet", "the user has not run `x` yet"."""
    who = subject(pattern)
    return f"{who} has not run {call(pattern)} yet" if who else f"{call(pattern)} has not been called yet"


def chain(patterns: tuple[ActionPattern, ...]) -> str:
    """A sequence of actions; the actor is repeated only if it changes: "call `a`, then `b`"."""
    words = [imperative(patterns[0])]
    for before, now in pairwise(patterns):
        words.append(call(now) if subject(before) == subject(now) else imperative(now))
    return ", then ".join(words)


def grouped(patterns: tuple[ActionPattern, ...]) -> str:
    """A sequence of actions, grouped by actor: "call `a` and `b`; ask the user to run `c`"."""
    groups: list[list[ActionPattern]] = []
    for pattern in patterns:
        if groups and subject(groups[-1][0]) == subject(pattern):
            groups[-1].append(pattern)
        else:
            groups.append([pattern])
    return "; ".join(_together(group) for group in groups)


def _together(group: list[ActionPattern]) -> str:
    first, *rest = [imperative(group[0]), *map(call, group[1:])]
    return f"{', '.join([first, *rest[:-1]])} and {rest[-1]}" if rest else first


_SAYS = re.compile(r"^(?:(?P<tool>.+?) )?says: (?P<sentence>.+)$", re.DOTALL)
_HOLE = re.compile(r"\{1\}|\{n\}")
_ARTICLE = {"exists": "some", "all": "every", "last": "the latest"}
_NO_ENTITY = {"task", "last", "tool", "choices"}
_READINGS = {"label", "number", "low", "high", "count"}
"""Suffixes of facts derived from labelled lines; these facts have no entity."""


class Reply(NamedTuple):
    """A fact key that is a sentence of a tool's reply, with a placeholder for its value."""

    tool: str
    sentence: str

    def filled(self, value: str = "…") -> str:
        """The sentence with `value` in its placeholder, and `…` in all others."""
        return _HOLE.sub("…", _HOLE.sub(lambda _: value, self.sentence, count=1))

    @property
    def speaker(self) -> str:
        """The tool as code, or "the latest reading" if the key names no tool."""
        return code(self.tool) if self.tool else "the latest reading"


class Topic(NamedTuple):
    """The tool that a sentence is about, and the word for it: `it`, if the sentence has named it already."""

    tool: str = ""
    word: str = "the tool"


def reply(key: str) -> Reply | None:
    """The key as a `Reply` if it is one (`go says: You are in the {1}`), else None."""
    found = _SAYS.match(key)
    return Reply(found["tool"] or "", found["sentence"]) if found else None


def owner(key: str, quantifier: Quantifier) -> tuple[str, str]:
    """The fact's owner and the rest of its key: ("some line", "status"); "" for facts without entity."""
    head, _, path = key.partition(".")
    if not path or reply(key) or head in _NO_ENTITY or path in _READINGS:
        return "", key
    return f"{_ARTICLE[quantifier]} {' '.join(head.replace('_', ' ').split())}", path


def named(key: str) -> str:
    """A fact as a noun phrase: "*line.status*", "the task's *price lower than*"."""
    head, _, path = key.partition(".")
    if said := reply(key):
        return f"the value in {italic(said.filled())}"
    if path == "count":
        return f"the number of {'groups of ' if head == 'choices' else ''}{italic(head)}"
    if words := asked(key):
        return f"the task's {italic(words)}"
    return f"the last call's {italic(path)}" if head == "last" and path else italic(key)


def is_path(key: str) -> bool:
    """Whether the fact is best named by its key."""
    return named(key) == italic(key)


def phrase(term: Term) -> str:
    """A term as a noun phrase."""
    match term:
        case Constant():
            return italic(plain(term.value)) if isinstance(term.value, str) else plain(term.value)
        case FactTerm():
            return named(term.key)
        case ArgumentTerm():
            return f"its argument {code(term.name)}"
        case OwnTerm():
            return (
                "whether its latest call failed"
                if term.attribute == "failed"
                else f"its {term.attribute} so far"
            )
        case CountTerm():
            return f"the number of {call(term.action)} calls so far"
        case _:
            return _measured(term)


def _measured(term: SizeTerm | Combined) -> str:
    if isinstance(term, SizeTerm):
        return f"the number of {italic(term.key)}"
    noun = "sum" if term.operator == "+" else "product"
    return f"the {noun} of {phrase(term.left)} and {phrase(term.right)}"


def asked(key: str) -> str | None:
    """The words of a `task.` fact in the task: "price lower than"; None for any other key."""
    path = key.removeprefix("task.")
    return path.replace("_", " ").strip() if path != key else None


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
    """The comparison as a clause about an event; None if it only compares values."""
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
    """A comparison with a count as an adverb: "never", "at least twice", "" for at least once; else None."""
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
