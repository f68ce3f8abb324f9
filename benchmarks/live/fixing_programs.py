"""Small programs that use a house's library, the edits that mend them, and what the house's checks say."""

import random
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from benchmarks.held_out.counter.convention import ADJECTIVES, FEEDS
from benchmarks.live.course import tool
from benchmarks.live.fixing_house import House
from trace2skill.traces.model import Action

Facts = dict[str, str]


@dataclass(frozen=True)
class Program:
    """One function; what is None or False is left out.

    Attributes:
        name: Of the function.
        first: Where its stretch of the rows begins, as the library counts.
        last: Where it ends.
        factor: What each amount is multiplied with.
        rate: The rate that it looks up; empty if none.
        missing: What stands for one that is not there.
        opens: It opens the book.
        closes: By which call it closes the book before it returns; empty if by none.
        moves: The two accounts of its move; empty if it moves nothing.
        rounds: The call that it rounds by.
        early: It opens the book before all else.
    """

    name: str
    first: int
    last: int
    factor: int | None
    rate: str
    missing: int | None
    opens: bool
    closes: str
    moves: tuple[str, ...]
    rounds: str
    early: bool

    def text(self, house: House) -> str:
        """The source."""
        times = f" * {self.factor}" if self.factor is not None else ""
        opening = [f"{house.opening}(book)"] if self.opens else []
        missing = f", {self.missing}" if self.missing is not None else ""
        body = [
            *(opening if self.early else []),
            f"part = {house.stretch}(rows, {self.first}, {self.last})",
            "total = 0",
            "for row in part:",
            f"    total = total + {house.reading}(row){times}",
            *([f'total = total + {house.rate}(book, "{self.rate}"{missing})'] if self.rate else []),
            *([] if self.early else opening),
        ]
        if self.moves:
            one, two = self.moves
            body.append(f'{house.moving}(book, "{one}", "{two}", total)')
        body += [f"{self.closes}(book)"] if self.closes else []
        body.append(f"return {self.rounds}(total)")
        return "\n".join([f"def {self.name}(book, rows):", *(f"    {line}" for line in body)]) + "\n"


class Broken(NamedTuple):
    """A program with defects, what it should be, and what the tests run it on.

    Attributes:
        id: Of the case.
        program: As it is.
        right: As it should be.
        ways: Which of two ways its books have, 0 or 1, by check.
        mode: How they move amounts.
        seed: Draws the books, and the words of checks that find nothing.
    """

    id: str
    program: Program
    right: Program
    ways: dict[str, int]
    mode: str
    seed: int

    @property
    def request(self) -> str:
        """What is wanted."""
        return f"The tests of the function {self.program.name} fail. Repair the function."

    @property
    def inputs(self) -> list[list[Any]]:
        """Four books with rows."""
        rng = random.Random(f"inputs/{self.seed}")  # noqa: S311 - reproducible, no secret
        found: list[list[Any]] = []
        for at in range(4):
            rates = {self.right.rate: rng.randrange(101, 199)} if at % 2 else {}
            book = {"open": 0, "mode": self.mode, "rates": rates, "accounts": {}, "ways": self.ways}
            rows = [{"size": rng.randrange(101, 999), "ways": self.ways} for _ in range(18)]
            found.append([book, rows])
        return found


def broken(house: House, number: int, defects: int) -> Broken:
    """The case of a number, with so many defects as far as its program has room for them."""
    rng = random.Random(f"program/{house.seed}/{number}")  # noqa: S311 - reproducible, no secret
    ways = {name: rng.randrange(2) for name in house.ways}
    mode = rng.choice(house.words[house.mode[0]])
    accounts = rng.sample(FEEDS, 3)
    begin, end = (ways[name] for name in house.ends)
    rate = accounts.pop() if rng.random() < 0.7 else ""
    opens = rng.random() < 0.7
    right = Program(
        name=f"{rng.choice(('settle', 'tally', 'charge', 'post'))}_{rng.choice(ADJECTIVES)}_{number}",
        first=rng.randrange(2, 8) + house.first[begin],
        last=rng.randrange(10, 15) + house.last[end],
        factor=house.factors[ways[house.reading]],
        rate=rate,
        missing=house.missing[ways[house.rate]] if rate else None,
        opens=opens,
        closes=house.closing[ways[house.opening]] if opens else "",
        moves=tuple(accounts[:2]) if rng.random() < 0.7 else (),
        rounds=house.rounding[ways["round"]],
        early=rng.random() < 0.5,
    )
    case = Broken(f"f{number:04d}", right, right, ways, mode, number)
    program = right
    possible = list(repairs(house, case).values())
    for repair in rng.sample(possible, min(defects, len(possible))):
        program = replace(program, **repair.defect)
    return case._replace(program=program)


class Repair(NamedTuple):
    """An edit that takes a defect away, and the fields that a program with the defect has."""

    edit: Action
    defect: dict[str, Any]


def repairs(house: House, case: Broken) -> dict[str, Repair]:
    """Every defect that a program may have, by the check that finds it."""
    right = case.right
    first, last = house.ends
    begin, end = house.first[case.ways[first]], house.last[case.ways[last]]
    stretch = {"call": house.stretch}
    found = {
        first: Repair(
            _edit("shift_argument", **stretch, argument="first", by=begin), {"first": right.first - begin}
        ),
        last: Repair(_edit("shift_argument", **stretch, argument="last", by=end), {"last": right.last - end}),
        house.reading: Repair(
            _edit("multiply_result", call=house.reading, by=right.factor), {"factor": None}
        ),
        "round": Repair(_edit("replace_call", call="round", by=right.rounds), {"rounds": "round"}),
    }
    if right.rate:
        found[house.rate] = Repair(
            _edit("add_argument", call=house.rate, value=right.missing), {"missing": None}
        )
    if right.opens:
        found[house.opening] = Repair(_edit("call_before_return", call=right.closes), {"closes": ""})
    if right.moves and case.mode == house.mode[1]:
        found[house.moving] = Repair(_edit("swap_arguments", call=house.moving), {"moves": right.moves[::-1]})
    return found


def _edit(tool: str, **arguments: Any) -> Action:  # noqa: ANN401 - JSON
    return Action(tool=tool, arguments=arguments)


def due(house: House, case: Broken) -> list[Action]:
    """The edits that mend a case."""
    return [
        repair.edit
        for repair in repairs(house, case).values()
        if any(getattr(case.program, name) == value for name, value in repair.defect.items())
    ]


def edited(program: Program, edit: Action) -> Program:
    """The program after an edit, right or wrong."""
    given: dict[str, Any] = dict(edit.arguments)
    match edit.tool:
        case "shift_argument":
            name = given["argument"]
            return replace(program, **{name: getattr(program, name) + given["by"]})
        case "multiply_result":
            return replace(program, factor=(program.factor or 1) * given["by"])
        case "replace_call":
            return replace(program, rounds=given["by"])
        case "add_argument":
            return replace(program, missing=given["value"])
        case "call_before_return":
            return replace(program, closes=given["call"])
        case _:
            return replace(program, moves=program.moves[::-1])


def checks(house: House, case: Broken, program: Program) -> Facts:
    """What the house's checks say of how a program calls the library, a word each, in a drawn vocabulary."""
    rng = random.Random(f"words/{house.seed}/{case.seed}")  # noqa: S311 - reproducible, no secret
    first, last = house.ends
    wrong = {
        first: program.first != case.right.first,
        last: program.last != case.right.last,
        house.reading: program.factor != case.right.factor,
        "round": program.rounds != case.right.rounds,
    }
    if program.rate:
        wrong[house.rate] = program.missing != case.right.missing
    if program.opens:
        wrong[house.opening] = program.closes != case.right.closes
    if program.moves:  # the order is told, which is a fault in one mode only
        wrong[house.moving] = case.mode != house.mode[1] or program.moves != case.right.moves
    said = {house.mode[0]: case.mode} | {name: rng.choice(house.words[name]) for name in house.idle}
    for name, is_wrong in wrong.items():
        word = rng.choice(house.fine(name))
        said[name] = house.fault(name, case.ways.get(name, 0)) if is_wrong else word
    return dict(sorted(said.items()))


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


READING_TOOLS = (
    tool("read_function", "Shows the function.", name=TEXT),
    tool("run_tests", "Runs the function's tests.", name=TEXT),
    tool("run_checks", "Looks at how the function calls the house's library.", name=TEXT),
)
EDITS = (
    tool(
        "shift_argument",
        "Adds `by` to an argument of a call; `first` is its second argument, `last` its third.",
        call=TEXT,
        argument={"type": "string", "enum": ["first", "last"]},
        by=NUMBER,
    ),
    tool(
        "multiply_result", "Multiplies what a call returns by `by`, where it is called.", call=TEXT, by=NUMBER
    ),
    tool("replace_call", "Puts the call `by` in place of another; its arguments stay.", call=TEXT, by=TEXT),
    tool("add_argument", "Adds a last argument to a call.", call=TEXT, value=NUMBER),
    tool("call_before_return", "Adds `call(book)` as a line before the return.", call=TEXT),
    tool("swap_arguments", "Swaps the second and the third argument of a call.", call=TEXT),
)
