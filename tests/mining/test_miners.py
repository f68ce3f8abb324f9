"""What each miner finds in a small world whose lessons are known."""

from tests.building import act, run
from tests.mining.pools import lamp_shop
from trace2skill.claims.keys import fact_keys
from trace2skill.claims.model import Avoid, Closing, Effect, Guard, Milestones, Rule, Sequence
from trace2skill.facts.probes import is_probe
from trace2skill.mining import effects, milestones, rules, sequences
from trace2skill.mining.pool import Pool


def test_effects_credit_the_action_that_changed_the_world() -> None:
    """Switching turns the lamp on; reading it does not."""
    claims = effects.mine(lamp_shop())
    assert [claim.action.tool for claim in claims if isinstance(claim, Effect)] == ["switch"]
    assert set(fact_keys(claims[0])) >= {"lamp.state"}


def test_sequences_of_good_runs() -> None:
    """Customer, then lamp, is a chain; the blind switch of bad runs is not."""
    chains = [
        [action.tool for action in claim.actions]
        for claim in sequences.mine(lamp_shop())
        if isinstance(claim, Sequence)
    ]
    assert any(chain[:2] == ["get_customer", "get_lamp"] for chain in chains)


def test_rules_name_the_state_that_calls_for_the_action() -> None:
    """Switch when the lamp is off."""
    found = [
        claim for claim in rules.mine(lamp_shop()) if isinstance(claim, Rule) and claim.then.tool == "switch"
    ]
    assert any("lamp.state" in set(fact_keys(claim.when)) for claim in found)


def test_a_fact_without_alternatives_explains_nothing() -> None:
    """What is always so once it is known is mere position in the run, and no condition."""
    steps = [act("read_a", "Power: on"), act("do_b", "x"), act("do_c", "y")]
    pool = Pool("f", [run(*steps, name=str(at), key=str(at)) for at in range(6)])
    assert [claim for claim in rules.mine(pool) if isinstance(claim, Rule)] == []


def test_guards_come_from_the_contrast_of_good_and_bad_runs() -> None:
    """Good runs know the lamp before they switch it, bad ones do not."""
    claims = rules.mine(lamp_shop())
    assert any(isinstance(claim, Guard) and claim.action.tool == "switch" for claim in claims)


def test_retries_of_what_just_failed_are_a_pitfall() -> None:
    """The tool that failed is called again."""
    found = [claim for claim in rules.mine(lamp_shop()) if isinstance(claim, Avoid) and claim.when]
    assert {"switch", "*"} <= {claim.action.tool for claim in found}


def test_milestones_in_the_order_of_good_runs() -> None:
    """From the customer to the goodbye."""
    (claim,) = [claim for claim in milestones.mine(lamp_shop()) if isinstance(claim, Milestones)]
    tools = [action.tool for action in claim.actions]
    assert tools[0] == "get_customer"
    assert tools[-1] == "thank"


def test_closing_conditions_tell_good_ends_from_bad() -> None:
    """Good runs end with the lamp on."""
    found = [claim for claim in milestones.mine(lamp_shop()) if isinstance(claim, Closing)]
    assert any("lamp.state" in set(fact_keys(claim)) for claim in found)


def test_probes_by_name() -> None:
    """Readers leave the world as it is."""
    assert all(map(is_probe, ["get_user", "check_status_bar", "run_speed_test", "searchFlights", "look"]))
    assert not any(map(is_probe, ["toggle_data", "book_flight", "reboot_device", "click", "open"]))
