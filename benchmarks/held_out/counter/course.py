"""What is shown of a desk, recorded runs to distil from, and what is asked: tickets that none is about."""

import random
from collections.abc import Sequence

from benchmarks.held_out.counter.convention import Convention
from benchmarks.held_out.counter.desk import run
from benchmarks.held_out.counter.tickets import Ticket, due, ticket
from trace2skill.traces.model import Action, Label, Trace

KINDS = 3
ASKED_FROM = 5000
"""The number from which tickets are asked; those below are shown."""


def shown(convention: Convention, count: int) -> list[Ticket]:
    """Tickets to record runs on: the kinds of issue in turn, every fifth to be handed over."""
    rng = random.Random(f"shown/{convention.seed}")  # noqa: S311 - reproducible, no secret
    return [
        ticket(convention, at, at % KINDS, wrong=rng.randint(1, 4), handed=at % 5 == 0) for at in range(count)
    ]


def asked(convention: Convention, count: int) -> list[Ticket]:
    """Tickets to score on: as many of each kind, a quarter handed over, the others with 1 to 3 repairs."""
    found = []
    for kind in range(KINDS):
        for at in range(count // KINDS):
            number = ASKED_FROM + kind * count + at
            found.append(ticket(convention, number, kind, wrong=at % 4 + 1, handed=at % 4 == 3))
    return found


def good(convention: Convention, tickets: Sequence[Ticket]) -> list[Trace]:
    """A run on each ticket that does what the convention asks for."""
    return [run(convention, each, due(convention, each)) for each in tickets]


def bad(convention: Convention, of: Ticket, seed: int = 0) -> Trace:
    """A run that fails: a call left out, one too many, another argument, two swapped, or nothing done."""
    rng = random.Random(f"bad/{seed}/{of.id}")  # noqa: S311 - reproducible, no secret
    calls = due(convention, of)
    ways = [_without, _with_another, _otherwise, _swapped, lambda *_: []]
    for way in rng.sample(ways, len(ways)):
        trace = run(convention, of, way(convention, calls, rng))
        if trace.outcome.label is Label.FAILURE:
            return trace
    raise AssertionError("a run that does nothing fails")


def _without(_: Convention, calls: list[Action], rng: random.Random) -> list[Action]:
    at = rng.randrange(len(calls))
    return calls[:at] + calls[at + 1 :]


def _with_another(convention: Convention, calls: list[Action], rng: random.Random) -> list[Action]:
    return [Action(tool=rng.choice(sorted(convention.decoys))), *calls]


def _otherwise(convention: Convention, calls: list[Action], rng: random.Random) -> list[Action]:
    """One call with another option, desk or number of units, if one has any."""
    others: dict[str, Sequence[object]] = {
        "desk": [desk for _, desk in convention.desks.values()],
        "units": [1.0, 2.0, 3.0],
        "option": [option for each in convention.repairs.values() for option in each.options],
    }
    found = [(at, name) for at, call in enumerate(calls) for name in others if name in call.arguments]
    if not found:
        return calls
    at, name = rng.choice(found)
    left = [value for value in others[name] if value != calls[at].arguments[name]]
    wrong = Action(tool=calls[at].tool, arguments=calls[at].arguments | {name: rng.choice(left)})
    return [*calls[:at], wrong, *calls[at + 1 :]]


def _swapped(_: Convention, calls: list[Action], rng: random.Random) -> list[Action]:
    if len(calls) < 2:
        return calls
    at = rng.randrange(len(calls) - 1)
    return [*calls[:at], calls[at + 1], calls[at], *calls[at + 2 :]]
