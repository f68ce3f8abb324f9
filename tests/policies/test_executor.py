"""The executor in a lamp shop: it reads what it does not know, binds slots, and stops when it should."""

from collections.abc import Mapping

import pytest

from tests.building import act, run
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    Avoid,
    Compare,
    Constant,
    FactTerm,
    Guard,
    Rule,
    Slot,
)
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import ArgumentUse, FactSource, Policy
from trace2skill.evidence.rows import Summary, Support, Tier
from trace2skill.mining.policy import mine_policy
from trace2skill.mining.pool import Pool
from trace2skill.policies.executor import execute
from trace2skill.policies.knowledge import agreed_tools
from trace2skill.skills.execution import Execution, Response
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.traces.model import Action, Actor, StepOutcome, Tool

OFF = Compare(left=FactTerm(key="lamp.state"), operator="=", right=Constant(value="off"))
NAMED = Compare(left=FactTerm(key="lamp.lamp_id"), operator="in", right=FactTerm(key="task"))
SWITCH = ActionPattern(tool="switch", arguments=(("lamp", Slot(name="lamp", sources=("lamp.lamp_id",))),))
LOOK = ActionPattern(
    tool="get_lamp", arguments=(("lamp", Slot(name="lamp", sources=("customer.lamp_ids",))),)
)
WHO = ActionPattern(tool="get_customer", arguments=(("customer", Slot(name="customer", sources=("task",))),))
POLICY = Policy(
    rules=(Rule(when=OFF, then=SWITCH),),
    readings=(
        FactSource(key="lamp.state", by=LOOK),
        FactSource(key="lamp.lamp_id", by=LOOK),
        FactSource(key="customer.lamp_ids", by=WHO),
    ),
    goals=(
        Compare(left=FactTerm(key="lamp.state"), operator="=", right=Constant(value="on"), quantifier="all"),
    ),
    uses=(ArgumentUse(tool="get_customer", name="customer", look=r"C\d+"),),
)


class Shop:
    """A shop with lamps; each can be read and switched."""

    initial_observation = None
    tools: tuple[Tool, ...] = ()
    done = False

    def __init__(self, lamps: Mapping[str, str], task: str = "Customer C001 sits in the dark.") -> None:
        self.lamps = dict(lamps)
        self.task = task
        self.actors: list[Actor] = []

    def call(self, actor: Actor, action: Action) -> Response:
        """Answer as the tools of the miners' lamp shop do."""
        self.actors.append(actor)
        if action.tool == "get_customer":
            return Response({"customer_id": "C001", "lamp_ids": list(self.lamps)})
        lamp = str(action.arguments.get("lamp"))
        if lamp not in self.lamps:
            return Response("Error: unknown lamp", StepOutcome.ERROR)
        if action.tool == "switch":
            self.lamps[lamp] = "on" if self.lamps[lamp] == "off" else "off"
            return Response(f"The lamp {lamp} was switched.")
        return Response({"lamp_id": lamp, "state": self.lamps[lamp]})


def skill(policy: Policy, *rules: SkillRule) -> Skill:
    """A skill that is nothing but its policy, and rules for a reader."""
    return Skill(
        name="lamps", title="Lamps", description="Lamps.", family="lamps", policy=policy, rules=rules
    )


def done(execution: Execution) -> list[str]:
    """What was called, in order, with the last argument."""
    return [
        " ".join([step.action.tool, *map(str, step.action.arguments.values())])
        for step in execution.trace.steps
        if step.action
    ]


def test_it_reads_what_is_unknown_before_it_acts() -> None:
    """The lamp's state needs the lamp's id, which needs the customer, whom the task names."""
    execution = execute([skill(POLICY)], Shop({"L001": "off"}))
    assert done(execution)[:3] == ["get_customer C001", "get_lamp L001", "switch L001"]


def test_a_slot_is_bound_to_the_entity_for_which_the_condition_holds() -> None:
    """Of three lamps the dark one is switched."""
    execution = execute([skill(POLICY)], Shop({"L001": "on", "L002": "off", "L003": "on"}))
    assert [call for call in done(execution) if call.startswith("switch")] == ["switch L002"]


def test_a_rule_is_followed_for_every_entity_for_which_it_holds() -> None:
    """Two dark lamps are switched, once each."""
    execution = execute([skill(POLICY)], Shop({"L001": "off", "L002": "off"}))
    assert [call for call in done(execution) if call.startswith("switch")] == ["switch L001", "switch L002"]


def test_the_entity_that_the_task_names_is_meant() -> None:
    """The same condition holds for both lamps, and only one is in the task."""
    policy = POLICY.model_copy(update={"rules": (Rule(when=AllOf(parts=(NAMED, OFF)), then=SWITCH),)})
    shop = Shop({"L001": "off", "L002": "off"}, task="Customer C001: the lamp L002 is dark.")
    execution = execute([skill(policy)], shop)
    assert [call for call in done(execution) if call.startswith("switch")] == ["switch L002"]


def test_it_ends_when_the_goal_is_seen() -> None:
    """It looks again after it acted, and the lamp is on."""
    execution = execute([skill(POLICY)], Shop({"L001": "off"}))
    assert execution.ending == "done"
    assert done(execution)[-1] == "get_lamp L001"


def test_without_an_applicable_rule_it_is_stuck() -> None:
    """A broken lamp is nothing that the skill knows of."""
    execution = execute([skill(POLICY)], Shop({"L001": "broken"}))
    assert execution.ending == "stuck"


def test_stuck_it_hands_over_where_the_skill_knows_how() -> None:
    """The last action of runs that cannot be helped is done when no rule is left."""
    policy = POLICY.model_copy(update={"last": (ActionPattern(tool="call_electrician"),)})
    execution = execute([skill(policy)], Shop({"L001": "broken"}))
    assert (execution.ending, done(execution)[-1]) == ("stuck", "call_electrician")


def test_what_failed_is_not_insisted_on() -> None:
    """A call that changes nothing is made once for as long as its condition lasts."""
    fuse = Policy(
        rules=(Rule(when=OFF, then=ActionPattern(tool="fuse")),), readings=POLICY.readings, uses=POLICY.uses
    )
    execution = execute([skill(fuse)], Shop({"L001": "off"}))
    assert done(execution).count("fuse") == 1


def test_it_keeps_to_its_budget() -> None:
    """Three actions are allowed, and three are done."""
    execution = execute([skill(POLICY)], Shop({"L001": "off"}), budget=3)
    assert (len(execution.trace.steps), execution.ending) == (3, "out of budget")


@pytest.mark.parametrize(("answer", "expected"), [(True, ["switch L001"]), (False, [])])
def test_what_needs_approval_is_asked_for(answer: bool, expected: list[str]) -> None:
    """The call is made with approval and left out without."""
    asked: list[str] = []

    def approve(_: Actor, action: Action) -> bool:
        asked.append(action.tool)
        return answer

    execution = execute(
        [skill(POLICY)], Shop({"L001": "off"}), needs_approval=frozenset({"switch"}), approve=approve
    )
    assert [call for call in done(execution) if call.startswith("switch")] == expected
    assert asked == ["switch"]


def test_without_anyone_to_ask_nothing_that_needs_approval_is_called() -> None:
    """The report says what was left out, and why."""
    execution = execute([skill(POLICY)], Shop({"L001": "off"}), needs_approval=frozenset({"switch"}))
    assert "switch L001" not in done(execution)
    assert [entry.why for entry in execution.report if entry.step is None] == ["needs approval and has none"]


def test_a_pitfall_vetoes_what_a_rule_asks_for() -> None:
    """A mined pitfall stands against switching a dark lamp."""
    summary = Summary(support=Support(opportunities=9, held=9, traces=9, tasks=9, sources=1))
    claim = Avoid(action=ActionPattern(tool="switch"), when=OFF)
    finding = Finding(family="lamps", aspect="pitfalls", claim=claim, summary=summary, tier=Tier.MINED)
    rule = SkillRule(name="F1", module=ModuleName.PITFALLS, text="Do not switch.", finding=finding)
    execution = execute([skill(POLICY, rule)], Shop({"L001": "off"}))
    assert "switch L001" not in done(execution)


def test_what_a_user_says_is_no_veto() -> None:
    """Good runs switched after "yes"; an executor talks to nobody, and whoever runs it says what may be."""
    summary = Summary(support=Support(opportunities=9, held=9, traces=9, tasks=9, sources=1))
    said = Compare(left=FactTerm(key="user.said"), operator="matches", right=Constant(value=r"\byes\b"))
    claim = Guard(action=ActionPattern(tool="switch"), require=said)
    finding = Finding(family="lamps", aspect="pitfalls", claim=claim, summary=summary, tier=Tier.MINED)
    rule = SkillRule(name="F1", module=ModuleName.PITFALLS, text="Ask.", finding=finding)
    assert "switch L001" in done(execute([skill(POLICY, rule)], Shop({"L001": "off"})))
    assert agreed_tools(skill(POLICY, rule)) == {"switch"}


def test_what_is_the_users_to_do_is_asked_of_the_user() -> None:
    """The pattern's actor makes the call."""
    user = SWITCH.model_copy(update={"actor": Actor.USER})
    shop = Shop({"L001": "off"})
    execute([skill(POLICY.model_copy(update={"rules": (Rule(when=OFF, then=user),)}))], shop)
    assert shop.actors[:3] == [Actor.AGENT, Actor.AGENT, Actor.USER]


def test_the_same_world_gives_the_same_run() -> None:
    """Nothing is drawn."""
    runs = [execute([skill(POLICY)], Shop({"L001": "off", "L002": "off"})) for _ in range(2)]
    assert runs[0] == runs[1]


def test_another_skill_is_asked_where_the_first_leaves_a_run_stuck() -> None:
    """The first knows when to switch broken lamps only; the second knows dark ones."""
    broken = Compare(left=FactTerm(key="lamp.state"), operator="=", right=Constant(value="broken"))
    first = POLICY.model_copy(update={"rules": (Rule(when=broken, then=SWITCH),)})
    execution = execute([skill(first), skill(POLICY)], Shop({"L001": "off"}))
    assert execution.ending == "done"


def test_its_traces_can_be_distilled_again() -> None:
    """A policy mined from what the executor did does the same."""
    worlds = [{"L001": "off" if at % 2 else "on"} for at in range(8)]
    traces = [
        execute([skill(POLICY)], Shop(world), name=f"run-{at}").trace for at, world in enumerate(worlds)
    ]
    again = mine_policy(Pool("lamps", traces))
    assert [rule.then.tool for rule in again.rules] == ["switch"]
    assert "switch L001" in done(execute([skill(again)], Shop({"L001": "off"})))


def test_a_policy_mined_from_runs_of_others_is_followed() -> None:
    """Demonstrations that look at one lamp and switch it when it is dark are enough."""
    traces = [
        run(
            act("get_customer", {"customer_id": "C001", "lamp_ids": ["L001"]}, customer="C001"),
            act("get_lamp", {"lamp_id": "L001", "state": state}, lamp="L001"),
            *([act("switch", "Switched.", lamp="L001")] if state == "off" else []),
            act("get_lamp", {"lamp_id": "L001", "state": "on"}, lamp="L001"),
            name=f"t{at}",
            key=f"k{at}",
            task="Customer C001 sits in the dark.",
        )
        for at, state in enumerate(["off", "on"] * 4)
    ]
    policy = mine_policy(Pool("lamps", traces))
    assert policy.rules[0].when == OFF
    assert execute([skill(policy)], Shop({"L001": "off"})).ending == "done"
