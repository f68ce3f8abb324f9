"""Synthesis by code: what is kept, where it stands, what the skill is called."""

import random
from collections import Counter

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
from trace2skill.claims.model import ActionPattern, AllOf, Closing, Milestones, Rule, Sequence, Slot
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import Policy
from trace2skill.evidence.rows import Citation, Contrast, Practice, Tier
from trace2skill.skills.compose import compose
from trace2skill.skills.model import ModuleName, Skill
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


LOOK = Milestones(actions=(agent("get_customer_by_phone"), agent("get_bill")))


def test_rules_stand_in_the_parts_of_a_playbook() -> None:
    """When it is done, what to look at first, steps in order, conditions, and what to beware of."""
    skill = compose("mobile data", [*FINDINGS, finding(LOOK)], TRACES)
    assert {module: texts(skill, module) for module in ModuleName} == {
        ModuleName.GOAL: ["G1 Close only when"],
        ModuleName.LOOK: ["L1 In this order:"],
        ModuleName.PROCEDURE: ["P1 In this order:"],
        ModuleName.CONDITIONS: ["C1 When some line", "C2 When *status_bar ="],
        ModuleName.PITFALLS: ["F1 Before calling `transfer_to_human_agents`,", "F2 Do not call"],
    }


def test_conditions_keep_the_order_of_the_decision_list() -> None:
    """Which of two is done first was mined; what is not from the list comes after it."""
    further = finding(Rule(when=fact("a", 1), then=agent("b")), lift=HELPS)
    skill = compose("x", [*FINDINGS, further], TRACES, policy=Policy(rules=(AIRPLANE, PAY)))
    rules = [rule.finding.claim for rule in skill.module(ModuleName.CONDITIONS) if rule.finding]
    assert rules == [AIRPLANE, PAY, further.claim]
    assert skill.policy.rules == (AIRPLANE, PAY)


def test_what_actions_change_is_kept_in_the_background() -> None:
    """Measured, and nothing to read before acting: of actions that rules speak of, and no hypothesis."""
    unused = finding(TOGGLE.model_copy(update={"action": user("reboot")}))
    guessed = finding(TOGGLE.model_copy(update={"before": None}), tier=Tier.HYPOTHESIS)
    skill = compose("mobile data", [*FINDINGS, unused, guessed], TRACES)
    assert [rule.finding.claim for rule in skill.background if rule.finding] == [TOGGLE]
    assert not any(rule.finding and rule.finding.claim == TOGGLE for rule in skill.rules)


def test_a_sequence_that_rules_tell_already_is_left_out() -> None:
    """Half of its actions, or more, are what rules ask for when they are due."""
    told = Sequence(actions=(PAY.then, agent("look_again")))
    news = Sequence(actions=(PAY.then, agent("look_again"), agent("write_down")))
    assert kept(finding(PAY), finding(told)) == [finding(PAY)]
    assert finding(news) in kept(finding(PAY), finding(news))


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


def test_parameters_are_slots_that_no_fact_is_named_like() -> None:
    """The customer's id is read as such; a number that is told is said to be told, without an example."""
    told = Slot(name="phone", sources=("task", "utterance"))
    by_phone = Rule(
        when=fact("line.status", "Lost"), then=ActionPattern(tool="call_back", arguments=(("phone", told),))
    )
    (parameter,) = compose("mobile data", [*FINDINGS, finding(by_phone)], TRACES).parameters
    assert parameter.name == "phone"
    assert parameter.description == "stated in the task or told by the user."
    assert parameter.example == ""


def test_a_small_budget_keeps_what_is_said_once() -> None:
    """When it is done, the order of work and what to beware of come before one condition among many."""
    guard = finding(KNOWN_USAGE)
    assert kept(guard, *FINDINGS[:3], budget=3) == [FINDINGS[0], FINDINGS[1], guard]


def test_no_part_crowds_out_the_others() -> None:
    """Twenty strong conditions leave the other parts their places; these have few."""
    many = [finding(Rule(when=fact("a", n), then=agent(f"do_{n}")), lift=HELPS) for n in range(20)]
    goals = [finding(Closing(require=fact("goal", n))) for n in range(5)]
    found = compose("x", [*many, *goals, *FINDINGS, finding(LOOK)], TRACES, budget=12).rules
    assert Counter(rule.module for rule in found) == {
        ModuleName.GOAL: 2,
        ModuleName.LOOK: 1,
        ModuleName.PROCEDURE: 1,
        ModuleName.CONDITIONS: 6,
        ModuleName.PITFALLS: 2,
    }


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
    """No opportunity, an avoidance without harm, a guard that stands on little."""
    never = finding(PAY, held=0, opportunities=0)
    harmless = finding(RETRY)
    guessed = finding(KNOWN_USAGE, tier=Tier.HYPOTHESIS)
    assert kept(never, harmless, guessed) == []


def stop(value: str, good: int, failed: int) -> Finding:
    """A stop condition, met by so many of ten good runs and of five failed ones."""
    closing = Closing(require=fact(f"speed.{value}", "yes"))
    found = finding(closing, held=good + failed, opportunities=15, tasks=9, lift=HELPS)
    practice = Practice(due=10, kept=good, tasks=9, failed_due=5, failed_kept=failed)
    return found.model_copy(update={"summary": found.summary.model_copy(update={"practice": practice})})


def test_the_stop_condition_that_tells_runs_apart_is_the_goal() -> None:
    """One that failed runs meet as well held more often; it says nothing."""
    goals = [stop("any", 10, 5), stop("idle", 10, 4), stop("fair", 10, 3), stop("excellent", 10, 0)]
    skill = compose("f", goals, [])
    assert [rule.text for rule in skill.module(ModuleName.GOAL)] == [
        "Close only when some speed has *excellent = yes*.",
        "Close only when some speed has *fair = yes*.",
    ]


def test_where_none_tells_them_apart_clearly_the_best_stays() -> None:
    """One, if it is met more often by good runs at all."""
    skill = compose("f", [stop("any", 10, 5), stop("idle", 10, 4)], [])
    assert [rule.text for rule in skill.module(ModuleName.GOAL)] == [
        "Close only when some speed has *idle = yes*."
    ]


def test_where_none_tells_them_apart_all_stay() -> None:
    """It is a regularity all the same."""
    skill = compose("f", [stop("any", 10, 5)], [])
    assert len(skill.module(ModuleName.GOAL)) == 1
