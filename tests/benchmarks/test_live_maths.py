"""Arithmetic of an invented house: its rules are told by the document, and by nothing else."""

import re

import pytest

from benchmarks.live.maths import Expression, course, draw, expression, number_in, policy, recorded
from trace2skill.traces.model import Label

HOUSE = draw(3)
COURSE = course.__wrapped__(3, 12, 24)


@pytest.mark.parametrize("seed", range(6))
def test_the_document_tells_how_everything_is_worked_out(seed: int) -> None:
    """Whoever follows it line by line, and reads nothing else, gets every value."""
    house = draw(seed)
    for number in range(40):
        given = expression(house, number)
        assert _follow(policy(house), given) == house.value(given)


def test_the_order_that_everybody_knows_gives_no_value() -> None:
    """Times first, then from the left."""
    house = draw(4)
    for number in range(60):
        words = [str(each) for each in expression(house, number)]
        if not set(words) & set(house.meaning):
            usual = " ".join(words).replace("plus", "+").replace("minus", "-").replace("times", "*")
            assert eval(usual) != house.value(expression(house, number))


def test_answers_are_numbers() -> None:
    """The last one counts, with either minus sign; the oracle's is right and nothing is not."""
    for asked in COURSE.asked:
        assert asked.score(asked.answer) == 1
        assert asked.score(f"So it is {asked.answer}.") == 1
        assert asked.score("") == 0
    assert number_in("3 + 4 = \u22121,007") == "-1007"


def test_runs_and_tasks_are_apart_and_come_again() -> None:
    """By expression; the same seed makes the same."""
    assert {each.request for each in COURSE.asked}.isdisjoint(each.task for each in COURSE.runs)
    assert [each.hash for each in recorded(draw(3), 4)] == [each.hash for each in recorded(HOUSE, 4)]
    assert policy(draw(3)) != policy(draw(4))


def test_every_fourth_run_is_marked_wrong() -> None:
    """It goes the usual way."""
    labels = [each.outcome.label for each in COURSE.runs]
    assert labels == [Label.FAILURE if at % 4 == 3 else Label.SUCCESS for at in range(12)]


def _follow(document: str, given: Expression) -> int:
    parts = [str(each) for each in given]
    for line in re.findall(r"^- (.*)\.$", document, re.MULTILINE):
        name, side = re.match(r"(\w+), .* from the (left|right)", line).groups()  # type: ignore[union-attr]
        means = {"plus": "a + b", "minus": "a - b", "times": "a * b"}.get(name) or line.rpartition(" is ")[2]
        while name in parts:
            places = [at for at, each in enumerate(parts) if each == name]
            at = places[0 if side == "left" else -1]
            a, b = int(parts[at - 1]), int(parts[at + 1])
            told = means.replace("the greater", str(max(a, b))).replace("the smaller", str(min(a, b)))
            parts[at - 1 : at + 2] = [str(eval(told, {}, {"a": a, "b": b}))]
    value = int(parts[0])
    lift = re.search(r"below zero, (\d+) is added", document)
    assert lift
    return value + int(lift[1]) if value < 0 else value
