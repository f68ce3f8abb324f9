"""What a reader is given beside the tickets of a desk, in each arm."""

from pathlib import Path

from benchmarks.held_out.counter.convention import Convention
from benchmarks.held_out.counter.tickets import Ticket
from trace2skill.evaluation.arms import Arm, arm, fixed, of_skill
from trace2skill.evaluation.suite import Task
from trace2skill.store.library import Library

ARMS = ("none", "placebo", "skill", "policy", "raw")
RAW_RUNS = 3


def arms(convention: Convention, library: Path, another: Path) -> dict[str, Arm]:
    """The arms by name.

    Args:
        convention: Of the desk.
        library: Distilled from runs of this desk.
        another: Distilled from runs of another desk; its first skill is the placebo.
    """
    with Library(another, create=False) as other:
        placebo = of_skill(min((each.skill for each in other.skills()), key=lambda skill: skill.name))
    found = Library(library, create=False)
    return {
        "none": fixed("none", ""),
        "placebo": placebo,
        "skill": arm("retrieved", found),
        "policy": fixed("policy", policy(convention)),
        "raw": arm(f"raw:{RAW_RUNS}", found, None),
    }


def task(of: Ticket) -> Task:
    """A ticket as a task of a suite; it is judged elsewhere."""
    return Task(of.id, of.text, score=lambda _: 0.0)


def policy(convention: Convention) -> str:
    """The whole convention as a plain document."""
    kept, lines = convention, ["# How this desk works", ""]
    usage, mark = kept.numbers
    lines.append(
        "Look the subscriber up by the handle in the ticket. The line of the ticket is the one with that "
        "handle; leave other lines alone. First see whether the ticket is to be handed over:"
    )
    for name, (value, desk) in kept.desks.items():
        of = "the line of the ticket" if name in kept.line else "the subscriber"
        lines.append(f"- If {of} has {name} = {value}: call {kept.refer}(desk={desk}) and nothing else.")
    lines += ["", "Otherwise go through this list in this order, and do what applies:"]
    for name in kept.order:
        if name == usage:
            call = f"{kept.top_up} on the line with {_amount(kept)}"
            lines.append(f"- If {usage} of the line is above its {mark}: call {call}.")
            continue
        repair = kept.repairs[name]
        for value, option in repair.cures.items():
            given = f"(option={option})" if option else " on the line" if repair.of_line else ""
            extra = f", and {repair.only_if[0]} = {repair.only_if[1]}" if repair.only_if else ""
            later = f", then {kept.restart}" if repair.staged else ""
            lines.append(f"- If {name} = {value}{extra}: call {repair.tool}{given}{later}.")
    lines += ["", "Every other reading is fine as it is, whatever it says. Call nothing else."]
    return "\n".join(lines)


def _amount(kept: Convention) -> str:
    """How much a top-up is: one amount, or one for each value of the account's reading."""
    if len(set(kept.amounts.values())) == 1:
        return f"{next(iter(kept.amounts.values()))} units"
    by_value = [f"{size} units where {kept.account[1]} = {value}" for value, size in kept.amounts.items()]
    return ", ".join(by_value)
