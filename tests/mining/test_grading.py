"""What a model's proposals earn by the outcome of runs."""

from collections.abc import Iterable

import pytest

from tests.skills.findings import EXCELLENT, KNOWN_USAGE, PAY, PAYMENT, RETRY, TOGGLE, agent, fact
from trace2skill.claims.model import Avoid, Claim, Guard, Sequence
from trace2skill.evidence.rows import Grade, Lift, Practice, Row, Summary, Support, TraceFacts
from trace2skill.mining.grading import UNGRADED, Graded, grade_by_outcome, is_habit
from trace2skill.traces.model import Label

Run = tuple[str, bool, bool]
"""The task, whether the run kept to the claim, and whether it succeeded."""


def graded(runs: Iterable[Run], shown: Iterable[str], claim: Claim = KNOWN_USAGE, **finished: bool) -> Graded:
    """The grade of a claim that was proposed from the runs on these tasks."""
    facts, rows = {}, []
    for number, (task, kept, success) in enumerate(runs):
        label = Label.SUCCESS if success else Label.FAILURE
        name = str(number)
        facts[name] = TraceFacts(
            trace=name, stratum=task, family="f", source="s", label=label, finished=finished.get(task, True)
        )
        rows.append(Row(claim="c", trace=name, opportunities=1, held=int(kept)))
    return grade_by_outcome({"c": claim}, {"c": rows}, facts, {"c": frozenset(shown)}, "family")["c"]


GOOD = [(f"g{number}", True, True) for number in range(6)]
BAD = [(f"b{number}", False, False) for number in range(4)]
ALL = [task for task, _, _ in (*GOOD, *BAD)]


def test_what_holds_on_tasks_that_were_not_shown_separates() -> None:
    """Six of six against none of four, and the model saw other tasks."""
    found = graded([*GOOD, *BAD, ("seen", False, True)], ["seen"])
    assert found.grade is Grade.SEPARATING
    assert found.outcome
    assert (found.outcome.hits, found.outcome.trials) == (6, 6)
    assert (found.outcome.other_hits, found.outcome.other_trials) == (0, 4)
    assert found.test
    assert found.test.p == found.test.q == pytest.approx(1 / 210)
    assert (found.test.among, found.test.tasks, found.test.preselected) == (1, 10, True)


def test_what_was_only_proposed_from_the_same_runs_is_exploratory() -> None:
    """The model saw them all: the figures are the same, and say less."""
    found = graded([*GOOD, *BAD], ALL)
    assert found.grade is Grade.EXPLORATORY
    assert found.test is None
    assert found.outcome
    assert found.outcome.hits == 6


def test_other_tasks_can_contradict() -> None:
    """Runs on tasks that were not shown end worse with it."""
    others = [("o1", True, False), ("o2", True, False), ("o3", False, True)]
    assert graded([*GOOD, *GOOD, *BAD, *BAD, *others], ALL).grade is None


def test_what_goes_with_failure_earns_nothing() -> None:
    """Neither on the runs shown nor on others."""
    turned = [(task, not kept, success) for task, kept, success in (*GOOD, *BAD)]
    assert graded(turned, []).grade is None
    assert graded(turned, ALL).grade is None


def test_unfinished_runs_tell_nothing() -> None:
    """They failed because they stopped, whatever else they did not do."""
    assert graded([*GOOD, *BAD], ALL, **{task: False for task, _, _ in BAD}) == UNGRADED


def test_what_holds_at_the_end_is_no_cause() -> None:
    """A stop condition is exploratory at best, a property of the world is not graded."""
    assert graded([*GOOD, *BAD], [], EXCELLENT).grade is Grade.EXPLORATORY
    assert graded([*GOOD, *BAD], [], TOGGLE).grade is None


def test_one_exact_number_fits_by_accident() -> None:
    """A ban at a price of 100 is not explored; one tested on other tasks stands."""
    odd = Avoid(action=agent("buy"), when=fact("price.low", 100.0))
    flag = Avoid(action=agent("buy"), when=fact("item.sold", True))
    assert graded([*GOOD, *BAD], ALL, odd).grade is None
    assert graded([*GOOD, *BAD], ALL, flag).grade is Grade.EXPLORATORY
    assert graded([*GOOD, *BAD], [], odd).grade is Grade.SEPARATING


def test_a_guard_counts_where_it_was_always_kept() -> None:
    """A run that once called without the check did not keep to it."""
    facts = {
        name: TraceFacts(trace=name, stratum=name, family="f", source="s", label=label)
        for name, label in (("a", Label.SUCCESS), ("b", Label.FAILURE))
    }
    rows = [
        Row(claim="c", trace="a", opportunities=2, held=2),
        Row(claim="c", trace="b", opportunities=2, held=1),
    ]
    found = grade_by_outcome({"c": KNOWN_USAGE}, {"c": rows}, facts, {"c": frozenset()}, "family")["c"]
    assert found.test
    assert found.test.p == 1.0


def summary(kept: int, due: int, tasks: int, lift: Lift | None = None, *, begun: int = 0) -> Summary:
    """What is counted of a claim."""
    practice = Practice(due=due, kept=kept, tasks=tasks)
    return Summary(support=Support(due=begun or due, traces=kept), practice=practice, lift=lift)


def test_a_habit_is_what_good_runs_keep_to() -> None:
    """On two tasks at least, nine times of ten; not what goes with failure, nor what nobody does."""
    harms = Lift(informative=2, odds_ratio=0.2)
    assert is_habit(KNOWN_USAGE, summary(9, 10, 3), [])
    assert not is_habit(KNOWN_USAGE, summary(8, 10, 3), [])
    assert not is_habit(KNOWN_USAGE, summary(9, 10, 1), [])
    assert not is_habit(KNOWN_USAGE, summary(9, 10, 3, harms), [])
    assert not is_habit(RETRY, summary(9, 10, 3), [])
    chain = Sequence(actions=(agent("a"), agent("b")))
    assert is_habit(chain, summary(9, 10, 3), [])
    assert not is_habit(chain, summary(9, 10, 3, begun=20), [])


def test_a_guard_that_a_rule_implies_is_no_habit() -> None:
    """When the line is suspended, ask for payment: so not otherwise."""
    same = Guard(action=PAYMENT, require=PAY.when)
    other = Guard(action=PAYMENT, require=fact("task", "bill"))
    assert not is_habit(same, summary(9, 9, 3), [PAY])
    assert is_habit(other, summary(9, 9, 3), [PAY])
