"""Procedures in the words of another task, and what they repeat."""

from itertools import islice

from trace2skill.evidence.policy import (
    ArgumentPart,
    Branch,
    Example,
    FixedWords,
    Procedure,
    TaskWords,
    TemplateStep,
    Thing,
)
from trace2skill.plan_templates.procedures import alternatives, carried_over, fitness, repeated
from trace2skill.plan_templates.text import holds, matching_words, translated

OWN = "put the red cup in the kitchen"
OTHER = "put the blue glass in the living room"


def step(tool: str, *parts: ArgumentPart) -> TemplateStep:
    """A step with one argument."""
    return TemplateStep(tool=tool, arguments=(("object", parts),))


def procedure(task: str, *steps: TemplateStep) -> Procedure:
    """A procedure done on one task."""
    return Procedure(own=task, tasks=(task,), steps=steps)


def test_where_tasks_differ_their_words_correspond() -> None:
    """One word may stand for two."""
    assert matching_words(OWN, 2, 4, OTHER) == "blue glass"
    assert matching_words(OWN, 6, 7, OTHER) == "living room"


def test_a_place_in_one_task_is_found_in_another() -> None:
    """And back."""
    there = translated(TaskWords(start=6, end=7), OWN, OTHER)
    assert there == TaskWords(start=6, end=8)
    assert translated(there, OTHER, OWN) == TaskWords(start=6, end=7)


def test_a_procedure_that_is_open_to_the_task_is_preferred() -> None:
    """One that never uses the task's words is for its own task."""
    fixed = procedure("boil water", step("focus", FixedWords(text="water")))
    opened = procedure("boil lead", step("focus", TaskWords(start=1, end=2)))
    assert min([fixed, opened], key=lambda each: fitness(each, "boil tin")) == opened
    assert min([fixed, opened], key=lambda each: fitness(each, "boil water")) == fixed


def test_what_was_done_twice_at_the_end_goes_on_with_new_things() -> None:
    """Take and put, each time another thing, into the same box."""
    box = step("open", Thing(number=0))
    rounds = [
        s
        for n in (1, 2)
        for s in (step("take", Thing(number=n)), step("put", Thing(number=n), Thing(number=0)))
    ]
    again = list(islice(repeated([box, *rounds]), 2))
    taken, put = again[0].arguments[0][1][0], again[1].arguments[0][1]
    assert isinstance(taken, Thing)
    assert taken.number > 2
    assert put == (taken, Thing(number=0))


def test_steps_that_end_differently_are_not_repeated() -> None:
    """Nothing was done twice."""
    assert list(repeated([step("open", FixedWords(text="door")), step("take", FixedWords(text="cup"))])) == []


def test_what_others_did_after_the_same_is_an_alternative() -> None:
    """One pours, another moves."""
    focus = step("focus", TaskWords(start=1, end=2))
    pours, moves = procedure("a", focus, step("pour")), procedure("b", focus, step("move"))
    assert list(alternatives([pours, moves], pours, 1)) == [(moves, 1)]


def test_known_things_are_kept_by_another_procedures_numbers() -> None:
    """The pot is number 2 here and number 5 there."""
    other = Procedure(own="a", tasks=("a",), steps=(), examples=(Example(number=5, value="pot"),))
    assert carried_over({2: "pot", 3: "cup"}, other) == {5: "pot"}


def test_a_branch_compares_with_the_tasks_own_number() -> None:
    """Above 10 in its task is above 50 in this one."""
    branch = Branch(
        number=0, task="above 10 red", yes=TaskWords(start=2, end=3), no=TaskWords(start=0, end=1), above=1
    )
    assert [holds(branch, "above 50 red", said, frozenset()) for said in (60.0, 20.0, None)] == [
        True,
        False,
        False,
    ]
