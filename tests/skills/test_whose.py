"""Whose value an argument takes."""

import pytest

from tests.building import act, run
from tests.skills.findings import fact, finding
from trace2skill.claims.model import ActionPattern, Rule, Slot
from trace2skill.evidence.policy import ArgumentUse, Policy
from trace2skill.evidence.rows import Tier
from trace2skill.skills.compose import compose, parameters
from trace2skill.skills.whose import Whose, whose
from trace2skill.traces.model import Trace

LINE = Slot(name="line_id", sources=("line.line_id",))
REFUEL = ActionPattern(tool="refuel", arguments=(("line_id", LINE),))
RULE = Rule(when=fact("line.used_up", True), then=REFUEL)


def phone(number: int, *, lines: int = 2, right: bool = True, success: bool = True, ask: str = "") -> Trace:
    """A run that reads the lines of a customer and refuels that of the task, or the other one."""
    reads = [
        act(
            "read_line",
            {"line_id": f"L{number}{at}", "phone_number": f"555-{number}-{at}"},
            line=f"L{number}{at}",
        )
        for at in range(lines)
    ]
    chosen = f"L{number}{0 if right else 1}"
    done = run(*reads, act("refuel", "done", line_id=chosen), name=f"{number}-{right}", success=success)
    return done.model_copy(update={"task": ask or f"My number is 555-{number}-0.", "task_key": str(number)})


def test_the_value_is_that_of_the_entity_that_the_task_names() -> None:
    """By a value that identifies it; counted over the good runs that had a choice."""
    runs = [phone(number) for number in range(4)]
    alone = [phone(9, lines=1)]
    failed = [phone(number, right=False, success=False) for number in range(4)]
    found = whose([RULE], [*runs, *alone, *failed])
    assert found == {"line_id": Whose("line", "line.phone_number", 4, 4)}
    (told,) = parameters([RULE], found)
    assert told.description == "that of the line whose *phone_number* the task names (4 of 4 runs)."


def test_an_id_in_the_task_names_it_too() -> None:
    """Then nothing else has to be known of it."""
    runs = [phone(number, ask=f"Refuel line L{number}0.") for number in range(3)]
    found = whose([RULE], runs)
    assert found == {"line_id": Whose("line", "", 3, 3)}
    assert parameters([RULE], found)[0].description == "that of the line that the task names (3 of 3 runs)."


@pytest.mark.parametrize(
    "runs",
    [
        [phone(number) for number in range(2)],
        [phone(1) for _ in range(4)],
        [*(phone(number) for number in range(4)), phone(5, right=False)],
        [phone(number, ask="Please help.") for number in range(4)],
        [phone(number, lines=1) for number in range(4)],
    ],
    ids=["two runs", "one task", "one of five took another", "the task names none", "no choice"],
)
def test_nothing_is_said_otherwise(runs: list[Trace]) -> None:
    """Too little, or not so."""
    assert whose([RULE], runs) == {}


def test_what_only_reads_may_read_all() -> None:
    """That says nothing of whose value a change takes."""
    read = ActionPattern(tool="get_line", arguments=(("line_id", LINE),))
    assert whose([Rule(when=RULE.when, then=read)], [phone(number) for number in range(4)]) == {}


def test_a_value_is_told_if_it_was_the_same_in_all_runs() -> None:
    """So in the example. One run that gave another, even one that no rule may name, and nothing is told."""
    app = Slot(name="app", sources=("task",))
    grant = Rule(when=fact("app.ready", False), then=ActionPattern(tool="grant", arguments=(("app", app),)))
    policy = Policy(rules=(grant,), uses=(ArgumentUse(tool="grant", name="app", values=("messaging",)),))

    def told(*values: str) -> tuple[list[str], str]:
        runs = [
            run(act("grant", "ok", app=value), name=str(at), key=str(at)) for at, value in enumerate(values)
        ]
        found = finding(grant, tier=Tier.MINED)
        skill = compose("f", [found], runs, policy=policy)
        return [each.description for each in skill.parameters], skill.example[0].action

    assert told("messaging", "messaging") == (
        ["stated in the task; `messaging` in every run."],
        'grant(app = "messaging")',
    )
    assert told("messaging", "app-4711") == (["stated in the task."], "grant(app = <app>)")
