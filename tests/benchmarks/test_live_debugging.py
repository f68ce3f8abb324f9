"""Bug fixing in an invented house: the scorer runs what is answered, and the document tells all."""

import re

import pytest

from benchmarks.live.debugging import course, policy, recorded
from benchmarks.live.fixing_house import draw
from benchmarks.live.fixing_programs import broken, checks, due, edited
from benchmarks.live.sandboxed import function_in, run
from trace2skill.traces.model import Label

HOUSE = draw(3)
COURSE = course(3, 12, 12)


def test_the_right_function_counts_and_the_broken_one_does_not() -> None:
    """Nor does an empty answer, or a function of another name's making that returns something else."""
    for asked in COURSE.asked:
        assert asked.score(asked.answer) == 1
        assert asked.score(asked.body) == 0
    assert COURSE.asked[0].score("") == 0
    assert COURSE.asked[0].score("def other(book, rows):\n    return 0\n") == 0


def test_the_same_seed_makes_the_same_course_and_another_one_another() -> None:
    """Functions, checks and runs."""
    assert [each.text for each in course.__wrapped__(3, 4, 6).asked] == [
        each.text for each in COURSE.asked[:6]
    ]
    assert [each.hash for each in recorded(HOUSE, 4)] == [each.hash for each in recorded(draw(3), 4)]
    assert draw(3) != draw(4)


def test_no_run_is_about_a_function_that_is_asked() -> None:
    """Neither by its request nor by its source."""
    shown = "\n".join(str(step.observation) for each in COURSE.runs for step in each.steps)
    assert {each.request for each in COURSE.asked}.isdisjoint(each.task for each in COURSE.runs)
    assert not any(asked.answer.splitlines()[1] in shown for asked in COURSE.asked)


def test_every_fourth_run_leaves_failing_tests() -> None:
    """What the last test run says is the outcome."""
    for at, each in enumerate(COURSE.runs):
        last = each.steps[-1].observation
        assert (each.outcome.label is Label.SUCCESS) == (last == "4 tests pass")
        assert at % 4 == 3 or each.outcome.label is Label.SUCCESS
    assert sum(each.outcome.label is Label.FAILURE for each in COURSE.runs) == 3


@pytest.mark.parametrize("seed", [3, 4])
def test_the_document_tells_what_every_check_calls_for(seed: int) -> None:
    """Its lines that apply to a case are as many as the edits due, and name the same calls."""
    house = draw(seed)
    rules = re.findall(
        r"^- (\S+) = (\w+)(?:, but only if (\S+) = (\w+))?: (.*)\.$", policy(house), re.MULTILINE
    )
    for number in range(60):
        case = broken(house, number, number % 5)
        said = checks(house, case, case.program)
        told = [
            what
            for name, word, other, needed, what in rules
            if said.get(name) == word and (not other or said.get(other) == needed)
        ]
        edits = due(house, case)
        assert len(told) == len(edits)
        for edit in edits:
            value = str(edit.arguments.get("by", edit.arguments.get("value", edit.arguments["call"])))
            assert any(re.search(rf"(?<![\w-]){re.escape(value)}\b", what) for what in told)


def test_edits_that_are_due_mend_a_program() -> None:
    """Whatever is wrong with it."""
    for number in range(40):
        case = broken(HOUSE, number, 4)
        program = case.program
        for edit in due(HOUSE, case):
            program = edited(program, edit)
        assert program == case.right


@pytest.mark.parametrize(
    "answer",
    [
        "I do not know.",
        "import os\ndef f(a):\n    return 1\n",
        "def f(a):\n    import os\n    return os.getcwd()\n",
        "def f(a):\n    return a.__class__\n",
        "def f(a):\n    return __builtins__\n",
        "def f(a):\n    return '{0.x}'.format(a)\n",
        "x = 1\ndef f(a):\n    return x\n",
        "def f(a:\n",
    ],
)
def test_only_one_plain_function_is_run(answer: str) -> None:
    """No imports, no names with underscores, nothing beside it."""
    assert function_in(answer) is None


def test_what_does_not_end_is_an_error() -> None:
    """The process is stopped, and the score is none."""
    endless = "def f(a):\n    while True:\n        pass\n"
    [[found]] = run("", [([endless], [[1]])], seconds=1)
    assert "error" in found[0]


def test_a_fenced_function_is_found_in_prose() -> None:
    """The last fence counts."""
    assert function_in("Here:\n```python\ndef f(a):\n    return a\n```\nDone.") == "def f(a):\n    return a\n"
