"""What each miner finds in a small world whose lessons are known."""

from random import Random

import pytest

from tests.building import act, run
from tests.mining.pools import lamp_shop
from trace2skill.claims.model import Closing, Effect, Milestones, Rule, Sequence
from trace2skill.claims.traversal import fact_keys
from trace2skill.evidence.rows import Tier
from trace2skill.facts.read_only import is_read_only
from trace2skill.mining import effects, milestones, rules, sequences
from trace2skill.mining.analyse import analyse
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER
from trace2skill.traces.model import Step


def test_effects_credit_the_action_that_changed_the_world() -> None:
    """Switching turns the lamp on; reading it does not."""
    claims = effects.mine(lamp_shop())
    assert [claim.action.tool for claim in claims if isinstance(claim, Effect)] == ["switch"]
    assert set(fact_keys(claims[0])) >= {"lamp.state"}


def test_an_effect_is_not_credited_where_something_else_changed_between() -> None:
    """Read, polish, switch, read: who turned the lamp on cannot be told. Reading between tells it."""

    def lamp(state: str) -> Step:
        return act("get_lamp", {"lamp_id": "L001", "state": state})

    steps = [lamp("off"), act("polish", "ok"), act("switch", "ok"), lamp("on")]
    apart = [*steps[:2], lamp("off"), *steps[2:]]
    assert effects.mine(Pool("f", [run(*steps, name=str(n), key=str(n)) for n in range(4)])) == []
    (claim,) = effects.mine(Pool("f", [run(*apart, name=str(n), key=str(n)) for n in range(4)]))
    assert isinstance(claim, Effect)
    assert claim.action.tool == "switch"


def test_sequences_of_good_runs() -> None:
    """What is done with a lamp is a chain; the blind switch of bad runs is not, and neither is looking."""
    chains = [
        [action.tool for action in claim.actions]
        for claim in sequences.mine(lamp_shop())
        if isinstance(claim, Sequence)
    ]
    assert chains == [["switch", "get_lamp", "thank"]]


def test_rules_name_the_state_that_calls_for_the_action() -> None:
    """Switch when the lamp is off."""
    found = [
        claim for claim in rules.mine(lamp_shop()) if isinstance(claim, Rule) and claim.then.tool == "switch"
    ]
    assert any("lamp.state" in set(fact_keys(claim.when)) for claim in found)


@pytest.mark.parametrize(("runs", "tiers"), [(6, {Tier.HYPOTHESIS}), (12, set())])
def test_a_fact_without_alternatives_explains_nothing(runs: int, tiers: set[Tier]) -> None:
    """What is always so tells no run apart: a guess while runs are few, no rule where they are many."""
    steps = [act("read_a", "Power: on"), act("do_b", "x"), act("do_c", "y")]
    pool = Pool("f", [run(*steps, name=str(at), key=str(at)) for at in range(runs)])
    assert {finding.tier for finding in analyse(ROSTER[2], pool).findings} == tiers


@pytest.mark.parametrize("runs", [9, 12])
def test_a_rule_that_cannot_be_significant_among_so_many_readings_is_still_told(runs: int) -> None:
    """Twelve runs show no less than nine: with forty readings to choose from, no rule of theirs is sure."""

    def seen(at: int) -> list[Step]:
        draw = Random(at).randrange
        noise = [act(f"read_n{n}", {f"n{n}": f"v{draw(5)}"}) for n in range(40)]
        return [*noise, act("read_valve", {"valve": "stuck" if at % 3 == 0 else "free"})]

    pool = [
        run(*seen(at), *([act("oil_valve", "ok")] if at % 3 == 0 else []), name=str(at), key=str(at))
        for at in range(runs)
    ]
    found = [each.claim for each in analyse(ROSTER[2], Pool("f", pool)).findings]
    (oil,) = [claim for claim in found if isinstance(claim, Rule) and claim.then.tool == "oil_valve"]
    assert set(fact_keys(oil.when)) == {"valve.valve"}


def test_milestones_in_the_order_of_good_runs() -> None:
    """From the customer to the goodbye."""
    (claim,) = [claim for claim in milestones.mine(lamp_shop()) if isinstance(claim, Milestones)]
    tools = [action.tool for action in claim.actions]
    assert tools[0] == "get_customer"
    assert tools[-1] == "thank"


def test_an_optional_step_is_no_milestone() -> None:
    """A third of the good runs found the lamp on and did not switch."""
    (claim,) = [claim for claim in milestones.mine(lamp_shop()) if isinstance(claim, Milestones)]
    assert "switch" not in [action.tool for action in claim.actions]


def test_closing_conditions_are_the_goals_of_the_decision_list() -> None:
    """Good runs end with the lamp on, failed ones leave it off; runs handed over are not asked."""

    def lamp(state: str) -> Step:
        return act("get_lamp", {"lamp_id": "L001", "state": state})

    good = [run(lamp("off"), act("switch", "ok"), lamp("on"), name=f"g{n}", key=str(n)) for n in range(6)]
    over = [run(lamp("off"), act("hand_over", "ok"), name=f"o{n}", key=str(n)) for n in range(6, 9)]
    bad = [run(lamp("off"), name=f"b{n}", key=str(n), success=False) for n in range(6)]
    found, *_ = [c for c in milestones.mine(Pool("lamps", [*good, *over, *bad])) if isinstance(c, Closing)]
    assert set(fact_keys(found)) == {"lamp.state"}
    assert [action.tool for action in found.ended_by] == ["hand_over"]


def test_probes_by_name() -> None:
    """Readers leave the world as it is."""
    assert all(map(is_read_only, ["get_user", "check_status_bar", "run_speed_test", "searchFlights", "look"]))
    assert not any(map(is_read_only, ["toggle_data", "book_flight", "reboot_device", "click", "open"]))
