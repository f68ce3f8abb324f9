"""The bench of conventions, with a model that follows a script."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import house_conventions
from tests.graph.scripted import scripted
from trace2skill.nodes.solve_state import close_guides

BENCH = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def bench() -> Iterator[ModuleType]:
    """The script as a module."""
    yield importlib.import_module("benchmarks.conventions")
    close_guides()


def test_the_pipeline_finds_the_conventions(bench: ModuleType, tmp_path: Path) -> None:
    """Forms, and the table of desks; each in a skill that its held-out tasks are offered."""
    from trace2skill import Library, guidance

    library = bench.distilled(tmp_path / "library", bench.CONVENTIONS)
    wanted = {
        "dates": [r"matches `^\d+\.\d-\d{4}$`"],
        "amounts": [r"matches `^\d+'\d{3}·\d{2} cr$`"],
        "desks": [f'answer = "{desk}"' for desk in house_conventions.DESKS.values()],
    }
    with Library(library) as opened:
        for convention in bench.CONVENTIONS:
            for asked in convention.held_out(4):
                text = guidance(asked.task, opened).text
                assert "## Worked example\n\nTask: " in text
                assert all(words in text for words in wanted[convention.name])


def test_held_out_tasks_are_not_worked(bench: ModuleType) -> None:
    """No run is about one of them, not even under another number."""
    for convention in bench.CONVENTIONS:
        worked = {run.task for run in convention.runs(bench.WORKED)}
        assert worked.isdisjoint(asked.task for asked in convention.held_out(20))


def test_an_answer_counts_if_it_is_the_houses(bench: ModuleType, tmp_path: Path) -> None:
    """What the tool was handed is compared; without a skill on offer that is said."""
    convention = bench.CONVENTIONS[0]
    right, wrong = convention.held_out(2)[0].answer, "31 May"
    replies = [f'{{"action": "submit", "arguments": {{"answer": "{each}"}}}}' for each in (right, wrong)]
    arm = bench.Arm("none", bench.empty(tmp_path / "none"))
    found = bench.measure(convention, arm, scripted(*replies), 2, 1)
    assert (found.right.hits, found.right.trials, found.offered) == (1, 2, 0)
    assert found.answers == [right, wrong]
    assert bench.interval(found.right).startswith("1/2 (0.09-0.91)")
