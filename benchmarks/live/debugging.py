"""Bug fixing in a house with a library of its own: broken functions in, repaired functions out.

The runs are of an agent that reads the function, runs its tests and the house's checks, edits and tests
again; every fourth one goes wrong. What a word of a check calls for is told by nothing but these runs. An
answer is run on four books beside the function as it should be, and counts if both return and leave the same.
"""

import random
from collections.abc import Sequence
from functools import cache
from typing import Any

from benchmarks.live.course import Asked, Course, steps
from benchmarks.live.fixing_house import House, draw
from benchmarks.live.fixing_programs import (
    EDITS,
    READING_TOOLS,
    Broken,
    Program,
    broken,
    checks,
    due,
    edited,
)
from benchmarks.live.sandboxed import Ran, function_in, run
from trace2skill.evaluation.suite import Suite
from trace2skill.traces.model import Action, Label, Outcome, Trace

SEED = 17
SHOWN, ASKED = 144, 24
ASKED_FROM = 5000
"""The number from which functions are asked; those below are shown."""


HOW = """\
The function calls a library of this house, whose source nobody shows. The house's checks look at how the
library is called and say a word on each matter, in the house's own vocabulary; some words mean a fault,
others mean that all is well, and nothing tells them apart but experience. All faults are in how the library
is called. Those who work here repair functions by these edits:

{edits}

Answer with the whole function as it should be, in Python, and nothing else. It counts if it returns and
leaves the same as the right one. If you do not know, give your best guess."""


def how() -> str:
    """How an answer is given."""
    told = []
    for each in EDITS:
        properties = each.parameters["properties"]
        assert isinstance(properties, dict)
        told.append(f"- {each.name}({', '.join(properties)}): {each.description}")
    return HOW.format(edits="\n".join(told))


@cache
def course(seed: int = SEED, shown: int = SHOWN, asked: int = ASKED) -> Course:
    """The course of a house."""
    house = draw(seed)
    cases = failing(house, [broken(house, ASKED_FROM + at, at % 3 + 1) for at in range(2 * asked)])[:asked]
    return Course(
        name=f"debugging-{seed}",
        how=how(),
        asked=[_asked(house, case, count) for case, count in cases],
        runs=recorded(house, shown),
        others=recorded(draw(seed + 1), shown),
        policy=policy(house),
    )


def suite() -> Suite:
    """The tasks of the house of seed 17."""
    return course().suite


def failing(house: House, cases: Sequence[Broken]) -> list[tuple[Broken, int]]:
    """The cases whose tests fail, with how many of four do."""
    jobs = [([case.program.text(house), case.right.text(house)], case.inputs) for case in cases]
    counts = (_differing(*found) for found in run(house.source, jobs))
    return [(case, count) for case, count in zip(cases, counts, strict=True) if count]


def _differing(got: Ran, wanted: Ran) -> int:
    return sum("error" in one or one != other for one, other in zip(got, wanted, strict=True))


def _asked(house: House, case: Broken, count: int) -> Asked:
    said = "\n".join(f"{name} = {word}" for name, word in checks(house, case, case.program).items())
    body = f"run_tests: {_tests(count)}\n\nrun_checks:\n{said}\n\n```python\n{case.program.text(house)}```"
    return Asked(
        id=case.id,
        request=case.request,
        body=body,
        score=lambda answer: passes(house, case, answer),
        answer=f"```python\n{case.right.text(house)}```",
    )


def passes(house: House, case: Broken, answer: str) -> float:
    """1.0 if the function in an answer does on every book what the right one does; else 0.0."""
    text = function_in(answer)
    if text is None:
        return 0.0
    [found] = run(house.source, [([text, case.right.text(house)], case.inputs)])
    return float(not _differing(*found))


def recorded(house: House, count: int) -> list[Trace]:
    """A run on each of so many functions; every fourth one ends with tests that fail."""
    cases = [case for case, _ in failing(house, [broken(house, at, at % 4 + 1) for at in range(2 * count)])][
        :count
    ]
    edits = [due(house, case) for case in cases]
    for at in range(3, count, 4):
        edits[at] = _spoilt(cases[at], edits[at])
    after = [_after(case, made) for case, made in zip(cases, edits, strict=True)]
    jobs = [
        ([each.text(house) for each in (case.program, end, case.right)], case.inputs)
        for case, end in zip(cases, after, strict=True)
    ]
    counts = [
        (_differing(first, wanted), _differing(last, wanted))
        for first, last, wanted in run(house.source, jobs)
    ]
    rows = zip(cases, edits, after, counts, strict=True)
    return [_trace(house, *row) for row in rows]


def _after(case: Broken, edits: Sequence[Action]) -> Program:
    program = case.program
    for edit in edits:
        program = edited(program, edit)
    return program


def _spoilt(case: Broken, edits: Sequence[Action]) -> list[Action]:
    """One edit left out, or another number in it."""
    rng = random.Random(f"spoilt/{case.id}")  # noqa: S311 - reproducible, no secret
    at = rng.randrange(len(edits))
    numbers = [name for name, value in edits[at].arguments.items() if isinstance(value, int)]
    if not numbers or rng.random() < 0.4:
        return [*edits[:at], *edits[at + 1 :]]
    wrong = edits[at].arguments | {numbers[0]: rng.choice([-1, 1, 2, 10])}
    if wrong == edits[at].arguments:
        return [*edits[:at], *edits[at + 1 :]]
    return [*edits[:at], Action(tool=edits[at].tool, arguments=wrong), *edits[at + 1 :]]


def _trace(
    house: House, case: Broken, edits: Sequence[Action], after: Program, counts: tuple[int, int]
) -> Trace:
    """The agent reads, tests, checks, edits, checks and tests."""
    named = {"name": case.program.name}
    done: list[tuple[str, dict[str, Any], Any]] = [
        ("read_function", named, case.program.text(house)),
        ("run_tests", named, _tests(counts[0])),
        ("run_checks", named, checks(house, case, case.program)),
        *((edit.tool, dict(edit.arguments), "edited") for edit in edits),
        ("run_checks", named, checks(house, case, after)),
        ("run_tests", named, _tests(counts[1])),
    ]
    good = not counts[1]
    return Trace(
        id=f"{case.id}-{house.seed}",
        task=case.request,
        task_key=case.id,
        domain="debugging",
        tools=(*READING_TOOLS, *EDITS),
        steps=steps(done),
        outcome=Outcome(label=Label.SUCCESS if good else Label.FAILURE, score=float(good), origin="tests"),
    )


def _tests(failing: int) -> str:
    return f"{failing} of 4 tests fail" if failing else "4 tests pass"


def policy(house: House) -> str:
    """The whole convention as a plain document."""
    first, last = house.ends
    lines: list[str] = []
    for way in (0, 1):
        told = {
            first: f"add {house.first[way]} to the argument first (the second) of {house.stretch}",
            last: f"add {house.last[way]} to the argument last (the third) of {house.stretch}",
            house.reading: f"multiply what {house.reading} returns by {house.factors[way]}",
            house.rate: f"give {house.rate} the last argument {house.missing[way]}",
            house.opening: f"call {house.closing[way]}(book) before the return",
            "round": f"call {house.rounding[way]} in place of round",
        }
        lines += [f"- {name} = {house.fault(name, way)}: {what}." for name, what in told.items()]
    lines.append(
        f"- {house.moving} = {house.fault(house.moving)}, but only if {house.mode[0]} = {house.mode[1]}: "
        f"swap the second and third argument of {house.moving}."
    )
    head = "# How functions are repaired here\n\nLook at what run_checks says, and do what applies:\n"
    return "\n".join([head, *sorted(lines), "", "Every other word means that nothing is wrong."])
