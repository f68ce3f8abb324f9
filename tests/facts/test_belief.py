"""Who knew what when."""

from tests.building import act, run, say
from trace2skill.facts.belief import BEFORE, Belief, FactReading


def test_readings_in_order_by_entity() -> None:
    """Another line's status does not overwrite this one's."""
    belief = Belief(
        run(
            act("get_line", {"line_id": "L1", "status": "Active"}),
            act("get_line", {"line_id": "L2", "status": "Suspended"}),
            act("get_line", {"line_id": "L1", "status": "Suspended"}),
        )
    )
    assert belief.timeline("line.status") == {
        "L1": [FactReading(0, "Active"), FactReading(2, "Suspended")],
        "L2": [FactReading(1, "Suspended")],
    }


def test_the_same_call_withdraws_what_it_no_longer_says() -> None:
    """A failed speed test takes back the earlier result."""
    belief = Belief(
        run(act("speed", "Result: 5 Mbps"), act("other", "Ok: yes"), act("speed", "Failed: no network"))
    )
    assert belief.timeline("result")[""] == [FactReading(0, "5 Mbps"), FactReading(2, None, known=False)]
    assert belief.timeline("ok")[""] == [FactReading(1, "yes")]


def test_a_new_page_withdraws_the_choices_of_the_old() -> None:
    """Options of the item looked at before are gone."""
    belief = Belief(
        run(act("click", "color [red]\n[Buy]", target="a"), act("click", "size [s]\n[Buy]", target="b"))
    )
    assert belief.timeline("choices.color")[""][-1] == FactReading(1, None, known=False)


def test_the_task_is_known_before_the_first_step() -> None:
    """A number in the task is a fact from the start."""
    belief = Belief(run(act("x"), task="price lower than 20"))
    assert belief.timeline("task.price_lower_than")[""] == [FactReading(BEFORE, 20)]


def test_sources_of_a_value() -> None:
    """Data flow: where a value was first seen."""
    belief = Belief(run(act("get", {"customer_id": "C1"}), act("get_line", {"line_id": "L1", "owner": "C1"})))
    assert belief.sources("C1") == {"customer.customer_id": 0, "line.owner": 1}


def test_consent_is_read_from_the_last_utterance() -> None:
    """Yes, then no."""
    belief = Belief(run(say("Yes, please proceed."), say("No, cancel that.")))
    assert [reading.value for reading in belief.timeline("user.consents")[""]] == [True, False]


def test_equal_errors_read_equal() -> None:
    """Ids inside a message do not make it another message."""
    first = Belief(run(act("pay", "Error: bill B17 not found", error=True)))
    second = Belief(run(act("pay", "Error: bill B99 not found", error=True)))
    assert first.timeline("last.error") == second.timeline("last.error")
