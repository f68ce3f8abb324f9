"""A skill compiled into one tool, in a lamp shop of LangChain tools."""

import asyncio
import json
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, tool

from tests.integrations.lamps import ASKING, POLICY, SWITCH, Shop, lamps, state
from trace2skill import as_tool
from trace2skill.claims.model import (
    ActionPattern,
    Avoid,
    Compare,
    Constant,
    Effect,
    FactTerm,
    Guard,
    Rule,
    Slot,
)
from trace2skill.errors import SettingError
from trace2skill.evidence.policy import FactSource, Policy
from trace2skill.traces.model import Action, Actor

DARK = {"L001": "off"}


def called(shop: Shop, skill: Any = None, **options: Any) -> dict[str, Any]:
    """What the tool answers for customer C001."""
    result: dict[str, Any] = as_tool(skill or lamps(), shop.tools, **options).invoke({"customer": "C001"})
    return result


def test_one_call_does_the_whole_procedure() -> None:
    """It looks, switches the dark lamp, looks again, and is done."""
    shop = Shop({"L001": "off", "L002": "on"})
    assert called(shop)["ended"] == "done"
    assert [call for call in shop.calls if call.startswith("switch")] == ["switch L001"]
    assert shop.lamps == {"L001": "on", "L002": "on"}


def test_each_step_is_reported_with_the_rule_that_fired() -> None:
    """Who did what with which arguments, what came back, and why."""
    steps = called(Shop(DARK))["steps"]
    (switched,) = (step for step in steps if step["tool"] == "switch")
    assert switched["actor"] == "agent"
    assert switched["arguments"] == {"lamp": "L001"}
    assert switched["observation"] == "The lamp L001 was switched."
    assert switched["because"].startswith("When some lamp has *state = off*")
    assert steps[0]["because"] == "reads customer.lamp_ids"


def test_what_the_task_tells_is_required_and_what_is_read_is_no_parameter() -> None:
    """The customer is told; lamps are read."""
    schema = as_tool(lamps(), Shop(DARK).tools).get_input_jsonschema()
    assert schema["required"] == ["customer"]
    assert set(schema["properties"]) == {"customer", "dry_run", "run", "answers"}
    assert schema["properties"]["customer"]["type"] == "string"
    assert schema["properties"]["customer"]["description"].startswith("The customer.")


def test_a_told_value_is_bound_as_it_is() -> None:
    """Also one that does not look like those of past runs."""
    shop = Shop(DARK)
    as_tool(lamps(), shop.tools).invoke({"customer": "Ann Lee"})
    assert shop.calls[0] == "get_customer Ann Lee"


def test_a_parameter_has_the_type_that_its_tool_declares() -> None:
    """An amount is a number."""

    @tool
    def refuel(amount: float) -> str:
        """Refuel."""
        return str(amount)

    amount = ActionPattern(tool="refuel", arguments=(("amount", Slot(name="amount", sources=("task",))),))
    skill = lamps(Policy(rules=(Rule(when=state("off"), then=amount),)))
    assert as_tool(skill, [refuel]).get_input_jsonschema()["properties"]["amount"]["type"] == "number"


@pytest.mark.parametrize(
    ("slot", "argument"), [("run", "run_"), ("schema", "schema_"), ("lamp-id", "lamp_id")]
)
def test_a_slot_never_takes_the_name_of_another_argument(slot: str, argument: str) -> None:
    """What it is called in the skill can mean something else here."""
    who = ActionPattern(tool="get_customer", arguments=(("customer", Slot(name=slot, sources=("task",))),))
    readings = (*POLICY.readings[:2], FactSource(key="customer.lamp_ids", by=who))
    shop = Shop(DARK)
    compiled = as_tool(lamps(POLICY.model_copy(update={"readings": readings})), shop.tools)
    assert compiled.invoke({argument: "C001"})["ended"] == "done"
    assert shop.calls[0] == "get_customer C001"


def test_a_slot_that_is_also_read_is_optional() -> None:
    """The customer may be told, or be read with a lamp."""
    who = ActionPattern(
        tool="get_customer",
        arguments=(("customer", Slot(name="customer", sources=("task", "lamp.customer"))),),
    )
    readings = (*POLICY.readings[:2], FactSource(key="customer.lamp_ids", by=who))
    compiled = as_tool(lamps(POLICY.model_copy(update={"readings": readings})), Shop(DARK).tools)
    assert "required" not in compiled.get_input_jsonschema()


def test_where_the_tasks_words_decide_the_task_is_required() -> None:
    """A rule asks for a word of it."""
    abroad = Compare(left=Constant(value="dark"), operator="in", right=FactTerm(key="task"))
    skill = lamps(POLICY.model_copy(update={"rules": (Rule(when=abroad, then=SWITCH),)}))
    shop = Shop(DARK)
    compiled = as_tool(skill, shop.tools)
    assert compiled.get_input_jsonschema()["required"] == ["task", "customer"]
    assert compiled.invoke({"task": "It is dark.", "customer": "C001"})["ended"] == "done"


def test_a_dry_run_calls_nothing_and_tells_the_plan() -> None:
    """Neither a reading nor a change is made."""
    shop = Shop(DARK)
    told = as_tool(lamps(), shop.tools).invoke({"customer": "C001", "dry_run": True})
    assert (shop.calls, told["ended"], told["steps"]) == ([], "dry run", [])
    assert told["left"][0] == '`get_customer(customer = "C001")`: reads customer.lamp_ids'
    assert "When some lamp has *state = off*: call `switch(lamp = lamp.lamp_id)`." in told["plan"]


def test_it_stops_at_a_call_that_fails() -> None:
    """The fuse blows on the first lamp: the second stays dark, and what was due is told."""
    fused = Rule(when=state("fused"), then=SWITCH)
    shop = Shop({"L001": "fused", "L002": "off"})
    skill = lamps(POLICY.model_copy(update={"rules": (fused, *POLICY.rules)}))
    told = called(shop, skill)
    assert (told["ended"], told["reason"]) == ("surprised", "switch failed")
    assert told["steps"][-1]["failed"] is True
    assert "the fuse blew" in told["steps"][-1]["observation"]
    assert "When some lamp has *state = off*: call `switch(lamp = lamp.lamp_id)`." in told["left"]
    assert shop.lamps["L002"] == "off"


def test_it_stops_when_an_effect_does_not_show() -> None:
    """Switching lights a dark lamp, say the runs; this one stays dark, and the other is left alone."""
    lit = Effect(action=SWITCH, before=state("off"), after=state("on", "all"))
    shop = Shop({"L001": "off", "L002": "on"}, broken=True)
    told = called(shop, lamps(POLICY, lit))
    assert told["ended"] == "surprised"
    assert told["reason"].startswith("expected otherwise: ")
    assert "not yet so: every lamp has *state = on*" in told["left"]


def test_an_effect_that_shows_is_no_surprise() -> None:
    """It goes on to the goal."""
    lit = Effect(action=SWITCH, before=state("off"), after=state("on", "all"))
    assert called(Shop(DARK), lamps(POLICY, lit))["ended"] == "done"


def test_it_stops_at_a_pitfall() -> None:
    """The rule asks for what a pitfall forbids."""
    shop = Shop(DARK)
    told = called(shop, lamps(POLICY, Avoid(action=SWITCH, when=state("off"))))
    assert (told["ended"], told["reason"]) == ("surprised", "switch is due: a pitfall")
    assert "switch L001" not in shop.calls


def test_it_stops_where_no_rule_applies_before_the_goal() -> None:
    """A broken lamp is nothing that the skill knows of."""
    told = called(Shop({"L001": "broken"}))
    assert (told["ended"], told["reason"]) == ("stuck", "no rule applies, and the goal is not reached")


def tagged(tools: list[BaseTool]) -> list[BaseTool]:
    """The tools, switching tagged as in need of approval."""
    for each in tools:
        each.tags = ["needs_approval"] if each.name == "switch" else None
    return tools


def test_without_approval_a_tagged_tool_is_not_called() -> None:
    """The report says what was due."""
    shop = Shop(DARK)
    told = as_tool(lamps(), tagged(shop.tools)).invoke({"customer": "C001"})
    assert told["reason"] == "switch is due: needs approval and has none"
    assert '`switch(lamp = "L001")`: needs approval and has none' in told["left"]
    assert shop.lamps == DARK


def test_a_tool_that_is_allowed_needs_no_further_approval() -> None:
    """By name."""
    shop = Shop(DARK)
    assert called(shop, needs_approval={"switch"}, allowed={"switch"})["ended"] == "done"


@pytest.mark.parametrize("answer", [True, False])
def test_approval_is_asked_for_each_call(answer: bool) -> None:
    """The answer decides."""
    asked: list[Action] = []

    def approve(_: Actor, action: Action) -> bool:
        asked.append(action)
        return answer

    shop = Shop(DARK)
    called(shop, needs_approval={"switch"}, approve=approve)
    assert asked == [Action(tool="switch", arguments={"lamp": "L001"})]
    assert ("switch L001" in shop.calls) is answer


def test_what_is_the_users_to_do_is_asked_and_nothing_is_changed_meanwhile() -> None:
    """The lamp waits until the user has looked at the bulb."""
    shop = Shop(DARK)
    told = called(shop, lamps(ASKING))
    assert told["ended"] == "ask"
    assert [ask["words"] for ask in told["ask"]] == ["ask the user to run `check_bulb()`"]
    assert shop.calls == ["get_customer C001", "get_lamp L001"]


def test_with_the_answers_it_goes_on_and_repeats_no_call() -> None:
    """Look at the bulb, tighten it; then the lamp is switched."""
    shop = Shop(DARK)
    compiled = as_tool(lamps(ASKING), shop.tools)
    first = compiled.invoke({"customer": "C001"})
    going_on = {"customer": "C001", "run": first["run"]}
    second = compiled.invoke({**going_on, "answers": ["Bulb: loose"]})
    assert [ask["tool"] for ask in second["ask"]] == ["tighten_bulb"]
    third = compiled.invoke({**going_on, "answers": ["It sits tight now."]})
    assert shop.calls[:3] == ["get_customer C001", "get_lamp L001", "switch L001"]
    assert [ask["tool"] for ask in third["ask"]] == ["check_bulb"]
    assert compiled.invoke({**going_on, "answers": ["Bulb: tight"]})["ended"] == "done"


def test_an_answer_not_given_is_asked_for_again() -> None:
    """The run waits on."""
    compiled = as_tool(lamps(ASKING), Shop(DARK).tools)
    first = compiled.invoke({"customer": "C001"})
    again = compiled.invoke({"customer": "C001", "run": first["run"]})
    assert (again["ended"], again["ask"]) == ("ask", first["ask"])


def test_a_dry_run_of_a_waiting_run_leaves_it_waiting() -> None:
    """It says what would follow the answer, and the answer can still be given."""
    shop = Shop(DARK)
    compiled = as_tool(lamps(ASKING), shop.tools)
    going_on = {"customer": "C001", "run": compiled.invoke({"customer": "C001"})["run"]}
    dry = compiled.invoke({**going_on, "answers": ["Bulb: tight"], "dry_run": True})
    assert dry["left"][0].startswith('`switch(lamp = "L001")`')
    assert "switch L001" not in shop.calls
    compiled.invoke({**going_on, "answers": ["Bulb: tight"]})
    assert "switch L001" in shop.calls


def test_approval_is_not_asked_twice_for_one_call() -> None:
    """A run that goes on knows what it did."""
    asked: list[str] = []
    shop = Shop(DARK)
    thanked = Rule(when=state("on"), then=ActionPattern(tool="thank", actor=Actor.USER))
    policy = POLICY.model_copy(update={"rules": (*POLICY.rules, thanked)})
    compiled = as_tool(
        lamps(policy),
        shop.tools,
        needs_approval={"switch"},
        approve=lambda _, action: not asked.append(action.tool),  # type: ignore[func-returns-value]
    )
    first = compiled.invoke({"customer": "C001"})
    assert first["ended"] == "ask"
    assert compiled.invoke({"customer": "C001", "run": first["run"], "answers": ["done"]})["ended"] == "done"
    assert asked == ["switch"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"run": "r1"}, "no run 'r1' waits for answers: call without `run` to start anew"),
        ({"answers": ["yes"]}, "answers belong to a run"),
    ],
)
def test_a_run_that_does_not_wait_is_told_to_the_model(given: dict[str, Any], says: str) -> None:
    """No exception ends the agent."""
    assert says in as_tool(lamps(ASKING), Shop(DARK).tools).invoke({"customer": "C001", **given})


def test_it_can_be_awaited() -> None:
    """The tools are awaited on the caller's loop."""
    loops = []

    @tool
    async def get_lamp(lamp: str) -> dict[str, str]:
        """Look at a lamp."""
        loops.append(asyncio.get_running_loop())
        return {"lamp_id": lamp, "state": shop.lamps[lamp]}

    shop = Shop(DARK)
    compiled = as_tool(lamps(), [shop.tools[0], get_lamp, shop.tools[2]])

    async def main() -> bool:
        result = await compiled.ainvoke({"customer": "C001"})
        return result["ended"] == "done" and set(loops) == {asyncio.get_running_loop()}

    assert asyncio.run(main())


def test_a_run_that_nobody_waits_for_any_more_stops() -> None:
    """Cancelled while it looks, it switches nothing."""
    looked = asyncio.Event()

    @tool
    async def get_lamp(lamp: str) -> dict[str, str]:
        """Look at a lamp."""
        looked.set()
        await asyncio.sleep(0.05)
        return {"lamp_id": lamp, "state": shop.lamps[lamp]}

    shop = Shop(DARK)
    compiled = as_tool(lamps(), [shop.tools[0], get_lamp, shop.tools[2]])

    async def main() -> None:
        running = asyncio.create_task(compiled.ainvoke({"customer": "C001"}))
        await looked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.sleep(0.2)

    asyncio.run(main())
    assert "switch L001" not in shop.calls


def test_an_agent_gets_the_report_as_a_message() -> None:
    """Called as a model calls it, the result is JSON."""
    call = {"type": "tool_call", "id": "1", "name": "light-lamps", "args": {"customer": "C001"}}
    message = as_tool(lamps(), Shop(DARK).tools).invoke(call)
    assert isinstance(message, ToolMessage)
    assert json.loads(message.text)["ended"] == "done"


def test_a_skill_without_policy_or_rules_cannot_be_compiled() -> None:
    """The message says what would help."""
    with pytest.raises(SettingError, match="nothing to act on: no rule of it rests on enough runs; distil"):
        as_tool(lamps(Policy()), [])


def test_what_rests_on_too_few_runs_is_not_acted_on_unless_asked_to() -> None:
    """A rule of the decision list that no reader is shown."""
    fused = Rule(when=state("fused"), then=SWITCH)
    skill = lamps().model_copy(update={"policy": POLICY.model_copy(update={"rules": (fused, *POLICY.rules)})})
    shop = Shop({"L001": "fused"})
    assert called(shop, skill)["ended"] == "stuck"
    assert called(shop, skill, tentative=True)["reason"] == "switch failed"


def test_what_good_runs_did_once_the_user_agreed_needs_approval() -> None:
    """They switched after "yes": whoever compiles the skill says who is asked."""
    agreed = Compare(left=FactTerm(key="user.said"), operator="matches", right=Constant(value=r"\byes\b"))
    skill = lamps(POLICY, Guard(action=ActionPattern(tool="switch"), require=agreed))
    assert called(Shop(DARK), skill)["ended"] == "surprised"
    assert called(Shop(DARK), skill, allowed={"switch"})["ended"] == "done"
    assert called(Shop(DARK), skill, approve=lambda *_: True)["ended"] == "done"


def test_a_tool_that_is_missing_is_named() -> None:
    """Before anything is called."""
    with pytest.raises(SettingError, match="drives tools that were not given: get_lamp"):
        as_tool(lamps(), [each for each in Shop(DARK).tools if each.name != "get_lamp"])


def test_an_observation_is_shortened() -> None:
    """A long reply does not fill the model's context."""

    @tool
    def get_lamp(lamp: str) -> dict[str, str]:
        """Look at a lamp."""
        return {"lamp_id": lamp, "state": "on", "story": "long " * 1000}

    shop = Shop(DARK)
    told = as_tool(lamps(), [shop.tools[0], get_lamp, shop.tools[2]]).invoke({"customer": "C001"})
    assert max(len(step["observation"]) for step in told["steps"]) == 300


def test_it_needs_no_use_of_an_argument_to_bind_it() -> None:
    """A policy without uses is told its values all the same."""
    policy = Policy(rules=POLICY.rules, readings=POLICY.readings, goals=POLICY.goals)
    assert called(Shop(DARK), lamps(policy))["ended"] == "done"
