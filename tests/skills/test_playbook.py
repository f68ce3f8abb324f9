"""The playbook: what a rule rests on, where to look, and which parts show when."""

import pytest

from tests.skills.examples import roaming_skill
from tests.skills.findings import (
    AIRPLANE,
    EXCELLENT,
    KNOWN_USAGE,
    ORDER,
    PAY,
    TOGGLE,
    agent,
    fact,
    finding,
)
from trace2skill.claims.logic import united
from trace2skill.claims.model import AnyOf, Avoid, Rule
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.policy import FactSource, Policy
from trace2skill.evidence.rows import Citation, Practice, Tier
from trace2skill.skills.compose import compose
from trace2skill.skills.model import ModuleName, Skill, SkillRule
from trace2skill.skills.playbook import PlaybookPart, mark, playbook, unshown
from trace2skill.skills.selection import one_line_each

CHECK = agent("check_status_bar")


def rule(found: Finding | None, *, quotes: tuple[Citation, ...] = ()) -> SkillRule:
    """A rule of this finding."""
    return SkillRule(name="C1", module=ModuleName.CONDITIONS, text="x", finding=found, quotes=quotes)


def practised(found: Finding, practice: Practice, **changes: object) -> Finding:
    """The finding with other counts of what runs did."""
    summary = found.summary.model_copy(update={"practice": practice})
    return found.model_copy(update={"summary": summary, **changes})


FAILED = Practice(due=9, kept=9, tasks=7, failed_due=4, failed_kept=1)
UNSEEN = finding(PAY).summary.model_copy(update={"practice": Practice(due=5, kept=4)})


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        (rule(finding(PAY)), "[9 of 10 runs]"),
        (rule(practised(finding(PAY), Practice(due=1, kept=1))), "[1 of 1 run]"),
        (rule(practised(finding(PAY), FAILED)), "[9 of 9 runs]"),
        (rule(practised(finding(KNOWN_USAGE), FAILED)), "[9 of 9 good runs, 1 of 4 failed ones]"),
        (rule(practised(finding(EXCELLENT), FAILED)), "[9 of 9 good runs, 1 of 4 failed ones]"),
        (rule(finding(PAY, tier=Tier.HYPOTHESIS)), "[few runs: 9 of 10]"),
        (
            rule(finding(PAY, tier=Tier.CORROBORATED).model_copy(update={"held_out": UNSEEN})),
            "[9 of 10 runs, 4 of 5 unseen]",
        ),
        (rule(finding(TOGGLE)), "[9 of 10 runs]"),
        (rule(finding(PAY, held=0, opportunities=0)), "[untried]"),
        (rule(None, quotes=(Citation("00", 1), Citation("00", 2), Citation("01", 1))), "[insight: 2 runs]"),
        (rule(None), "[by hand]"),
    ],
)
def test_a_mark_says_what_a_rule_rests_on(subject: SkillRule, shown: str) -> None:
    """Good runs of those in which it was due; failed ones where the contrast is the point."""
    assert mark(subject) == shown


def playbook_of(*findings: Finding, policy: Policy | None = None) -> str:
    """The playbook of a skill that these findings make."""
    return playbook(compose("x", findings, [], policy=policy))


def parts(*findings: Finding) -> list[str]:
    """The headings of the playbook, its title and when to use it aside."""
    lines = playbook_of(*findings).splitlines()
    return [line for line in lines if line.startswith("## ") and line != "## When to use"]


def test_what_is_not_there_has_no_heading() -> None:
    """A skill of one condition has one part."""
    assert parts(finding(AIRPLANE)) == ["## Decide"]
    assert "## " not in playbook(Skill(name="bare", title="Bare", description="d", family="f"))


def test_a_first_look_says_what_reads_the_facts_that_conditions_ask() -> None:
    """Once for each call; facts that no rule asks for are not named."""
    policy = Policy(
        rules=(AIRPLANE,),
        readings=(
            FactSource(key="status_bar", by=CHECK),
            FactSource(key="weather", by=agent("look_outside")),
        ),
    )
    text = playbook_of(finding(AIRPLANE), policy=policy)
    assert "- For line 1: call `check_status_bar`." in text
    assert "- `check_status_bar` shows *status_bar*." in text
    assert "look_outside" not in text


def test_what_failed_runs_left_undone_is_said() -> None:
    """Due in three failed runs at least, done by less than half of them, and by most good ones."""
    left = "- Most failed runs left undone what was due: `send_payment_request(customer_id)` (line 1)."
    assert left in playbook_of(practised(finding(PAY), FAILED))
    often = FAILED.model_copy(update={"failed_kept": 2})
    few = FAILED.model_copy(update={"failed_due": 2})
    assert "undone" not in playbook_of(practised(finding(PAY), often)) + playbook_of(
        practised(finding(PAY), few)
    )


def test_a_part_of_a_playbook_names_no_line_that_it_leaves_out() -> None:
    """What is cut is not spoken of."""
    skill = roaming_skill()
    assert "undone" in playbook(skill)
    cut = playbook(skill, PlaybookPart(rules=frozenset({"X1"})))
    assert "## Decide" not in cut
    assert "undone" not in cut
    assert "## Worked example" not in cut


def test_after_what_ends_a_run_there_is_nothing_to_do() -> None:
    """A hand-over is the last line that anybody follows."""
    hand_over = Rule(when=fact("sim.locked", True), then=agent("transfer"))
    policy = Policy(rules=(hand_over,), last=(hand_over.then,))
    assert "call `transfer`. Then stop. [9 of 10 runs]" in playbook_of(finding(hand_over), policy=policy)


def test_a_stop_condition_says_what_else_ends_a_run() -> None:
    """Runs that hand over are not asked for it; where no rule hands over, nothing is said of that."""
    hand_over = Rule(when=fact("sim.locked", True), then=agent("transfer"))
    goal = EXCELLENT.model_copy(update={"ended_by": (hand_over.then,)})
    policy = Policy(rules=(hand_over,), last=(hand_over.then,))
    text = playbook_of(finding(goal), finding(hand_over), policy=policy)
    assert "*speed_test_result.label = Excellent*. Otherwise only `transfer` ends the run. [" in text
    assert "Otherwise" not in playbook_of(finding(goal), policy=policy)
    assert "Otherwise" not in playbook_of(finding(EXCELLENT), finding(hand_over), policy=policy)


def test_several_reasons_for_one_action_are_one_line_where_each_stands() -> None:
    """A reason that is a hypothesis keeps its own line, with its own mark."""
    reasons = [Rule(when=fact("mode", value), then=agent("reset")) for value in ("2g", "3g")]
    (whole,) = united(reasons)
    assert whole.when == AnyOf(parts=tuple(reason.when for reason in reasons))
    stand = [finding(claim) for claim in (*reasons, whole)]
    assert one_line_each(stand, reasons) == stand[2:]
    guessed = [stand[0], finding(reasons[1], tier=Tier.HYPOTHESIS), stand[2]]
    assert one_line_each(guessed, reasons) == guessed[:2]


def test_reasons_about_one_of_several_things_stay_apart() -> None:
    """Which line is suspended tells for which line to pay."""
    assert list(united([PAY, PAY.model_copy(update={"when": fact("line.status", "Barred")})])) == []


def test_decisions_that_are_not_shown_are_counted() -> None:
    """Of three decisions one is a rule of the skill, and one a reason of a rule that is shown as one line."""
    hidden = Rule(when=fact("a", 1), then=agent("b"))
    skill = compose("x", [finding(AIRPLANE)], [], policy=Policy(rules=(AIRPLANE, hidden)))
    assert unshown(skill) == 1


def test_the_order_of_parts_is_that_of_need() -> None:
    """When it is done comes first, what to beware of last."""
    pitfall = finding(Avoid(action=agent("shout")), protected=True)
    assert parts(pitfall, finding(AIRPLANE), finding(ORDER), finding(EXCELLENT)) == [
        "## Done when",
        "## Steps",
        "## Decide",
        "## Beware",
    ]
