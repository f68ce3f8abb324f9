"""Action patterns in English: what to call, who does it, with which arguments."""

from itertools import pairwise

from trace2skill.claims.model import ActionPattern, ArgumentPattern, Constant, Slot
from trace2skill.facts.probes import is_probe
from trace2skill.skills.marks import code, literal, shortened
from trace2skill.traces.model import Actor

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
    """The tool and its bound arguments as code: `pay(bill = bill.bill_id)`."""
    arguments = [_given(pattern.tool, name, value) for name, value in pattern.arguments]
    if pattern.tool == "*":
        return f"any tool with {code(', '.join(arguments))}" if arguments else "any tool"
    return code(f"{pattern.tool}({', '.join(arguments)})" if arguments else pattern.tool)


def _given(tool: str, name: str, value: ArgumentPattern) -> str:
    """An argument as a reader needs it: by its value, by the fact that holds it, else by its name alone.

    Where the value of a name alone comes from is said once for the whole skill, among its parameters.
    """
    if isinstance(value, Constant):
        return f"{name} = {literal(value.value)}"
    if isinstance(value, Slot) and not stands_for_itself(name, value):
        return f"{name} = {' or '.join(_one_of(tool, name, key) for key in _facts(value))}"
    return name


def _one_of(tool: str, name: str, key: str) -> str:
    """Where a value is read. Of a fact that lists such values, all are looked at and one is acted on."""
    if not key.endswith("s") or name.endswith("s"):
        return shortened(key)
    return f"{'each' if is_probe(tool) else 'one'} of {shortened(key)}"


def stands_for_itself(name: str, slot: Slot) -> bool:
    """Whether an argument is shown by its name alone, so that it must be said elsewhere what it is."""
    facts = _facts(slot)
    return not facts or any(key.rpartition(".")[2] == name for key in facts)


def _facts(slot: Slot) -> list[str]:
    return [key for key in slot.sources[:SHOWN_SOURCES] if key not in _TOLD and "says: " not in key]


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


def grouped(patterns: tuple[ActionPattern, ...]) -> str:
    """Actions in a row, those of one actor together: "call `a` and `b`; ask the user to run `c`"."""
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
