"""The gate: what it says of skills that help, harm, save and do nothing, and when it refuses."""

import random
from itertools import islice, pairwise

import pytest

from benchmarks.gate import ablated
from benchmarks.gate import judged as planted
from tests.evaluation.agents import NOTHING, SUITE, coin, judged, noise, runner
from trace2skill.errors import InputError, LimitError
from trace2skill.evaluation.arms import fixed
from trace2skill.evaluation.gate import GateSettings, held_out, judge
from trace2skill.evaluation.pairs import relative_saving
from trace2skill.evaluation.runner import draws
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.traces.model import Action, Step, Trace


@pytest.mark.parametrize(
    ("with_skill", "without", "verdict"), [(0.9, 0.3, "helps"), (0.3, 0.9, "harms"), (0.5, 0.5, "undecided")]
)
def test_the_verdict_is_the_planted_one(with_skill: float, without: float, verdict: str) -> None:
    """With the interval on the side that the verdict says, or around 0."""
    found = judged(coin({"skill": with_skill, "": without}), max_runs=300)
    assert found.verdict == verdict
    excluded = found.success.low > 0 if verdict == "helps" else found.success.high < 0
    assert excluded == (verdict != "undecided")
    assert found.tasks <= 10
    assert found.runs <= 300


def test_a_clear_difference_ends_the_runs_early() -> None:
    """An agent that always succeeds with the skill and never without takes fewer than 15 pairs.

    E grows by the mean of 1 + f at each pair at most; 40 is reached after eight or nine.
    """
    found = judged(coin({"skill": 1, "": 0}))
    assert 6 <= found.pairs <= 14
    assert found.null_edit is not None
    assert found.null_edit.difference.mean == 0


def test_less_cost_at_equal_success_helps() -> None:
    """The success is the same in every pair, the cost a tenth."""

    def solve(task: str, guidance: str, seed: int) -> dict[str, float]:
        success = coin({"": 0.5})(task, "", seed)
        return {"success": success, "cost": 0.8 if guidance else 8.0}

    found = judged(solve)
    assert (found.verdict, found.saved, found.success.mean) == ("helps", "cost", 0)
    assert found.success.low > -0.05
    assert found.saving is not None
    assert found.saving.mean == pytest.approx((8 - 0.8) / (8 + 0.8))
    assert found.spent == pytest.approx((8.0, 0.8))


def test_less_cost_does_not_make_up_for_harm() -> None:
    """A skill that gives up at once is cheap."""

    def solve(task: str, guidance: str, seed: int) -> dict[str, float]:
        return {"success": 0 if guidance else 1, "cost": 0.1 if guidance else 1}

    assert judged(solve).verdict == "harms"


def test_more_cost_alone_is_no_verdict() -> None:
    """Equal success, ten times the tokens: undecided, with the saving below 0."""

    def solve(task: str, guidance: str, seed: int) -> dict[str, float]:
        return {"success": 1, "tokens": 1000 if guidance else 100}

    found = judged(solve, max_runs=120)
    assert found.verdict == "undecided"
    assert found.saving is not None
    assert found.saving.high < 0


def test_a_solver_that_keeps_something_is_refused() -> None:
    """It fails whatever it sees first and remembers the answer: the second arm always looks better."""
    seen: set[tuple[str, int]] = set()

    def solve(task: str, guidance: str, seed: int) -> float:
        known = (task, seed) in seen
        seen.add((task, seed))
        return float(known)

    found = judged(solve)
    assert found.refused
    assert found.verdict == "undecided"
    assert "differs from itself" in found.reason
    assert found.pairs == 0


def test_a_null_edit_that_changes_success_vetoes() -> None:
    """An agent that works with exactly these bytes and no others: the skill's words are no merit."""

    def solve(task: str, guidance: str, seed: int) -> float:
        return float(guidance == "skill")

    found = judged(solve)
    assert found.verdict == "undecided"
    assert "blank lines" in found.reason
    assert found.success.low > 0


def test_a_noisy_agent_is_seldom_refused() -> None:
    """Equal arms of an agent that ignores everything: of 40 validations at most 2 are refused or decided."""
    found = [judged(noise(seed), max_runs=80) for seed in range(40)]
    assert sum(each.refused or each.verdict != "undecided" for each in found) <= 2


def test_planted_skills_are_told_apart() -> None:
    """A small part of `benchmarks.gate`: noisy agents, 20 points either way, and nothing."""
    settings = GateSettings(max_runs=600)
    assert [planted(-20, seed, settings).verdict for seed in range(3)] == ["harms"] * 3
    assert [planted(20, seed, settings).verdict for seed in range(3)] == ["helps"] * 3
    assert planted(1, 7, GateSettings(max_runs=200)).verdict == "undecided"


def test_the_planted_bad_rule_is_found() -> None:
    """Of eight rules the one that costs 20 points, and no other."""
    done = ablated(3, 900)
    assert done.found.named("harms") == [done.bad]
    effect = next(each.effect for each in done.found.rules if each.rule == done.bad)
    assert effect.low < -0.2 < effect.high < 0
    assert done.found.runs <= 900


def test_a_comparison_that_leads_nowhere_is_given_up() -> None:
    """Of 600 runs an agent that no skill changes takes half at most; a larger limit goes on from there."""
    found = judged(noise(3))
    assert found.verdict == "undecided"
    assert "the runs left would hardly show one" in found.reason
    assert 50 <= found.pairs < 150
    assert judged(noise(3), max_runs=5000).pairs > found.pairs


def test_tasks_of_the_skills_own_runs_are_left_out() -> None:
    """By text, whatever case and spacing, or by the task's key."""
    step = Step(index=0, action=Action(tool="look"))
    traces = [
        Trace(id="1", task="Open  the DOOR", steps=(step,)),
        Trace(id="2", task="something", task_key="t2", steps=(step,)),
    ]
    suite = Suite("doors", [Task("t1", "open the door"), Task("t2", "Close it."), Task("t3", "Lock it.")])
    left, seen = held_out(suite, traces)
    assert ([task.id for task in left], seen) == (["t3"], ["t1", "t2"])


def test_few_tasks_give_no_verdict() -> None:
    """Four are too few, and the message says what to do."""
    with pytest.raises(InputError, match=r"4 of the suite's tasks.*needs 5: add tasks"):
        judge(
            NOTHING,
            fixed("skill", "skill"),
            runner=runner(coin({"": 1})),
            tasks=SUITE.tasks[:4],
            settings=GateSettings(),
        )


def test_arms_with_the_same_text_are_refused() -> None:
    """They would tie for ever."""
    with pytest.raises(InputError, match="the same text"):
        judged(coin({"": 1}), fixed("skill", ""))


def test_a_limit_below_the_checks_is_told_before_any_run() -> None:
    """No run is made."""
    asked: list[str] = []
    with pytest.raises(LimitError, match="at least 80"):
        judged(lambda task, guidance, seed: asked.append(task) or 1.0, max_runs=79)
    assert asked == []


def test_draws_are_independent_of_what_came_before() -> None:
    """Every task with equal chances, some twice in a row; seeds differ from draw to draw of a task."""
    drawn = list(islice(draws(SUITE, SUITE.tasks, 0), 1000))
    counts = [sum(draw.task.id == task.id for draw in drawn) for task in SUITE.tasks]
    assert min(counts) > 60
    assert max(counts) < 145
    assert any(one.task == other.task for one, other in pairwise(drawn))
    assert len({(draw.task.id, draw.seed) for draw in drawn}) == 1000


@pytest.mark.parametrize(
    ("control", "treated", "saving"), [(3, 1, 0.5), (1, 3, -0.5), (0, 0, 0), (None, 1, 0), (2, 0, 1)]
)
def test_savings_are_relative_and_bounded(
    control: float | None, treated: float | None, saving: float
) -> None:
    """(control - treated) / (control + treated), and 0 where nothing is told."""
    assert relative_saving(control, treated) == saving


def test_the_interval_covers_the_truth() -> None:
    """Of 20 skills that gain 5 points, judged on few runs, at least 18 intervals hold the 5 points."""
    covered = 0
    for seed in range(20):
        draw = random.Random(seed)

        def solve(task: str, guidance: str, _: int, draw: random.Random = draw) -> float:
            return float(draw.random() < (0.55 if guidance else 0.5))

        found = judged(solve, max_runs=100)
        covered += found.success.low <= 0.05 <= found.success.high
    assert covered >= 18
