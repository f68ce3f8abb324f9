"""Decision rules: what good runs hang an action on."""

from tests.mining.pools import good, lamp_shop
from trace2skill.claims.model import Compare, Constant, FactTerm
from trace2skill.mining.decisions import Decisions
from trace2skill.mining.policy import mine_policy, narrowed
from trace2skill.mining.pool import Pool


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


def test_a_decision_says_what_it_rests_on() -> None:
    """Eight of the twelve good runs found the lamp off, and switched it; the bad ones do not count."""
    policy = mine_policy(lamp_shop())
    (basis,) = (b for rule, b in zip(policy.rules, policy.basis, strict=True) if rule.then.tool == "switch")
    support = basis.support
    assert (support.opportunities, support.held, support.traces, support.tasks) == (8, 8, 8, 8)
    views = {view.trace.hash: view.trace for view in lamp_shop().views}
    places = [views[place.trace].steps[place.step].action for place in basis.seen_at]
    assert [action.tool for action in places if action] == ["switch"] * 3


def test_a_policy_names_the_runs_it_was_mined_from() -> None:
    """All of the pool, sorted."""
    assert mine_policy(lamp_shop()).traces == tuple(sorted(view.trace.hash for view in lamp_shop().views))


def test_narrowed_to_fewer_runs_a_policy_keeps_what_they_do() -> None:
    """Runs that found the lamp on never switched; they thanked, and looked for the goal."""
    policy = mine_policy(lamp_shop())
    theirs = narrowed(policy, Pool("lit", [good(at, off=False) for at in range(4)]))
    assert {rule.then.tool for rule in theirs.rules} == {"thank"}
    assert len(theirs.basis) == len(theirs.rules)
    assert theirs.traces == policy.traces
