"""Decision rules: what good runs hang an action on."""

import pytest

from benchmarks.live import debugging
from tests.building import act, run
from tests.mining.pools import good, lamp_shop
from trace2skill.claims.model import Anything, Compare, Constant, FactTerm
from trace2skill.claims.traversal import fact_keys
from trace2skill.mining.atomic_conditions import atomic_conditions
from trace2skill.mining.decisions import Decision, Decisions
from trace2skill.mining.policy import mine_policy, policy_of
from trace2skill.mining.pool import Pool
from trace2skill.traces.model import Label, Trace

OFF = Compare(left=FactTerm(key="lamp.state"), operator="=", right=Constant(value="off"))


def listed(pool: Pool, tool: str) -> list[Decision]:
    """What the decision list says of a tool."""
    return [each for each in Decisions(pool).listed if each.rule.then.tool == tool]


def test_the_condition_that_explains_an_action_is_found() -> None:
    """Lamps are switched when they are off."""
    (decision,) = listed(lamp_shop(), "switch")
    assert decision.rule.when == OFF


def test_what_ends_every_run_is_a_last_action() -> None:
    """After thanking, nothing is done; where all runs thank, it cuts none of them short."""
    decisions = Decisions(lamp_shop())
    assert [action.tool for action in decisions.table.last] == ["thank"]
    assert decisions.table.cutting == ()
    assert {each.rule.ended_by for each in decisions.listed} == {()}


def test_a_rare_last_action_cuts_runs_short() -> None:
    """Three of fifteen runs hand over instead of thanking: to other rules these runs say little."""
    over = [
        run(
            act("get_lamp", {"lamp_id": f"L{at:03}", "state": "broken"}),
            act("hand_over", "ok"),
            name=f"over-{at}",
            key=f"task-{at}",
        )
        for at in range(20, 23)
    ]
    decisions = Decisions(Pool("lamps", [*lamp_shop().traces, *over]))
    assert [action.tool for action in decisions.table.last] == ["hand_over", "thank"]
    assert [action.tool for action in decisions.table.cutting] == ["hand_over"]
    ended_by = {each.rule.then.tool: each.rule.ended_by for each in decisions.listed}
    assert ended_by == {"hand_over": (), "switch": decisions.table.cutting, "thank": decisions.table.cutting}


def test_what_is_left_undone_at_the_end_is_no_reason() -> None:
    """In half of the runs the last look shows a fine lamp, and they end: to be fine calls for nothing."""
    runs = [
        run(
            act("get_lamp", {"lamp_id": f"L{at:03}", "state": "off" if at % 2 else "on", "glass": "fine"}),
            *([act("switch", "ok", lamp=f"L{at:03}")] if at % 2 else []),
            name=str(at),
            key=f"task-{at}",
        )
        for at in range(12)
    ]
    (decision,) = listed(Pool("lamps", runs), "switch")
    assert decision.rule.when == OFF


def test_a_choice_counts_the_conditions_that_tell_runs_apart() -> None:
    """Whatever else holds in just the runs in which the lamp was off is no other choice."""
    (decision,) = listed(lamp_shop(), "switch")
    assert (decision.selection.among, decision.selection.stability) == (1, 1.0)


def boxes(*marked: tuple[str, str]) -> Pool:
    """A run that marks it for each of these boxes (colour, size), and as many with small blue ones left."""
    runs = []
    for at, (colour, size) in enumerate([*marked, *[("blue", "S")] * len(marked)]):
        box = act("get_box", {"box_id": f"B{at:03}", "colour": colour, "size": size})
        steps = [box, act("mark", "ok")] if at < len(marked) else [box]
        runs.append(run(*steps, name=str(at), key=f"task-{at}"))
    return Pool("boxes", runs)


def test_a_choice_is_stable_where_any_half_of_the_tasks_makes_it() -> None:
    """All marked boxes are red, half of them large; else some are red and some large, and halves differ."""
    (clear,) = listed(boxes(*[("red", "S"), ("red", "L")] * 6), "mark")
    assert clear.selection.stability > 0.9
    first, *_ = listed(boxes(*[("red", "S"), ("blue", "L")] * 6), "mark")
    assert first.selection.stability < 0.8


def test_a_rival_that_is_only_cheaper_on_a_half_is_no_better() -> None:
    """A `mark` that two of the marked boxes lack has the action's name, but explains no half better."""
    runs = []
    for at in range(24):
        fields = {"colour": "red" if at < 12 else "blue", "mark": "due" if 1 < at < 12 else "not"}
        box = act("get_box", {"box_id": f"B{at:03}", **fields})
        steps = [box, act("mark", "ok")] if at < 12 else [box]
        runs.append(run(*steps, name=str(at), key=f"task-{at}"))
    (decision,) = listed(Pool("boxes", runs), "mark")
    assert set(fact_keys(decision.rule.when)) == {"box.colour"}
    assert decision.selection.stability == 1


@pytest.mark.heavy
def test_two_parts_that_tell_only_together_are_found() -> None:
    """Each is common in repairs of an invented house; alone it ranks below what few runs share."""
    runs = [trace for trace in debugging.course(25).runs if trace.outcome.label is Label.SUCCESS]
    (decision,) = listed(Pool("debugging", runs), "swap_arguments")
    assert set(fact_keys(decision.rule.when)) == {"check.coping", "check.gusset"}


def test_free_text_is_no_part_of_an_action() -> None:
    """Reports in ever other words are one action; a constant argument beside them is part of it."""
    words = ("the lamp was off all day", "it was quite dark in there", "a lamp that gave no light")
    runs = [
        run(
            act("get_lamp", {"lamp_id": f"L{at:03}", "state": "off"}),
            act("report", "ok", summary=words[at % 3], to="office"),
            name=str(at),
            key=f"task-{at}",
        )
        for at in range(6)
    ]
    (decision,) = listed(Pool("lamps", runs), "report")
    assert dict(decision.rule.then.arguments) == {"summary": Anything(), "to": Constant(value="office")}


def test_a_policy_knows_who_reads_what_its_rules_ask() -> None:
    """The lamp's state is read by looking at the lamp, whose id the customer's record gives."""
    readings = {reading.key: reading.by.tool for reading in mine_policy(lamp_shop()).readings}
    assert readings["lamp.state"] == "get_lamp"
    assert readings["customer.lamp_ids"] == "get_customer"


def test_the_same_pool_gives_the_same_policy() -> None:
    """Half-samples are drawn alike each time, and no set's order shows."""
    assert mine_policy(lamp_shop()) == mine_policy(lamp_shop())


def test_a_pool_mines_its_policy_once() -> None:
    """Whoever asks first; one that was mined from more runs is taken as given."""
    pool = lamp_shop()
    assert policy_of(pool) is policy_of(pool)
    given = mine_policy(pool).model_copy(update={"rules": (), "selections": (), "basis": ()})
    assert policy_of(Pool("lamps", pool.traces, policy=given)) is given


def test_a_decision_says_what_it_rests_on() -> None:
    """Eight of the twelve good runs found the lamp off, and switched it; the bad ones do not count."""
    policy = mine_policy(lamp_shop())
    (basis,) = (b for rule, b in zip(policy.rules, policy.basis, strict=True) if rule.then.tool == "switch")
    support = basis.support
    assert (support.opportunities, support.held, support.due, support.traces, support.tasks) == (8,) * 5
    views = {view.trace.hash: view.trace for view in lamp_shop().views}
    places = [views[place.trace].steps[place.step].action for place in basis.seen_at]
    assert [action.tool for action in places if action] == ["switch"] * 3


def test_a_policy_names_the_runs_it_was_mined_from() -> None:
    """All of the pool, sorted."""
    assert mine_policy(lamp_shop()).traces == tuple(sorted(view.trace.hash for view in lamp_shop().views))


def test_mined_from_its_ground_a_policy_keeps_what_its_own_runs_do() -> None:
    """Runs that found the lamp on never switched; what they did is told, with how it was chosen."""
    own = Pool("lit", [good(at, off=False) for at in range(8, 12)])
    policy = mine_policy(own, Decisions(lamp_shop()))
    assert [rule.then.tool for rule in policy.rules] == ["thank"]
    assert len(policy.basis) == len(policy.selections) == 1
    assert policy.traces == mine_policy(lamp_shop()).traces


def test_whose_run_it_is_is_no_condition() -> None:
    """A province explains the hand-over as well as the suspended line does, and is no candidate."""

    def asked(number: int, *, suspended: bool) -> Trace:
        user = {"user_id": f"U{number}", "address": {"province": "TX" if suspended else "CA"}}
        line = {"line_id": f"L{number}", "status": "Suspended" if suspended else "Active"}
        steps = [act("get_user", user), act("get_line", line), *([act("hand_over", "ok")] * suspended)]
        return run(*steps, name=f"r{number}", key=f"t{number}", task="Help!")

    pool = Pool("lines", [asked(number, suspended=number < 4) for number in range(8)])
    read = {key for each in atomic_conditions(pool) for key in fact_keys(each)}
    assert "line.status" in read
    assert not any("address" in key for key in read)
