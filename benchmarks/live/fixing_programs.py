"""Small programs that use a house's library, the edits that mend them, and what the house's checks say."""

import random
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from benchmarks.held_out.counter.convention import ADJECTIVES, FEEDS
from benchmarks.live.fixing_house import House
from trace2skill.traces.model import Action, Tool

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
        closes: It closes the book before it returns.
        moves: The two accounts of its move; empty if it moves nothing.
        rounds: It rounds as the house does.
        early: It opens the book before all else.
    """

    name: str
    first: int
    last: int
    factor: int | None
    rate: str
    missing: int | None
    opens: bool
    closes: bool
    moves: tuple[str, ...]
    rounds: bool
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
        body += [f"{house.closing}(book)"] if self.closes else []
        body.append(f"return {house.rounding if self.rounds else 'round'}(total)")
        return "\n".join([f"def {self.name}(book, rows):", *(f"    {line}" for line in body)]) + "\n"


class Broken(NamedTuple):
    """A program with defects, what it should be, and what the tests run it on.

    Attributes:
        id: Of the case.
        program: As it is.
        right: As it should be.
        unit: Of the books that it works on.
        mode: How they move amounts.
        seed: Draws the words of checks that find nothing.
    """

    id: str
    program: Program
    right: Program
    unit: str
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
            book = {"open": 0, "mode": self.mode, "rates": rates, "accounts": {}}
            found.append([book, [{"size": rng.randrange(101, 999)} for _ in range(14)]])
        return found


def broken(house: House, number: int, defects: int) -> Broken:
    """The case of a number, with so many defects as far as its program has room for them."""
    rng = random.Random(f"program/{house.seed}/{number}")  # noqa: S311 - reproducible, no secret
    unit = rng.choice(sorted(house.factors))
    mode = rng.choice(house.words[house.mode[0]])
    accounts = rng.sample(FEEDS, 3)
    right = Program(
        name=f"{rng.choice(('settle', 'tally', 'charge', 'post'))}_{rng.choice(ADJECTIVES)}_{number}",
        first=rng.randrange(2, 5) + house.first,
        last=rng.randrange(7, 10) + house.last,
        factor=house.factors[unit],
        rate=accounts.pop() if rng.random() < 0.7 else "",
        missing=house.missing,
        opens=(opens := rng.random() < 0.7),
        closes=opens,
        moves=tuple(accounts[:2]) if rng.random() < 0.7 else (),
        rounds=True,
        early=rng.random() < 0.5,
    )
    right = replace(right, missing=right.missing if right.rate else None)
    program = right
    ways = [edit for edit in repairs(house, right, mode).values()]
    for undo in rng.sample(ways, min(defects, len(ways))):
        program = undo.undone(program)
    return Broken(f"f{number:04d}", program, right, unit, mode, number)


class Repair(NamedTuple):
    """An edit that takes a defect away, and the fields that a program with the defect has."""

    edit: Action
    defect: dict[str, Any]

    def undone(self, program: Program) -> Program:
        """The program with the defect."""
        return replace(program, **self.defect)


def repairs(house: House, right: Program, mode: str) -> dict[str, Repair]:
    """Every defect that a program may have, by the check that finds it, in the order of the checks."""
    stretch = {"call": house.stretch}
    found = {
        f"{house.stretch}_first": Repair(
            _edit("shift_argument", **stretch, argument="first", by=house.first),
            {"first": right.first - house.first},
        ),
        f"{house.stretch}_last": Repair(
            _edit("shift_argument", **stretch, argument="last", by=house.last),
            {"last": right.last - house.last},
        ),
        house.reading: Repair(
            _edit("multiply_result", call=house.reading, by=right.factor), {"factor": None}
        ),
        house.rounding: Repair(
            _edit("replace_call", call="round", by=house.rounding), {"rounds": False}
        ),
    }
    if right.rate:
        found[house.rate] = Repair(
            _edit("add_argument", call=house.rate, value=house.missing), {"missing": None}
        )
    if right.opens:
        found[house.opening] = Repair(_edit("call_before_return", call=house.closing), {"closes": False})
    if right.moves and mode == house.mode[1]:
        found[house.moving] = Repair(_edit("swap_arguments", call=house.moving), {"moves": right.moves[::-1]})
    return found


def _edit(tool: str, **arguments: Any) -> Action:  # noqa: ANN401 - JSON
    return Action(tool=tool, arguments=arguments)


def due(house: House, case: Broken) -> list[Action]:
    """The edits that mend a case."""
    return [
        repair.edit
        for repair in repairs(house, case.right, case.mode).values()
        if any(getattr(case.program, name) == value for name, value in repair.defect.items())
    ]


def edited(house: House, program: Program, edit: Action) -> Program:
    """The program after an edit, right or wrong; one that finds nothing to edit changes nothing."""
    given: dict[str, Any] = dict(edit.arguments)
    match edit.tool:
        case "shift_argument":
            name = given["argument"]
            return replace(program, **{name: getattr(program, name) + given["by"]})
        case "multiply_result":
            return replace(program, factor=(program.factor or 1) * given["by"])
        case "replace_call":
            return replace(program, rounds=True)
        case "add_argument":
            return replace(program, missing=given["value"] if program.rate else None)
        case "call_before_return":
            return replace(program, closes=True)
        case _:
            return replace(program, moves=program.moves[::-1])


def checks(house: House, case: Broken, program: Program) -> Facts:
    """What the house's checks say of how a program calls the library, a word each, in a drawn vocabulary."""
    rng = random.Random(f"words/{house.seed}/{case.seed}")  # noqa: S311 - reproducible, no secret
    said = {house.mode[0]: case.mode}
    said |= {name: rng.choice(house.words[name]) for name in house.idle}
    wrong = {
        f"{house.stretch}_first": program.first != case.right.first,
        f"{house.stretch}_last": program.last != case.right.last,
        house.reading: program.factor != case.right.factor,
        house.rounding: not program.rounds,
    }
    if program.rate:
        wrong[house.rate] = program.missing != case.right.missing
    if program.opens:
        wrong[house.opening] = not program.closes
    if program.moves:
        wrong[house.moving] = case.mode != house.mode[1] or program.moves != case.right.moves
    for name, is_wrong in wrong.items():
        at = sorted(house.factors).index(case.unit) if name == house.reading else 0
        word = rng.choice(house.fine(name))
        said[name] = house.fault(name, at) if is_wrong else word
    return dict(sorted(said.items()))


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def _tool(name: str, description: str, /, **properties: Any) -> Tool:  # noqa: ANN401 - JSON Schema
    return Tool(
        name=name,
        description=description,
        parameters={"type": "object", "properties": properties, "required": list(properties)},
    )


READING_TOOLS = (
    _tool("read_function", "Shows the function.", name=TEXT),
    _tool("run_tests", "Runs the function's tests.", name=TEXT),
    _tool("run_checks", "Looks at how the function calls the house's library.", name=TEXT),
)
EDITS = (
    _tool(
        "shift_argument",
        "Adds `by` to an argument of a call; `first` is its second argument, `last` its third.",
        call=TEXT,
        argument={"type": "string", "enum": ["first", "last"]},
        by=NUMBER,
    ),
    _tool("multiply_result", "Multiplies what a call returns by `by`, where it is called.", call=TEXT, by=NUMBER),
    _tool("replace_call", "Puts the call `by` in place of another; its arguments stay.", call=TEXT, by=TEXT),
    _tool("add_argument", "Adds a last argument to a call.", call=TEXT, value=NUMBER),
    _tool("call_before_return", "Adds `call(book)` as a line before the return.", call=TEXT),
    _tool("swap_arguments", "Swaps the second and the third argument of a call.", call=TEXT),
)
