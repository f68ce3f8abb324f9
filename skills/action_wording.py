"""Action patterns in English: what to call, who does it, with which arguments."""

from itertools import pairwise

from trace2skill.claims.model import ActionPattern, Anything, ArgumentPattern, Constant, Like, Slot
from trace2skill.skills.marks import code, literal, shortened
from trace2skill.traces.model import Actor

SHOWN_SOURCES = 2
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
    """The tool and its bound arguments as code: `pay(bill = bill.bill_id)`."""
    arguments = [
        f"{name} = {_argument(value)}" for name, value in pattern.arguments if not isinstance(value, Anything)
    ]
    if pattern.tool == "*":
        return f"any tool with {code(', '.join(arguments))}" if arguments else "any tool"
    return code(f"{pattern.tool}({', '.join(arguments)})" if arguments else pattern.tool)


def _argument(value: ArgumentPattern) -> str:
    match value:
        case Constant():
            return literal(value.value)
        case Like():
            return f"<some {shortened(value.name)}>"
        case Slot():
            sources = " or ".join(source(key) for key in value.sources[:SHOWN_SOURCES])
            return sources or f"<{shortened(value.name)}>"
        case Anything():
            return "<anything>"


def source(key: str) -> str:
    """Where a slot's value comes from: a fact key, `<from the task>`, `<told by the user>`."""
    tool, says, sentence = key.rpartition("says: ")
    if says:
        return f'<from {tool.strip() or "a reply"}: "{shortened(sentence)}">'
    return {"task": "<from the task>", "utterance": "<told by the user>"}.get(key, shortened(key))


def subject(pattern: ActionPattern) -> str | None:
    """Who acts, where it is not the agent itself."""
    return _SUBJECT.get(pattern.actor) if pattern.actor else None


def imperative(pattern: ActionPattern) -> str:
    """What to do: "call `x`", "ask the user to run `x`"."""
    return f"{_IMPERATIVE.get(pattern.actor, 'call') if pattern.actor else 'call'} {call(pattern)}"


def gerund(pattern: ActionPattern) -> str:
    """The doing: "calling `x`", "asking the user to run `x`"."""
    return f"{_GERUND.get(pattern.actor, 'calling') if pattern.actor else 'calling'} {call(pattern)}"


def after(pattern: ActionPattern) -> str:
    """The moment it is done: "after `x`", "after the user runs `x`"."""
    who = subject(pattern)
    return f"after {who} runs {call(pattern)}" if who else f"after {call(pattern)}"


def done(pattern: ActionPattern, often: str = "") -> str:
    """The perfect: "`x` has been called twice"; `often` ends the clause."""
    who = subject(pattern)
    clause = f"{who} has run {call(pattern)}" if who else f"{call(pattern)} has been called"
    return f"{clause} {often}".rstrip()


def not_done(pattern: ActionPattern) -> str:
    """Not yet: "`x` has not been called yet", "the user has not run `x` yet"."""
    who = subject(pattern)
    return f"{who} has not run {call(pattern)} yet" if who else f"{call(pattern)} has not been called yet"


def chain(patterns: tuple[ActionPattern, ...]) -> str:
    """Actions in a row; who acts is said again only where it changes: "call `a`, then `b`"."""
    words = [imperative(patterns[0])]
    for before, now in pairwise(patterns):
        words.append(call(now) if subject(before) == subject(now) else imperative(now))
    return ", then ".join(words)
