"""Sets in which a false rule tempts and the true one is known, one for each way in which false rules arose.

Every set is mined, measured, judged and composed as a run does it, in memory; what is asked is what a reader
of the skill sees. How families are cut is asked in tests/mining/test_families.py.
"""

from collections.abc import Iterable, Sequence

import pytest
from pydantic import JsonValue

from tests.building import act, run
from trace2skill.claims.model import Effect, Guard
from trace2skill.claims.model import Sequence as SequenceClaim
from trace2skill.claims.traversal import actions_of
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.statistics import FDR_LEVEL
from trace2skill.mining.analyse import analyse
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool
from trace2skill.mining.roster import ROSTER
from trace2skill.skills.compose import compose
from trace2skill.skills.model import ModuleName, Skill
from trace2skill.skills.playbook import mark, playbook
from trace2skill.traces.model import Step, Trace
from trace2skill.wording.claims import sentence


def findings(traces: Sequence[Trace]) -> list[Finding]:
    """What all analysts find in these runs of one family."""
    pool = Pool("phones", traces)
    return [finding for analyst in ROSTER for finding in analyse(analyst, pool).findings]


def skill_of(traces: Sequence[Trace]) -> Skill:
    """The skill that is made of these runs of one family."""
    pool = Pool("phones", traces)
    found = [finding for analyst in ROSTER for finding in analyse(analyst, pool).findings]
    return compose("phones", found, traces, policy=policy_of(pool))


def decisions(skill: Skill) -> list[str]:
    """The lines of the decision list, each with its mark."""
    return [f"{rule.text} {mark(rule)}" for rule in skill.module(ModuleName.CONDITIONS)]


def call(number: int, *steps: Step, task: str = "My phone is dead.", success: bool = True) -> Trace:
    """A run on a task of its own."""
    return run(*steps, name=f"{number}-{success}", key=f"task {number}", task=task, success=success)


def line(number: int, **facts: JsonValue) -> Step:
    """The agent looks the caller's line up."""
    return act("get_line", {"line_id": f"L{number:04}", **facts}, phone=f"555-{number:04}")


def enable(number: int) -> Step:
    """The agent enables roaming on the line."""
    return act("enable_roaming", "ok", line_id=f"L{number:04}")


ENABLE = "When some line has *roaming = false*: call `enable_roaming(line_id)`."


def test_1_position_in_the_run_is_no_cause() -> None:
    """In all runs the bill is a draft in the end, and was none before: it only tells how late it is."""
    traces = []
    for number in range(24):
        bill, draft = (
            act("get_bill", {"bill_id": f"B{number:04}", "status": it}) for it in ("Open", "Draft")
        )
        steps = [
            bill,
            line(number, roaming=number % 2 == 0),
            draft,
            *([enable(number)] if number % 2 else []),
        ]
        traces.append(call(number, *steps, act("check_signal", {"signal": "good"})))
    assert decisions(skill_of(traces)) == [f"{ENABLE} [12 of 12 runs]"]


def refuelled(number: int, **facts: JsonValue) -> Trace:
    """A run in which every second line is refuelled; of these all but one are prepaid."""
    due = number % 2 == 1
    steps = [line(number, **facts, prepaid=due and number != 7)]
    steps += [act("refuel", "ok", line_id=f"L{number:04}")] if due else []
    return call(number, *steps)


def test_2_the_true_reason_may_be_a_comparison_of_two_numbers() -> None:
    """More data used than the line's own limit, whatever the limit."""
    traces = [
        refuelled(number, data_used_gb=number + (3 if number % 2 else -3), data_limit_gb=number)
        for number in range(24)
    ]
    assert decisions(skill_of(traces)) == [
        "When *line.data_used_gb > line.data_limit_gb*: call `refuel(line_id)`. [12 of 12 runs]"
    ]


def test_2_the_true_reason_may_be_a_comparison_of_two_dates() -> None:
    """Lines whose contract ended before the bill is due."""
    traces = [
        refuelled(
            number,
            end_date=f"2024-0{1 if number % 2 else 9}-{number + 1:02}",
            bill_date=f"2024-05-{number + 1:02}",
        )
        for number in range(24)
    ]
    assert decisions(skill_of(traces)) == [
        "When *line.bill_date > line.end_date*: call `refuel(line_id)`. [12 of 12 runs]"
    ]


def test_2_the_true_reason_may_be_a_word_of_the_task() -> None:
    """Those who say that they are abroad; most of them have a blue phone."""
    traces = [
        call(
            number,
            line(number, colour="blue" if number % 2 and number != 7 else "red"),
            *([enable(number)] if number % 2 else []),
            task=f"Caller {number} has no data {'abroad' if number % 2 else 'at home'}.",
        )
        for number in range(24)
    ]
    assert decisions(skill_of(traces)) == [
        "When the task says *abroad*: call `enable_roaming(line_id)`. [12 of 12 runs]"
    ]


def test_3_of_two_conditions_that_nearly_coincide_one_is_shown() -> None:
    """Where roaming is off there is no signal, but for one run; the action has one reason."""
    traces = [
        call(
            number,
            line(number, roaming=number % 2 == 0),
            act("check_signal", {"signal": "none" if number % 2 and number != 5 else "good"}),
            *([enable(number)] if number % 2 else []),
        )
        for number in range(24)
    ]
    assert decisions(skill_of(traces)) == [f"{ENABLE} [12 of 12 runs]"]


def test_4_a_run_cut_short_is_no_refusal() -> None:
    """A locked card is handed over, though roaming is off as well: nobody refused to enable it."""
    traces = []
    for number in range(30):
        locked = number >= 24
        steps = [line(number, roaming=number % 2 == 0, card="locked" if locked else "fine")]
        steps += [enable(number)] if number % 2 and not locked else []
        steps += [act("hand_over", "ok") if locked else act("check_signal", {"signal": "good"})]
        traces.append(call(number, *steps))
    assert decisions(skill_of(traces)) == [
        "When some line has *card = locked*: call `hand_over`. [6 of 6 runs]",
        f"{ENABLE} [12 of 12 runs]",
    ]


@pytest.mark.parametrize("farewell", [(), (act("close_ticket", "ok"),)])
def test_5_what_is_left_undone_at_the_end_counts_against(farewell: tuple[Step, ...]) -> None:
    """Six failed runs found roaming off and ended there, as every run ends: the rule was due and not kept."""
    traces = []
    for number in range(30):
        off, fails = number % 2 == 1 or number >= 24, number >= 24
        steps = [line(number, roaming=not off), *([enable(number)] if off and not fails else []), *farewell]
        traces.append(call(number, *steps, success=not fails))
    skill = skill_of(traces)
    assert decisions(skill) == [f"{ENABLE} [12 of 12 runs]"]
    finding = skill.module(ModuleName.CONDITIONS)[0].finding
    assert finding is not None
    practice = finding.summary.practice
    assert (practice.failed_due, practice.failed_kept) == (6, 0)
    assert "Most failed runs left undone what was due: `enable_roaming(line_id)` (line 1)." in playbook(skill)


def test_7_what_good_runs_happened_to_read_is_no_requirement() -> None:
    """Good runs look the line up, failed ones act blindly; of twelve facts read one is a reason."""
    facts = {f"fact_{letter}": f"v{letter}" for letter in "abcdefghij"}
    traces = []
    for number in range(24):
        off, flip = number % 2 == 1, act("enable_roaming", "ok")
        traces.append(call(number, line(number, roaming=not off, **facts), *([flip] if off else [])))
        traces += [call(number, flip, success=False)] if off else []
    skill = skill_of(traces)
    assert decisions(skill) == [
        "When some line has *roaming = false*: call `enable_roaming`. [12 of 12 runs]"
    ]
    assert [rule.text for rule in skill.rules if "known" in rule.text or "fact_" in rule.text] == []


def test_7_forms_that_exclude_each_other_are_no_requirement() -> None:
    """Three kinds of targets are clicked, each in a form of its own: none is the form of a click."""
    targets = ("B{0}X{0}", "buy-now", "{0} (pack of {0})")
    traces = []
    for number in range(24):
        clicks = [act("click", "ok", target=each.format(number + 10)) for each in targets]
        traces.append(call(number, act("search", "items"), *clicks))
        traces.append(call(number, act("search", "items"), *clicks[1:], success=False))
    shown = [rule.finding.claim for rule in skill_of(traces).rules if rule.finding]
    assert not [claim for claim in shown if isinstance(claim, Guard)]


def test_8_an_optional_step_is_no_milestone() -> None:
    """Half of the runs write a note between; all look up, enable and check."""
    traces = [
        call(
            number,
            line(number, roaming=False),
            *([act("write_note", "ok")] if number % 2 else []),
            enable(number),
            act("notify", "ok"),
        )
        for number in range(24)
    ]
    (steps,) = skill_of(traces).module(ModuleName.PROCEDURE)
    assert steps.finding is not None
    tools = [action.tool for action in actions_of(steps.finding.claim)]
    assert (tools, mark(steps)) == (["get_line", "enable_roaming", "notify"], "[24 of 24 runs]")


def test_9_free_text_does_not_split_an_action() -> None:
    """Every hand-over tells its own story, and all are one action with one reason."""
    stories = ("the card was locked by mistake", "no code was left to try", "we could not unlock it here")
    traces = [
        call(
            number,
            line(number, card="locked" if number % 2 else "fine"),
            *([act("hand_over", "ok", summary=f"{stories[number % 3]} ({number})")] if number % 2 else []),
        )
        for number in range(24)
    ]
    assert decisions(skill_of(traces)) == [
        "When some line has *card = locked*: call `hand_over(summary)`. [12 of 12 runs]"
    ]


def test_10_many_failures_of_one_run_forbid_no_corrected_retry() -> None:
    """One run fails nine times over; others fail once, correct the call, and succeed."""
    wrong = act("pay", "Error: no such bill", bill="B0", error=True)
    traces = [
        call(
            number,
            line(number, debt=True),
            *([wrong] if number % 3 == 0 else []),
            act("pay", "ok", bill=f"B{number:04}"),
        )
        for number in range(24)
    ]
    traces.append(call(30, line(30, debt=True), *[wrong] * 9, success=False))
    shown = [rule.text for rule in skill_of(traces).rules if "failed" in rule.text]
    assert shown == []


def shopper(number: int, *, price: int, buys: bool = True, success: bool = True) -> Trace:
    """A run that searches, opens an item and buys it or gives up; the task names its limit."""
    steps = [act("search", "items"), act("open_item", f"Price: ${price}")]
    task = f"A lamp, price lower than {40 + number % 3} dollars"
    return call(
        number, *steps, *([act("buy", "ok")] if buys else [act("leave", "ok")]), task=task, success=success
    )


def test_11_that_a_run_came_to_its_end_is_no_cause() -> None:
    """Who leaves without buying fails, whatever went before. Among buyers the price decides."""
    traces = [shopper(number, price=30 + number % 5) for number in range(24)]
    traces += [shopper(number, price=30, buys=False, success=False) for number in range(24, 48)]
    traces += [shopper(number, price=60, success=False) for number in range(48, 60)]
    told = [each.claim for each in findings(traces) if each.q is not None and each.q < FDR_LEVEL]
    assert [sentence(claim) for claim in told] == [
        "Before calling `buy`, make sure that *price* is at most the task's *price lower than*."
    ]


def test_12_a_call_shows_every_argument_that_all_calls_gave() -> None:
    """The amount is another one each time, and still part of the call."""
    traces = []
    for number in range(24):
        steps = [line(number, data="empty" if number % 2 else "left")]
        if number % 2:
            steps.append(act("refuel", "ok", line_id=f"L{number:04}", gb_amount=number / 4, reason="data"))
        traces.append(call(number, *steps, task=f"I need {number / 4} GB more."))
    (decision,) = decisions(skill_of(traces))
    assert all(name in decision for name in ("line_id", "gb_amount", "reason"))


def effects(traces: Iterable[Trace]) -> list[str]:
    """What is told of actions beside the rules."""
    found = findings(list(traces))
    return [each.claim.action.tool for each in found if isinstance(each.claim, Effect)]


def bar(*tokens: str) -> Step:
    """A look at the status bar."""
    return act("check_bar", {"bar": list(tokens)})


def test_13_an_action_has_one_effect() -> None:
    """Toggling changes three or four tokens of one status bar at once: one line says what it does."""
    traces = [
        call(
            number,
            bar(
                "Airplane",
                "No Signal",
                *(["Muted"] if number % 3 else []),
                *(["Silent"] if number % 4 else []),
            ),
            act("toggle", "ok"),
            bar("5G", *(["Loud"] if number % 3 else ["Wifi"])),
        )
        for number in range(24)
    ]
    assert effects(traces) == ["toggle"]


def test_13_an_action_is_credited_only_where_nothing_else_changed_between() -> None:
    """Between the two looks the card was reseated and the phone restarted: nobody knows which helped."""
    traces = [
        call(number, bar("No Signal"), act("reseat_card", "ok"), act("restart", "ok"), bar("5G"))
        for number in range(12)
    ]
    assert effects(traces) == []


def test_13_a_sequence_needs_all_of_its_actions() -> None:
    """After unpacking all weigh, and five of six go on to seal: no chain of three, sure as its second is."""
    traces = []
    for number in range(24):
        steps = [act("unpack", "ok"), act("weigh", "ok"), *([act("seal", "ok")] if number % 6 else [])]
        traces += [call(number, *steps), call(number + 24, act("sweep", "ok"))]
    chains = [each.claim.actions for each in findings(traces) if isinstance(each.claim, SequenceClaim)]
    assert [[action.tool for action in chain] for chain in chains if len(chain) > 2] == []
