"""Nothing of one run is left in what an example shows."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.building import act, run
from tests.skills.findings import finding
from trace2skill.claims.model import ActionPattern, AllOf, Guard, Known
from trace2skill.facts.belief import Belief
from trace2skill.facts.templates import Vocabulary
from trace2skill.skills.example import worked_example
from trace2skill.skills.model import ModuleName, SkillRule
from trace2skill.skills.naming import task_text
from trace2skill.skills.stand_ins import StandIns
from trace2skill.traces.model import Label, Trace
from trace2skill.traces.read import Intake
from trace2skill.traces.redact import private_values, redact

EXAMPLE = Path(__file__).parents[2] / "examples/telecom/traces.jsonl"
SHARED = ["tau2/telecom_gpt-4.1.json", "tau2/retail_gpt-4.1.json", "tau_bench/airline_gpt-4o.json"]
PERSONAL = re.compile(
    r"^(?:first_name|last_name|full_name|e?mail|phone_number|street|address[12]|zip(?:_code)?|dob|date_of_birth"
    r"|(?:user|customer|order|reservation|payment|payment_method|line|bill|tracking)_ids?|last_four"
    r"|account_number_last_4)$"
)


def test_records_and_calls_get_stand_ins_by_field() -> None:
    """The same value the same one; a second of a kind is numbered; a state is left."""
    trace = run(
        act(
            "find",
            {
                "customer_id": "C1",
                "full_name": "Ann Lee",
                "lines": [{"id": "L1", "state": "on"}, {"id": "L2"}],
            },
        ),
        act("pay", None, customer_id="C1", amount=5),
    )
    names = StandIns(trace)
    values: list[JsonValue] = ["C1", "Ann Lee", "L1", "L2", "on", 5]
    assert [names.of(value) for value in values] == [
        *("<customer id>", "<customer name>", "<line id>", "<line id 2>", None, None)
    ]
    assert (
        names.text("Ann Lee asked; Lee's line 2 is on")
        == "<customer name> asked; <customer name>'s line 2 is on"
    )


def test_a_state_goes_with_its_city() -> None:
    """Two capitals elsewhere may be anything."""
    trace = run(act("find", {"address": {"city": "Austin", "state": "TX", "zip": "78701"}}))
    assert StandIns(trace).text("I live in Austin, TX. OK?") == "I live in <city>, <state>. OK?"


def test_a_bound_argument_is_the_runs_own() -> None:
    """Whatever its field is called."""
    trace = run(act("set", None, colour="mauve"))
    assert StandIns(trace).of("mauve") is None
    bound = StandIns(trace, [("set", "colour")])
    assert bound.of("mauve") == "<colour>"
    assert bound.text("it is mauve now") == "it is mauve now"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("mail ann@x.org", "mail <e-mail>"),
        ("call +49 (0)30 1234567 or 555-123-2002", "call <phone number> or <phone number 2>"),
        (
            "Customer name: John Smith, phone number: 555-123-2002",
            "Customer name: <name>, phone number: <phone number>",
        ),
        ("I'm Mei Davis, born 1990-03-04", "I'm <name>, born <date of birth>"),
        ("You are mei_davis_8935 in 80217", "You are <id> in <number>"),
        ("at 317 Elm Street, Suite 4b", "at <address>"),
        ("card 4242 4242 4242 4242, order #W123", "card <card number>, order <id>"),
        ("DE89 3704 0044 0532 0130 00", "<iban>"),
        ("from 10.0.0.7", "from <ip address>"),
        ("pay 20 dollars for 4 lines", "pay 20 dollars for 4 lines"),
    ],
)
def test_forms_are_known_in_free_text(text: str, plain: str) -> None:
    """Without any record that tells of them."""
    assert StandIns(run(act("look"))).text(text) == plain


def test_no_example_of_the_bundled_runs_tells_whose_they_were() -> None:
    """Even if rules read every field there is: no name, phone, address or payment id."""
    assert told_of(EXAMPLE) == []


@pytest.mark.parametrize("name", SHARED)
def test_no_example_of_real_runs_tells_whose_they_were(name: str, shared_traces: Path) -> None:
    """In retail, airline and telecom of other models."""
    assert told_of(shared_traces / name) == []


def told_of(path: Path) -> list[str]:
    """Personal values of successful runs that stand in the worked example made of them, run by run."""
    traces = [trace for trace in Intake([path]) if trace.outcome.label is Label.SUCCESS][::3]
    vocabulary = Vocabulary.mine(traces)
    told = []
    for trace in traces:
        keys = Belief(trace, vocabulary).keys
        reads = Guard(
            action=ActionPattern(tool="*"), require=AllOf(parts=tuple(Known(key=key) for key in keys))
        )
        rule = SkillRule(name="C1", module=ModuleName.CONDITIONS, text="x", finding=finding(reads))
        task, steps = worked_example([rule], [trace])
        shown = "\n".join([task, *(f"{step.action} {step.observation}" for step in steps)])
        told += [one for one in set(owned(trace)) if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", shown)]
    return told


def owned(trace: Trace) -> Iterator[str]:
    """What stands under personal fields."""
    for step in trace.steps:
        yield from _under(step.observation, "")
        yield from _under(step.action.arguments if step.action else None, "")


def _under(value: JsonValue, field: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _under(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _under(inner, field)
    elif PERSONAL.search(field) and isinstance(value, str | int) and len(str(value)) > 2:
        yield str(value)


def test_a_redacted_run_gives_the_same_task_text_from_its_task_alone() -> None:
    """Ids of its records and what is introduced in the task get stand-ins either way."""
    record = {
        "customer_id": "C1001",
        "full_name": "Ann Lee",
        "email": "ann@example.com",
        "phone": "555-123-2002",
    }
    task = "I am Ann Lee, C1001, mail ann@example.com, phone 555-123-2002; my line L2002 is dead."
    trace = run(act("find", record), act("look", {"line_id": "L2002"})).model_copy(update={"task": task})
    redacted, found = redact(trace)
    assert found
    text = task_text(redacted, redacted=True)
    assert text == task_text(redacted)
    assert not re.search(r"Ann|C1001|example|555|L2002", text)


@pytest.mark.parametrize("name", SHARED)
def test_nothing_private_is_left_in_real_runs_once_redacted(shared_traces: Path, name: str) -> None:
    """So that only the task need be looked through again."""
    for trace in islice(Intake([str(shared_traces / name)]), 5):
        assert private_values(redact(trace)[0]) == {}
