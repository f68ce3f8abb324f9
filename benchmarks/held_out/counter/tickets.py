"""Tickets of a desk, drawn by number, and the calls that its convention asks for."""

import random
from typing import Any, NamedTuple

from benchmarks.held_out.counter.convention import Convention
from trace2skill.traces.model import Action

State = dict[str, Any]


class Ticket(NamedTuple):
    """An issue: its id, its kind, what is reported, and the state of account, lines and device."""

    id: str
    kind: int
    text: str
    state: State


def ticket(convention: Convention, number: int, kind: int, *, wrong: int, handed: bool) -> Ticket:
    """The ticket of a number, with readings wrong that its kind may have, and others that do not matter.

    Args:
        convention: Of the desk.
        number: Draws it.
        kind: Of issue.
        wrong: How many repairs are called for, as far as the kind has them; one fewer if it is to be handed
            over.
        handed: Whether it is to be handed over.
    """
    rng = random.Random(f"ticket/{convention.seed}/{number}")  # noqa: S311 - reproducible, no secret
    handles = [f"ob{each}" for each in rng.sample(range(1000, 9999), 2)]
    lines = {
        f"L{rng.randrange(100, 999)}{end}": _line(convention, rng, handle)
        for end, handle in zip("ab", handles, strict=True)
    }
    own = rng.choice(list(lines.values()))
    state: State = {
        "account": {name: rng.choice(convention.harmless(name)) for name in convention.account},
        "lines": lines,
        "device": {name: rng.choice(convention.harmless(name)) for name in convention.device},
        "handed": "",
    }
    possible = [name for name in convention.faults(kind) if name not in convention.desks]
    broken = rng.sample(possible, min(wrong - handed, len(possible)))
    if handed:
        broken.append(rng.choice([name for name in convention.faults(kind) if name in convention.desks]))
    for name in broken:
        _break(convention, state, own, name, rng)
    for line in lines.values():
        if line is not own:
            for name in (*convention.line, convention.numbers[0]):
                if rng.random() < 0.3:
                    _break(convention, state, line, name, rng)
    _mislead(convention, state, rng)
    who = f"The subscriber with the handle {own['handle']}"
    text = f"Ticket {number:04d}. {who} reports that {convention.kinds[kind]}."
    return Ticket(f"t{number:04d}", kind, text, state)


def _line(convention: Convention, rng: random.Random, handle: str) -> State:
    usage, mark = convention.numbers
    low = round(rng.uniform(2, 8), 1)
    line: State = {"handle": handle, usage: low, mark: round(low + rng.uniform(0.2, 5), 1)}
    return line | {name: rng.choice(convention.harmless(name)) for name in convention.line}


def _break(convention: Convention, state: State, line: State, name: str, rng: random.Random) -> None:
    usage, mark = convention.numbers
    if name == usage:
        line[usage] = round(line[mark] + rng.uniform(0.1, 1.4), 1)
        return
    place = (
        line
        if name in convention.line
        else state["account"]
        if name in convention.account
        else state["device"]
    )
    if name in convention.desks:
        place[name] = convention.desks[name][0]
        return
    repair = convention.repairs[name]
    place[name] = rng.choice(list(repair.cures))
    if repair.only_if:
        state["device"][repair.only_if[0]] = repair.only_if[1]


def _mislead(convention: Convention, state: State, rng: random.Random) -> None:
    """Now and then a value that would call for a repair if another reading were different."""
    for repair in convention.repairs.values():
        device = state["device"]
        if repair.only_if and device[repair.only_if[0]] != repair.only_if[1] and rng.random() < 0.3:
            device[repair.variable] = next(iter(repair.cures))


def due(convention: Convention, of: Ticket) -> list[Action]:
    """The calls that the convention asks for, in its order."""
    state = of.state
    found = next(item for item in state["lines"].items() if item[1]["handle"] in of.text)
    line_id, line = found
    for name, (value, desk) in convention.desks.items():
        if (state["account"] | line)[name] == value:
            return [Action(tool=convention.refer, arguments={"desk": desk})]
    calls = []
    usage, mark = convention.numbers
    for name in convention.order:
        if name == usage:
            if line[usage] > line[mark]:
                units = convention.amounts[state["account"][convention.account[1]]]
                calls.append(Action(tool=convention.top_up, arguments={"line": line_id, "units": units}))
            continue
        repair = convention.repairs[name]
        value = (line if repair.of_line else state["device"])[name]
        if value not in repair.cures:
            continue
        if repair.only_if and state["device"][repair.only_if[0]] != repair.only_if[1]:
            continue
        arguments = {"line": line_id} if repair.of_line else {}
        calls.append(
            Action(
                tool=repair.tool,
                arguments=arguments | ({"option": repair.cures[value]} if repair.options else {}),
            )
        )
        if repair.staged:
            calls.append(Action(tool=convention.restart))
    return calls
