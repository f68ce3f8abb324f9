"""Truth of predicates and matches of actions over a trace."""

import pytest

from tests.building import act, run, say
from trace2skill.claims.compare import holds
from trace2skill.claims.model import (
    ActionPattern,
    AllOf,
    AnyOf,
    ArgumentTerm,
    Combined,
    Compare,
    Constant,
    CountTerm,
    FactTerm,
    Known,
    Like,
    Never,
    OwnTerm,
    SizeTerm,
    Slot,
    Unknown,
)
from trace2skill.claims.view import View
from trace2skill.traces.model import Actor

STATUS = FactTerm(key="line.status")
SUSPENDED = Compare(left=STATUS, operator="=", right=Constant(value="Suspended"))

TWO_LINES = View(
    run(
        act("get_line", {"line_id": "L1", "status": "Active", "roaming": True}),
        act("get_line", {"line_id": "L2", "status": "Suspended", "roaming": False}),
        act("resume", "ok", line="L2"),
        act("get_line", {"line_id": "L2", "status": "Active", "roaming": False}),
    )
)


def truth(view: View, predicate: object) -> str:
    """Truth before each step and at the end, as a string of 0 and 1."""
    return "".join(str(int(value)) for value in view.truth(predicate))  # type: ignore[arg-type]


def test_known_and_unknown() -> None:
    """Known from the step after the reading on."""
    assert truth(TWO_LINES, Known(key="line.status")) == "01111"
    assert truth(TWO_LINES, Unknown(key="line.status")) == "10000"


def test_exists_all_and_last() -> None:
    """The quantifier decides over several entities."""
    assert truth(TWO_LINES, SUSPENDED) == "00110"
    active = Compare(left=STATUS, operator="=", right=Constant(value="Active"), quantifier="all")
    assert truth(TWO_LINES, active) == "01001"
    latest = Compare(left=STATUS, operator="=", right=Constant(value="Active"), quantifier="last")
    assert truth(TWO_LINES, latest) == "01001"


def test_a_conjunction_is_about_one_entity() -> None:
    """L1 roams and L2 is suspended: no line is both."""
    roams = Compare(left=FactTerm(key="line.roaming"), operator="=", right=Constant(value=True))
    assert truth(TWO_LINES, AllOf(parts=(SUSPENDED, roams))) == "00000"
    assert truth(TWO_LINES, AnyOf(parts=(SUSPENDED, roams))) == "01111"


def test_never_and_count() -> None:
    """History of actions."""
    read = ActionPattern(tool="get_line")
    assert truth(TWO_LINES, Never(action=ActionPattern(tool="resume"))) == "11100"
    twice = Compare(left=CountTerm(action=read), operator=">=", right=Constant(value=2))
    assert truth(TWO_LINES, twice) == "00111"


def test_membership_in_a_list_fact() -> None:
    """Parts of a status bar."""
    view = View(run(act("look", "Status Bar: 2G | VPN"), act("fix", "Status Bar: 5G")))
    vpn = Compare(left=Constant(value="VPN"), operator="in", right=FactTerm(key="status_bar"))
    gone = Compare(left=Constant(value="VPN"), operator="not in", right=FactTerm(key="status_bar"))
    assert truth(view, vpn) == "010"
    assert truth(view, gone) == "001"


def test_own_history() -> None:
    """Retrying what failed last time."""
    view = View(run(act("a", error=True), act("b"), act("a"), act("a")))
    failed = Compare(left=OwnTerm(attribute="failed"), operator="=", right=Constant(value=True))
    assert truth(view, failed) == "00100"


def test_argument_against_a_fact_and_sums() -> None:
    """Paying less than the price plus the fee."""
    view = View(run(act("quote", {"quote_id": "q", "price": 10, "fee": 2}), act("pay", amount=11)))
    total = Combined(operator="+", left=FactTerm(key="quote.price"), right=FactTerm(key="quote.fee"))
    short = Compare(left=ArgumentTerm(name="amount"), operator="<", right=total)
    assert truth(view, short) == "010"


def test_size_of_a_list_and_of_a_kind() -> None:
    """How many values a list has; how many entities there are."""
    view = View(run(act("get", {"customer_id": "C", "line_ids": ["L1", "L2"]})))
    assert view.values(SizeTerm(key="customer.line_ids")) == [None, 2]
    assert TWO_LINES.values(SizeTerm(key="line.status"))[-1] == 2


def test_slots_bind_by_data_flow() -> None:
    """The id must have been seen before, under the source, in the task or in words."""
    view = View(
        run(
            say("It is order W77."),
            act("get", {"order_id": "W77", "item": "i9"}, order="W77"),
            act("buy", item="i9"),
        )
    )
    by_word = ActionPattern(tool="get", arguments=(("order", Slot(name="order", sources=("utterance",))),))
    by_fact = ActionPattern(tool="buy", arguments=(("item", Slot(name="item", sources=("order.item",))),))
    by_task = ActionPattern(tool="buy", arguments=(("item", Slot(name="item", sources=("task",))),))
    assert list(view.matches(by_word)) == [False, True, False]
    assert list(view.matches(by_fact)) == [False, False, True]
    assert not view.matches(by_task).any()


def test_patterns_of_actor_tool_look_and_constant() -> None:
    """What an action pattern can ask for."""
    view = View(run(act("click", target="B012345678"), act("click", target="Buy Now", actor=Actor.USER)))
    look = ActionPattern(tool="click", arguments=(("target", Like(name="item", pattern="[A-Z0-9]{10}")),))
    buy = ActionPattern(tool="*", actor=Actor.USER, arguments=(("target", Constant(value="Buy Now")),))
    assert list(view.matches(look)) == [True, False]
    assert list(view.matches(buy)) == [False, True]


@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"),
    [
        (1, "<", 2, True),
        (2, "<", "x", False),
        (None, "!=", 1, False),
        ("2024-05-01", "<", "2024-05-20", True),
        (True, "=", 1, False),
        ("abc", "matches", "^a", True),
        ("a", "in", ("a", "b"), True),
        ("c", "not in", ("a", "b"), True),
    ],
)
def test_operators(left: object, operator: str, right: object, expected: bool) -> None:
    """Unknown and incomparable values make every comparison false."""
    assert holds(left, operator, right) is expected  # type: ignore[arg-type]
