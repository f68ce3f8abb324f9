"""The telecom evaluation: needs the environment, and says so without it."""

import asyncio
import importlib.util
import random
import sys
from typing import NamedTuple

import pytest

from benchmarks.held_out.causes import Fault
from benchmarks.held_out.telecom.bench import Bench, Failure, Result, Stratum
from benchmarks.held_out.telecom.course import HELD_BACK, Course, even
from benchmarks.held_out.telecom.table import tables
from benchmarks.held_out.world import recorder
from trace2skill.errors import SettingError
from trace2skill.traces.model import Label

pytestmark = pytest.mark.filterwarnings("ignore")
needs_environment = pytest.mark.skipif(
    not importlib.util.find_spec("inspect_evals"), reason="needs inspect-evals"
)


def test_without_the_environment_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package ends in a message that says what to install."""
    monkeypatch.setitem(sys.modules, "inspect_ai.model", None)
    monkeypatch.delitem(sys.modules, "environment", raising=False)
    with pytest.raises(SettingError, match="pip install inspect-evals"):
        recorder("environment")


class Task(NamedTuple):
    """A task of the benchmark, as far as a draw looks at it."""

    id: str


def result(seed: int, success: float, *failures: Failure) -> Result:
    """What one sample of twenty gave on four tasks."""
    return Result(
        sample=20,
        seed=seed,
        failed_runs=0,
        skills=1,
        tasks=4,
        success=success,
        ceiling=1.0,
        replay=0.25,
        endings={"done": 4},
        failures=failures,
        distilling=1.0,
        executing=1.0,
    )


def test_the_tables_give_means_spread_and_causes() -> None:
    """Two samples, one of which failed on a task."""
    failure = Failure(task="t", fault=Fault(cause="missing rule", tool="disconnect_vpn"))
    text = tables([result(0, 1.0), result(1, 0.75, failure)])
    assert "| 20 | 2 | 0.875 | 0.750 to 1.000 | 1.000 | 0.875 | 0.250 |" in text
    assert "| missing rule | 1 |" in text
    assert "| of runs | 8 |" in text
    assert "| missing rule | disconnect_vpn | 1 |" in text


def test_the_table_sets_the_visible_rules_beside_the_policy() -> None:
    """Solved of asked by kind of issue; the replay and doing nothing stand there once."""
    counts = {"policy": (2, 1), "visible": (1, 0)}
    results = [
        result(0, 0.75).model_copy(
            update={
                "rules": rules,
                "strata": {
                    name: Stratum(tasks=2, solved=solved, replayed=1, unaided=0)
                    for name, solved in zip(("mms issue", "service issue"), of, strict=True)
                },
            }
        )
        for rules, of in counts.items()
    ]
    lines = tables(results).splitlines()
    start = lines.index("| solved of asked | mms issue | service issue | all |")
    assert lines[start + 2 : start + 7] == [
        "| 20 | 2/2 | 1/2 | 3/4 |",
        "| 20, replay | 1/2 | 1/2 | 2/4 |",
        "| no-op | 0/2 | 0/2 | 0/4 |",
        "| 20, visible rules | 1/2 | 0/2 | 1/4 |",
        "",
    ]


def test_an_even_draw_takes_all_of_a_small_stratum() -> None:
    """Two of each kind are wanted, and of one kind there is but one."""
    tasks = [Task(f"[mms_issue]{at}") for at in range(9)] + [Task("[service_issue]0")]
    drawn = even(tasks, 4, random.Random(0))
    assert sorted(task.id.partition("]")[0] for task in drawn) == [
        "[mms_issue",
        "[mms_issue",
        "[service_issue",
    ]


@pytest.mark.heavy
@needs_environment
def test_settings_are_chosen_on_train_tasks_that_are_not_distilled_from() -> None:
    """The test tasks are not among them, and no task is on both sides."""
    course = Course(asyncio.new_event_loop(), "train")
    tests = {task.id for task in recorder("environment").read_tasks("test")}
    assert len(course.tests) == HELD_BACK
    assert not tests & {task.id for task in course.tests}
    assert len(course.demonstrations) == 74 - HELD_BACK


@pytest.mark.heavy
@needs_environment
def test_every_second_demonstration_can_be_a_failed_run() -> None:
    """The benchmark's own scorer gave it nothing."""
    sample = Course(asyncio.new_event_loop()).sample(6, 0, failed_half=True)
    assert [trace.outcome.label for trace in sample] == [Label.SUCCESS, Label.FAILURE] * 3


@pytest.mark.heavy
@needs_environment
def test_skills_from_twenty_demonstrations_solve_most_held_out_tasks() -> None:
    """Distilled by the general pipeline, executed on tasks it never saw."""
    loop = asyncio.new_event_loop()
    assert Bench(loop, Course(loop)).measure(20, 0)[0].success >= 0.75
