"""Arms compared on the same tasks: paired differences, with bootstrap intervals and a permutation test."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field

from trace2skill.evaluation.arms import Arm
from trace2skill.evaluation.journal import Run
from trace2skill.evaluation.pairs import relative_saving
from trace2skill.evaluation.runner import Draw, Request, Runner, seed_of
from trace2skill.evaluation.sequential import interval
from trace2skill.evaluation.suite import Suite, Task
from trace2skill.store.validations import Interval, Saved
from trace2skill.traces.model import Frozen

RESAMPLES = 9999
"""Of bootstrap and permutation test; fewer tasks than 14 are permuted exactly."""

MEASURES: tuple[Saved, ...] = ("cost", "tokens", "turns")


class ArmSummary(Frozen):
    """What came of an arm's runs; means are over tasks, each the mean of its repeats."""

    arm: str
    runs: int
    success: float
    cost: float | None = None
    tokens: float | None = None
    turns: float | None = None


class TaskDifference(Frozen):
    """One task in both arms of a comparison: mean successes."""

    task: str
    control: float
    treatment: float

    @property
    def difference(self) -> float:
        """Treatment less control."""
        return self.treatment - self.control


class Comparison(Frozen):
    """An arm against the control, over the tasks that both were run on."""

    arm: str
    control: str
    better: int = Field(description="tasks with more success")
    worse: int
    tied: int
    success: Interval
    p: float = Field(description="two-sided, of swapping the arms' labels within tasks")
    saving: Interval | None = Field(None, description="of (control - treatment) / (control + treatment)")
    saved: Saved = ""
    tasks: tuple[TaskDifference, ...]


class Evaluation(Frozen):
    """Arms on a suite; the first arm is the control of all others."""

    suite: str
    solver: str
    models: tuple[str, ...]
    authors: dict[str, int] = Field(description="who wrote the tasks, and how many; empty if unknown")
    tasks: int
    repeats: int
    arms: tuple[ArmSummary, ...]
    comparisons: tuple[Comparison, ...]


def planned(
    tasks: Sequence[Task], arms: Sequence[Arm], repeats: int, runner: Runner, seed: int
) -> list[Request]:
    """The runs of an evaluation, repeat by repeat and task by task, so that what is there stays balanced."""
    return [
        Request(arm, Draw(task, seed_of(runner.suite, task, repeat, seed)))
        for repeat in range(repeats)
        for task in tasks
        for arm in arms
    ]


def evaluate(runs: Sequence[Run], arms: Sequence[Arm], repeats: int, runner: Runner) -> Evaluation:
    """Compare the arms by the runs that there are.

    Args:
        runs: Runs of the arms, whatever their order.
        arms: The arms, the control first.
        repeats: How often each task was to be run in each arm.
        runner: Made the runs.
    """
    names = [arm.name for arm in arms]
    return summed_up(runs, names, repeats, suite=runner.suite, solver=runner.solver, models=runner.models)


def summed_up(  # noqa: PLR0913 - keyword only but for the runs and their arms
    runs: Sequence[Run],
    arms: Sequence[str],
    repeats: int,
    *,
    suite: Suite,
    solver: str,
    models: Iterable[str] = (),
) -> Evaluation:
    """Compare arms, the control first, by runs that were made by whatever means."""
    by_arm: dict[str, dict[str, list[Run]]] = {arm: defaultdict(list) for arm in arms}
    for run in runs:
        by_arm[run.arm][run.task].append(run)
    authors: dict[str, int] = defaultdict(int)
    for task in suite.tasks:
        authors[task.author] += 1
    control = arms[0]
    return Evaluation(
        suite=suite.name,
        solver=solver,
        models=tuple(sorted(models)),
        authors=dict(sorted(authors.items())),
        tasks=len({run.task for run in runs}),
        repeats=repeats,
        arms=tuple(_summary(name, tasks) for name, tasks in by_arm.items()),
        comparisons=tuple(
            compare(name, tasks, control, by_arm[control])
            for name, tasks in by_arm.items()
            if name != control and set(tasks) & set(by_arm[control])
        ),
    )


def _summary(name: str, tasks: Mapping[str, Sequence[Run]]) -> ArmSummary:
    means = {measure: _mean_of(tasks, measure) for measure in ("success", *MEASURES)}
    return ArmSummary(
        arm=name,
        runs=sum(map(len, tasks.values())),
        success=means["success"] or 0.0,
        cost=means["cost"],
        tokens=means["tokens"],
        turns=means["turns"],
    )


def _mean_of(tasks: Mapping[str, Sequence[Run]], measure: str) -> float | None:
    means = [mean for runs in tasks.values() if (mean := _told(runs, measure)) is not None]
    return sum(means) / len(means) if means else None


def _told(runs: Sequence[Run], measure: str) -> float | None:
    """The mean of what the runs tell of a measure; None if one does not tell it."""
    values = [getattr(run, measure) for run in runs]
    return None if None in values or not values else sum(values) / len(values)


def compare(
    arm: str, treated: Mapping[str, Sequence[Run]], control: str, untreated: Mapping[str, Sequence[Run]]
) -> Comparison:
    """An arm against the control: runs by task, on the tasks that both have."""
    shared = sorted(set(treated) & set(untreated))
    tasks = tuple(
        TaskDifference(
            task=task,
            control=_told(untreated[task], "success") or 0.0,
            treatment=_told(treated[task], "success") or 0.0,
        )
        for task in shared
    )
    differences = [task.difference for task in tasks]
    saved, savings = _savings(shared, treated, untreated)
    return Comparison(
        arm=arm,
        control=control,
        better=sum(each > 0 for each in differences),
        worse=sum(each < 0 for each in differences),
        tied=differences.count(0),
        success=bootstrap_interval(differences),
        p=permutation_p(differences),
        saving=bootstrap_interval(savings) if saved else None,
        saved=saved,
        tasks=tasks,
    )


def _savings(
    shared: Sequence[str], treated: Mapping[str, Sequence[Run]], untreated: Mapping[str, Sequence[Run]]
) -> tuple[Saved, list[float]]:
    """The first of cost, tokens and turns that every task tells and in which the arms differ, by task."""
    for measure in MEASURES:
        told = [(_told(untreated[task], measure), _told(treated[task], measure)) for task in shared]
        if all(None not in pair for pair in told) and any(one != other for one, other in told):
            return measure, [relative_saving(one, other) for one, other in told]
    return "", []


def bootstrap_interval(differences: Sequence[float], level: float = 0.05) -> Interval:
    """The mean with its bootstrap interval over tasks (BCa; Efron, 1987), as if these were drawn from others.

    Of equal differences, or a single one, resampling tells nothing: theirs is the interval by betting, which
    is wider (`sequential.interval`).
    """
    import numpy as np
    from scipy.stats import bootstrap

    mean = sum(differences) / len(differences)
    if len(set(differences)) < 2:
        return interval(differences, level)
    made: Any = bootstrap(
        (np.asarray(differences),),
        np.mean,
        confidence_level=1 - level,
        n_resamples=RESAMPLES,
        method="BCa",
        random_state=np.random.default_rng(0),
    )
    low, high = made.confidence_interval
    return Interval(mean=mean, low=float(low), high=float(high))


def permutation_p(differences: Sequence[float]) -> float:
    """The two-sided p of the mean if the sign of each difference is a toss; exact below 14 differences."""
    import numpy as np
    from scipy.stats import permutation_test

    values = np.asarray(differences)
    if not values.any():
        return 1.0
    found: Any = permutation_test(
        (values, np.zeros_like(values)),
        lambda one, other, axis: np.mean(one - other, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        random_state=np.random.default_rng(0),
    )
    return float(found.pvalue)
