"""Which of two words of a task is meant: the test of a branch, on a task and what was said last."""

from trace2skill.skills.course import Branch
from trace2skill.skills.retelling import spoken


def holds(branch: Branch, task: str, number: float | None, clauses: frozenset[str]) -> bool:
    """Whether the branch's test holds on a task, given what was said last."""
    if branch.above is None:
        return branch.says in clauses
    bound = as_number(spoken(branch.task, branch.above, branch.above + 1, task))
    return number is not None and bound is not None and number > bound


def as_number(text: str) -> float | None:
    """The number that a word is; None for other words."""
    try:
        return float(text.rstrip("."))
    except ValueError:
        return None
