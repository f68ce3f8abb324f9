"""Facts from structured observations."""

import pytest

from trace2skill.facts.extract import record_facts
from trace2skill.facts.fact import Fact


def test_the_id_field_names_the_entity() -> None:
    """An object whose id was asked for is an entity of that type."""
    facts = record_facts({"line_id": "L1", "status": "Active"}, "get_details_by_id", {"id": "L1"})
    assert Fact("line.status", "L1", "Active") in facts


def test_its_own_id_beats_the_argument_that_found_it() -> None:
    """A customer found by phone is a customer, not a phone."""
    found = {"customer_id": "C1", "phone_number": "555-0100", "name": "Ann"}
    facts = record_facts(found, "get_customer_by_phone", {"phone_number": "555-0100"})
    assert Fact("customer.name", "C1", "Ann") in facts


def test_an_argument_names_an_object_without_id() -> None:
    """Details without an id of their own belong to what was asked for."""
    facts = record_facts({"email": "a@b.c"}, "get_user_details", {"user_id": "u7"})
    assert facts == [Fact("user.email", "u7", "a@b.c")]


def test_two_entities_do_not_overwrite_each_other() -> None:
    """Records in a list keep their own ids."""
    bills = [{"bill_id": "B1", "status": "Paid"}, {"bill_id": "B2", "status": "Overdue"}]
    facts = record_facts(bills, "get_bills_for_customer")
    assert {fact for fact in facts if fact.key == "bill.status"} == {
        Fact("bill.status", "B1", "Paid"),
        Fact("bill.status", "B2", "Overdue"),
    }


def test_keys_that_are_ids_become_entities() -> None:
    """`payment_methods.credit_card_4421486` generalises to any payment method."""
    facts = record_facts({"payment_methods": {"credit_card_4421486": {"source": "credit_card"}}}, "get_user")
    assert Fact("payment_method.source", "credit_card_4421486", "credit_card") in facts


def test_keys_that_are_names_stay_paths() -> None:
    """`available_seats.economy` is one attribute, not a table."""
    facts = record_facts({"flight_number": "HAT1", "available_seats": {"economy": 3, "business": 0}})
    assert Fact("flight.available_seats.economy", "HAT1", 3) in facts


def test_records_without_an_id_are_counted_off() -> None:
    """Two anonymous passengers are two entities."""
    facts = record_facts({"reservation_id": "R", "passengers": [{"name": "A"}, {"name": "B"}]})
    assert [fact.entity for fact in facts if fact.key == "passenger.name"] == ["R/0", "R/1"]


def test_a_list_of_scalars_is_one_value() -> None:
    """Ids in a list stay together under the owner."""
    facts = record_facts({"customer_id": "C1", "line_ids": ["L1", "L2"]})
    assert Fact("customer.line_ids", "C1", ("L1", "L2")) in facts


def test_prose_is_no_value() -> None:
    """Long text is left to other means."""
    assert record_facts({"order_id": "1", "note": "x" * 500}) == [Fact("order.order_id", "1", "1")]


def test_hostile_nesting_ends() -> None:
    """Deep nesting is cut, not followed without end."""
    value: dict[str, object] = {}
    for _ in range(500):
        value = {"a": value}
    assert record_facts(value) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        ("look_up_bills", "bill"),
        ("look_at_expression", "expression"),
        ("work_out_plus", "plus"),
        ("get_purchases", "purchase"),
        ("get_addresses", "address"),
        ("log_in", "in"),
    ],
)
def test_a_tool_is_about_what_its_name_says_last(tool: str, kind: str) -> None:
    """Its verb, and what belongs to the verb, left out; in the singular."""
    assert [fact.key for fact in record_facts({"state": "open"}, tool)] == [f"{kind}.state"]
