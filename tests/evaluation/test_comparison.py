"""Arms compared on a whole suite, and the page of it."""

import re

import pytest

from tests.evaluation.agents import NOTHING, SUITE, runner
from trace2skill.evaluation.arms import fixed
from trace2skill.evaluation.comparison import (
    Evaluation,
    bootstrap_interval,
    compare,
    evaluate,
    permutation_p,
    planned,
)
from trace2skill.evaluation.journal import Run
from trace2skill.evaluation.page import page
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.store.validations import Interval

GOOD = fixed("<good> & well", "good")


def solve(task: str, guidance: str, seed: int) -> dict[str, float]:
    """Tasks 0 to 4 succeed always, task 9 never, the others with guidance, which costs ten times as much."""
    number = int(task.split()[1])
    return {"success": number < 5 or (number < 9 and bool(guidance)), "tokens": 100 if guidance else 10}


def evaluated(suite: Suite = SUITE, repeats: int = 2) -> Evaluation:
    """No skill against one, each task twice."""
    made = runner(solve, suite=suite)
    arms = [NOTHING, GOOD]
    requests = planned(suite.tasks, arms, repeats, made, 0)
    return evaluate(made.run(requests), arms, repeats, made)


def test_arms_are_paired_by_task() -> None:
    """Counted by hand: better in 4 tasks, worse in none, 6 ties; p = 2 / 2**4 of the signs that count."""
    [found] = evaluated().comparisons
    assert (found.better, found.worse, found.tied) == (4, 0, 6)
    assert found.success.mean == pytest.approx(0.4)
    assert 0 < found.success.low < 0.4 < found.success.high < 1
    assert found.p == pytest.approx(2 / 2**4)
    assert (found.saved, found.saving and found.saving.mean) == ("tokens", pytest.approx(-90 / 110))


def test_arms_are_summed_up_over_tasks() -> None:
    """Success, tokens and runs."""
    none, good = evaluated().arms
    assert (none.runs, none.success, none.tokens, none.cost) == (20, 0.5, 10, None)
    assert (good.success, good.tokens) == (0.9, 100)


def test_runs_are_planned_repeat_by_repeat() -> None:
    """With the same seeds in all arms, so that what is done when somebody stops is balanced."""
    requests = planned(SUITE.tasks, [NOTHING, GOOD], 2, runner(solve), 0)
    assert [each.draw.task.id for each in requests[:4]] == ["t0", "t0", "t1", "t1"]
    assert requests[0].draw == requests[1].draw
    assert len({each.draw.seed for each in requests}) == 20


def test_the_bootstrap_knows_its_limits() -> None:
    """Resampling equal differences would leave no doubt; two of them say little, fifty much."""
    few, many = bootstrap_interval([0.5] * 2), bootstrap_interval([0.5] * 50)
    assert few.low < -0.5 < 0.3 < many.low < 0.5 < many.high <= few.high


@pytest.mark.parametrize(
    ("differences", "p"), [([1, 1, 1], 0.25), ([1, -1], 1), ([0, 0], 1), ([1] * 5, 0.0625)]
)
def test_the_permutation_test_is_exact_for_few_tasks(differences: list[float], p: float) -> None:
    """Five of five cannot pass at .05, two-sided."""
    assert permutation_p(differences) == pytest.approx(p)


def test_the_page_stands_alone() -> None:
    """Light and dark, nothing fetched, every text escaped, who wrote the tasks told."""
    tasks = tuple(
        Task(task.id, task.prompt, author="<script>Ada" if task.id == "t0" else "") for task in SUITE.tasks
    )
    text = page(evaluated(Suite("a <b> suite", tasks)))
    assert "color-scheme: light dark" in text
    assert text.count("light-dark(") > 5
    assert not re.search(r"https?://|<script|src=|@import|url\(", text)
    assert "&lt;good&gt; &amp; well" in text
    assert "&lt;script&gt;Ada (1)" in text
    assert "nobody named (9)" in text
    assert text.count('class="good"') == 4  # the line and the dot of the one comparison, wide and narrow
    assert "Spent: tokens a run" in text
    assert "+40 points" in text


def test_a_saving_is_of_what_the_arms_differ_in() -> None:
    """Where each run costs the same, tokens tell; where nothing differs, nothing is said of a saving."""

    def runs(arm: str, tokens: int) -> dict[str, list[Run]]:
        made = (
            Run(
                key=f"{arm}{at}",
                suite="s",
                task=f"t{at}",
                arm=arm,
                seed=0,
                success=1.0,
                cost=0.01,
                tokens=tokens,
            )
            for at in range(5)
        )
        return {run.task: [run] for run in made}

    assert compare("b", runs("b", 50), "a", runs("a", 100)).saved == "tokens"
    same = compare("b", runs("b", 100), "a", runs("a", 100))
    assert (same.saved, same.saving) == ("", None)


def test_the_axis_is_as_wide_as_the_intervals_need() -> None:
    """Small differences are not lost on an axis of 100 points."""
    narrow = Interval(mean=0.02, low=-0.1, high=0.2)
    found = evaluated()
    comparison = found.comparisons[0].model_copy(update={"success": narrow})
    text = page(found.model_copy(update={"comparisons": (comparison,)}))
    assert ">+25<" in text
    assert ">+100<" not in text
