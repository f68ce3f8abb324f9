"""How arguments are written."""

import pytest

from tests.building import act, run
from trace2skill.claims.model import Constant, Guard
from trace2skill.mining import rules
from trace2skill.mining.pool import Pool
from trace2skill.mining.rules import format_guards
from trace2skill.traces.model import Trace

DATES = ("31.5-2017", "8.2-2020", "12.7-2026", "4.1-2019")
USUAL = ("2017-W31-5", "2020-W08-2", "2026-W12-7", "2019-W04-1")


def submit(number: int, answer: str, *, accepted: bool = True) -> Trace:
    """A run that hands an answer in."""
    step = act("submit", {"accepted": accepted}, error=not accepted, answer=answer)
    return run(step, name=f"{number}-{accepted}", key=str(number), success=accepted)


def pool(good: tuple[str, ...], bad: tuple[str, ...] = ()) -> Pool:
    """Good answers, and bad ones to the same tasks."""
    runs = [submit(number, answer) for number, answer in enumerate(good)]
    return Pool("f", [*runs, *(submit(number, each, accepted=False) for number, each in enumerate(bad))])


def looks(guards: list[Guard]) -> list[str]:
    """The patterns that the guards require."""
    rights = [guard.require.right for guard in guards if guard.require.kind == "compare"]
    return [str(right.value) for right in rights if isinstance(right, Constant)]


@pytest.mark.parametrize(
    ("values", "look"),
    [
        (DATES, r"^\d+\.\d-\d{4}$"),
        (("1'234·50 cr", "17'001·09 cr", "2'000·00 cr"), r"^\d+'\d{3}·\d{2} cr$"),
        (("A-1", "B-2", "Q-9"), r"^[A-Z]-\d$"),
        (("ab_Cd", "xy_Zz", "no_No"), "^[a-z]{2}_[A-Za-z]{2}$"),
        (("(1)", "(2)", "(3)"), r"^\(\d\)$"),
    ],
)
def test_what_values_have_in_common(values: tuple[str, ...], look: str) -> None:
    """What is alike in all stays; letters and digits become their kind, as many as there always are."""
    assert looks(list(format_guards(pool(values)))) == [look]


@pytest.mark.parametrize(
    "values",
    [
        ("one", "two", "three"),
        ("1", "22", "333"),
        ("on 1", "on 1", "on 1"),
        ("A-1", "B/2", "C.3"),
        tuple(
            f"a long story about the {n}. door of a house with many, many doors, and one key" for n in "123"
        ),
    ],
)
def test_values_that_say_too_little_have_no_look(values: tuple[str, ...]) -> None:
    """Single words, single values, values of as many forms, prose."""
    assert looks(list(format_guards(pool(values)))) == []


def test_a_look_that_failing_calls_lack_is_a_lesson() -> None:
    """The other look, that of the failures, is none."""
    found = [claim for claim in rules.mine(pool(DATES, USUAL)) if isinstance(claim, Guard)]
    assert looks(found) == [r"^\d+\.\d-\d{4}$"]
    assert (found[0].action.tool, found[0].action.arguments) == ("submit", ())


def test_a_look_that_failing_calls_share_is_none() -> None:
    """It does not tell them apart."""
    assert looks([each for each in rules.mine(pool(DATES, DATES)) if isinstance(each, Guard)]) == []
