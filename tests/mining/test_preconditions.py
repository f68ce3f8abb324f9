"""What good runs make sure of before a change: the user's consent, and the state of the change's target."""

from collections.abc import Iterable

import pytest

from tests.building import act, run, say
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    ArgumentTerm,
    Compare,
    Constant,
    FactTerm,
    Guard,
    Predicate,
    Rule,
)
from trace2skill.claims.traversal import hears
from trace2skill.evidence.measure import measure
from trace2skill.mining.policy import policy_of
from trace2skill.mining.pool import Pool
from trace2skill.mining.preconditions import preconditions
from trace2skill.traces.model import Trace
from trace2skill.wording.claims import sentence

YES = ("Yes, please do.", "Yes.", "Yes, that is right.", "yes go on")
OTHERS = ("I would like to know about my loans.", "It is the one by Austen.", "Hm, which one?", "Let me see.")


def desk(
    number: int, *, answer: str, renew: bool, state: str = "", success: bool = True, other: str = ""
) -> Trace:
    """A reader has two loans, one of them overdue; one is renewed or closed once the reader has answered."""
    chosen, kept = f"L{number}7", f"L{number}8"
    state = state or ("open" if renew else "overdue")
    other = other or ("overdue" if renew else "open")
    return run(
        say(OTHERS[number % 4]),
        act("list_loans", {"loans": [chosen, kept]}, reader=f"R{number}"),
        act("get_loan", {"loan_id": kept, "status": other}, loan_id=kept),
        act("get_loan", {"loan_id": chosen, "status": state}, loan_id=chosen),
        say(OTHERS[(number + 1) % 4]),
        act("get_loan", {"loan_id": kept, "status": other}, loan_id=kept),
        say(answer),
        act("renew_loan" if renew else "close_loan", "done", loan_id=chosen),
        name=f"run {number}",
        task=f"The reader asks about a loan. Card {number}.",
        success=success,
    )


def desks(answers: Iterable[str] = YES, count: int = 16) -> list[Trace]:
    """Good runs, every other one a renewal."""
    answers = list(answers)
    return [desk(each, answer=answers[each % len(answers)], renew=each % 2 == 0) for each in range(count)]


def mined(traces: list[Trace]) -> list[str]:
    """The sentences of the guards."""
    pool = Pool("loans", traces)
    return [sentence(each) for each in preconditions(pool, policy_of(pool).rules)]


CONSENT = "Before calling `close_loan` or `renew_loan`, make sure that the user's last words include *yes*."
OPEN = "Before calling `renew_loan`, make sure that the loan that its `loan_id` names has *status = open*."
OVERDUE = (
    "Before calling `close_loan`, make sure that the loan that its `loan_id` names has *status = overdue*."
)


def test_consent_and_the_state_of_the_target_are_found() -> None:
    """The word before both changes, and the state that tells the one from the other."""
    assert mined(desks()) == [CONSENT, OVERDUE, OPEN]


def test_two_words_stand_where_one_is_not_enough() -> None:
    """Some agree in another word; words of every other request are none."""
    assert mined(desks(("Yes.", "Yes, please.", "Agreed.", "Yes and agreed.", "Agreed, the first one.")))[
        0
    ] == (
        "Before calling `close_loan` or `renew_loan`, make sure that the user's last words include *yes* or "
        "*agreed*."
    )


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(("Yes.", "That one.", "Now.", "Alright.", "Mine."), id="too few agree in a word"),
        pytest.param(("I would like to know.", "Hm, my loans."), id="words of every request"),
        pytest.param(("Please.", "Thanks please."), id="polite words"),
    ],
)
def test_words_that_tell_nothing_are_no_consent(answers: tuple[str, ...]) -> None:
    """Only the states are found."""
    assert mined(desks(answers)) == [OVERDUE, OPEN]


def test_a_state_that_every_target_has_tells_nothing() -> None:
    """All loans are open, whatever is done with them."""
    traces = [
        desk(each, answer="Yes.", renew=each % 2 == 0, state="open", other="open") for each in range(16)
    ]
    assert mined(traces) == [CONSENT]


def test_a_state_of_one_entity_that_recurs_is_none() -> None:
    """All renewals are of the same loan, so its state may be its own."""
    traces = [
        desk(1 if each % 2 == 0 else each, answer="Sure.", renew=each % 2 == 0).model_copy(
            update={"id": str(each), "task": f"The reader asks about a loan. Card {each}."}
        )
        for each in range(16)
    ]
    assert OPEN not in mined(traces)


def test_handing_over_needs_no_consent() -> None:
    """Who wants a person says so in any words: that change is not among those that wait for a yes."""
    handed = [
        run(
            say(OTHERS[each % 4]),
            act("get_loan", {"loan_id": f"L9{each}", "status": "lost"}, loan_id=f"L9{each}"),
            say("I want a person."),
            act("hand_over", "done", why="asked"),
            name=f"handed {each}",
            task=f"The reader wants a person. Card {each}.",
        )
        for each in range(5)
    ]
    assert mined(desks() + handed)[0] == CONSENT


def test_what_a_rule_asks_for_is_not_said_again() -> None:
    """A decision list that renews every open loan has said it."""
    pool = Pool("loans", desks())
    status = Compare(left=FactTerm(key="loan.status"), operator="=", right=Constant(value="open"))
    rule = Rule(when=status, then=ActionPattern(tool="renew_loan"))
    assert [sentence(each) for each in preconditions(pool, [rule])] == [CONSENT, OVERDUE]


def test_a_guard_of_several_actions_is_measured_at_each_of_them() -> None:
    """Held at the change after "yes", broken at the other; seldom so at readings."""
    said = Compare(left=FactTerm(key="user.said"), operator="matches", right=Constant(value=r"\byes\b"))
    guard = Guard(
        action=ActionPattern(tool="renew_loan"), also=(ActionPattern(tool="close_loan"),), require=said
    )
    kept, broken = desk(1, answer="Yes.", renew=True), desk(2, answer="Later.", renew=False)
    rows = {row.trace: row for row in measure([guard], [kept, broken])}
    assert (rows[kept.hash].held_at, rows[kept.hash].association) == ((7,), (1, 1, 0, 1))
    assert (rows[broken.hash].broken_at, rows[broken.hash].association) == ((7,), (0, 1, 0, 1))


def test_the_target_is_the_entity_that_the_argument_names() -> None:
    """That another loan is open is not enough."""
    link = Compare(left=FactTerm(key="loan.loan_id"), operator="=", right=ArgumentTerm(name="loan_id"))
    status = Compare(left=FactTerm(key="loan.status"), operator="=", right=Constant(value="open"))
    guard = Guard(action=ActionPattern(tool="renew_loan"), require=AllOf(parts=(link, status)))
    (row,) = measure([guard], [desk(1, answer="Yes.", renew=True, state="overdue", other="open")])
    assert (row.held, row.broken_at) == (0, (7,))


@pytest.mark.parametrize(
    ("require", "heard"),
    [
        (Compare(left=FactTerm(key="user.said"), operator="matches", right=Constant(value="x")), True),
        (Compare(left=FactTerm(key="loan.status"), operator="=", right=Constant(value="x")), False),
        (AnyOf(parts=()), False),
    ],
)
def test_what_is_about_words_alone(require: Predicate, heard: bool) -> None:
    """A requirement on a state is not."""
    assert hears(require) is heard
