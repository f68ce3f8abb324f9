"""What is said about one entity holds for one entity: relations of its facts, and being named by the task."""

import pytest

from tests.building import act, run
from trace2skill.claims.model import AllOf, Compare, Constant, FactTerm
from trace2skill.claims.view import View

USED_UP = Compare(left=FactTerm(key="line.used"), operator=">", right=FactTerm(key="line.quota"))
NAMED = Compare(left=FactTerm(key="line.phone"), operator="in", right=FactTerm(key="task"))
IDLE = Compare(left=FactTerm(key="line.idle"), operator="=", right=Constant(value=True))


def view(*lines: dict[str, object], task: str = "My phone is 555-02.") -> View:
    """A trace that read these lines."""
    return View(run(*(act("get_line", dict(line), line_id=line["line_id"]) for line in lines), task=task))  # type: ignore[arg-type]


@pytest.mark.parametrize(("used", "expected"), [(9, True), (4, False)])
def test_two_facts_are_compared_within_one_entity(used: int, expected: bool) -> None:
    """9 of 5 is too much; 4 of 5 is not, although another line used more than 5 of its 100."""
    seen = view(
        {"line_id": "L1", "used": used, "quota": 5},
        {"line_id": "L2", "used": 50, "quota": 100},
    )
    assert bool(seen.truth(USED_UP)[-1]) is expected


def test_a_fact_of_the_named_entity_is_meant() -> None:
    """The idle line is not the one whose phone the task names."""
    seen = view(
        {"line_id": "L1", "phone": "555-01", "idle": True},
        {"line_id": "L2", "phone": "555-02", "idle": False},
    )
    assert bool(seen.truth(IDLE)[-1])
    assert not bool(seen.truth(AllOf(parts=(NAMED, IDLE)))[-1])


def test_a_word_of_the_task_can_be_a_condition() -> None:
    """The task's text is known from the start."""
    abroad = Compare(left=Constant(value="abroad"), operator="in", right=FactTerm(key="task"))
    assert view(task="I am abroad.").truth(abroad).all()
    assert not view(task="I am at home.").truth(abroad).any()
