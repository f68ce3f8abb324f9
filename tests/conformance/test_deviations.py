"""Where a run leaves a rule of each kind, and what the report says of it."""

import pytest

from tests.building import act, run
from tests.skills.findings import EXCELLENT, HARMS, agent, fact, finding
from tests.skills.rules import skill_of
from trace2skill.claims.model import Avoid, Claim, Effect, Guard, Known, Milestones, Rule, Sequence
from trace2skill.claims.traversal import fact_keys
from trace2skill.claims.view import View
from trace2skill.conformance.checks import MIN_HOLD, checks
from trace2skill.conformance.deviations import Checked, check, deviation
from trace2skill.conformance.model import Departure, Deviation
from trace2skill.evidence.finding import Finding
from trace2skill.evidence.rows import Contrast
from trace2skill.facts.templates import Vocabulary
from trace2skill.traces.model import Step

A, B, C, D = (agent(name) for name in "abcd")
LOCKED = fact("door.status", "locked")
UNLOCK = Rule(when=LOCKED, then=agent("unlock"))


def look(status: str) -> Step:
    """A reading of the door."""
    return act("look", {"door_id": "D1", "status": status})


def checked(only: Finding, *steps: Step) -> tuple[Checked, list[Deviation]]:
    """The only rule of a skill on a run of these steps."""
    (rule,) = checks(skill_of(only), MIN_HOLD)
    view = View(run(*steps), Vocabulary.of(fact_keys(only.claim)))
    result = check(rule, view)
    return result, [deviation(rule, place, view) for place in result.places]


def left(claim: Claim, *steps: Step) -> list[tuple[Departure, int, int, str, str]]:
    """Kind, first and last step, expected and done of every deviation."""
    _, found = checked(finding(claim), *steps)
    return [(one.kind, one.step, one.until, one.expected, one.done) for one in found]


def test_what_was_due_spans_from_the_condition_to_its_end() -> None:
    """Locked from step 1 on, no longer after step 2."""
    steps = (look("locked"), act("knock"), look("open"), act("enter"))
    assert left(UNLOCK, *steps) == [(Departure.OMITTED, 1, 2, "call unlock", "knock()")]


def test_what_was_due_to_the_end_spans_to_the_last_step() -> None:
    """The condition never ceases."""
    assert left(UNLOCK, look("locked"), act("knock"), act("wait")) == [
        (Departure.OMITTED, 1, 2, "call unlock", "knock()")
    ]


def test_what_was_done_in_time_is_no_deviation() -> None:
    """Also late on the stretch."""
    assert left(UNLOCK, look("locked"), act("knock"), act("unlock")) == []


def test_an_action_without_its_condition_is_uncalled() -> None:
    """The door is known to be open; before it was looked at, nothing can be said."""
    sure = Contrast(hits=12, trials=14, other_hits=0, other_trials=20)
    result, found = checked(
        finding(UNLOCK, association=sure), act("unlock"), look("open"), act("unlock", door="D1")
    )
    assert result.uncalled == 1
    assert [(one.kind, one.step, one.done) for one in found] == [
        (Departure.UNCALLED, 2, 'unlock(door = "D1")')
    ]
    assert found[0].expected == "only when some door has status = locked"


def test_a_guard_is_left_where_the_action_is_done() -> None:
    """Entering without having looked."""
    claim = Guard(action=agent("enter"), require=Known(key="door.status"))
    assert left(claim, act("knock"), act("enter")) == [
        (Departure.UNGUARDED, 1, 1, "first: door.status is known", "enter()")
    ]


def test_a_prohibition_is_left_where_the_action_is_done() -> None:
    """With the moment, where there is one."""
    claim = Avoid(action=agent("kick"), when=LOCKED)
    assert left(claim, look("locked"), act("kick")) == [
        (Departure.FORBIDDEN, 1, 1, "do not call kick when some door has status = locked", "kick()")
    ]


def test_a_stop_condition_is_left_at_the_last_step() -> None:
    """The run ends without it."""
    assert left(EXCELLENT, act("a"), act("b")) == [
        (Departure.UNFINISHED, 1, 1, "at the end: speed_test_result.label = Excellent", "b()")
    ]


def test_a_warning_is_left_where_its_claim_held() -> None:
    """Runs that unlocked did worse: unlocking is what to report."""
    result, found = checked(finding(UNLOCK, lift=HARMS), look("locked"), act("unlock"))
    assert (result.followed, result.broken) == (0, 1)
    assert [(one.kind, one.step, one.done) for one in found] == [(Departure.FORBIDDEN, 1, "unlock()")]


def test_an_effect_that_failed_is_a_surprise() -> None:
    """A run does not deviate by it."""
    opened = Effect(action=agent("unlock"), after=fact("door.status", "open"))
    result, found = checked(finding(opened), act("unlock"), look("locked"))
    assert found == []
    (surprise,) = result.surprises
    assert (surprise.step, surprise.expected, surprise.done) == (0, "some door has status = open", "unlock()")


def test_an_action_missing_from_a_sequence_was_due_between_its_neighbours() -> None:
    """After a at 0, before c at 2."""
    claim = Sequence(actions=(A, B, C), gap=2)
    assert left(claim, act("a"), act("x"), act("c")) == [(Departure.OMITTED, 1, 2, "call b", "x()")]


def test_a_sequence_whose_end_is_missing_was_due_from_there_on() -> None:
    """Nothing comes after it."""
    assert left(Sequence(actions=(A, B), gap=1), act("a"), act("x"), act("y")) == [
        (Departure.OMITTED, 1, 2, "call b", "x()")
    ]


def test_two_actions_of_a_sequence_that_changed_places_are_a_disorder() -> None:
    """C before b: one of them has no place, and is wrong where it was done."""
    claim = Sequence(actions=(A, B, C, D), gap=3)
    assert left(claim, act("a"), act("c"), act("b"), act("d")) == [
        (Departure.DISORDER, 1, 1, "later: call c", "c()")
    ]


def test_a_milestone_reached_too_early_is_wrong_where_it_was_done() -> None:
    """C first of all."""
    assert left(Milestones(actions=(A, B, C)), act("c"), act("a"), act("b")) == [
        (Departure.DISORDER, 0, 0, "later: call c", "c()")
    ]


def test_a_milestone_reached_too_late_was_due_earlier() -> None:
    """A after b and c: due before them."""
    assert left(Milestones(actions=(A, B, C)), act("b"), act("c"), act("a")) == [
        (Departure.DISORDER, 0, 0, "call a", "b()")
    ]


def test_a_milestone_never_reached_is_omitted() -> None:
    """It was due between its neighbours."""
    assert left(Milestones(actions=(A, B, C)), act("a"), act("x"), act("c")) == [
        (Departure.OMITTED, 1, 2, "call b", "x()")
    ]


@pytest.mark.parametrize(
    ("tools", "cost", "expected"),
    [("abcd", 0, 4), ("acbd", 1, 4), ("dcba", 3, 4), ("ad", 2, 4), ("bacd", 1, 4)],
)
def test_the_cost_counts_displaced_milestones(tools: str, cost: int, expected: int) -> None:
    """And those never reached."""
    result, _ = checked(finding(Milestones(actions=(A, B, C, D))), *(act(tool) for tool in tools))
    assert result.order is not None
    assert (result.order.cost, result.order.expected) == (cost, expected)


def test_the_cost_of_a_sequence_sums_over_its_occurrences() -> None:
    """Kept once, then b is missing."""
    claim = Sequence(actions=(A, B), gap=1)
    result, _ = checked(finding(claim), act("a"), act("b"), act("a"), act("x"))
    assert result.order is not None
    assert (result.order.cost, result.order.expected, result.order.displaced) == (1, 4, ("call b",))


def test_without_an_opportunity_an_order_costs_nothing() -> None:
    """No row at all."""
    result, _ = checked(finding(Sequence(actions=(A, B))), act("x"))
    assert result == Checked(0, 0)
