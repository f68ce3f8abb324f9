"""Three conventions of a made-up house that no model has met: how it writes dates and amounts, who gets what.

Every task is answered by one call of `submit`. Worked runs follow the convention and succeed, or answer as
anybody would and fail. Tasks are drawn by number: even numbers are worked, odd ones are asked.
"""

from collections.abc import Callable
from typing import NamedTuple

from trace2skill.traces.model import Action, Label, Outcome, Step, StepOutcome, Tool, Trace

SUBMIT = Tool(
    name="submit",
    description="Hand in the answer.",
    parameters={"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]},
)
DESKS = {
    "invoices": "D-7",
    "parking": "M-2",
    "printers": "Q-4",
    "travel": "B-9",
    "keys": "T-3",
    "catering": "L-8",
    "heating": "R-5",
    "contracts": "F-6",
}
SENDERS = ("Vera", "Tomas", "Ines", "Ali", "Greta", "Hugo", "Mina", "Oskar")


class Asked(NamedTuple):
    """A task, what is known at its start, the house's answer, and what anybody else would say."""

    task: str
    known: dict[str, str | int]
    answer: str
    usual: str


class Convention(NamedTuple):
    """One convention: its tasks by number, and the skill that somebody who knows it would write."""

    name: str
    asked: Callable[[int], Asked]
    by_hand: str

    def runs(self, tasks: int) -> list[Trace]:
        """A run that follows the convention on each task, and on every second one a run that does not."""
        runs = []
        for number in range(0, 2 * tasks, 2):
            asked = self.asked(number)
            runs.append(_run(self, number, asked, asked.answer))
            if number % 4 == 0:
                runs.append(_run(self, number, asked, asked.usual))
        return runs

    def held_out(self, tasks: int) -> list[Asked]:
        """Tasks that no run is about."""
        return [self.asked(number) for number in range(1, 2 * tasks, 2)]


def _date(number: int) -> Asked:
    day, week, year = 1 + number % 7, 2 + number * 7 % 50, 2019 + number * 5 % 13
    task = f"Write the date of day {day} in week {week} of the year {year} as the house writes dates."
    return Asked(task, {}, f"{week}.{day}-{year}", f"{year}-W{week:02}-{day}")


def _amount(number: int) -> Asked:
    whole, cents = 1003 + number * 2357 % 88_000, 5 + number * 37 % 90
    task = f"Write the sum of {whole}.{cents:02} credits as the house writes amounts of money."
    thousands, rest = divmod(whole, 1000)
    return Asked(task, {}, f"{thousands}'{rest:03}·{cents:02} cr", f"{whole:,}.{cents:02}")


def _message(number: int) -> Asked:
    topic = sorted(DESKS)[number // 2 % len(DESKS)]
    sender = SENDERS[number * 3 % len(SENDERS)]
    task = f"{sender} has written to us about {topic}. Which desk of the house does message {number} go to?"
    return Asked(task, {"topic": topic}, DESKS[topic], f"the {topic} desk")


CONVENTIONS = (
    Convention(
        "dates",
        _date,
        "The house writes a date as WEEK.DAY-YEAR: the week, a full stop, the day of the week as a digit, a "
        'hyphen, the year.\n\nExample: day 5 in week 31 of the year 2017 is submit(answer = "31.5-2017").',
    ),
    Convention(
        "amounts",
        _amount,
        "The house writes an amount of money with an apostrophe before the last three digits of the whole "
        "credits, a raised dot before the hundredths, and ` cr` at the end.\n\nExample: 4321.09 credits is "
        'submit(answer = "4\'321·09 cr").',
    ),
    Convention(
        "desks",
        _message,
        "Desks by topic:\n\n"
        + "\n".join(f"- {topic}: {desk}" for topic, desk in DESKS.items())
        + '\n\nExample: a message about keys is submit(answer = "T-3").',
    ),
)


def _run(convention: Convention, number: int, asked: Asked, answer: str) -> Trace:
    right = answer == asked.answer
    submitted = Step(
        index=0,
        action=Action(tool=SUBMIT.name, arguments={"answer": answer}),
        observation={"accepted": right},
        outcome=StepOutcome.OK if right else StepOutcome.ERROR,
    )
    return Trace(
        id=f"{convention.name}-{number}-{'house' if right else 'usual'}",
        task=asked.task,
        task_key=f"{convention.name}-{number}",
        domain="house",
        tools=(SUBMIT,),
        initial_observation=asked.known or None,
        steps=(submitted,),
        outcome=Outcome(label=Label.SUCCESS if right else Label.FAILURE, origin="accepted by the house"),
    )
