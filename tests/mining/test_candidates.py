"""Conjunctions judged together are judged as by walking through each one's intervals."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trace2skill.claims.series import Truth
from trace2skill.mining.decision_table import DecisionTable
from trace2skill.mining.decisions import Decisions, _Occurrences

COLUMNS = 12


def columns() -> st.SearchStrategy[Truth]:
    """A truth value for each column."""
    return st.lists(st.booleans(), min_size=COLUMNS, max_size=COLUMNS).map(np.array)


def walked(holds: Truth, run: np.ndarray, does: Truth, left: Truth) -> tuple[list[int], list[int]]:
    """The occurrences left that are the first of an interval, and the starts of intervals without any."""
    covered, idle = [], []
    at = 0
    while at < len(holds):
        if not holds[at]:
            at += 1
            continue
        end = at
        while end < len(holds) and holds[end] and run[end] == run[at]:
            end += 1
        done = [column for column in range(at, end) if does[column]]
        if not done:
            idle.append(at)
        elif left[done[0]]:
            covered.append(done[0])
        at = end
    return covered, idle


@settings(max_examples=80)
@given(
    st.lists(columns(), min_size=1, max_size=4),
    st.lists(st.integers(1, COLUMNS - 1), max_size=3),
    columns(),
    columns(),
    st.sets(st.integers(0, 3)),
)
def test_gains_are_those_of_each_interval(
    truths: list[Truth], cuts: list[int], does: Truth, kept: Truth, light: set[int]
) -> None:
    """An interval in a run that was cut short weighs a quarter."""
    table = DecisionTable.__new__(DecisionTable)
    table.truth = np.array(truths)
    table.run = np.searchsorted(sorted(set(cuts)), np.arange(COLUMNS), side="right")
    decisions = Decisions.__new__(Decisions)
    decisions.table = table
    weight = np.where(np.isin(table.run, list(light)), 0.25, 1.0)
    left, rows = does & kept, [(row,) for row in range(len(truths))]
    prior = np.arange(len(truths)) / 4
    found = list(decisions._judge_together(table.truth, rows, left, _Occurrences(does, weight), prior))
    for (row,), each in zip(rows, found, strict=True):
        covered, idle = walked(truths[row], table.run, does, left)
        assert each.covered.tolist() == covered
        assert each.wrong == sum(weight[start] == 1 for start in idle)
        assert each.cut == sum(weight[start] for start in idle if weight[start] < 1)
        assert each.gain == len(covered) - sum(weight[start] for start in idle) - each.cost
        exposed = [truths[row][table.run == run].any() for run in range(len(set(cuts)) + 1)]
        assert each.exposed == np.array(exposed).tobytes()
