"""Values that redaction replaced are found again by whoever carries out a skill."""

import re

import pytest

from tests.building import act, run
from trace2skill.claims.view import View
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool
from trace2skill.mining.shapes import look_of_replaced
from trace2skill.policies.bindings import calls
from trace2skill.traces.model import Trace
from trace2skill.traces.redact import redact


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "555-123-2002"),
        ("email", "ann.lee@mail.example.org"),
        ("name", "Ann Lee"),
        ("user", "ann_lee_7877"),
        ("ip", "10.1.2.33"),
        ("card", "4111 1111 1111 1111"),
    ],
)
def test_a_replaced_value_has_the_form_of_its_kind(kind: str, value: str) -> None:
    """As it is written, and as redaction writes it."""
    look = look_of_replaced([f"<personal:{kind}:{number}>" for number in (1, 1, 2)])
    assert look
    assert re.fullmatch(look, value)
    assert re.fullmatch(look, f"<personal:{kind}:9>")


def test_a_rare_or_formless_one_has_none() -> None:
    """Two are too few, and an address is written in any way."""
    assert look_of_replaced(["<personal:phone:1>", "<personal:phone:2>"]) is None
    assert look_of_replaced(["<personal:address:1>"] * 4) is None
    assert look_of_replaced(["<personal:phone:1>"] * 3 + ["x"] * 4) is None
    assert look_of_replaced(["<secret:token:1>"] * 4) is None


def call(number: int) -> Trace:
    """A run that looks up the caller by the telephone number in the task, and pays."""
    phone = f"555-123-20{number:02}"
    look = act("find_caller", {"caller_id": f"C{number}00", "status": "owes"}, phone_number=phone)
    made = run(look, act("pay", "ok", caller_id=f"C{number}00"), name=str(number), key=str(number))
    return made.model_copy(update={"task": f"My phone number is {phone}. What do I owe?"})


def test_an_executor_finds_the_number_of_a_new_task() -> None:
    """The runs were redacted, the task at hand is not."""
    runs = [redact(call(number))[0] for number in range(8)]
    assert all("555-" not in trace.model_dump_json() for trace in runs)
    policy = policy_of(Pool("calls", runs))
    (lookup,) = {reading.by for reading in policy.readings if reading.by.tool == "find_caller"}
    now = View(run(name="new").model_copy(update={"task": "My phone number is 555-987-6543. Help!"}))
    assert [each.arguments for each in calls(lookup, now, policy.uses)] == [{"phone_number": "555-987-6543"}]
