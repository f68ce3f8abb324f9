"""Decision rules: what good runs hang an action on."""

from tests.mining.pools import lamp_shop
from trace2skill.claims.model import Compare, Constant, FactTerm
from trace2skill.mining.decisions import Decisions
from trace2skill.mining.policy import mine_policy


def test_the_condition_that_explains_an_action_is_found() -> None:
    """Lamps are switched when they are off."""
    rules = {rule.then.tool: rule.when for rule in Decisions(lamp_shop()).rules()}
    assert rules["switch"] == Compare(
        left=FactTerm(key="lamp.state"), operator="=", right=Constant(value="off")
    )


def test_what_ends_every_run_is_a_last_action() -> None:
    """After thanking, nothing is done."""
    assert [action.tool for action in Decisions(lamp_shop()).last] == ["thank"]


def test_a_policy_knows_who_reads_what_its_rules_ask() -> None:
    """The lamp's state is read by looking at the lamp, whose id the customer's record gives."""
    readings = {reading.key: reading.by.tool for reading in mine_policy(lamp_shop()).readings}
    assert readings["lamp.state"] == "get_lamp"
    assert readings["customer.lamp_ids"] == "get_customer"


def test_the_same_pool_gives_the_same_policy() -> None:
    """Nothing is drawn, and no set's order shows."""
    assert mine_policy(lamp_shop()) == mine_policy(lamp_shop())
