"""Synthesis by code: what is kept, where it stands, what the skill is called."""

import random

from tests.building import act, run
from tests.skills.findings import (
    AIRPLANE,
    EXCELLENT,
    HARMS,
    HELPS,
    KNOWN_USAGE,
    ORDER,
    PAY,
    RETRY,
    TOGGLE,
    agent,
    fact,
    finding,
    user,
)
from trace2skill.claims.evidence import Citation, Contrast, Tier
from trace2skill.claims.model import AllOf, Guard, Known, Milestones, Rule, Sequence
from trace2skill.skills.compose import compose
from trace2skill.skills.model import Finding, ModuleName, Skill
from trace2skill.traces.model import Actor, Trace

ERRS = Contrast(hits=32, trials=54, other_hits=30, other_trials=74, ratio=1.46, p=0.049)


def telecom(name: str, task: str, *, success: bool = True) -> Trace:
    """A telecom run: identify, toggle, test the speed."""
    steps = (
        act(
            "get_customer_by_phone", {"customer_id": "C1001", "full_name": "John Smith"}, phone="555-123-2002"
        ),
        act("toggle_airplane_mode", "Airplane Mode is now OFF", actor=Actor.USER),
        act("send_payment_request", "sent", customer_id="C1001"),
        act("run_speed_test", "Speed Test Result: 275 Mbps (Excellent)", actor=Actor.USER),
    )
    return run(*steps, name=name, task=task, key=name, success=success).model_copy(
        update={"domain": "telecom"}
    )


TRACES = [
    telecom("mobile_data_issue_1", "My mobile data is slow, John Smith here, number 555."),
    telecom("mobile_data_issue_2", "Hi, the mobile data on my phone stopped in Paris. MMS fails."),
    telecom("mobile_data_issue_3", "Slow mobile data again; MMS is dead. John Smith.", success=False),
]


def at(step: int) -> tuple[Citation, ...]:
    """The step in the first run."""
    return (Citation(TRACES[0].hash, step),)


FINDINGS = [
    finding(ORDER, at=at(0)),
    finding(PAY, at=at(2), lift=HELPS),
    finding(AIRPLANE, at=at(1)),
    finding(KNOWN_USAGE, protected=True),
    finding(RETRY, step_effect=ERRS),
    finding(TOGGLE, at=at(1)),
    finding(EXCELLENT, at=at(3)),
]


def texts(skill: Skill, module: ModuleName) -> list[str]:
    """Names and first words of a module's rules."""
    return [f"{rule.name} {' '.join(rule.text.split()[:3])}" for rule in skill.module(module)]


def kept(*findings: Finding, budget: int = 24) -> list[Finding | None]:
    """The findings that become rules."""
    return [rule.finding for rule in compose("mobile data", findings, TRACES, budget=budget).rules]


def test_rules_stand_in_their_modules_in_the_order_of_the_work() -> None:
    """Milestones, effects, stop conditions; conditions by where they apply; pitfalls apart."""
    skill = compose("mobile data", FINDINGS, TRACES)
    assert texts(skill, ModuleName.PROCEDURE) == [
        "P1 Work in this",
        "P2 `toggle_airplane_mode`, run by",
        "P3 Before closing, make",
    ]
    assert texts(skill, ModuleName.CONDITIONS) == [
        "C1 When *status_bar =",
        "C2 Before calling `transfer_to_human_agents`,",
        "C3 When some line",
    ]
    assert texts(skill, ModuleName.PITFALLS) == ["F1 Do not call"]


def test_the_same_input_in_any_order_gives_the_same_skill() -> None:
    """Neither findings nor traces are taken in the order they come in, and twice adds nothing."""
    shuffled, traces = FINDINGS * 2, TRACES * 2
    random.Random(7).shuffle(shuffled)
    random.Random(3).shuffle(traces)
    assert compose("mobile data", shuffled, traces) == compose("mobile data", FINDINGS, TRACES)


def test_name_title_and_description_come_from_domain_family_and_topics() -> None:
    """They speak of what the tasks share, and never of one customer or place."""
    skill = compose("mobile data", FINDINGS, TRACES)
    assert (skill.name, skill.title) == ("telecom-mobile-data", "Telecom: mobile data")
    assert "mobile data" in skill.when_to_use
    assert not any(word in skill.description for word in ("John", "Smith", "smith", "Paris", "555"))


def test_a_family_that_is_a_task_key_names_nothing() -> None:
    """Task keys are opaque: the topics of the texts stand in."""
    skill = compose("mobile_data_issue_1", FINDINGS, TRACES)
    assert skill.name == "telecom-mobile-data-slow"


def test_parameters_are_the_slots_of_the_rules_without_an_example() -> None:
    """A value of one run is never shown as a parameter's example."""
    (parameter,) = compose("mobile data", FINDINGS, TRACES).parameters
    assert parameter.name == "customer_id"
    assert parameter.description == "The customer id, read as customer.customer_id."
    assert parameter.example == ""


def test_the_goal_is_the_strongest_stop_condition() -> None:
    """In plain words, as other writers expect of a goal."""
    assert compose("x", FINDINGS, TRACES).goal == "End with this: speed_test_result.label = Excellent."


def test_protected_findings_survive_a_small_budget() -> None:
    """A guard of good runs is kept before stronger rules, up to half of the budget."""
    guard = finding(KNOWN_USAGE, held=3, tasks=2, tier=Tier.HYPOTHESIS, protected=True)
    assert guard in kept(guard, *FINDINGS[:3], budget=2)
    assert len(kept(guard, *FINDINGS[:3], budget=2)) == 2


def test_no_module_crowds_out_the_others() -> None:
    """Twenty strong conditions leave the weaker procedure and pitfall their places."""
    many = [finding(Rule(when=fact("a", n), then=agent(f"do_{n}")), lift=HELPS) for n in range(20)]
    modules = [rule.module for rule in compose("x", [*many, *FINDINGS], TRACES, budget=12).rules]
    assert len(modules) == 12
    assert set(modules) == set(ModuleName)


def test_of_two_contradictory_findings_the_stronger_stays() -> None:
    """The same condition cannot ask for two modes."""
    strong = finding(Rule(when=fact("a", 1), then=user("set_mode", mode="5g")), lift=HELPS)
    weak = finding(Rule(when=fact("a", 1), then=user("set_mode", mode="2g")))
    assert kept(weak, strong) == [strong]


def test_an_implied_finding_is_dropped() -> None:
    """A condition more, or a step fewer, is no rule of its own."""
    narrow = finding(Rule(when=AllOf(parts=(PAY.when, fact("a", 1))), then=PAY.then))
    wide = finding(PAY, lift=HELPS)
    long = finding(Sequence(actions=(agent("a"), agent("b"), agent("c"))), lift=HELPS)
    short = finding(Sequence(actions=(agent("b"), agent("c"))))
    assert kept(narrow, wide) == [wide]
    assert kept(short, long) == [long]


def test_what_hurts_becomes_a_pitfall() -> None:
    """A rule that went with failure within tasks warns; an order of work that did is left out."""
    rule = compose("x", [finding(PAY, lift=HARMS, tier=Tier.HYPOTHESIS)], TRACES).rules[0]
    assert rule.module is ModuleName.PITFALLS
    assert "do not simply" in rule.text
    assert kept(finding(Milestones(actions=(agent("a"), agent("b"))), lift=HARMS)) == []


def test_what_shows_nothing_is_left_out() -> None:
    """No opportunity, an avoidance without harm, a guard that nobody kept."""
    never = finding(PAY, held=0, opportunities=0)
    harmless = finding(RETRY)
    unkept = finding(Guard(action=agent("x"), require=Known(key="y")), held=1)
    assert kept(never, harmless, unkept) == []


def test_hypotheses_are_rationed() -> None:
    """They take a quarter of the budget at most."""
    many = [finding(Rule(when=fact("a", n), then=agent(f"do_{n}")), tier=Tier.HYPOTHESIS) for n in range(10)]
    assert len(kept(*many, budget=8)) == 2
