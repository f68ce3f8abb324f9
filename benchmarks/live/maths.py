"""Arithmetic by the rules of an invented house: an expression in, a number out.

A house draws the order in which its five operators are worked out and the side from which each of them is,
what the two operators with names of their own mean, and what is added to a result below zero. The runs are
worked solutions; every fourth one goes by the order that everybody knows, and is marked wrong. No expression
is asked whose value that order would give.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks.held_out.counter.convention import NOUNS
from benchmarks.live import debugging
from benchmarks.live.course import Asked, Course, steps, tool
from benchmarks.live.fixing_house import draw as draw_debugging
from trace2skill.evaluation.suite import Suite
from trace2skill.traces.model import Label, Outcome, Tool, Trace

SEED = 17
SHOWN, ASKED = 120, 24
ASKED_FROM = 5000
"""The number from which expressions are asked; those below are shown."""

HOW = """\
The expression is to be worked out as this house does it, which is not as everybody does: its operators have
an order and a direction of their own, some have names and a meaning of their own, and something may be done
at the end. There are no brackets, and all numbers are whole. Those who work here have these tools:

- work_out_NAME(from_the, meaning): does all operations of one operator, one after the other from a side; an
  operator with a name of its own is worked out by its meaning, of a on its left and b on its right.
- add_to_result(number): adds a number to the result.
- hand_in(result): hands the result in.

Answer with the final number in digits and nothing else. If you do not know, give your best guess."""

USUAL: dict[str, Callable[[int, int], int]] = {
    "plus": lambda left, right: left + right,
    "minus": lambda left, right: left - right,
    "times": lambda left, right: left * right,
}
MEANINGS: dict[str, Callable[[int, int], int]] = {
    "2*a + b": lambda left, right: 2 * left + right,
    "b - 2*a": lambda left, right: right - 2 * left,
    "a + 3*b": lambda left, right: left + 3 * right,
    "the greater - the smaller + 1": lambda left, right: abs(left - right) + 1,
    "2*a + 2*b": lambda left, right: 2 * (left + right),
    "the greater + 2": lambda left, right: max(left, right) + 2,
}
Expression = tuple[int | str, ...]
"""Numbers and operators in turn."""


@dataclass(frozen=True)
class House:
    """What a house agrees on.

    Attributes:
        seed: Drew it.
        order: Its operators, in the order in which they are worked out.
        side: From which side each is.
        meaning: What those with names of their own mean.
        lift: What is added to a result below zero.
    """

    seed: int
    order: tuple[str, ...]
    side: dict[str, str]
    meaning: dict[str, str]
    lift: int

    def apply(self, operator: str, left: int, right: int) -> int:
        """The value of one operation."""
        does = USUAL.get(operator) or MEANINGS[self.meaning[operator]]
        return does(left, right)

    def worked_out(self, expression: Expression, operator: str, side: str) -> Expression:
        """The expression once all operations of one operator are done, from a side."""
        while operator in expression:
            at = [place for place, each in enumerate(expression) if each == operator][
                0 if side == "left" else -1
            ]
            left, right = expression[at - 1], expression[at + 1]
            assert isinstance(left, int)
            assert isinstance(right, int)
            value = self.apply(operator, left, right)
            expression = (*expression[: at - 1], value, *expression[at + 2 :])
        return expression

    def value(self, expression: Expression) -> int:
        """What the house makes of an expression."""
        for operator in self.order:
            expression = self.worked_out(expression, operator, self.side[operator])
        [value] = expression
        assert isinstance(value, int)
        return value + (self.lift if value < 0 else 0)

    def usual_order(self) -> tuple[str, ...]:
        """The operators as everybody works them out, those with names first."""
        return (*sorted(self.meaning), "times", "plus", "minus")


def draw(seed: int) -> House:
    """The house of a seed; its order of the usual operators is not the usual one."""
    rng = random.Random(f"maths/{seed}")  # noqa: S311 - reproducible, no secret
    names = rng.sample(NOUNS, 2)
    order = rng.sample([*USUAL, *names], 5)
    while order.index("times") < min(order.index("plus"), order.index("minus")):
        rng.shuffle(order)
    return House(
        seed=seed,
        order=tuple(order),
        side={name: rng.choice(("left", "right")) for name in order} | {"minus": "right"},
        meaning=dict(zip(names, rng.sample(sorted(MEANINGS), 2), strict=True)),
        lift=rng.choice((50, 70, 90, 200)),
    )


def expression(house: House, number: int) -> Expression:
    """The expression of a number: three to five operations, whose value the usual order does not give."""
    rng = random.Random(f"expression/{house.seed}/{number}")  # noqa: S311 - reproducible, no secret
    while True:
        operators = [rng.choice(house.order) for _ in range(rng.randint(3, 5))]
        numbers = [rng.randint(2, 9) for _ in range(len(operators) + 1)]
        pairs = [part for pair in zip(numbers, operators, strict=False) for part in pair]
        made: Expression = (*pairs, numbers[-1])
        if abs(house.value(made)) < 5000 and house.value(made) != _usual(house, made):
            return made


def _usual(house: House, given: Expression) -> int:
    """What everybody makes of it who knows the meaning of the names: times first, then from the left."""
    for operator in house.usual_order()[:3]:
        given = house.worked_out(given, operator, "left")
    while len(given) > 1:
        given = (*house.worked_out(given[:3], str(given[1]), "left"), *given[3:])
    [value] = given
    assert isinstance(value, int)
    return value


def written(given: Expression) -> str:
    """`3 plus 4 tarn 2`."""
    return " ".join(map(str, given))


@cache
def course(seed: int = SEED, shown: int = SHOWN, asked: int = ASKED) -> Course:
    """The course of a house."""
    house = draw(seed)
    return Course(
        name=f"maths-{seed}",
        how=HOW,
        asked=[_asked(house, ASKED_FROM + at) for at in range(asked)],
        runs=recorded(house, shown),
        others=debugging.recorded(draw_debugging(seed), debugging.SHOWN),
        policy=policy(house),
    )


def suite() -> Suite:
    """The tasks of the house of seed 17."""
    return course().suite


def _request(given: Expression) -> str:
    return f"Work out the expression: {written(given)}"


def _asked(house: House, number: int) -> Asked:
    given = expression(house, number)
    wanted = str(house.value(given))
    body = f"It has {sum(isinstance(each, str) for each in given)} operations."
    return Asked(
        f"e{number}", _request(given), body, lambda answer: float(number_in(answer) == wanted), wanted
    )


def number_in(answer: str) -> str:
    """The last whole number in an answer, as digits; empty if there is none."""
    found = re.findall(r"[-\u2212]?\d+", answer.replace(",", ""))
    return str(int(found[-1].replace("\u2212", "-"))) if found else ""


def recorded(house: House, count: int) -> list[Trace]:
    """A worked solution of each of so many expressions; every fourth one goes the usual way, and is wrong."""
    return [_run(house, number, usual=number % 4 == 3) for number in range(count)]


def _run(house: House, number: int, *, usual: bool) -> Trace:
    given = start = expression(house, number)
    done: list[tuple[str, dict[str, Any], Any]] = [("look_at_expression", {}, _seen(house, given))]
    for operator in house.usual_order() if usual else house.order:
        if operator not in given:
            continue
        side = "left" if usual else house.side[operator]
        given = house.worked_out(given, operator, side)
        meaning = {"meaning": house.meaning[operator]} if operator in house.meaning else {}
        done.append((f"work_out_{operator}", {"from_the": side} | meaning, _seen(house, given)))
    [value] = given
    assert isinstance(value, int)
    if value < 0 and not usual:
        value += house.lift
        done.append(("add_to_result", {"number": house.lift}, _seen(house, (value,))))
    right = value == house.value(start)
    done.append(("hand_in", {"result": value}, "right" if right else "wrong"))
    return Trace(
        id=f"e{number:04d}-{house.seed}",
        task=_request(start),
        task_key=f"e{number}",
        domain="maths",
        tools=tools(house),
        steps=steps(done),
        outcome=Outcome(label=Label.SUCCESS if right else Label.FAILURE, score=float(right), origin="marked"),
    )


def _seen(house: House, given: Expression) -> dict[str, Any]:
    """The expression as it stands, and which operators are left in it."""
    left = {name: "yes" if name in given else "no" for name in sorted(house.order)}
    below = len(given) == 1 and isinstance(given[0], int) and given[0] < 0
    return {"stands": written(given), **left, "below_zero": "yes" if below else "no"}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
SIDE = {"type": "string", "enum": ["left", "right"]}


def tools(house: House) -> tuple[Tool, ...]:
    """What those who work here do: one tool an operator."""
    return (
        tool("look_at_expression", "Shows the expression, and which operators are in it."),
        *(
            tool(
                f"work_out_{name}",
                "Does all operations of one operator, one after the other from a side.",
                from_the=SIDE,
                **({"meaning": TEXT} if name in house.meaning else {}),
            )
            for name in sorted(house.order)
        ),
        tool("add_to_result", "Adds a number to the result.", number=NUMBER),
        tool("hand_in", "Hands the result in.", result=NUMBER),
    )


def policy(house: House) -> str:
    """The whole convention as a plain document."""
    lines = ["# How this house works expressions out", "", "One operator after the other, in this order:", ""]
    for operator in house.order:
        means = f"; `a {operator} b` is {house.meaning[operator]}" if operator in house.meaning else ""
        lines.append(
            f"- {operator}, its operations one after the other from the {house.side[operator]}{means}."
        )
    return "\n".join([*lines, "", f"If the result is below zero, {house.lift} is added to it."])
